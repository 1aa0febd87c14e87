//! The search's indexes without what was deleted from them.
//!
//! FTS5 takes deleted words out of its pages (`secure-delete`), but leaves those that
//! part one page from the next in the list of pages until the pages are merged anew.
//! A trigger notes that something was deleted; then all of an index is merged, a few
//! pages at a time, so that nobody waits for more than these.

use super::{Db, DbError, Statement};

/// Merges some pages of all that an index has (a negative number: not only where there
/// are many parts).
macro_rules! merging {
    ($index:literal) => {
        concat!(
            "INSERT INTO ",
            $index,
            " (",
            $index,
            ", rank) VALUES ('merge', -256)"
        )
    };
}

/// The number of parts that an index has, and of their pages.
macro_rules! parts {
    ($index:literal) => {
        concat!(
            "SELECT COUNT(DISTINCT segid) AS parts, COUNT(*) AS pages FROM ",
            $index,
            "_idx"
        )
    };
}

statements! {
    DELETED = "SELECT value FROM service_state WHERE name = 'search_words_deleted'";
    /// Unless more was deleted meanwhile.
    DONE = "DELETE FROM service_state WHERE name = 'search_words_deleted' AND value = ?1";
    WORDS_PARTS = parts!("image_search");
    WORDS_MERGE = merging!("image_search");
    /// Nobody's words, so that there is a part more than one: a single one is not merged.
    WORDS_ADD = "INSERT INTO image_search (rowid, user_id, prompt)
        VALUES (9007199254740991, 'x', 'x')";
    WORDS_REMOVE = "INSERT INTO image_search (image_search, rowid, user_id, prompt)
        VALUES ('delete', 9007199254740991, 'x', 'x')";
    TERMS_PARTS = parts!("image_search_terms");
    TERMS_MERGE = merging!("image_search_terms");
    TERMS_ADD = "INSERT INTO image_search_terms (rowid, terms) VALUES (9007199254740991, 'x')";
    TERMS_REMOVE = "INSERT INTO image_search_terms (image_search_terms, rowid, terms)
        VALUES ('delete', 9007199254740991, 'x')";
}

/// An index, by its statements.
struct Index {
    parts: &'static str,
    merge: &'static str,
    add: &'static str,
    remove: &'static str,
}

const INDEXES: [Index; 2] = [
    Index {
        parts: WORDS_PARTS,
        merge: WORDS_MERGE,
        add: WORDS_ADD,
        remove: WORDS_REMOVE,
    },
    Index {
        parts: TERMS_PARTS,
        merge: TERMS_MERGE,
        add: TERMS_ADD,
        remove: TERMS_REMOVE,
    },
];

/// Merges both indexes, if something was deleted since that was last done. False if
/// it is not done yet, because much is added meanwhile.
pub async fn forget_deleted(db: &Db) -> Result<bool, DbError> {
    let Some(deleted) = db.fetch_optional(Statement::new(DELETED)).await? else {
        return Ok(true);
    };
    for index in &INDEXES {
        // As one step: what is added is nobody's, and must not stay.
        let begin = [index.add, index.merge, index.remove].map(Statement::new);
        db.batch(begin.to_vec()).await?;
        let (mut parts, pages) = parts(db, index).await?;
        // Each time merges more pages than this, where all goes well.
        for _ in 0..pages / 16 + 16 {
            if parts <= 1 {
                break;
            }
            db.write_repeatable(Statement::new(index.merge)).await?;
            parts = self::parts(db, index).await?.0;
        }
        if parts > 1 {
            return Ok(false);
        }
    }
    let done = Statement::new(DONE).bind(deleted.int("value")?);
    db.write_repeatable(done).await?;
    Ok(true)
}

async fn parts(db: &Db, index: &Index) -> Result<(i64, i64), DbError> {
    let row = db.fetch_optional(Statement::new(index.parts)).await?;
    let row = row.ok_or(DbError::Shape)?;
    Ok((row.int("parts")?, row.int("pages")?))
}
