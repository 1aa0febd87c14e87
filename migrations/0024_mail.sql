-- Mails that wait to be handed to the mail host.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only
-- adds, so that the release before it goes on working while it is replaced.

-- A row is deleted the moment its mail is sent. What it says, and to whom, is read from
-- what it is about when it is sent: so it holds no words, and no address of its own but
-- an invitation's.
CREATE TABLE mails (
    -- The mail bears it, however often it is tried.
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    -- Whom it is for: an account, whoever sent a notice, or whoever is invited.
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    notice_id TEXT REFERENCES notices (id) ON DELETE CASCADE,
    invitation_id TEXT REFERENCES invitations (id) ON DELETE CASCADE,
    -- An invitation's alone; empty for others.
    address TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    -- When it is tried next, and how often it was tried.
    due_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX mails_by_turn ON mails (due_at, id);
CREATE INDEX mails_by_age ON mails (created_at);
CREATE INDEX mails_of_user ON mails (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX mails_of_notice ON mails (notice_id) WHERE notice_id IS NOT NULL;
CREATE INDEX mails_of_invitation ON mails (invitation_id) WHERE invitation_id IS NOT NULL;

-- That a receipt went to an address that a stranger typed, under a keyed hash, for a day.
CREATE TABLE mail_receipts (
    address TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX mail_receipts_of_address ON mail_receipts (address, at);
CREATE INDEX mail_receipts_by_age ON mail_receipts (at);

-- The language of the page on which a notice was written, where its receipt went by
-- mail. Whoever got none gets no other mail about it.
ALTER TABLE notices ADD COLUMN mail_language TEXT;
