-- What a person may decide about what is held of them, and what shows that it
-- was done: choices, sign-in records, the closing of an account, erasures, and
-- when housekeeping last ran.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here.

-- The name by which others can point at somebody, if the person wants one.
ALTER TABLE users ADD COLUMN handle TEXT;
CREATE UNIQUE INDEX users_by_handle ON users (handle) WHERE handle IS NOT NULL;
-- Whether published pictures show the words they were made from.
ALTER TABLE users ADD COLUMN shows_prompts INTEGER NOT NULL DEFAULT 1 CHECK (shows_prompts IN (0, 1));
-- The objection: nothing of theirs is ever in the gallery.
ALTER TABLE users ADD COLUMN keeps_private INTEGER NOT NULL DEFAULT 0 CHECK (keeps_private IN (0, 1));
ALTER TABLE images ADD COLUMN shows_prompt INTEGER NOT NULL DEFAULT 1 CHECK (shows_prompt IN (0, 1));

-- The erasure of an account, from the wish to the end. It names nobody: its
-- random id is the receipt that the person keeps.
CREATE TABLE erasures (
    id TEXT PRIMARY KEY,
    requested_at INTEGER NOT NULL,
    -- When the grace ends and everything goes.
    due_at INTEGER NOT NULL,
    -- When the rows were gone, and when the last object was.
    rows_gone_at INTEGER,
    done_at INTEGER,
    -- When the person came back instead.
    withdrawn_at INTEGER
) STRICT;
CREATE INDEX erasures_by_age ON erasures (requested_at);

-- The closing under way; NULL for a live account.
ALTER TABLE users ADD COLUMN erasure_id TEXT REFERENCES erasures (id);
CREATE INDEX users_by_erasure ON users (erasure_id) WHERE erasure_id IS NOT NULL;

-- Who signed in from where: so that a person can see a stranger at work.
CREATE TABLE sign_in_records (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    user_agent TEXT NOT NULL,
    -- Whole for some days, then the network alone.
    address TEXT NOT NULL,
    shortened INTEGER NOT NULL DEFAULT 0 CHECK (shortened IN (0, 1))
) STRICT;
CREATE INDEX sign_in_records_by_user ON sign_in_records (user_id, at);
CREATE INDEX sign_in_records_by_age ON sign_in_records (at);
CREATE INDEX sign_in_records_whole ON sign_in_records (at) WHERE shortened = 0;

-- What each rule of retention did when it last ran, and when it last had work.
CREATE TABLE retention_runs (
    rule TEXT PRIMARY KEY,
    ran_at INTEGER NOT NULL,
    -- How many things it removed then, and since it is kept.
    removed INTEGER NOT NULL,
    removed_ever INTEGER NOT NULL,
    removed_at INTEGER,
    -- What it left although it was due, because a store did not answer.
    failed INTEGER NOT NULL
) STRICT;

-- What people erased today had used today, under a keyed hash that only this
-- instance can make: erasing an account must not renew its daily allowance,
-- nor the service's. Gone the next day.
CREATE TABLE erased_usage (
    person TEXT NOT NULL,
    -- The day's beginning (UTC).
    day INTEGER NOT NULL,
    pictures INTEGER NOT NULL,
    micros INTEGER NOT NULL
) STRICT;
CREATE INDEX erased_usage_by_day ON erased_usage (day, person);
