-- A picture is in the library as soon as its original is: renditions follow.

-- When its renditions are to be made, Unix milliseconds; NULL once they are, or
-- where the original cannot be decoded.
ALTER TABLE images ADD COLUMN renditions_due INTEGER;
-- Times that failed for a reason of ours: how long the next one waits.
ALTER TABLE images ADD COLUMN renditions_tries INTEGER NOT NULL DEFAULT 0;
CREATE INDEX images_without_renditions ON images (renditions_due) WHERE renditions_due IS NOT NULL;

-- The original's true format, where it is none of those that are asked for.
ALTER TABLE images ADD COLUMN other_format TEXT
    CHECK (other_format IN ('avif', 'heic', 'gif', 'bmp', 'tiff', 'jxl'));
