-- A collection's count begins with its first picture, in the trash or not.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only
-- adds, so that the release before it goes on working while it is replaced.

-- What takes a picture out of the trash adds to a row that is there: one that came into
-- its collection in the trash, as `imgc move` brings it, had made none.
CREATE TRIGGER collection_sums_begun AFTER INSERT ON collection_images
    WHEN EXISTS (SELECT 1 FROM images WHERE id = new.image_id AND trashed_at IS NOT NULL)
BEGIN
    INSERT INTO library_sums (user_id, kind, id, pictures)
        VALUES (new.user_id, 'collection', new.collection_id, 0)
        ON CONFLICT (user_id, kind, id) DO NOTHING;
END;

INSERT INTO library_sums (user_id, kind, id, pictures)
    SELECT c.user_id, 'collection', c.id, (SELECT COUNT(*) FROM collection_images x
            JOIN images i ON i.id = x.image_id
            WHERE x.collection_id = c.id AND i.trashed_at IS NULL)
        FROM collections c WHERE true
    ON CONFLICT (user_id, kind, id) DO UPDATE SET pictures = excluded.pictures;
