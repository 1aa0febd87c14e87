//! What `imgc doctor` learns of a database by using it: whether numbers, search,
//! RETURNING and batches are as the rest of the store relies on. Nothing is left.

use super::{Db, DbError, Statement, rows::INTEGER_MAX};

statements! {
    KEEP = "INSERT INTO service_state (name, value) VALUES (?1, ?2)
        RETURNING value, typeof(value) AS kind";
    KEPT = "SELECT value FROM service_state WHERE name = ?1";
    FORGET = "DELETE FROM service_state WHERE name = ?1";
    SEARCH = "SELECT COUNT(*) AS found FROM image_search_terms WHERE image_search_terms MATCH ?1";
    NOTHING = "SELECT 1 AS one";
}

/// What was found; all of it is needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Examination {
    /// A write answers with the rows that it made.
    pub returning: bool,
    /// A large whole number is kept as one.
    pub whole_numbers: bool,
    /// The search index answers.
    pub search: bool,
    /// A batch that fails leaves nothing of itself.
    pub rolls_back: bool,
}

/// Tries all of it, on a row of this name that nobody else has.
pub async fn examine(db: &Db, name: &str) -> Result<Examination, DbError> {
    let keep = || Statement::new(KEEP).bind(name).bind(INTEGER_MAX);
    let forget = || Statement::new(FORGET).bind(name);
    let mut found = Examination::default();
    let results = db.batch(vec![keep(), forget()]).await?;
    if let Some(row) = results.first().and_then(|rows| rows.first()) {
        found.returning = true;
        let is_whole = row.text("kind")? == "integer";
        found.whole_numbers = is_whole && row.int("value") == Ok(INTEGER_MAX);
    }
    let search = Statement::new(SEARCH).bind("\"doctor\"");
    found.search = db.fetch_optional(search).await.is_ok();
    // The second of the two finds the first one's row in its way.
    let refused = db.batch(vec![keep(), keep()]).await;
    let left = db.fetch_optional(Statement::new(KEPT).bind(name)).await?;
    found.rolls_back = refused.err() == Some(DbError::Constraint) && left.is_none();
    if left.is_some() {
        db.write(forget()).await?;
    }
    Ok(found)
}

/// Goes to the database and back, for nothing.
pub async fn trip(db: &Db) -> Result<(), DbError> {
    db.fetch_all(Statement::new(NOTHING)).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_embedded_engine_is_as_it_should_be_and_keeps_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(&folder.path().join("test.db"))
            .await
            .expect("opens");
        let all = Examination {
            returning: true,
            whole_numbers: true,
            search: true,
            rolls_back: true,
        };
        assert_eq!(examine(&db, "doctor:1").await, Ok(all));
        assert_eq!(examine(&db, "doctor:1").await, Ok(all));
        let left = db.fetch_all(Statement::new("SELECT name FROM service_state"));
        assert_eq!(left.await.map(|rows| rows.len()), Ok(0));
        assert_eq!(trip(&db).await, Ok(()));
    }
}
