//! What everybody's pictures cost, by day, model and person, from the sums that are
//! kept of the jobs: for administrators.

use super::{Db, DbError, Row, Statement};

/// Rows of one page.
pub const PAGE: usize = 1_000;

statements! {
    /// In the order of the sums' own key, so that each page begins where the last one
    /// ended. `?1` and `?2` the first and the last midnight, `?3` to `?5` the row after
    /// which it begins.
    PAGE_OF = "SELECT s.user_id, s.day, s.model, u.handle, s.pictures, s.cost_micros, s.estimates
        FROM job_sums s JOIN users u ON u.id = s.user_id
        WHERE (s.user_id, s.day, s.model) > (?3, ?4, ?5) AND s.day >= ?1 AND s.day <= ?2
            AND (s.pictures > 0 OR s.cost_micros > 0)
        ORDER BY s.user_id, s.day, s.model LIMIT ?6";
}

/// What a person's jobs of a day with a model came to.
#[derive(Clone, Debug, Default)]
pub struct Cost {
    /// The person's id.
    pub user_id: String,
    /// Their handle, where they have one.
    pub handle: Option<String>,
    /// The day's midnight (UTC) in Unix milliseconds.
    pub day_ms: i64,
    /// The model's id.
    pub model: String,
    /// Pictures that are ready.
    pub pictures: u64,
    /// Micro-dollars, of jobs in any state.
    pub cost_micros: i64,
    /// Whether an estimate is part of it.
    pub estimated: bool,
}

/// A page of the costs from one midnight to another, beginning after a row: a default
/// one is before all. It is the last page if it is shorter than [`PAGE`].
pub async fn page(
    db: &Db,
    (from_ms, to_ms): (i64, i64),
    after: &Cost,
) -> Result<Vec<Cost>, DbError> {
    let statement = Statement::new(PAGE_OF).bind(from_ms).bind(to_ms);
    let statement = statement
        .bind(after.user_id.as_str())
        .bind(after.day_ms)
        .bind(after.model.as_str())
        .bind(PAGE as i64);
    let rows = db.fetch_all(statement).await?;
    rows.iter().map(cost).collect()
}

fn cost(row: &Row) -> Result<Cost, DbError> {
    Ok(Cost {
        user_id: row.text("user_id")?,
        handle: row.opt_text("handle")?,
        day_ms: row.int("day")?,
        model: row.text("model")?,
        pictures: row.int("pictures")?.unsigned_abs(),
        cost_micros: row.int("cost_micros")?,
        estimated: row.int("estimates")? > 0,
    })
}
