-- Sums beside what they sum, and indexes by how lists are read: what a page asks of
-- the database does not grow with what it counts.
--
-- Triggers keep the sums, so that no statement can forget to, the previous release's
-- included. Accepted by SQLite and by Cloudflare D1, like every migration here. It
-- only adds, so that the release before it goes on working while it is replaced.

-- What a person's jobs of a day (its midnight in UTC, Unix milliseconds) come to, by
-- model: pictures that are ready, what all of it cost, how many of the costs are
-- estimates, and the pictures that count against the day's allowance.
CREATE TABLE job_sums (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    day INTEGER NOT NULL,
    model TEXT NOT NULL,
    pictures INTEGER NOT NULL,
    cost_micros INTEGER NOT NULL,
    estimates INTEGER NOT NULL,
    booked INTEGER NOT NULL,
    PRIMARY KEY (user_id, day, model)
) STRICT;

-- What everybody's jobs of a day weigh against the service's budget.
CREATE TABLE day_sums (
    day INTEGER PRIMARY KEY,
    billable_micros INTEGER NOT NULL
) STRICT;

-- A job's part in each; of settings that nobody can read, nothing was asked for.
CREATE VIEW job_parts AS
    SELECT id, user_id, day, model,
        CASE WHEN state = 'ready' THEN COALESCE(pictures, asked) ELSE 0 END AS pictures,
        COALESCE(cost_micros, 0) AS cost_micros,
        COALESCE(cost_micros > 0 AND cost_estimated <> 0, 0) AS estimates,
        CASE WHEN state IN ('failed', 'unknown', 'cancelled') THEN 0
            ELSE COALESCE(MIN(pictures, asked), asked) END AS booked,
        CASE WHEN state IN ('failed', 'cancelled') THEN COALESCE(cost_micros, 0)
            ELSE COALESCE(cost_micros, reserved_micros) END AS billable_micros
    FROM (SELECT id, user_id, created_at - created_at % 86400000 AS day, model, state, pictures,
            cost_micros, cost_estimated, reserved_micros,
            CASE WHEN json_valid(settings) AND json_type(settings, '$.count') = 'integer'
                THEN json_extract(settings, '$.count') ELSE 0 END AS asked
        FROM jobs);

INSERT INTO job_sums (user_id, day, model, pictures, cost_micros, estimates, booked)
    SELECT user_id, day, model, SUM(pictures), SUM(cost_micros), SUM(estimates), SUM(booked)
    FROM job_parts GROUP BY user_id, day, model;
INSERT INTO day_sums (day, billable_micros)
    SELECT day, SUM(billable_micros) FROM job_parts GROUP BY day;

CREATE TRIGGER job_sums_added AFTER INSERT ON jobs BEGIN
    INSERT INTO job_sums (user_id, day, model, pictures, cost_micros, estimates, booked)
        SELECT user_id, day, model, pictures, cost_micros, estimates, booked
        FROM job_parts WHERE id = new.id
        ON CONFLICT (user_id, day, model) DO UPDATE SET
            pictures = pictures + excluded.pictures,
            cost_micros = cost_micros + excluded.cost_micros,
            estimates = estimates + excluded.estimates,
            booked = booked + excluded.booked;
    INSERT INTO day_sums (day, billable_micros)
        SELECT day, billable_micros FROM job_parts WHERE id = new.id
        ON CONFLICT (day) DO UPDATE SET billable_micros = billable_micros + excluded.billable_micros;
END;

-- Before the row changes its part is taken away, and afterwards it is added as it is
-- then: the view says what it is, and nothing says it twice.
CREATE TRIGGER job_sums_taken BEFORE UPDATE OF state, settings, reserved_micros, cost_micros,
    cost_estimated, pictures, created_at, model, user_id ON jobs
    WHEN old.state <> new.state AND (old.state IN ('ready', 'failed', 'unknown', 'cancelled')
            OR new.state IN ('ready', 'failed', 'unknown', 'cancelled'))
        OR old.settings <> new.settings OR old.reserved_micros <> new.reserved_micros
        OR old.cost_micros IS NOT new.cost_micros OR old.cost_estimated <> new.cost_estimated
        OR old.pictures IS NOT new.pictures OR old.created_at <> new.created_at
        OR old.model <> new.model OR old.user_id <> new.user_id
