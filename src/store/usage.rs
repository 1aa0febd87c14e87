//! A person's use: pictures made and money spent, from the sums that are kept of the jobs.

use super::{
    Db, DbError, Row, Statement,
    job_queue::{self, Since, Used},
    reads::Reads,
};

/// A sum for each heading: its pictures that are ready, and what all of it cost.
/// `?1` the person, `?2` the first midnight (UTC) of the period.
macro_rules! spent {
    ($key:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $key,
            " AS key, SUM(pictures) AS pictures, SUM(cost_micros) AS cost,
            MAX(estimates > 0) AS estimated
            FROM job_sums WHERE user_id = ?1 AND day >= ?2 GROUP BY key ",
            $rest
        )
    };
}

statements! {
    BY_DAY = spent!("CAST(day AS TEXT)", "ORDER BY key");
    BY_MODEL = spent!("model", "HAVING SUM(pictures) > 0 OR cost > 0 ORDER BY cost DESC");
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

/// What a person made and spent.
pub struct Use {
    /// Pictures and costs by day.
    pub by_day: Vec<Spent>,
    /// The same by model, the dearest first.
    pub by_model: Vec<Spent>,
    /// What they used of their limits.
    pub used: Used,
}

/// What a person made and spent since a midnight, and of their limits.
pub async fn since(db: &Db, user_id: &str, since_ms: i64, limits: Since) -> Result<Use, DbError> {
    let mut reads = Reads::default();
    let by_day = reads.add(Statement::new(BY_DAY).bind(user_id).bind(since_ms));
    let by_model = reads.add(Statement::new(BY_MODEL).bind(user_id).bind(since_ms));
    let used = reads.add(job_queue::used_statement(user_id, limits));
    let answers = reads.answers(db).await?;
    Ok(Use {
        by_day: spent(answers.rows(by_day))?,
        by_model: spent(answers.rows(by_model))?,
        used: Used::from_row(answers.first(used).ok_or(DbError::Shape)?)?,
    })
}

fn spent(rows: &[Row]) -> Result<Vec<Spent>, DbError> {
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
