-- What is believed of the machine's clock, and words that outlived their pictures.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here.

-- One row, that every process reads before it erases by the clock's word.
CREATE TABLE clock_watch (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- The time it is believed to be: the last reading that made sense.
    believed_at INTEGER NOT NULL,
    -- The last reading, whatever it was.
    seen_at INTEGER NOT NULL,
    -- The reading since which the clock runs apart from what is believed.
    doubted_since INTEGER
) STRICT;
-- The last time that an older version knew of.
INSERT INTO clock_watch (id, believed_at, seen_at)
    SELECT 1, MAX(ran_at), MAX(ran_at) FROM retention_runs HAVING COUNT(*) > 0;

-- The words of a job go with its last picture; those that are gone already take them along now.
UPDATE jobs SET prompt = '', parent_id = NULL
    WHERE state = 'ready' AND NOT EXISTS (SELECT 1 FROM images WHERE images.job_id = jobs.id);
DELETE FROM job_inputs WHERE job_id IN (SELECT id FROM jobs WHERE state = 'ready' AND prompt = '');
