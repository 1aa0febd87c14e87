-- Finding public pictures: by words, and by how well they were liked lately.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only adds, so
-- that the release before it goes on working while it is replaced.

-- The words by which a picture in the lists is found: its title, its shown tags, and its
-- prompt only where that is shown. What is hidden is in no row here, and so in no index.
CREATE TABLE public_words (
    number INTEGER PRIMARY KEY REFERENCES public_pictures (number) ON DELETE CASCADE,
    title TEXT NOT NULL,
    tags TEXT NOT NULL,
    prompt TEXT NOT NULL
) STRICT;

CREATE VIEW public_words_now AS
    SELECT p.number, i.id AS image_id, COALESCE(i.title_words, '') AS title,
        COALESCE((SELECT group_concat(t.words, ' ') FROM public_tags t WHERE t.image_id = i.id), '') AS tags,
        iif(i.shows_prompt = 1, COALESCE(i.search_text, i.prompt), '') AS prompt
    FROM public_pictures p JOIN images i ON i.id = p.image_id;

-- Beginnings of three to nine letters have an index of their own each, so that none is
-- put together from all the words that begin like it.
CREATE VIRTUAL TABLE image_search_public USING fts5 (
    title, tags, prompt, content = 'public_words', content_rowid = 'number',
    tokenize = 'unicode61 remove_diacritics 2 categories ''L* M* N* Co''', prefix = '3 4 5 6 7 8 9'
);
-- A word that is taken back leaves the index at once, not at the next merge.
INSERT INTO image_search_public (image_search_public, rank) VALUES ('secure-delete', 1);

INSERT INTO public_words (number, title, tags, prompt)
    SELECT number, title, tags, prompt FROM public_words_now;
INSERT INTO image_search_public (rowid, title, tags, prompt)
    SELECT number, title, tags, prompt FROM public_words;

CREATE TRIGGER public_words_listed AFTER INSERT ON public_pictures BEGIN
    INSERT INTO public_words (number, title, tags, prompt)
        SELECT number, title, tags, prompt FROM public_words_now WHERE number = new.number;
END;
CREATE TRIGGER public_words_changed AFTER UPDATE OF title_words, shows_prompt, search_text, prompt ON images
WHEN new.public_key IS NOT NULL AND (old.title_words IS NOT new.title_words
    OR old.shows_prompt <> new.shows_prompt
    OR COALESCE(old.search_text, old.prompt) <> COALESCE(new.search_text, new.prompt))
BEGIN
    UPDATE public_words SET title = COALESCE(new.title_words, ''),
            prompt = iif(new.shows_prompt = 1, COALESCE(new.search_text, new.prompt), '')
        WHERE number = (SELECT number FROM public_pictures WHERE image_id = new.id);
END;
CREATE TRIGGER public_words_tagged AFTER INSERT ON public_tags BEGIN
    UPDATE public_words SET tags = COALESCE((SELECT group_concat(t.words, ' ') FROM public_tags t
            WHERE t.image_id = new.image_id), '')
        WHERE number = (SELECT number FROM public_pictures WHERE image_id = new.image_id);
END;
CREATE TRIGGER public_words_untagged AFTER DELETE ON public_tags BEGIN
    UPDATE public_words SET tags = COALESCE((SELECT group_concat(t.words, ' ') FROM public_tags t
            WHERE t.image_id = old.image_id), '')
        WHERE number = (SELECT number FROM public_pictures WHERE image_id = old.image_id);
END;

-- Index and rows never differ.
CREATE TRIGGER public_search_added AFTER INSERT ON public_words BEGIN
    INSERT INTO image_search_public (rowid, title, tags, prompt)
        VALUES (new.number, new.title, new.tags, new.prompt);
END;
CREATE TRIGGER public_search_changed AFTER UPDATE ON public_words
WHEN old.title <> new.title OR old.tags <> new.tags OR old.prompt <> new.prompt
BEGIN
    INSERT INTO image_search_public (image_search_public, rowid, title, tags, prompt)
        VALUES ('delete', old.number, old.title, old.tags, old.prompt);
    INSERT INTO image_search_public (rowid, title, tags, prompt)
        VALUES (new.number, new.title, new.tags, new.prompt);
    INSERT INTO service_state (name, value) VALUES ('search_words_deleted', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER public_search_removed AFTER DELETE ON public_words BEGIN
    INSERT INTO image_search_public (image_search_public, rowid, title, tags, prompt)
        VALUES ('delete', old.number, old.title, old.tags, old.prompt);
    INSERT INTO service_state (name, value) VALUES ('search_words_deleted', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;

-- The best of each day (UTC), so that those of a week or a month are found by looking at
-- the first of as many days, however many pictures were published in them.
CREATE INDEX public_pictures_liked_of_day ON public_pictures (published_at / 86400000, likes, number)
    WHERE likes > 0;
CREATE INDEX public_pictures_remixed_of_day ON public_pictures (published_at / 86400000, remixes, number)
    WHERE remixes > 0;

-- What was liked and remixed most among the pictures of a period, made ahead every few
-- minutes. A picture that leaves the lists leaves these at once.
CREATE TABLE rankings (
    sort TEXT NOT NULL CHECK (sort IN ('liked', 'remixed')),
    period TEXT NOT NULL CHECK (period IN ('day', 'week', 'month', 'year')),
    score INTEGER NOT NULL,
    number INTEGER NOT NULL REFERENCES public_pictures (number) ON DELETE CASCADE,
    PRIMARY KEY (sort, period, score, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX rankings_of_picture ON rankings (number);
