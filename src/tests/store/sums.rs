//! The sums that triggers keep are what they sum, whatever is done to the rows.

use super::database;
use imgc::store::{Db, Row, Statement, search_index};

/// Each sum as it is kept and as it is counted; rows of nothing left out.
const KEPT_AND_COUNTED: [(&str, &str); 10] = [
    (
        "SELECT user_id || ' ' || day || ' ' || model || ' ' || pictures || ' ' || cost_micros
            || ' ' || estimates || ' ' || booked AS line FROM job_sums
            WHERE pictures <> 0 OR cost_micros <> 0 OR estimates <> 0 OR booked <> 0",
        "SELECT user_id || ' ' || day || ' ' || model || ' ' || pictures || ' ' || cost
            || ' ' || estimates || ' ' || booked AS line FROM (
            SELECT user_id, created_at / 86400000 * 86400000 AS day, model,
                SUM(CASE WHEN state = 'ready' THEN COALESCE(pictures, json_extract(settings, '$.count'))
                    ELSE 0 END) AS pictures,
                SUM(COALESCE(cost_micros, 0)) AS cost,
                SUM(COALESCE(cost_micros, 0) > 0 AND cost_estimated = 1) AS estimates,
                SUM(CASE WHEN failure = 'stopped' THEN json_extract(settings, '$.count')
                    WHEN state IN ('failed', 'unknown', 'cancelled') THEN 0
                    WHEN pictures < json_extract(settings, '$.count') THEN pictures
                    ELSE json_extract(settings, '$.count') END) AS booked
            FROM jobs GROUP BY 1, 2, 3)
            WHERE pictures <> 0 OR cost <> 0 OR estimates <> 0 OR booked <> 0",
    ),
    (
        "SELECT day || ' ' || billable_micros AS line FROM day_sums WHERE billable_micros <> 0",
        "SELECT day || ' ' || micros AS line FROM (
            SELECT created_at / 86400000 * 86400000 AS day,
                SUM(CASE WHEN cost_micros IS NOT NULL THEN cost_micros
                    WHEN state IN ('failed', 'cancelled') THEN 0 ELSE reserved_micros END) AS micros
            FROM jobs GROUP BY 1) WHERE micros <> 0",
    ),
    (
        "SELECT user_id || ' ' || month || ' ' || pictures || ' ' || billable_micros AS line
            FROM month_sums WHERE pictures <> 0 OR billable_micros <> 0",
        "SELECT user_id || ' ' || month || ' ' || pictures || ' ' || micros AS line FROM (
            SELECT user_id, CAST(strftime('%s', strftime('%Y-%m-01', created_at / 1000, 'unixepoch'))
                    AS INTEGER) * 1000 AS month,
                SUM(CASE WHEN state = 'ready' THEN COALESCE(pictures, json_extract(settings, '$.count'))
                    ELSE 0 END) AS pictures,
                SUM(CASE WHEN cost_micros IS NOT NULL THEN cost_micros
                    WHEN state IN ('failed', 'cancelled') THEN 0 ELSE reserved_micros END) AS micros
            FROM jobs GROUP BY 1, 2) WHERE pictures <> 0 OR micros <> 0",
    ),
    (
        "SELECT user_id || ' ' || kind || ' ' || id || ' ' || pictures AS line FROM library_sums
            WHERE pictures <> 0 AND kind NOT IN ('tag', 'collection')",
        "SELECT user_id || ' ' || kind || ' ' || id || ' ' || n AS line FROM (
            SELECT user_id, 'kept' AS kind, '' AS id, COUNT(*) AS n FROM images
                WHERE trashed_at IS NULL GROUP BY 1
            UNION ALL SELECT user_id, 'trash', '', COUNT(*) FROM images
                WHERE trashed_at IS NOT NULL GROUP BY 1
            UNION ALL SELECT user_id, 'public', '', COUNT(*) FROM images
                WHERE public_key IS NOT NULL GROUP BY 1
            UNION ALL SELECT user_id, 'model', model, COUNT(*) FROM images GROUP BY 1, 3)",
    ),
    (
        "SELECT user_id || ' ' || kind || ' ' || id || ' ' || pictures AS line FROM library_sums
            WHERE pictures <> 0 AND kind IN ('tag', 'collection')",
        "SELECT user_id || ' ' || kind || ' ' || id || ' ' || n AS line FROM (
            SELECT user_id, 'tag' AS kind, folded AS id, COUNT(*) AS n FROM image_tags GROUP BY 1, 3
            UNION ALL SELECT x.user_id, 'collection', x.collection_id, COUNT(*)
                FROM collection_images x JOIN images i ON i.id = x.image_id
                WHERE i.trashed_at IS NULL GROUP BY 1, 3)",
    ),
    (
        "SELECT number || ' ' || pictures AS line FROM sitemap_files WHERE pictures <> 0",
        "SELECT number || ' ' || n AS line FROM (SELECT search_id / 2000 AS number, COUNT(*) AS n
            FROM images WHERE public_key IS NOT NULL GROUP BY 1)",
    ),
    (
        "SELECT image_id || ' ' || user_id || ' ' || published_at || ' ' || COALESCE(remix_of, '')
            || ' ' || likes || ' ' || remixes AS line FROM public_pictures",
        "WITH listed AS (SELECT i.id, i.user_id, i.published_at, p.id AS made_from FROM images i
                LEFT JOIN images p ON p.id = i.parent_id AND p.user_id <> i.user_id
                WHERE i.public_key IS NOT NULL AND i.unlisted_by IS NULL)
            SELECT id || ' ' || user_id || ' ' || published_at || ' ' || COALESCE(made_from, '') || ' '
                || (SELECT COUNT(*) FROM likes WHERE image_id = listed.id) || ' '
                || (SELECT COUNT(*) FROM listed r WHERE r.made_from = listed.id) AS line FROM listed",
    ),
    (
        "SELECT image_id || ' ' || folded || ' ' || COALESCE(number, 0) AS line FROM public_tags",
        "SELECT t.image_id || ' ' || t.folded || ' ' || COALESCE(p.number, 0) AS line FROM public_tags t
            LEFT JOIN public_pictures p ON p.image_id = t.image_id",
    ),
    (
        "SELECT number || ' ' || title || '/' || length(tags) || '/' || prompt AS line FROM public_words",
        "SELECT p.number || ' ' || COALESCE(i.title_words, '') || '/'
                || COALESCE((SELECT SUM(length(words)) + COUNT(*) - 1 FROM public_tags WHERE image_id = i.id), 0) || '/'
                || iif(i.shows_prompt, COALESCE(i.search_text, i.prompt), '') AS line
            FROM public_pictures p JOIN images i ON i.id = p.image_id",
    ),
    // Numbers are in the order of publishing.
    (
        "SELECT a.image_id AS line FROM public_pictures a JOIN public_pictures b
            ON a.published_at < b.published_at AND a.number > b.number",
        "SELECT '' AS line WHERE 0",
    ),
];