BEGIN
    UPDATE job_sums SET pictures = job_sums.pictures - p.pictures,
            cost_micros = job_sums.cost_micros - p.cost_micros,
            estimates = job_sums.estimates - p.estimates, booked = job_sums.booked - p.booked
        FROM job_parts AS p WHERE p.id = old.id AND job_sums.user_id = p.user_id
            AND job_sums.day = p.day AND job_sums.model = p.model;
    UPDATE day_sums SET billable_micros = day_sums.billable_micros - p.billable_micros
        FROM job_parts AS p WHERE p.id = old.id AND day_sums.day = p.day;
END;
CREATE TRIGGER job_sums_given AFTER UPDATE OF state, settings, reserved_micros, cost_micros,
    cost_estimated, pictures, created_at, model, user_id ON jobs
    WHEN old.state <> new.state AND (old.state IN ('ready', 'failed', 'unknown', 'cancelled')
            OR new.state IN ('ready', 'failed', 'unknown', 'cancelled'))
        OR old.settings <> new.settings OR old.reserved_micros <> new.reserved_micros
        OR old.cost_micros IS NOT new.cost_micros OR old.cost_estimated <> new.cost_estimated
        OR old.pictures IS NOT new.pictures OR old.created_at <> new.created_at
        OR old.model <> new.model OR old.user_id <> new.user_id
BEGIN
    INSERT INTO job_sums (user_id, day, model, pictures, cost_micros, estimates, booked)
        SELECT user_id, day, model, pictures, cost_micros, estimates, booked
        FROM job_parts WHERE id = new.id
        ON CONFLICT (user_id, day, model) DO UPDATE SET
            pictures = pictures + excluded.pictures,
            cost_micros = cost_micros + excluded.cost_micros,
            estimates = estimates + excluded.estimates,
            booked = booked + excluded.booked;
    INSERT INTO day_sums (day, billable_micros)
        SELECT day, billable_micros FROM job_parts WHERE id = new.id
        ON CONFLICT (day) DO UPDATE SET billable_micros = billable_micros + excluded.billable_micros;
END;
-- With its owner as well: what a foreign key deletes sets off triggers, too. The
-- person's own sums go with the person.
CREATE TRIGGER job_sums_removed BEFORE DELETE ON jobs BEGIN
    UPDATE job_sums SET pictures = job_sums.pictures - p.pictures,
            cost_micros = job_sums.cost_micros - p.cost_micros,
            estimates = job_sums.estimates - p.estimates, booked = job_sums.booked - p.booked
        FROM job_parts AS p WHERE p.id = old.id AND job_sums.user_id = p.user_id
            AND job_sums.day = p.day AND job_sums.model = p.model;
    UPDATE day_sums SET billable_micros = day_sums.billable_micros - p.billable_micros
        FROM job_parts AS p WHERE p.id = old.id AND day_sums.day = p.day;
END;

-- What a person's library comes to: `kept` and `trash` (outside and in the trash),
-- `public`, and a row for each `model`, `tag` (folded) and `collection` (id; outside
-- the trash). A row of 0 is as good as none.
CREATE TABLE library_sums (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('kept', 'trash', 'public', 'model', 'tag', 'collection')),
    id TEXT NOT NULL,
    pictures INTEGER NOT NULL,
    PRIMARY KEY (user_id, kind, id)
) STRICT;

INSERT INTO library_sums (user_id, kind, id, pictures)
    SELECT user_id, CASE WHEN trashed_at IS NULL THEN 'kept' ELSE 'trash' END, '', COUNT(*)
        FROM images GROUP BY 1, 2
    UNION ALL SELECT user_id, 'public', '', COUNT(*) FROM images
        WHERE public_key IS NOT NULL GROUP BY user_id
    UNION ALL SELECT user_id, 'model', model, COUNT(*) FROM images GROUP BY user_id, model
    UNION ALL SELECT user_id, 'tag', folded, COUNT(*) FROM image_tags GROUP BY user_id, folded
    UNION ALL SELECT x.user_id, 'collection', x.collection_id, COUNT(*)
        FROM collection_images x JOIN images i ON i.id = x.image_id
        WHERE i.trashed_at IS NULL GROUP BY x.user_id, x.collection_id;

