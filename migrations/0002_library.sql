-- The library: search, favourites, tags, collections, the trash, and what is
-- needed to undo a change.
--
-- Each table with something of a person's carries `user_id`, so that forgetting
-- a person forgets it.

ALTER TABLE images ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0 CHECK (favourite IN (0, 1));
-- NULL while it is kept. What is in the trash is never public.
ALTER TABLE images ADD COLUMN trashed_at INTEGER CHECK (trashed_at IS NULL OR public_key IS NULL);
-- The picture's number in the search index. A column of our own, because the
-- implicit row number may change when the database is compacted.
ALTER TABLE images ADD COLUMN search_id INTEGER;

UPDATE images SET search_id = rowid;

CREATE UNIQUE INDEX images_by_search ON images (search_id);
DROP INDEX images_by_user;
CREATE INDEX images_by_user ON images (user_id, id, trashed_at);
CREATE INDEX images_by_model ON images (user_id, model);
CREATE INDEX images_trashed ON images (trashed_at, user_id) WHERE trashed_at IS NOT NULL;

-- Words of prompts. `user_id` is searched too, so that a search reads the
-- person's own entries and nobody else's. Accents and case do not count.
CREATE VIRTUAL TABLE image_search USING fts5 (
    user_id, prompt, content = 'images', content_rowid = 'search_id',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
-- A deleted prompt leaves the index at once, not at the next merge.
INSERT INTO image_search (image_search, rank) VALUES ('secure-delete', 1);
INSERT INTO image_search (rowid, user_id, prompt) SELECT search_id, user_id, prompt FROM images;

CREATE TRIGGER images_search_added AFTER INSERT ON images BEGIN
    UPDATE images SET search_id = (SELECT COALESCE(MAX(search_id), 0) + 1 FROM images) WHERE id = new.id;
    INSERT INTO image_search (rowid, user_id, prompt)
        SELECT search_id, user_id, prompt FROM images WHERE id = new.id;
END;
CREATE TRIGGER images_search_removed AFTER DELETE ON images BEGIN
    INSERT INTO image_search (image_search, rowid, user_id, prompt)
        VALUES ('delete', old.search_id, old.user_id, old.prompt);
END;
CREATE TRIGGER images_search_changed AFTER UPDATE OF prompt ON images BEGIN
    INSERT INTO image_search (image_search, rowid, user_id, prompt)
        VALUES ('delete', old.search_id, old.user_id, old.prompt);
    INSERT INTO image_search (rowid, user_id, prompt) VALUES (new.search_id, new.user_id, new.prompt);
END;

CREATE TABLE image_tags (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    -- Without case and accents: what makes two tags the same.
    folded TEXT NOT NULL,
    -- As it was first written.
    name TEXT NOT NULL,
    PRIMARY KEY (image_id, folded)
) STRICT;
CREATE INDEX image_tags_by_user ON image_tags (user_id, folded, name);

CREATE TABLE collections (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (user_id, folded)
) STRICT;

CREATE TABLE collection_images (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    collection_id TEXT NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    PRIMARY KEY (collection_id, image_id)
) STRICT;
CREATE INDEX collection_images_by_image ON collection_images (image_id);
CREATE INDEX collection_images_by_user ON collection_images (user_id);

-- What a person did to several pictures at once, for a day, so that it can be undone.
CREATE TABLE changes (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    action TEXT NOT NULL,
    -- The tag or the collection's id; empty for the other actions.
    detail TEXT NOT NULL,
    -- What people call that tag or collection.
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX changes_by_user ON changes (user_id);
CREATE INDEX changes_by_age ON changes (created_at);

CREATE TABLE change_images (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    change_id TEXT NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    -- When it was published, where the change took that away.
    published_at INTEGER,
    PRIMARY KEY (change_id, image_id)
) STRICT;
CREATE INDEX change_images_by_image ON change_images (image_id);
CREATE INDEX change_images_by_user ON change_images (user_id);
