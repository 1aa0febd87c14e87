-- What makes the service answerable: the texts in force, reports and what was
-- done about them, and counts that recognise nobody.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here.

-- Which text of a legal page is in force, and since when.
CREATE TABLE legal_texts (
    document TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

-- Somebody's report that an account is a child's. It goes with the account.
CREATE TABLE reports (
    id TEXT PRIMARY KEY,
    -- The account, where what was written names one.
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    -- What was written: an address of a picture, a handle, a name.
    about TEXT NOT NULL,
    details TEXT NOT NULL,
    -- Where to answer; empty if nobody wants an answer.
    email TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- When and how it was decided; NULL while it is open.
    decided_at INTEGER,
    decision TEXT CHECK (decision IN ('erased', 'dismissed'))
) STRICT;
CREATE INDEX reports_by_age ON reports (decided_at, created_at);
CREATE INDEX reports_by_user ON reports (user_id) WHERE user_id IS NOT NULL;

-- What administrators did: only ever added to. People are named by a hash of
-- their random id.
CREATE TABLE admin_acts (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    admin TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX admin_acts_by_age ON admin_acts (at);

-- How often something happened on a day (its beginning in UTC).
CREATE TABLE statistics (
    day INTEGER NOT NULL,
    what TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (day, what)
) STRICT;
