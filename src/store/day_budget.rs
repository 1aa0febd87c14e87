//! The service's money of the day: what is spent of it, and which warning administrators
//! had.

use super::{Db, DbError, Row, Statement};
use crate::model::limits::DAY_MS;

statements! {
    /// As the statement that queues a job counts it.
    SPENT = "SELECT (SELECT COALESCE(SUM(billable_micros), 0) FROM day_sums WHERE day >= ?1)
            + (SELECT COALESCE(SUM(micros), 0) FROM erased_usage WHERE day = ?1) AS micros,
            (SELECT value FROM service_state WHERE name = 'budget_warned') AS warned";
    /// Exactly one of those who ask is told that it is theirs to warn. What a clock noted
    /// that was wrong (from `?2` on) counts for nothing.
    WARN = "INSERT INTO service_state (name, value) VALUES ('budget_warned', ?1)
        ON CONFLICT (name) DO UPDATE SET value = ?1
            WHERE service_state.value < ?1 OR service_state.value >= ?2
        RETURNING value";
}

/// The service's money of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DaySpent {
    /// Micro-dollars that are spent or set aside.
    pub micros: i64,
    /// The warning that was last given on this day, in percent; 0 for none.
    pub warned: u32,
}

impl DaySpent {
    /// The row that [`spent_statement`] reads.
    pub(super) fn from_row(row: &Row, day_start_ms: i64) -> Result<DaySpent, DbError> {
        // The day and the percentage in one number, so that a later one is a greater one.
        let warned = row
            .opt_int("warned")?
            .map_or(0, |noted| noted - day_start_ms);
        let warned = u32::try_from(warned).ok().filter(|percent| *percent <= 100);
        Ok(DaySpent {
            micros: row.int("micros")?,
            warned: warned.unwrap_or_default(),
        })
    }
}

/// Reads what is spent since the day began.
pub(super) fn spent_statement(day_start_ms: i64) -> Statement {
    Statement::new(SPENT).bind(day_start_ms)
}

/// Notes a warning of so many percent; true for the one who is to give it.
pub async fn warn(db: &Db, day_start_ms: i64, percent: u32) -> Result<bool, DbError> {
    let statement = Statement::new(WARN)
        .bind(day_start_ms + i64::from(percent))
        .bind(day_start_ms + DAY_MS);
    Ok(!db.write(statement).await?.is_empty())
}