CREATE TRIGGER library_sums_added AFTER INSERT ON images BEGIN
    INSERT INTO library_sums (user_id, kind, id, pictures)
        SELECT new.user_id, iif(new.trashed_at IS NULL, 'kept', 'trash'), '', 1
        UNION ALL SELECT new.user_id, 'model', new.model, 1
        UNION ALL SELECT new.user_id, 'public', '', new.public_key IS NOT NULL
        WHERE true
        ON CONFLICT (user_id, kind, id) DO UPDATE SET pictures = pictures + excluded.pictures;
END;
-- Before, because once a picture is gone nothing says whether it was in the trash.
CREATE TRIGGER library_sums_removed BEFORE DELETE ON images BEGIN
    UPDATE library_sums SET pictures = pictures - 1 WHERE user_id = old.user_id
        AND kind = iif(old.trashed_at IS NULL, 'kept', 'trash') AND id = '';
    UPDATE library_sums SET pictures = pictures - 1
        WHERE user_id = old.user_id AND kind = 'model' AND id = old.model;
    UPDATE library_sums SET pictures = pictures - 1 WHERE old.public_key IS NOT NULL
        AND user_id = old.user_id AND kind = 'public' AND id = '';
    UPDATE library_sums SET pictures = pictures - 1
        WHERE old.trashed_at IS NULL AND user_id = old.user_id AND kind = 'collection'
          AND id IN (SELECT collection_id FROM collection_images WHERE image_id = old.id);
END;
CREATE TRIGGER library_sums_trashed AFTER UPDATE OF trashed_at ON images
    WHEN (old.trashed_at IS NULL) <> (new.trashed_at IS NULL)
BEGIN
    INSERT INTO library_sums (user_id, kind, id, pictures)
        SELECT new.user_id, 'kept', '', iif(new.trashed_at IS NULL, 1, -1)
        UNION ALL SELECT new.user_id, 'trash', '', iif(new.trashed_at IS NULL, -1, 1)
        WHERE true
        ON CONFLICT (user_id, kind, id) DO UPDATE SET pictures = pictures + excluded.pictures;
    UPDATE library_sums SET pictures = pictures + iif(new.trashed_at IS NULL, 1, -1)
        WHERE user_id = new.user_id AND kind = 'collection'
          AND id IN (SELECT collection_id FROM collection_images WHERE image_id = new.id);
END;
CREATE TRIGGER library_sums_published AFTER UPDATE OF public_key ON images
    WHEN (old.public_key IS NULL) <> (new.public_key IS NULL)
BEGIN
    INSERT INTO library_sums (user_id, kind, id, pictures)
        VALUES (new.user_id, 'public', '', iif(new.public_key IS NULL, -1, 1))
        ON CONFLICT (user_id, kind, id) DO UPDATE SET pictures = pictures + excluded.pictures;
END;

CREATE TRIGGER tag_sums_added AFTER INSERT ON image_tags BEGIN
    INSERT INTO library_sums (user_id, kind, id, pictures) VALUES (new.user_id, 'tag', new.folded, 1)
        ON CONFLICT (user_id, kind, id) DO UPDATE SET pictures = pictures + 1;
END;
-- A tag is the person's own word: it does not outlast its last picture.
CREATE TRIGGER tag_sums_removed AFTER DELETE ON image_tags BEGIN
    UPDATE library_sums SET pictures = pictures - 1
        WHERE user_id = old.user_id AND kind = 'tag' AND id = old.folded;
    DELETE FROM library_sums
        WHERE user_id = old.user_id AND kind = 'tag' AND id = old.folded AND pictures <= 0;