/// Fails unless every sum is what it sums, and each search index agrees with its rows.
pub async fn hold(db: &Db, after: &str) {
    for (kept, counted) in KEPT_AND_COUNTED {
        let (kept, counted) = (lines(db, kept).await, lines(db, counted).await);
        assert_eq!(kept, counted, "after {after}");
    }
    for check in [
        "INSERT INTO image_search (image_search, rank) VALUES ('integrity-check', 1)",
        "INSERT INTO image_search_terms (image_search_terms, rank) VALUES ('integrity-check', 1)",
        "INSERT INTO image_search_public (image_search_public, rank) VALUES ('integrity-check', 1)",
    ] {
        assert!(
            db.write(Statement::new(check)).await.is_ok(),
            "after {after}: {check}"
        );
    }
}

async fn lines(db: &Db, sql: &'static str) -> Vec<String> {
    let rows = db.fetch_all(Statement::new(sql)).await.unwrap();
    let mut lines: Vec<String> = rows.iter().map(|row| row.text("line").unwrap()).collect();
    lines.sort();
    lines
}

/// Acts as people and the server have them, on rows chosen by `?1`.
const ACTS: [&str; 36] = [
    "INSERT INTO jobs (id, user_id, request_key, state, model, prompt, settings, reserved_micros, created_at)
        SELECT 'j' || ?1, id, 'k' || ?1, 'queued', 'm' || (?1 % 2), 'a fox', '{\"count\":2}', ?1,
            86400000 * (?1 % 3) + ?1 FROM users ORDER BY (rowid * ?1) % 7 LIMIT 1",
    "INSERT INTO jobs (id, user_id, request_key, state, model, prompt, settings, reserved_micros, created_at)
        SELECT 'q' || ?1, id, 'q' || ?1, 'dispatching', 'm0', 'a boat', '{\"count\":4}', 7, ?1 FROM users LIMIT 1",
    "UPDATE jobs SET state = 'dispatching' WHERE rowid % 3 = ?1 % 3 AND state = 'queued'",
    "UPDATE jobs SET state = 'received', cost_micros = ?1, cost_estimated = ?1 % 2, pictures = 1 + ?1 % 5
        WHERE rowid % 3 = ?1 % 3 AND state = 'dispatching'",
    "UPDATE jobs SET state = 'stored' WHERE state = 'received' AND ?1 > 0",
    "UPDATE jobs SET state = 'ready', finished_at = ?1 WHERE rowid % 2 = ?1 % 2 AND state = 'stored'",
    "UPDATE jobs SET state = 'failed', cost_micros = COALESCE(cost_micros, reserved_micros), cost_estimated = 1
        WHERE rowid % 5 = ?1 % 5 AND state IN ('dispatching', 'received')",
    "UPDATE jobs SET state = 'failed', failure = 'stopped', cost_micros = reserved_micros, cost_estimated = 1
        WHERE rowid % 5 = ?1 % 5 AND state = 'dispatching'",
    "UPDATE jobs SET state = 'cancelled' WHERE rowid % 7 = ?1 % 7 AND state = 'queued'",
    "UPDATE jobs SET state = 'unknown' WHERE rowid % 11 = ?1 % 11 AND state = 'dispatching'",
    // Into another day, and into another month.
    "UPDATE jobs SET created_at = created_at + iif(rowid % 2 = 0, 86400000, 2678400000)
        WHERE rowid % 13 = ?1 % 13",
    "INSERT INTO images (id, user_id, job_id, position, width, height, format, bytes, sha256, placeholder,
            widths, model, prompt, settings, cost_micros, created_at)
        SELECT 'i' || ?1, user_id, id, ?1, 1, 1, 'png', 1, 'x', '#000', '[]', model,
            'two  words, ' || ?1, '{}', 0, 1 FROM jobs ORDER BY (rowid * ?1) % 5 LIMIT 1",
    // As `imgc move` brings them: public from the start.
    "INSERT INTO images (id, user_id, job_id, position, width, height, format, bytes, sha256, placeholder,
            widths, model, prompt, settings, cost_micros, created_at, public_key, published_at, search_text)
        SELECT 'm' || ?1, user_id, id, ?1, 1, 1, 'png', 1, 'x', '#000', '[]', model, 'Sea', '{}', 0, 1,
            'slug' || ?1, ?1, ' sea  ' FROM jobs LIMIT 1",
    "UPDATE images SET public_key = 's' || id, published_at = ?1
        WHERE rowid % 2 = ?1 % 2 AND trashed_at IS NULL AND public_key IS NULL",
    "UPDATE images SET public_key = NULL, published_at = NULL WHERE rowid % 3 = ?1 % 3",
    "UPDATE images SET trashed_at = ?1, public_key = NULL, published_at = NULL WHERE rowid % 4 = ?1 % 4",
    "UPDATE images SET trashed_at = NULL WHERE rowid % 3 = ?1 % 3",
    "UPDATE images SET search_text = 'prepared ' || ?1 WHERE rowid % 3 = ?1 % 3",
    "UPDATE images SET prompt = '' WHERE rowid % 9 = ?1 % 9",
    "DELETE FROM images WHERE rowid % 17 = ?1 % 17",
    "INSERT INTO image_tags (user_id, image_id, folded, name)
        SELECT user_id, id, 't' || (?1 % 4), 'T' || ?1 FROM images WHERE rowid % 3 = ?1 % 3
        ON CONFLICT (image_id, folded) DO NOTHING",
    "UPDATE OR REPLACE image_tags SET folded = 't1' WHERE folded = 't' || (?1 % 4)",
    "DELETE FROM image_tags WHERE folded = 't' || (?1 % 4) AND image_id IN
        (SELECT id FROM images WHERE rowid % 2 = ?1 % 2)",
    "INSERT INTO collections (id, user_id, name, folded, created_at)
        SELECT 'c' || ?1, id, 'C', 'c' || ?1, 1 FROM users ORDER BY (rowid * ?1) % 7 LIMIT 1",
    "INSERT INTO collection_images (user_id, collection_id, image_id)
        SELECT c.user_id, c.id, i.id FROM collections c JOIN images i ON i.user_id = c.user_id
        WHERE (i.rowid + c.rowid) % 3 = ?1 % 3 ON CONFLICT DO NOTHING",
    "DELETE FROM collection_images WHERE rowid % 5 = ?1 % 5",
    "DELETE FROM collections WHERE rowid % 13 = ?1 % 13",
    "UPDATE images SET parent_id = (SELECT p.id FROM images p WHERE p.id <> images.id ORDER BY (p.rowid * ?1) % 7 LIMIT 1)
        WHERE rowid % 4 = ?1 % 4 AND parent_id IS NULL",
    "UPDATE images SET unlisted_by = iif(unlisted_by IS NULL, 'a case', NULL) WHERE rowid % 5 = ?1 % 5",
    "INSERT INTO likes (image_id, user_id, liked_at) SELECT i.id, u.id, ?1 FROM images i JOIN users u
        ON (i.rowid + u.rowid) % 3 = ?1 % 3 WHERE i.user_id <> u.id ON CONFLICT DO NOTHING",
    "DELETE FROM likes WHERE rowid % 4 = ?1 % 4",
    "UPDATE images SET title = 'T' || ?1, title_words = 'title ' || (?1 % 3) WHERE rowid % 4 = ?1 % 4",
    "UPDATE images SET shows_prompt = 1 - shows_prompt WHERE rowid % 3 = ?1 % 3",
    "INSERT INTO public_tags (user_id, image_id, folded, name, words)
        SELECT user_id, id, 'p' || (?1 % 4), 'P' || ?1, 'p ' || (?1 % 4) FROM images WHERE rowid % 3 = ?1 % 3
        ON CONFLICT (image_id, folded) DO NOTHING",
    "DELETE FROM public_tags WHERE folded = 'p' || (?1 % 4) AND image_id IN
        (SELECT id FROM images WHERE rowid % 2 = ?1 % 2)",
    "INSERT INTO rankings (sort, period, score, number) SELECT 'liked', 'week', likes, number
        FROM public_pictures WHERE number % 3 = ?1 % 3 ON CONFLICT DO NOTHING",
];

