-- Several pictures that were asked for at once and are made one by one.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only adds: the
-- release before it goes on working while it is replaced, and shows each of them as a
-- job of its own.

-- The id of the first of them, in that one's row, too; NULL for a job that is alone.
-- Their ids say their order.
ALTER TABLE jobs ADD COLUMN group_id TEXT;
CREATE INDEX jobs_of_group ON jobs (group_id, id) WHERE group_id IS NOT NULL;
