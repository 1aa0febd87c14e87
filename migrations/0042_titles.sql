-- What a public picture is called: a title, a description of what is seen on it, and tags
-- to find it by. Its owner chooses them, apart from the words it was made from, which may
-- stay hidden.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only adds, so
-- that the release before it goes on working while it is replaced.

ALTER TABLE images ADD COLUMN title TEXT;
-- The title as the search takes it, made by the server (`model/folding.rs`).
ALTER TABLE images ADD COLUMN title_words TEXT;
ALTER TABLE images ADD COLUMN alt TEXT;

-- Tags that are shown with a picture, whenever it is public. Those of the library
-- (`image_tags`) are seen by nobody but their owner.
CREATE TABLE public_tags (
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Without case and accents: what makes two tags the same.
    folded TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The tag as the search takes it.
    words TEXT NOT NULL,
    -- The picture's number among those in lists; NULL while it is in none.
    number INTEGER,
    PRIMARY KEY (image_id, folded)
) STRICT;
CREATE INDEX public_tags_of_user ON public_tags (user_id);
CREATE INDEX public_tags_listed ON public_tags (folded, number) WHERE number IS NOT NULL;

CREATE TRIGGER public_tags_given AFTER INSERT ON public_tags BEGIN
    UPDATE public_tags SET number = (SELECT number FROM public_pictures WHERE image_id = new.image_id)
        WHERE image_id = new.image_id AND folded = new.folded;
END;
CREATE TRIGGER public_tags_with_picture AFTER INSERT ON public_pictures BEGIN
    UPDATE public_tags SET number = new.number WHERE image_id = new.image_id;
END;
CREATE TRIGGER public_tags_without_picture AFTER DELETE ON public_pictures BEGIN
    UPDATE public_tags SET number = NULL WHERE image_id = old.image_id;
END;

-- Pages that are kept show these words.
CREATE TRIGGER public_version_of_titles AFTER UPDATE OF title, alt ON images
WHEN NEW.public_key IS NOT NULL AND (OLD.title IS NOT NEW.title OR OLD.alt IS NOT NEW.alt)
BEGIN
    INSERT INTO service_state (name, value) VALUES ('public_version', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER public_version_of_tags AFTER INSERT ON public_tags
WHEN EXISTS (SELECT 1 FROM images WHERE id = NEW.image_id AND public_key IS NOT NULL)
BEGIN
    INSERT INTO service_state (name, value) VALUES ('public_version', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER public_version_without_tags AFTER DELETE ON public_tags
WHEN EXISTS (SELECT 1 FROM images WHERE id = OLD.image_id AND public_key IS NOT NULL)
BEGIN
    INSERT INTO service_state (name, value) VALUES ('public_version', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