#[tokio::test(flavor = "multi_thread")]
async fn sums_are_what_they_sum_whatever_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    let mut people = 0;
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    let mut done = [false; ACTS.len()];
    for step in 1..=260_i64 {
        // Two come, and now and then one who came is erased.
        if step % 40 == 1 {
            for _ in 0..2 {
                people += 1;
                let come = Statement::new(
                    "INSERT INTO users (id, issuer, subject, email, name, created_at, last_sign_in_at)
                        VALUES ('u-' || ?1, 'i', ?1, 'e', 'n', 1, 1)",
                );
                db.write(come.bind(people.to_string())).await.unwrap();
            }
        }
        if step % 90 == 0 {
            let leave = "DELETE FROM users WHERE rowid = (SELECT MIN(rowid) FROM users)";
            db.write(Statement::new(leave)).await.unwrap();
            hold(&db, &format!("step {step}, a person erased")).await;
        }
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        let act = usize::try_from(dice % ACTS.len() as u64).unwrap();
        done[act] = true;
        let written = db.write(Statement::new(ACTS[act]).bind(step)).await;
        assert!(written.is_ok(), "step {step}: {}", ACTS[act]);
        if step % 10 == 0 {
            hold(&db, &format!("step {step}, act {act}")).await;
        }
    }
    assert!(done.iter().all(|done| *done), "{done:?}");
    db.write(Statement::new("DELETE FROM users")).await.unwrap();
    hold(&db, "everybody erased").await;
    // Nothing of a person is left in them, a word of theirs least of all.
    for table in [
        "job_sums",
        "month_sums",
        "library_sums",
        "public_pictures",
        "likes",
        "public_tags",
        "public_words",
        "rankings",
    ] {
        let left = format!("SELECT '' || COUNT(*) AS line FROM {table}");
        assert_eq!(lines(&db, left.leak()).await, ["0"], "{table}");
    }
}

