-- Notices of unlawful content, the cases made of them, the decisions and the appeals.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only
-- adds, so that the release before it goes on working while it is replaced.

-- What is to be decided about a published picture, whoever told of it. It goes with
-- the account of the picture's owner.
CREATE TABLE cases (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The picture; NULL once it is deleted. `about` is its id, then too.
    image_id TEXT REFERENCES images (id) ON DELETE SET NULL,
    about TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    -- By when it is to be decided.
    due_at INTEGER NOT NULL,
    decided_at INTEGER,
    -- The administrator's act that decided it, and a hash of who that was.
    act_id TEXT,
    decided_by TEXT,
    picture TEXT CHECK (picture IN ('kept', 'withdrawn')),
    account TEXT CHECK (account IN ('none', 'warned', 'strike', 'suspended')),
    -- True where it counts as a strike.
    strike INTEGER NOT NULL DEFAULT 0,
    -- When a suspension ends.
    until INTEGER,
    -- What it is against, and which rule of that.
    ground TEXT CHECK (ground IN ('law', 'terms')),
    rule TEXT NOT NULL DEFAULT '',
    facts TEXT NOT NULL DEFAULT '',
    -- The picture's place before it was withdrawn, to which it returns.
    public_key TEXT,
    published_at INTEGER,
    -- When an appeal took the decision back.
    overturned_at INTEGER
) STRICT;
-- However many notices come, a picture has one case that waits.
CREATE UNIQUE INDEX cases_open ON cases (image_id) WHERE decided_at IS NULL;
CREATE INDEX cases_waiting ON cases (due_at) WHERE decided_at IS NULL;
CREATE INDEX cases_of_user ON cases (user_id, opened_at);
CREATE INDEX cases_by_image ON cases (image_id);

-- What somebody wrote about a picture. It outlives the case only so that whoever
-- wrote it learns that picture and account are gone.
CREATE TABLE notices (
    -- Random, 128 bits, base64url: the address of the page that tells how it stands.
    id TEXT PRIMARY KEY,
    case_id TEXT REFERENCES cases (id) ON DELETE SET NULL,
    reason TEXT NOT NULL,
    explanation TEXT NOT NULL,
    -- Empty where the reason asks for none.
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    -- The name as typed in place of a signature; empty where none is asked for.
    signature TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX notices_of_case ON notices (case_id, created_at);
CREATE INDEX notices_by_age ON notices (created_at);

-- An objection to a decision: the owner's, or that of somebody who sent a notice.
CREATE TABLE appeals (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    -- NULL for the owner's.
    notice_id TEXT REFERENCES notices (id) ON DELETE CASCADE,
    -- The decision that it is about.
    act_id TEXT NOT NULL,
    words TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    decided_at INTEGER,
    upheld INTEGER,
    answer TEXT NOT NULL DEFAULT '',
    decided_by TEXT
) STRICT;
-- One for each decision and each party.
CREATE UNIQUE INDEX appeals_once ON appeals (act_id, COALESCE(notice_id, ''));
CREATE INDEX appeals_of_case ON appeals (case_id, created_at);
CREATE INDEX appeals_of_notice ON appeals (notice_id) WHERE notice_id IS NOT NULL;
CREATE INDEX appeals_waiting ON appeals (created_at) WHERE decided_at IS NULL;

-- The case by which a picture may not be published.
ALTER TABLE images ADD COLUMN withheld_by TEXT;
-- Until when a person may make and publish nothing.
ALTER TABLE users ADD COLUMN suspended_until INTEGER;

-- That a sign-in was suspended whose account has been erased, under a keyed hash.
CREATE TABLE suspended_sign_ins (
    person TEXT PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT;
CREATE INDEX suspended_sign_ins_by_end ON suspended_sign_ins (until);
