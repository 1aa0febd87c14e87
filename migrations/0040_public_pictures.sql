-- What strangers find in lists, and how well liked it is.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only adds, so
-- that the release before it goes on working while it is replaced: triggers keep what
-- is new here right, whichever release publishes or takes back.

-- A row for each picture that is public and that no decision took out of the lists.
CREATE TABLE public_pictures (
    -- In the order of publishing; what lists and the search go by: the time in milliseconds,
    -- times 1,000, and on from there for those of the same moment.
    number INTEGER PRIMARY KEY,
    image_id TEXT NOT NULL UNIQUE REFERENCES images (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    published_at INTEGER NOT NULL,
    -- The picture of somebody else that it was made from; NULL where there is none.
    remix_of TEXT,
    -- By how many people it is liked, and how many rows here say that they are made from it.
    likes INTEGER NOT NULL DEFAULT 0,
    remixes INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX public_pictures_of_user ON public_pictures (user_id, number);
CREATE INDEX public_pictures_by_time ON public_pictures (published_at, number);
CREATE INDEX public_pictures_remixes ON public_pictures (remix_of) WHERE remix_of IS NOT NULL;
CREATE INDEX public_pictures_liked ON public_pictures (likes, number) WHERE likes > 0;
CREATE INDEX public_pictures_remixed ON public_pictures (remixes, number) WHERE remixes > 0;

-- Who likes which picture. Of strangers and of the picture's owner only the number is seen.
CREATE TABLE likes (
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    liked_at INTEGER NOT NULL,
    PRIMARY KEY (image_id, user_id)
) STRICT;
CREATE INDEX likes_of_user ON likes (user_id, liked_at, image_id);

INSERT INTO public_pictures (number, image_id, user_id, published_at, remix_of)
    SELECT i.place + MAX(i.published_at * 1000 - i.place) OVER (ORDER BY i.place), i.id, i.user_id, i.published_at,
        (SELECT p.id FROM images p WHERE p.id = i.parent_id AND p.user_id <> i.user_id)
    FROM (SELECT id, user_id, published_at, parent_id, ROW_NUMBER() OVER (ORDER BY published_at, id) AS place
        FROM images WHERE public_key IS NOT NULL AND unlisted_by IS NULL) i;
UPDATE public_pictures SET remixes = (SELECT COUNT(*) FROM public_pictures r WHERE r.remix_of = public_pictures.image_id)
    WHERE image_id IN (SELECT r.remix_of FROM public_pictures r WHERE r.remix_of IS NOT NULL);

-- Published, or back in the lists. Several of one moment come one after the other; where
-- those were more than a thousand, what was published in the next moment comes after them.
CREATE TRIGGER public_pictures_listed AFTER UPDATE OF public_key, published_at, unlisted_by ON images
WHEN new.public_key IS NOT NULL AND new.unlisted_by IS NULL
    AND (old.public_key IS NULL OR old.unlisted_by IS NOT NULL)
BEGIN
    INSERT INTO public_pictures (number, image_id, user_id, published_at, remix_of, likes, remixes)
        SELECT iif(EXISTS (SELECT 1 FROM public_pictures t WHERE t.number = c.number),
                (SELECT MAX(w.number) + 1 FROM public_pictures w
                    WHERE w.number >= c.number AND w.number < c.number + 1000000),
                c.number),
            new.id, new.user_id, new.published_at,
            (SELECT p.id FROM images p WHERE p.id = new.parent_id AND p.user_id <> new.user_id),
            (SELECT COUNT(*) FROM likes WHERE image_id = new.id),
            (SELECT COUNT(*) FROM public_pictures WHERE remix_of = new.id)
        FROM (SELECT COALESCE((SELECT MAX(s.number) + 1 FROM public_pictures s
            WHERE s.published_at = new.published_at), new.published_at * 1000) AS number) c;
END;
-- Rows that `imgc move` brings, when they are public; their parents and likes come later.
CREATE TRIGGER public_pictures_moved AFTER INSERT ON images
WHEN new.public_key IS NOT NULL AND new.unlisted_by IS NULL
BEGIN
    INSERT INTO public_pictures (number, image_id, user_id, published_at)
        SELECT iif(EXISTS (SELECT 1 FROM public_pictures t WHERE t.number = c.number),
                (SELECT MAX(w.number) + 1 FROM public_pictures w
                    WHERE w.number >= c.number AND w.number < c.number + 1000000),
                c.number),
            new.id, new.user_id, new.published_at
        FROM (SELECT COALESCE((SELECT MAX(s.number) + 1 FROM public_pictures s
            WHERE s.published_at = new.published_at), new.published_at * 1000) AS number) c;
END;
CREATE TRIGGER public_pictures_made_from AFTER UPDATE OF parent_id ON images
WHEN old.parent_id IS NOT new.parent_id
BEGIN
    UPDATE public_pictures
        SET remix_of = (SELECT p.id FROM images p WHERE p.id = new.parent_id AND p.user_id <> new.user_id)
        WHERE image_id = new.id;
END;
CREATE TRIGGER public_pictures_unlisted AFTER UPDATE OF public_key, published_at, unlisted_by ON images
WHEN (new.public_key IS NULL OR new.unlisted_by IS NOT NULL)
    AND old.public_key IS NOT NULL AND old.unlisted_by IS NULL
BEGIN
    DELETE FROM public_pictures WHERE image_id = new.id;
END;

CREATE TRIGGER public_remix_listed AFTER INSERT ON public_pictures WHEN new.remix_of IS NOT NULL BEGIN
    UPDATE public_pictures SET remixes = remixes + 1 WHERE image_id = new.remix_of;
END;
CREATE TRIGGER public_remix_known AFTER UPDATE OF remix_of ON public_pictures
WHEN old.remix_of IS NULL AND new.remix_of IS NOT NULL BEGIN
    UPDATE public_pictures SET remixes = remixes + 1 WHERE image_id = new.remix_of;
END;
CREATE TRIGGER public_remix_unlisted AFTER DELETE ON public_pictures WHEN old.remix_of IS NOT NULL BEGIN
    UPDATE public_pictures SET remixes = remixes - 1 WHERE image_id = old.remix_of;
END;

CREATE TRIGGER likes_given AFTER INSERT ON likes BEGIN
    UPDATE public_pictures SET likes = likes + 1 WHERE image_id = new.image_id;
END;
CREATE TRIGGER likes_taken AFTER DELETE ON likes BEGIN
    UPDATE public_pictures SET likes = likes - 1 WHERE image_id = old.image_id;
END;
