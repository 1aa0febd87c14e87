-- Whom people follow, and whose pictures they do not want to see: theirs alone to know.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only adds, so
-- that the release before it goes on working while it is replaced.

CREATE TABLE follows (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The person who is followed; a trigger deletes the row with them.
    maker_id TEXT NOT NULL,
    -- By which their own pages name the row.
    id TEXT NOT NULL,
    followed_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, maker_id)
) STRICT;
CREATE INDEX follows_of_maker ON follows (maker_id);

CREATE TABLE hidden_makers (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The person whose pictures are left out; a trigger deletes the row with them.
    maker_id TEXT NOT NULL,
    -- By which their own pages name the row.
    id TEXT NOT NULL,
    hidden_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, maker_id)
) STRICT;
CREATE INDEX hidden_makers_of_maker ON hidden_makers (maker_id);

CREATE TRIGGER makers_gone AFTER DELETE ON users BEGIN
    DELETE FROM follows WHERE maker_id = old.id;
    DELETE FROM hidden_makers WHERE maker_id = old.id;
END;

-- A decision that switched somebody's page off is taken back: it is theirs to show again.
CREATE TRIGGER profile_on_again AFTER UPDATE OF overturned_at ON cases
WHEN new.overturned_at IS NOT NULL AND old.overturned_at IS NULL
BEGIN
    UPDATE users SET profile_off_by = NULL WHERE id = new.user_id AND profile_off_by = new.id;
END;
