//! What only one node at a time may do (keeping house, erasing an account), as
//! rows; and the mark by which nodes know that they have the same key.
//!
//! Times are those of the database's own clock, as every node reckons it from the
//! answers it gets: an end that all judge alike needs one clock.

use super::{Db, DbError, Statement};

statements! {
    /// What is over goes first: an erasure that was killed leaves its own.
    FORGET = "DELETE FROM leases WHERE until < ?1";
    TAKE = "INSERT INTO leases (name, owner, until) VALUES (?1, ?2, ?3)
        ON CONFLICT (name) DO UPDATE SET owner = ?2, until = ?3
            WHERE leases.owner = ?2 OR leases.until <= ?4
        RETURNING name";
    RELEASE = "DELETE FROM leases WHERE name = ?1 AND owner = ?2";
    /// Whoever looks later sees when somebody had it last.
    END = "UPDATE leases SET until = ?3 WHERE name = ?1 AND owner = ?2 AND until > ?3";
    /// The first node's holds.
    NOTE_KEY = "INSERT INTO service_state (name, value) VALUES ('instance_key', ?1)
        ON CONFLICT (name) DO NOTHING";
    KEY = "SELECT value FROM service_state WHERE name = 'instance_key'";
}

/// Takes a lease that is free, or is this owner's already, until this moment;
/// false if somebody else has it. Leases over since `forgotten_ms` are forgotten.
pub async fn take(
    db: &Db,
    name: &str,
    owner: &str,
    until_ms: i64,
    now_ms: i64,
    forgotten_ms: i64,
) -> Result<bool, DbError> {
    let take = Statement::new(TAKE)
        .bind(name)
        .bind(owner)
        .bind(until_ms)
        .bind(now_ms);
    let batch = vec![Statement::new(FORGET).bind(forgotten_ms), take];
    let results = db.batch_repeatable(batch).await?;
    Ok(results.last().is_some_and(|rows| !rows.is_empty()))
}

/// Gives a lease back, if it is this owner's.
pub async fn release(db: &Db, name: &str, owner: &str) -> Result<(), DbError> {
    let statement = Statement::new(RELEASE).bind(name).bind(owner);
    db.write_repeatable(statement).await.map(|_| ())
}

/// Ends a lease now, if it is this owner's, and keeps when that was.
pub async fn end(db: &Db, name: &str, owner: &str, now_ms: i64) -> Result<(), DbError> {
    let statement = Statement::new(END).bind(name).bind(owner).bind(now_ms);
    db.write_repeatable(statement).await.map(|_| ())
}

/// Notes the mark of this node's key unless one is noted, and returns the one that holds.
pub async fn note_key(db: &Db, mark: i64) -> Result<i64, DbError> {
    let note = Statement::new(NOTE_KEY).bind(mark);
    let batch = vec![note, Statement::new(KEY)];
    let results = db.batch_repeatable(batch).await?;
    let row = results.last().and_then(|rows| rows.first());
    row.ok_or(DbError::Shape)?.int("value")
}

/// The mark of the nodes' key; `None` where no node has noted one.
pub async fn key(db: &Db) -> Result<Option<i64>, DbError> {
    let row = db.fetch_optional(Statement::new(KEY)).await?;
    row.map(|row| row.int("value")).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_lease_is_one_nodes_until_it_is_over_or_given_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(&folder.path().join("test.db"))
            .await
            .expect("opens");
        let takes = async |owner: &str, now_ms: i64| {
            let taken = take(&db, "house", owner, now_ms + 60, now_ms, now_ms - 1_000).await;
            taken.expect("answered")
        };
        assert!(takes("a", 100).await);
        assert!(!takes("b", 130).await);
        assert!(takes("a", 130).await, "its own is prolonged");
        assert!(!takes("b", 189).await);
        assert!(takes("b", 190).await, "it is over");
        release(&db, "house", "a").await.expect("not a's to give");
        assert!(!takes("a", 200).await);
        release(&db, "house", "b").await.expect("given back");
        assert!(takes("a", 200).await);
        // What was left behind is forgotten with time, whatever it was about.
        take(&db, "erasing:somebody", "a", 260, 200, 0)
            .await
            .expect("taken");
        takes("b", 2_000).await;
        let left = Statement::new("SELECT name FROM leases ORDER BY name");
        let left = db.fetch_all(left).await.expect("read");
        assert_eq!(left.len(), 1, "one of b's");
    }

    #[tokio::test]
    async fn the_first_nodes_key_is_the_one_that_holds() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(&folder.path().join("test.db"))
            .await
            .expect("opens");
        assert_eq!(key(&db).await, Ok(None));
        assert_eq!(note_key(&db, 7).await, Ok(7));
        assert_eq!(note_key(&db, 8).await, Ok(7));
        assert_eq!(key(&db).await, Ok(Some(7)));
    }
}
