-- Edits that keep everything outside of their mask: the picture that is shown is put
-- together from the source and the image API's answer, and both files stay.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only adds, so
-- that the release before it goes on working while it is replaced.

-- Whether what comes back is put into the picture that was sent.
ALTER TABLE jobs ADD COLUMN keeps_outside INTEGER NOT NULL DEFAULT 0;

-- How its composite stands: it is to be made, it is the picture, or there is none.
-- NULL where none was asked for.
ALTER TABLE images ADD COLUMN composite TEXT CHECK (composite IN ('due', 'made', 'failed'));
-- Of a picture that was put together, what the image API sent (JSON: format, bytes, sha256,
-- width, height, credentials). The row itself is about the composite then.
ALTER TABLE images ADD COLUMN answer TEXT;
CREATE INDEX images_composing ON images (job_id) WHERE composite = 'due';
