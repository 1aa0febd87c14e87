-- Who may see a picture, beyond nobody and everybody; and what its maker says of it.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only adds, so
-- that the release before it goes on working while it is replaced: what that one does to
-- a picture ends an unlisted address by the triggers here, as what this one does.

-- NULL but for a picture that whoever has its address may see; random, new each time.
-- Never together with `public_key`.
ALTER TABLE images ADD COLUMN unlisted_key TEXT;
-- When that address ends, Unix milliseconds; NULL where it does not by itself.
ALTER TABLE images ADD COLUMN unlisted_until INTEGER
    CHECK (unlisted_until IS NULL OR unlisted_key IS NOT NULL);
-- 1 where its maker says that it is sensitive; beside `sensitive_by`, which a decision sets.
ALTER TABLE images ADD COLUMN marked_sensitive INTEGER NOT NULL DEFAULT 0
    CHECK (marked_sensitive IN (0, 1));
CREATE UNIQUE INDEX images_by_unlisted_key ON images (unlisted_key) WHERE unlisted_key IS NOT NULL;
CREATE INDEX images_by_unlisted_end ON images (unlisted_until) WHERE unlisted_until IS NOT NULL;
CREATE INDEX images_unlisted_of_user ON images (user_id) WHERE unlisted_key IS NOT NULL;
CREATE INDEX images_unlisted_by_sum ON images (sha256) WHERE unlisted_key IS NOT NULL;
CREATE INDEX images_unlisted_by_pixels ON images (pixels_sum) WHERE unlisted_key IS NOT NULL;

-- What a change took away, to be given back when it is undone.
ALTER TABLE change_images ADD COLUMN was_unlisted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE change_images ADD COLUMN unlisted_until INTEGER;

-- The address that a withdrawn picture had, to which it returns.
ALTER TABLE cases ADD COLUMN unlisted_key TEXT;
ALTER TABLE cases ADD COLUMN unlisted_until INTEGER;

-- 1 for somebody grown up who chose to see sensitive pictures in lists as they are.
ALTER TABLE users ADD COLUMN sees_sensitive INTEGER NOT NULL DEFAULT 0
    CHECK (sees_sensitive IN (0, 1));

-- An unlisted address ends with publishing, the trash, and whatever keeps a picture private.
CREATE TRIGGER unlisted_until_published AFTER UPDATE OF public_key, trashed_at, withheld_by, held_by ON images
WHEN NEW.unlisted_key IS NOT NULL AND (NEW.public_key IS NOT NULL OR NEW.trashed_at IS NOT NULL
    OR NEW.withheld_by IS NOT NULL OR NEW.held_by IS NOT NULL)
BEGIN
    UPDATE images SET unlisted_key = NULL, unlisted_until = NULL WHERE id = NEW.id;
END;
-- With an objection to publishing, and with a closing.
CREATE TRIGGER unlisted_until_objection AFTER UPDATE OF keeps_private, erasure_id ON users
WHEN NEW.keeps_private = 1 OR NEW.erasure_id IS NOT NULL
BEGIN
    UPDATE images SET unlisted_key = NULL, unlisted_until = NULL
        WHERE user_id = NEW.id AND unlisted_key IS NOT NULL;
END;

-- What nodes keep of such a picture in memory is of a version, as of public ones.
CREATE TRIGGER public_version_of_unlisted AFTER UPDATE OF unlisted_key, unlisted_until, widths, sha256,
    format, other_format, bytes, sensitive_by, marked_sensitive ON images
WHEN OLD.unlisted_key IS NOT NULL OR NEW.unlisted_key IS NOT NULL
BEGIN
    INSERT INTO service_state (name, value) VALUES ('public_version', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER public_version_of_erased_unlisted AFTER DELETE ON images
WHEN OLD.unlisted_key IS NOT NULL
BEGIN
    INSERT INTO service_state (name, value) VALUES ('public_version', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER public_version_of_sensitive AFTER UPDATE OF marked_sensitive ON images
WHEN OLD.marked_sensitive <> NEW.marked_sensitive
    AND (OLD.public_key IS NOT NULL OR NEW.public_key IS NOT NULL)
BEGIN
    INSERT INTO service_state (name, value) VALUES ('public_version', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;

-- A picture that becomes unlisted is compared with removed ones as one that becomes public.
CREATE TRIGGER removed_pictures_seen_unlisted AFTER UPDATE OF unlisted_key, pixels_sum ON images
WHEN NEW.unlisted_key IS NOT NULL
BEGIN
    UPDATE removed_pictures SET copies_due = 1
        WHERE copies_due = 0 AND (sha256 = NEW.sha256 OR pixels_sum = NEW.pixels_sum)
            AND removed_at > COALESCE(NEW.freed_at, 0);
END;
