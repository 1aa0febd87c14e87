//! A person's use: pictures made and money spent, summed from the jobs' rows.

use super::{Db, DbError, Statement};

/// A sum for each heading: its pictures that are ready, and what all of it cost.
/// `?1` the person, `?2` the first midnight (UTC) of the period.
macro_rules! spent {
    ($key:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $key,
            " AS key, SUM(CASE WHEN state = 'ready'
                THEN COALESCE(pictures, json_extract(settings, '$.count')) ELSE 0 END) AS pictures,
            SUM(COALESCE(cost_micros, 0)) AS cost,
            MAX(cost_micros > 0 AND cost_estimated) AS estimated
            FROM jobs WHERE user_id = ?1 AND created_at >= ?2 GROUP BY key ",
            $rest
        )
    };
}

statements! {
    BY_DAY = spent!("CAST(created_at - created_at % 86400000 AS TEXT)", "ORDER BY key");
    BY_MODEL = spent!("model", "HAVING pictures > 0 OR cost > 0 ORDER BY cost DESC");
}

/// Pictures made and money spent under one heading.
#[derive(Clone, Debug)]
pub struct Spent {
    /// The day's midnight in Unix milliseconds, or the model's id.
    pub key: String,
    /// Pictures that are ready.
    pub pictures: u32,
    /// Micro-dollars, of jobs in any state.
    pub cost_micros: i64,
    /// Whether an estimate is part of it.
    pub estimated: bool,
}

/// The person's pictures and costs since a midnight, by day.
pub async fn by_day(db: &Db, user_id: &str, since_ms: i64) -> Result<Vec<Spent>, DbError> {
    spent(db, Statement::new(BY_DAY).bind(user_id).bind(since_ms)).await
}

/// The same by model, the dearest first.
pub async fn by_model(db: &Db, user_id: &str, since_ms: i64) -> Result<Vec<Spent>, DbError> {
    spent(db, Statement::new(BY_MODEL).bind(user_id).bind(since_ms)).await
}

async fn spent(db: &Db, statement: Statement) -> Result<Vec<Spent>, DbError> {
    let rows = db.fetch_all(statement).await?;
    rows.iter()
        .map(|row| {
            Ok(Spent {
                key: row.text("key")?,
                pictures: u32::try_from(row.int("pictures")?).unwrap_or(u32::MAX),
                cost_micros: row.int("cost")?,
                estimated: row.opt_int("estimated")? == Some(1),
            })
        })
        .collect()
}
