-- Reference pictures, masks, and which picture another one was remixed from.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here.

-- A picture somebody added to the composer, or the mask of one. What is stored
-- is our own encoding of its pixels: nothing hidden in the file was kept.
CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('reference', 'mask')),
    -- The reference a mask was made for. Not a foreign key: deleting a row
    -- must order its objects' deletion first, which a cascade would not.
    mask_of TEXT,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    format TEXT NOT NULL CHECK (format IN ('png', 'jpeg', 'webp')),
    bytes INTEGER NOT NULL,
    -- Its keys in the object store (JSON array).
    objects TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- When it was last added, shown in a composer, or sent.
    used_at INTEGER NOT NULL,
    CHECK ((kind = 'mask') = (mask_of IS NOT NULL))
) STRICT;
CREATE INDEX uploads_by_user ON uploads (user_id);
CREATE INDEX uploads_by_use ON uploads (used_at);
CREATE INDEX uploads_by_mask ON uploads (mask_of) WHERE mask_of IS NOT NULL;

-- What a job works on, in order; its mask, if it has one, comes last.
CREATE TABLE job_inputs (
    job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    upload_id TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    PRIMARY KEY (job_id, upload_id)
) STRICT;
CREATE INDEX job_inputs_by_upload ON job_inputs (upload_id);
CREATE INDEX job_inputs_by_user ON job_inputs (user_id);

-- The picture a job, and then its pictures, started from. A deleted parent is
-- forgotten; whether a private one is shown is decided at each reading.
ALTER TABLE jobs ADD COLUMN parent_id TEXT REFERENCES images (id) ON DELETE SET NULL;
ALTER TABLE images ADD COLUMN parent_id TEXT REFERENCES images (id) ON DELETE SET NULL;
CREATE INDEX jobs_by_parent ON jobs (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX images_by_parent ON images (parent_id, id) WHERE parent_id IS NOT NULL;