END;
-- Counted anew: a row that the renamed one takes the place of says nothing of it.
CREATE TRIGGER tag_sums_renamed AFTER UPDATE OF folded ON image_tags WHEN old.folded <> new.folded BEGIN
    DELETE FROM library_sums WHERE user_id = new.user_id AND kind = 'tag' AND id IN (old.folded, new.folded);
    INSERT INTO library_sums (user_id, kind, id, pictures)
        SELECT user_id, 'tag', folded, COUNT(*) FROM image_tags
        WHERE user_id = new.user_id AND folded IN (old.folded, new.folded) GROUP BY user_id, folded;
END;

CREATE TRIGGER collection_sums_added AFTER INSERT ON collection_images
    WHEN EXISTS (SELECT 1 FROM images WHERE id = new.image_id AND trashed_at IS NULL)
BEGIN
    INSERT INTO library_sums (user_id, kind, id, pictures)
        VALUES (new.user_id, 'collection', new.collection_id, 1)
        ON CONFLICT (user_id, kind, id) DO UPDATE SET pictures = pictures + 1;
END;
-- A picture that is gone was taken away above.
CREATE TRIGGER collection_sums_removed AFTER DELETE ON collection_images
    WHEN EXISTS (SELECT 1 FROM images WHERE id = old.image_id AND trashed_at IS NULL)
BEGIN
    UPDATE library_sums SET pictures = pictures - 1
        WHERE user_id = old.user_id AND kind = 'collection' AND id = old.collection_id;
END;
CREATE TRIGGER collection_sums_gone AFTER DELETE ON collections BEGIN
    DELETE FROM library_sums WHERE user_id = old.user_id AND kind = 'collection' AND id = old.id;
END;

-- Files of the sitemap: pictures by the number that the search knows them by, 2,000
-- to a file. How many of each are public, and the day (its midnight in UTC, Unix
-- milliseconds) on which one was published last.
CREATE TABLE sitemap_files (
    number INTEGER PRIMARY KEY,
    pictures INTEGER NOT NULL,
    published_on INTEGER NOT NULL
) STRICT;

INSERT INTO sitemap_files (number, pictures, published_on)
    SELECT search_id / 2000, COUNT(*), MAX(published_at - published_at % 86400000) FROM images
    WHERE published_at IS NOT NULL AND search_id IS NOT NULL GROUP BY search_id / 2000;

-- The number comes after the row; to rows that `imgc move` brings, when they are public.
CREATE TRIGGER sitemap_numbered AFTER UPDATE OF search_id ON images
    WHEN old.search_id IS NULL AND new.search_id IS NOT NULL AND new.published_at IS NOT NULL
BEGIN
    INSERT INTO sitemap_files (number, pictures, published_on)
        VALUES (new.search_id / 2000, 1, new.published_at - new.published_at % 86400000)
        ON CONFLICT (number) DO UPDATE SET pictures = pictures + 1,
            published_on = MAX(published_on, excluded.published_on);
END;
CREATE TRIGGER sitemap_published AFTER UPDATE OF published_at ON images
    WHEN old.published_at IS NULL AND new.published_at IS NOT NULL AND new.search_id IS NOT NULL
BEGIN
    INSERT INTO sitemap_files (number, pictures, published_on)
        VALUES (new.search_id / 2000, 1, new.published_at - new.published_at % 86400000)
        ON CONFLICT (number) DO UPDATE SET pictures = pictures + 1,
            published_on = MAX(published_on, excluded.published_on);
END;
-- A file without pictures says nothing of when there was one.
CREATE TRIGGER sitemap_unpublished AFTER UPDATE OF published_at ON images
    WHEN old.published_at IS NOT NULL AND new.published_at IS NULL AND new.search_id IS NOT NULL
BEGIN
    UPDATE sitemap_files SET pictures = pictures - 1 WHERE number = new.search_id / 2000;
    DELETE FROM sitemap_files WHERE number = new.search_id / 2000 AND pictures <= 0;
END;
CREATE TRIGGER sitemap_removed AFTER DELETE ON images
    WHEN old.published_at IS NOT NULL AND old.search_id IS NOT NULL
