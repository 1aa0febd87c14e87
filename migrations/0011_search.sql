-- Search in scripts without spaces, and whatever the marks of a word.
--
-- What is indexed is made of the prompt by the server (`model/folding.rs`): SQL
-- cannot cut a Japanese sentence into words. Rows that were there before are
-- prepared by housekeeping, some at a time; until then their prompts are
-- indexed as they are, as before.

ALTER TABLE images ADD COLUMN search_text TEXT;
CREATE INDEX images_unprepared ON images (id) WHERE search_text IS NULL;

DROP TRIGGER images_search_added;
DROP TRIGGER images_search_removed;
DROP TRIGGER images_search_changed;
DROP TABLE image_search;

CREATE VIEW image_search_rows AS
    SELECT search_id, user_id, COALESCE(search_text, prompt) AS prompt FROM images;

-- Marks (M*) belong to words: without them a Hindi or Thai word falls apart.
CREATE VIRTUAL TABLE image_search USING fts5 (
    user_id, prompt, content = 'image_search_rows', content_rowid = 'search_id',
    tokenize = 'unicode61 remove_diacritics 2 categories ''L* M* N* Co''', prefix = '2 3'
);
-- A deleted prompt leaves the index at once, not at the next merge.
INSERT INTO image_search (image_search, rank) VALUES ('secure-delete', 1);
INSERT INTO image_search (rowid, user_id, prompt) SELECT search_id, user_id, prompt FROM image_search_rows;

CREATE TRIGGER images_search_added AFTER INSERT ON images BEGIN
    UPDATE images SET search_id = (SELECT COALESCE(MAX(search_id), 0) + 1 FROM images) WHERE id = new.id;
    INSERT INTO image_search (rowid, user_id, prompt)
        SELECT search_id, user_id, COALESCE(search_text, prompt) FROM images WHERE id = new.id;
END;
CREATE TRIGGER images_search_removed AFTER DELETE ON images BEGIN
    INSERT INTO image_search (image_search, rowid, user_id, prompt)
        VALUES ('delete', old.search_id, old.user_id, COALESCE(old.search_text, old.prompt));
END;
-- A prompt that is changed or removed leaves nothing behind of what was made of
-- it; that change to the row then reaches the index. One of the two fires.
CREATE TRIGGER images_search_outdated AFTER UPDATE OF prompt ON images
    WHEN new.prompt IS NOT old.prompt AND old.search_text IS NOT NULL AND new.search_text IS old.search_text BEGIN
    UPDATE images SET search_text = NULL WHERE id = new.id;
END;
CREATE TRIGGER images_search_changed AFTER UPDATE OF prompt, search_text ON images
    WHEN NOT (new.prompt IS NOT old.prompt AND old.search_text IS NOT NULL AND new.search_text IS old.search_text) BEGIN
    INSERT INTO image_search (image_search, rowid, user_id, prompt)
        VALUES ('delete', old.search_id, old.user_id, COALESCE(old.search_text, old.prompt));
    INSERT INTO image_search (rowid, user_id, prompt)
        VALUES (new.search_id, new.user_id, COALESCE(new.search_text, new.prompt));
END;
