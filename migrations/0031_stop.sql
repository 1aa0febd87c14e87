-- A job that its person stops while it is made.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It adds, and makes
-- a view anew that says of jobs that nobody stopped what it said: the release before it
-- goes on working while it is replaced, but cannot show a job that was stopped meanwhile.

-- When they asked for it, Unix milliseconds.
ALTER TABLE jobs ADD COLUMN stop_at INTEGER;
CREATE INDEX jobs_to_stop ON jobs (stop_at) WHERE stop_at IS NOT NULL AND state = 'dispatching';

-- What was stopped may be billed all the same: it counts against the day's pictures
-- as if it had come.
DROP VIEW job_parts;
CREATE VIEW job_parts AS
    SELECT id, user_id, day, model,
        CASE WHEN state = 'ready' THEN COALESCE(pictures, asked) ELSE 0 END AS pictures,
        COALESCE(cost_micros, 0) AS cost_micros,
        COALESCE(cost_micros > 0 AND cost_estimated <> 0, 0) AS estimates,
        CASE WHEN failure = 'stopped' THEN asked
            WHEN state IN ('failed', 'unknown', 'cancelled') THEN 0
            ELSE COALESCE(MIN(pictures, asked), asked) END AS booked,
        CASE WHEN state IN ('failed', 'cancelled') THEN COALESCE(cost_micros, 0)
            ELSE COALESCE(cost_micros, reserved_micros) END AS billable_micros
    FROM (SELECT id, user_id, created_at - created_at % 86400000 AS day, model, state, pictures,
            cost_micros, cost_estimated, reserved_micros, failure,
            CASE WHEN json_valid(settings) AND json_type(settings, '$.count') = 'integer'
                THEN json_extract(settings, '$.count') ELSE 0 END AS asked
        FROM jobs);
