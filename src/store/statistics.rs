//! Counts of what happened on a day. Sums, and nothing that tells of whom.

use super::{Db, DbError, Row, Statement, engine::json};

statements! {
    /// `?1` is a list of [day, what, count].
    ADD = "INSERT INTO statistics (day, what, count)
        SELECT json_extract(e.value, '$[0]'), json_extract(e.value, '$[1]'), json_extract(e.value, '$[2]')
        FROM json_each(?1) AS e WHERE true
        ON CONFLICT (day, what) DO UPDATE SET count = count + excluded.count";
    SINCE = "SELECT day, what, count FROM statistics WHERE day >= ?1 ORDER BY day, what";
}

/// Adds counts of (day, what).
pub async fn add(db: &Db, counts: &[(i64, String, u64)]) -> Result<(), DbError> {
    db.write(Statement::new(ADD).bind(json(counts)?))
        .await
        .map(|_| ())
}

/// Reads every count since a day (its beginning in UTC), by day.
pub(super) fn since_statement(day_ms: i64) -> Statement {
    Statement::new(SINCE).bind(day_ms)
}

/// The counts that [`since_statement`] reads: of (day, what).
pub(super) fn list(rows: &[Row]) -> Result<Vec<(i64, String, u64)>, DbError> {
    rows.iter()
        .map(|row| {
            Ok((
                row.int("day")?,
                row.text("what")?,
                row.int("count")?.unsigned_abs(),
            ))
        })
        .collect()
}
