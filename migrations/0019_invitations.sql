-- Invitations: links by which somebody may open an account where not everybody may.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only
-- adds, so that the release before it goes on working while it is replaced.

CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    -- SHA-256 of the link's token, hex: a stolen database opens no account.
    token_hash TEXT NOT NULL UNIQUE,
    -- The administrator who made it, with whose account it ends; NULL where the
    -- command line did.
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    -- What it is for, in the words of whoever made it.
    note TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- When it ends, or ended because it was taken back.
    ends_at INTEGER NOT NULL,
    revoked_at INTEGER,
    -- How many accounts it opens, and how many it has opened.
    uses INTEGER NOT NULL CHECK (uses > 0),
    used INTEGER NOT NULL DEFAULT 0 CHECK (used BETWEEN 0 AND uses)
) STRICT;
CREATE INDEX invitations_by_end ON invitations (ends_at);
CREATE INDEX invitations_by_user ON invitations (user_id);

-- By which invitation somebody's account was opened.
CREATE TABLE invitation_uses (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    invitation_id TEXT NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
    used_at INTEGER NOT NULL
) STRICT;
CREATE INDEX invitation_uses_by_invitation ON invitation_uses (invitation_id);

-- A note may name whoever it was for: it goes with the first of them.
CREATE TRIGGER invitation_note_of_erased AFTER DELETE ON invitation_uses
BEGIN
    UPDATE invitations SET note = '' WHERE id = OLD.invitation_id;
END;

-- The invitation that a sign-in was begun with: SHA-256 of its token, hex.
ALTER TABLE sign_ins ADD COLUMN invitation TEXT;
