-- Several nodes on one database: who does what only one may do at a time, what
-- is counted for all of them, and which claim a job's call belongs to.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only
-- adds, so that the release before it goes on working while it is replaced.

-- Something that one node at a time may do: keep house, erase an account.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    -- Unix milliseconds, by the database's own clock.
    until INTEGER NOT NULL
) STRICT;

-- How often somebody did something within a minute: sign-ins, reports, jobs.
CREATE TABLE rate_windows (
    -- The kind, and a keyed hash of the person or the address: `job:…`.
    name TEXT NOT NULL,
    -- The minute: Unix milliseconds divided by 60,000.
    window INTEGER NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (name, window)
) STRICT;

-- What all nodes know of the service as a whole, a number each: until when new
-- jobs are refused, up to where the ledger of erasures was replayed.
CREATE TABLE service_state (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;

-- The claim under which the image API was asked. Who takes a job over changes
-- its lease and never this: an answer that comes late is known by it.
ALTER TABLE jobs ADD COLUMN claim TEXT;
-- A claim is of one job, even where it arrives twice.
CREATE UNIQUE INDEX jobs_by_claim ON jobs (claim) WHERE claim IS NOT NULL;

-- When its state last changed, by the clock of the node that changed it: what
-- open pages ask for.
ALTER TABLE jobs ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX jobs_by_change ON jobs (user_id, changed_at);

-- A person's unfinished jobs, which every look-up of a session counts: few, of
-- the many that a person may have had.
CREATE INDEX jobs_unfinished ON jobs (user_id, state)
    WHERE state IN ('queued', 'dispatching', 'received', 'stored');
