-- What came of a job, for the books: fewer pictures than were asked for may
-- have come, and a cost may be an estimate.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here.

-- The pictures that came; NULL until an answer did.
ALTER TABLE jobs ADD COLUMN pictures INTEGER CHECK (pictures >= 0);
-- 1 where the image API did not count what it used, or not believably.
ALTER TABLE jobs ADD COLUMN cost_estimated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE images ADD COLUMN cost_estimated INTEGER NOT NULL DEFAULT 0;