/// A tag outlasts none of its pictures.
#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_no_picture_has_is_written_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    for sql in [
        "INSERT INTO users (id, issuer, subject, email, name, created_at, last_sign_in_at)
            VALUES ('u', 'i', 's', 'e', 'n', 1, 1)",
        "INSERT INTO jobs (id, user_id, request_key, state, model, prompt, settings, reserved_micros, created_at)
            VALUES ('j', 'u', 'k', 'ready', 'm', 'p', '{}', 0, 1)",
        "INSERT INTO images (id, user_id, job_id, position, width, height, format, bytes, sha256,
            placeholder, widths, model, prompt, settings, cost_micros, created_at)
            VALUES ('a', 'u', 'j', 0, 1, 1, 'png', 1, 'x', '#000', '[]', 'm', 'p', '{}', 0, 1)",
        "INSERT INTO image_tags (user_id, image_id, folded, name) VALUES ('u', 'a', 'secret', 'Secret')",
        "DELETE FROM image_tags",
    ] {
        db.write(Statement::new(sql)).await.unwrap();
    }
    let rows: Vec<Row> = db
        .fetch_all(Statement::new(
            "SELECT id FROM library_sums WHERE kind = 'tag'",
        ))
        .await
        .unwrap();
    assert!(rows.is_empty());
}

