//! The search's indexes without what was deleted from them.
//!
//! FTS5 takes deleted words out of its pages (`secure-delete`), but leaves those that
//! part one page from the next in the list of pages until the pages are merged anew.
//! A trigger notes that something was deleted; then all of an index is merged, a few
//! pages at a time, so that nobody waits for more than these.

use super::{Db, DbError, Statement};
use std::collections::HashSet;

/// Begins to merge all that an index has.
macro_rules! beginning {
    ($index:literal) => {
        concat!(
            "INSERT INTO ",
            $index,
            " (",
            $index,
            ", rank) VALUES ('merge', -16)"
        )
    };
}

/// Goes on with the merge under way. To begin again instead, whenever something was
/// added meanwhile, would never end.
macro_rules! going_on {
    ($index:literal) => {
        concat!(
            "INSERT INTO ",
            $index,
            " (",
            $index,
            ", rank) VALUES ('merge', 256)"
        )
    };
}

/// Lets a merge go on however few parts there are. It is kept, and concerns no other.
macro_rules! however_few {
    ($index:literal) => {
        concat!(
            "INSERT INTO ",
            $index,
            " (",
            $index,
            ", rank) VALUES ('usermerge', 2)"
        )
    };
}

/// The parts that an index has.
macro_rules! parts {
    ($index:literal) => {
        concat!("SELECT DISTINCT segid FROM ", $index, "_idx")
    };
}

statements! {
    DELETED = "SELECT value FROM service_state WHERE name = 'search_words_deleted'";
    /// Unless more was deleted meanwhile.
    DONE = "DELETE FROM service_state WHERE name = 'search_words_deleted' AND value = ?1";
    WORDS_PARTS = parts!("image_search");
    WORDS_BEGIN = beginning!("image_search");
    WORDS_GO_ON = going_on!("image_search");
    WORDS_HOWEVER_FEW = however_few!("image_search");
    /// Nobody's words, so that there is a part more than one: a single one is not merged.
    WORDS_ADD = "INSERT INTO image_search (rowid, user_id, prompt)
        VALUES (9007199254740991, 'x', 'x')";
    WORDS_REMOVE = "INSERT INTO image_search (image_search, rowid, user_id, prompt)
        VALUES ('delete', 9007199254740991, 'x', 'x')";
    TERMS_PARTS = parts!("image_search_terms");
    TERMS_BEGIN = beginning!("image_search_terms");
    TERMS_GO_ON = going_on!("image_search_terms");
    TERMS_HOWEVER_FEW = however_few!("image_search_terms");
    TERMS_ADD = "INSERT INTO image_search_terms (rowid, terms) VALUES (9007199254740991, 'x')";
    PUBLIC_PARTS = parts!("image_search_public");
    PUBLIC_BEGIN = beginning!("image_search_public");
    PUBLIC_GO_ON = going_on!("image_search_public");
    PUBLIC_HOWEVER_FEW = however_few!("image_search_public");
    PUBLIC_ADD = "INSERT INTO image_search_public (rowid, title, tags, prompt)
        VALUES (9007199254740991, 'x', 'x', 'x')";
    PUBLIC_REMOVE = "INSERT INTO image_search_public (image_search_public, rowid, title, tags, prompt)
        VALUES ('delete', 9007199254740991, 'x', 'x', 'x')";
    TERMS_REMOVE = "INSERT INTO image_search_terms (image_search_terms, rowid, terms)
        VALUES ('delete', 9007199254740991, 'x')";
}

/// An index, by its statements.
struct Index {
    parts: &'static str,
    begin: [&'static str; 4],
    go_on: &'static str,
}

const INDEXES: [Index; 3] = [
    Index {
        parts: WORDS_PARTS,
        begin: [WORDS_HOWEVER_FEW, WORDS_ADD, WORDS_BEGIN, WORDS_REMOVE],
        go_on: WORDS_GO_ON,
    },
    Index {
        parts: TERMS_PARTS,
        begin: [TERMS_HOWEVER_FEW, TERMS_ADD, TERMS_BEGIN, TERMS_REMOVE],
        go_on: TERMS_GO_ON,
    },
    Index {
        parts: PUBLIC_PARTS,
        begin: [PUBLIC_HOWEVER_FEW, PUBLIC_ADD, PUBLIC_BEGIN, PUBLIC_REMOVE],
        go_on: PUBLIC_GO_ON,
    },
];

/// Steps of one call and index at most: a gigabyte of pages.
const STEPS: usize = 1_000;

/// Merges all indexes, if something was deleted since that was last done. False if
/// it was not brought to an end, which the next call does.
pub async fn forget_deleted(db: &Db) -> Result<bool, DbError> {
    let Some(deleted) = db.fetch_optional(Statement::new(DELETED)).await? else {
        return Ok(true);
    };
    for index in &INDEXES {
        if !merge(db, index).await? {
            return Ok(false);
        }
    }
    let done = Statement::new(DONE).bind(deleted.int("value")?);
    db.write_repeatable(done).await?;
    Ok(true)
}

/// Merges what an index has at this moment; what is added meanwhile is none of it.
async fn merge(db: &Db, index: &Index) -> Result<bool, DbError> {
    let mut old = parts(db, index).await?;
    // As one step: what is added is nobody's, and must not stay.
    let begin = index.begin.map(Statement::new);
    db.batch(begin.to_vec()).await?;
    for _ in 0..STEPS {
        // The number of a part that is gone may be a new one's later.
        let now = parts(db, index).await?;
        old.retain(|part| now.contains(part));
        if old.is_empty() || now.len() <= 1 {
            return Ok(true);
        }
        db.write_repeatable(Statement::new(index.go_on)).await?;
    }
    Ok(false)
}

async fn parts(db: &Db, index: &Index) -> Result<HashSet<i64>, DbError> {
    let rows = db.fetch_all(Statement::new(index.parts)).await?;
    rows.iter().map(|row| row.int("segid")).collect()
}
