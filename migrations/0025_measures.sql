-- What a decision did to a picture, where that is less than to withdraw it.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only adds, so
-- that the release before it goes on working while it is replaced. The column `picture`
-- of a case knows two words: 'withdrawn' stands for everything that was done about a
-- picture, and `measure` says what it was.

-- 'sensitive' or 'unlisted'; NULL where the picture was kept, or withdrawn altogether.
ALTER TABLE cases ADD COLUMN measure TEXT;
-- The case by which a public picture is shown in no list, and on its page after a click.
ALTER TABLE images ADD COLUMN sensitive_by TEXT;
-- The case by which a public picture is in no list, and its page in no index.
ALTER TABLE images ADD COLUMN unlisted_by TEXT;
CREATE INDEX images_unlisted ON images (id) WHERE unlisted_by IS NOT NULL;

CREATE TRIGGER public_version_of_measures AFTER UPDATE OF sensitive_by, unlisted_by ON images
WHEN OLD.public_key IS NOT NULL OR NEW.public_key IS NOT NULL
BEGIN
    INSERT INTO service_state (name, value) VALUES ('public_version', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