/// As `imgc move` brings it: in the trash first, and then into its collection.
#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_comes_in_the_trash_is_counted_once_it_is_taken_out() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    for sql in [
        "INSERT INTO users (id, issuer, subject, email, name, created_at, last_sign_in_at)
            VALUES ('u', 'i', 's', 'e', 'n', 1, 1)",
        "INSERT INTO jobs (id, user_id, request_key, state, model, prompt, settings, reserved_micros, created_at)
            VALUES ('j', 'u', 'k', 'ready', 'm', 'p', '{}', 0, 1)",
        "INSERT INTO images (id, user_id, job_id, position, width, height, format, bytes, sha256,
            placeholder, widths, model, prompt, settings, cost_micros, created_at, trashed_at)
            VALUES ('a', 'u', 'j', 0, 1, 1, 'png', 1, 'x', '#000', '[]', 'm', 'p', '{}', 0, 1, 1)",
        "INSERT INTO collections (id, user_id, name, folded, created_at) VALUES ('c', 'u', 'C', 'c', 1)",
        "INSERT INTO collection_images (user_id, collection_id, image_id) VALUES ('u', 'c', 'a')",
        "UPDATE images SET trashed_at = NULL WHERE id = 'a'",
    ] {
        db.write(Statement::new(sql)).await.unwrap();
    }
    hold(&db, "a picture taken out of the trash").await;
    let sum = "SELECT '' || pictures AS line FROM library_sums WHERE kind = 'collection'";
    assert_eq!(lines(&db, sum).await, ["1"]);
}

/// As many pictures as fill several pages of an index, of three people.
#[tokio::test(flavor = "multi_thread")]
async fn no_word_of_what_was_deleted_is_left_between_the_searchs_pages() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    for sql in [
        "INSERT INTO users (id, issuer, subject, email, name, created_at, last_sign_in_at)
            VALUES ('01-a', 'i', 'a', 'e', 'n', 1, 1), ('01-b', 'i', 'b', 'e', 'n', 1, 1),
                ('01-c', 'i', 'c', 'e', 'n', 1, 1)",
        "INSERT INTO jobs (id, user_id, request_key, state, model, prompt, settings, reserved_micros, created_at)
            SELECT 'j' || id, id, 'k', 'ready', 'm', 'p', '{}', 0, 1 FROM users",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700)
            INSERT INTO images (id, user_id, job_id, position, width, height, format, bytes, sha256,
                placeholder, widths, model, prompt, settings, cost_micros, created_at, search_text)
            SELECT u.id || n.i, u.id, 'j' || u.id, n.i, 1, 1, 'png', 1, 'x', '#000', '[]', 'm',
                u.subject || 'q' || (n.i * 7919 % 10007) || 'zebra tail', '{}', 0, 1,
                u.subject || 'q' || (n.i * 7919 % 10007) || 'zebra tail' FROM n, users u",
    ] {
        db.write(Statement::new(sql)).await.unwrap();
    }
    assert_eq!(search_index::forget_deleted(&db).await, Ok(true));
    let gone = "DELETE FROM users WHERE id = '01-b'";
    db.write(Statement::new(gone)).await.unwrap();
    let left = "SELECT (SELECT COUNT(*) FROM image_search_idx WHERE instr(term, CAST('bq' AS BLOB)) > 0)
            || ' ' || (SELECT COUNT(*) FROM image_search_terms_idx WHERE instr(term, CAST('p01b' AS BLOB)) > 0)
        AS line";
    assert_ne!(lines(&db, left).await, ["0 0"], "nothing to be forgotten");
    assert_eq!(search_index::forget_deleted(&db).await, Ok(true));
    assert_eq!(lines(&db, left).await, ["0 0"]);
    hold(&db, "merging").await;
    let noted = "SELECT name AS line FROM service_state WHERE name = 'search_words_deleted'";
    assert!(lines(&db, noted).await.is_empty());
}
