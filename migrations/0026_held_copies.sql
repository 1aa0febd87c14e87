-- What is left of pictures that decisions removed, so that copies of them are found:
-- hashes, and, where a law demands it, a sealed copy for the police.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only adds, so
-- that the release before it goes on working while it is replaced.

-- Hex SHA-256 of a picture's pixels as they are decoded, whatever file they came in.
ALTER TABLE images ADD COLUMN pixels_sum TEXT;
-- What it looks like in 256 bits, hexadecimal; empty for one that is all of one colour.
ALTER TABLE images ADD COLUMN looks TEXT;
-- The case by which it waits for a look before it may be published.
ALTER TABLE images ADD COLUMN held_by TEXT;
-- When somebody looked at it and freed it: it is compared with what was removed since.
ALTER TABLE images ADD COLUMN freed_at INTEGER;
CREATE INDEX images_public_by_sum ON images (sha256) WHERE public_key IS NOT NULL;
CREATE INDEX images_public_by_pixels ON images (pixels_sum) WHERE public_key IS NOT NULL;

-- True where a comparison of pictures led to it, and no notice.
ALTER TABLE cases ADD COLUMN automatic INTEGER NOT NULL DEFAULT 0;
-- The case whose decision it shares, because its picture is a copy of that one's.
ALTER TABLE cases ADD COLUMN copy_of TEXT;
CREATE INDEX cases_of_copies ON cases (copy_of) WHERE copy_of IS NOT NULL;

-- Pictures that a decision removed, as hashes. They say nothing of whose they were once
-- the case is gone with its account.
CREATE TABLE removed_pictures (
    id TEXT PRIMARY KEY,
    case_id TEXT REFERENCES cases (id) ON DELETE SET NULL,
    sha256 TEXT NOT NULL,
    -- NULL for one that cannot be decoded.
    pixels_sum TEXT,
    -- What it looks like, whole and with its edges cut off, 64 digits each.
    looks TEXT,
    removed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX removed_pictures_by_sum ON removed_pictures (sha256);
CREATE INDEX removed_pictures_by_pixels ON removed_pictures (pixels_sum);
CREATE INDEX removed_pictures_of_case ON removed_pictures (case_id);
CREATE INDEX removed_pictures_by_age ON removed_pictures (removed_at);

-- That a case was passed to the police: by whom, to whom, when and why. It goes with the
-- case.
CREATE TABLE police_reports (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    -- A hash of the administrator's id.
    admin TEXT NOT NULL,
    -- What it is about: 'child_abuse', 'terrorism', 'threat_to_life' or 'other'.
    offence TEXT NOT NULL,
    authority TEXT NOT NULL,
    file_reference TEXT NOT NULL,
    words TEXT NOT NULL
) STRICT;
CREATE INDEX police_reports_of_case ON police_reports (case_id, at);

-- Sealed copies of what was passed on, which outlive the account for as long as the law
-- has it. A row says nothing of a person; what is sealed does.
CREATE TABLE sealed_copies (
    id TEXT PRIMARY KEY,
    sealed_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    -- When an order made it longer, which is done once.
    extended_at INTEGER
) STRICT;
CREATE INDEX sealed_copies_by_end ON sealed_copies (until);
