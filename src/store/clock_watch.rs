//! What is believed of the machine's clock, so that every process knows what
//! another one saw.

use super::{Db, DbError, Row, Statement};

statements! {
    READ = "SELECT believed_at, seen_at, doubted_since FROM clock_watch WHERE id = 1";
    /// Only over the row that was read: two processes may look at the same time.
    NOTE = "INSERT INTO clock_watch (id, believed_at, seen_at, doubted_since) VALUES (1, ?1, ?2, ?3)
        ON CONFLICT (id) DO UPDATE SET believed_at = ?1, seen_at = ?2, doubted_since = ?3
            WHERE believed_at = ?4 AND seen_at = ?5 AND doubted_since IS ?6
        RETURNING id";
    TRUST = "INSERT INTO clock_watch (id, believed_at, seen_at) VALUES (1, ?1, ?1)
        ON CONFLICT (id) DO UPDATE SET believed_at = ?1, seen_at = ?1, doubted_since = NULL";
}

/// What is believed of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Belief {
    /// The time it is believed to be, in Unix milliseconds: the last reading
    /// that made sense, and what has passed since while somebody looked.
    pub believed_ms: i64,
    /// The last reading.
    pub seen_ms: i64,
    /// The reading since which the clock runs apart from what is believed.
    pub doubted_since_ms: Option<i64>,
}

impl Belief {
    fn from_row(row: &Row) -> Result<Belief, DbError> {
        Ok(Belief {
            believed_ms: row.int("believed_at")?,
            seen_ms: row.int("seen_at")?,
            doubted_since_ms: row.opt_int("doubted_since")?,
        })
    }
}

/// What was noted last; `None` in a new database.
pub async fn read(db: &Db) -> Result<Option<Belief>, DbError> {
    let row = db.fetch_optional(Statement::new(READ)).await?;
    row.as_ref().map(Belief::from_row).transpose()
}

/// Notes a belief in the place of the one that was read; false if somebody else
/// has noted another meanwhile.
pub async fn note(db: &Db, belief: Belief, before: Option<Belief>) -> Result<bool, DbError> {
    let statement = Statement::new(NOTE)
        .bind(belief.believed_ms)
        .bind(belief.seen_ms)
        .bind(belief.doubted_since_ms)
        .bind(before.map(|before| before.believed_ms))
        .bind(before.map(|before| before.seen_ms))
        .bind(before.and_then(|before| before.doubted_since_ms));
    Ok(!db.write(statement).await?.is_empty())
}

/// Believes the clock, whatever was seen before.
pub async fn trust(db: &Db, clock_ms: i64) -> Result<(), DbError> {
    let statement = Statement::new(TRUST).bind(clock_ms);
    db.write(statement).await.map(|_| ())
}
