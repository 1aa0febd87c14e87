-- Renditions have more widths than before, up to the picture's own: those of pictures
-- that are there are made again, some at a time.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only adds, so
-- that the release before it goes on working while it is replaced: what that one makes
-- stays of the set that it knows.

-- The set of widths a picture's renditions were last made for: 1 went up to 1280 pixels,
-- 2 goes up to 2048 and has the picture's own.
ALTER TABLE images ADD COLUMN rendition_set INTEGER NOT NULL DEFAULT 1;
CREATE INDEX images_of_old_renditions ON images (id)
    WHERE rendition_set < 2 AND renditions_due IS NULL AND widths <> '[]';