BEGIN
    UPDATE sitemap_files SET pictures = pictures - 1 WHERE number = old.search_id / 2000;
    DELETE FROM sitemap_files WHERE number = old.search_id / 2000 AND pictures <= 0;
END;

-- The search: every word begins with its owner's key, so that what is looked for is
-- looked for among the person's own words, however many others there are. The index
-- before it stays for the previous release.
-- A prompt that is not prepared yet is cut at spaces, line ends, commas and stops alone.
CREATE VIEW image_search_term_rows AS
    SELECT search_id, key || replace(trim(replace(replace(replace(
        words, ' ', char(1, 2)), char(2, 1), ''), char(1, 2), ' ')), ' ', ' ' || key) AS terms
    FROM (SELECT search_id, 'p' || replace(user_id, '-', '') AS key,
            COALESCE(search_text, replace(replace(replace(replace(replace(
                prompt, char(10), ' '), char(13), ' '), char(9), ' '), ',', ' '), '.', ' ')) AS words
        FROM images);

CREATE VIRTUAL TABLE image_search_terms USING fts5 (
    terms, content = 'image_search_term_rows', content_rowid = 'search_id',
    tokenize = 'unicode61 remove_diacritics 2 categories ''L* M* N* Co'''
);
INSERT INTO image_search_terms (image_search_terms, rank) VALUES ('secure-delete', 1);
INSERT INTO image_search_terms (rowid, terms)
    SELECT search_id, terms FROM image_search_term_rows WHERE search_id IS NOT NULL;

CREATE TRIGGER image_terms_added AFTER UPDATE OF search_id ON images
    WHEN old.search_id IS NULL AND new.search_id IS NOT NULL
BEGIN
    INSERT INTO image_search_terms (rowid, terms)
        SELECT search_id, terms FROM image_search_term_rows WHERE search_id = new.search_id;
END;
-- Taken out as it was and put in as it is; where the words stay the same, neither.
CREATE TRIGGER image_terms_taken BEFORE UPDATE OF prompt, search_text ON images
    WHEN old.search_id IS NOT NULL
        AND COALESCE(old.search_text, old.prompt) <> COALESCE(new.search_text, new.prompt)
BEGIN
    INSERT INTO image_search_terms (image_search_terms, rowid, terms)
        SELECT 'delete', search_id, terms FROM image_search_term_rows WHERE search_id = old.search_id;
END;
CREATE TRIGGER image_terms_given AFTER UPDATE OF prompt, search_text ON images
    WHEN old.search_id IS NOT NULL
        AND COALESCE(old.search_text, old.prompt) <> COALESCE(new.search_text, new.prompt)
BEGIN
    INSERT INTO image_search_terms (rowid, terms)
        SELECT search_id, terms FROM image_search_term_rows WHERE search_id = new.search_id;
END;
CREATE TRIGGER image_terms_removed BEFORE DELETE ON images WHEN old.search_id IS NOT NULL BEGIN
    INSERT INTO image_search_terms (image_search_terms, rowid, terms)
        SELECT 'delete', search_id, terms FROM image_search_term_rows WHERE search_id = old.search_id;
END;

-- That words were deleted, for `store/search_index.rs`. Before there was this note,
-- they were not noted.
INSERT INTO service_state (name, value)
    SELECT 'search_words_deleted', 1 WHERE EXISTS (SELECT 1 FROM images);
CREATE TRIGGER search_words_deleted AFTER DELETE ON images BEGIN
    INSERT INTO service_state (name, value) VALUES ('search_words_deleted', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;

-- A library's conditions are read from the index alone, and rows only of what is shown.
CREATE INDEX images_of_user ON images (user_id, id, trashed_at, favourite, public_key, model,
    created_at, width, height);
CREATE INDEX image_tags_by_tag ON image_tags (user_id, folded, image_id);
CREATE INDEX images_in_sitemap ON images (search_id, id, published_at) WHERE published_at IS NOT NULL;
-- What a person's jobs came to lately.
CREATE INDEX jobs_by_end ON jobs (user_id, finished_at) WHERE finished_at IS NOT NULL;
