-- People, their sessions, their jobs and their images.
--
-- Every statement here is accepted by SQLite and by Cloudflare D1. Identifiers
-- are UUIDv7 text, times are Unix milliseconds, money is integer micro-dollars.

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    -- The OpenID issuer and subject: the only key a sign-in is found by.
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The picture's key in the object store; the provider's address is not kept.
    avatar_key TEXT,
    -- When the person stated being old enough, and the age asked for; never a birth date.
    age_stated_at INTEGER,
    age_stated_min INTEGER,
    -- The unfinished form of the composer (JSON), kept over errors and sign-ins.
    draft TEXT,
    created_at INTEGER NOT NULL,
    last_sign_in_at INTEGER NOT NULL,
    UNIQUE (issuer, subject)
) STRICT;

CREATE TABLE sessions (
    -- SHA-256 of the cookie's token, hex: a stolen database opens no session.
    token_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    -- The end that no activity moves.
    expires_at INTEGER NOT NULL,
    user_agent TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);

-- A sign-in under way: what the callback is compared with, single use.
CREATE TABLE sign_ins (
    token_hash TEXT PRIMARY KEY,
    -- NULL until the provider is asked: a draft can come first.
    state TEXT,
    nonce TEXT,
    pkce_verifier TEXT,
    next TEXT NOT NULL,
    draft TEXT,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Chosen by the form: the same submission twice is one job.
    request_key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN (
        'queued', 'dispatching', 'received', 'stored', 'ready',
        'failed', 'unknown', 'cancelled')),
    model TEXT NOT NULL,
    prompt TEXT NOT NULL,
    -- The settings (JSON).
    settings TEXT NOT NULL,
    -- What is set aside before the call, and what it cost (NULL until settled).
    reserved_micros INTEGER NOT NULL CHECK (reserved_micros >= 0),
    cost_micros INTEGER CHECK (cost_micros >= 0),
    attempts INTEGER NOT NULL DEFAULT 0,
    -- Not to be claimed before this time: how a bounded retry waits.
    not_before INTEGER NOT NULL DEFAULT 0,
    lease_owner TEXT,
    lease_until INTEGER,
    failure TEXT,
    failure_categories TEXT,
    incident TEXT,
    created_at INTEGER NOT NULL,
    dispatched_at INTEGER,
    finished_at INTEGER,
    UNIQUE (user_id, request_key)
) STRICT;
CREATE INDEX jobs_by_state ON jobs (state, created_at);
CREATE INDEX jobs_by_user ON jobs (user_id, created_at);

CREATE TABLE images (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    -- 0 for the first picture of the job.
    position INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    format TEXT NOT NULL CHECK (format IN ('png', 'jpeg', 'webp')),
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    placeholder TEXT NOT NULL,
    -- The widths of the WebP renditions, ascending (JSON array).
    widths TEXT NOT NULL,
    model TEXT NOT NULL,
    prompt TEXT NOT NULL,
    revised_prompt TEXT,
    settings TEXT NOT NULL,
    cost_micros INTEGER NOT NULL,
    -- NULL while private; random, new at each publishing, part of the public addresses.
    public_key TEXT UNIQUE,
    published_at INTEGER,
    created_at INTEGER NOT NULL,
    UNIQUE (job_id, position),
    CHECK ((public_key IS NULL) = (published_at IS NULL))
) STRICT;
CREATE INDEX images_by_user ON images (user_id, id);
CREATE INDEX images_public ON images (published_at, id) WHERE published_at IS NOT NULL;

-- Objects whose row is gone and that must leave the store: an outbox, so that
-- an unreachable store delays a deletion and never loses it.
CREATE TABLE object_deletions (
    object_key TEXT PRIMARY KEY,
    requested_at INTEGER NOT NULL
) STRICT;
