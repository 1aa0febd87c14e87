-- What makes sure that a decision is carried out to its end: copies that are still to be
-- withdrawn, what a sealed copy lacks, erasures that count once, and pictures of which
-- nobody has told yet what they look like.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only adds, so
-- that the release before it goes on working while it is replaced.

-- 1 while public copies of the picture are to be searched for and withdrawn, 0 once none
-- was left; NULL where the decision is about the one picture alone.
ALTER TABLE removed_pictures ADD COLUMN copies_due INTEGER;
CREATE INDEX removed_pictures_to_search ON removed_pictures (removed_at) WHERE copies_due = 1;
-- A release that was stopped between the decision and the copies left these.
UPDATE removed_pictures SET copies_due = 1 WHERE EXISTS
    (SELECT 1 FROM notices n WHERE n.case_id = removed_pictures.case_id AND n.reason = 'intimate');
-- A picture that becomes public, or of which only now is told what its pixels are.
CREATE TRIGGER removed_pictures_seen AFTER UPDATE OF public_key, pixels_sum ON images
WHEN NEW.public_key IS NOT NULL
BEGIN
    UPDATE removed_pictures SET copies_due = 1
        WHERE copies_due = 0 AND (sha256 = NEW.sha256 OR pixels_sum = NEW.pixels_sum)
            AND removed_at > COALESCE(NEW.freed_at, 0);
END;

-- What all removed pictures look like is known in memory, by this number; it is missing
-- while nothing was ever removed.
INSERT INTO service_state (name, value) SELECT 'removed_version', 1
    WHERE EXISTS (SELECT 1 FROM removed_pictures);
CREATE TRIGGER removed_version_more AFTER INSERT ON removed_pictures
BEGIN
    INSERT INTO service_state (name, value) VALUES ('removed_version', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER removed_version_less AFTER DELETE ON removed_pictures
BEGIN
    INSERT INTO service_state (name, value) VALUES ('removed_version', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;

-- Pictures of earlier releases, of which nobody has told what they look like.
CREATE INDEX images_untold ON images (id) WHERE pixels_sum IS NULL;

-- What of the picture is in the sealed copy: 'sealed', or why it is not: 'deleted' by its
-- owner before, 'missing' from the object store. NULL where no copy was to be made.
ALTER TABLE police_reports ADD COLUMN picture TEXT;

-- The act by which an administrator has the account erased: noted and counted once,
-- however often it has to be tried.
ALTER TABLE cases ADD COLUMN erasing_act TEXT;
ALTER TABLE reports ADD COLUMN erasing_act TEXT;
