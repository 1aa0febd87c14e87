//! What the administrators' page shows, read in one trip.

use super::{
    Db, DbError,
    cases::{self, Case},
    day_budget::{self, DaySpent},
    health::{self, Standing},
    invitations::{self, Invitation},
    orders::{self, Waiting},
    reads::Reads,
    reports::{self, Act, Case as Report},
    retention::{self, Run},
    sealed::{self, Sealed},
    statistics,
};

/// The rows of the page.
pub struct Rows {
    /// Reports that wait, the oldest first; empty where none were asked for.
    pub reports: Vec<Report>,
    /// Orders of authorities that wait; empty where none were asked for.
    pub orders: Vec<Waiting>,
    /// Cases that wait, the most urgent first; empty where none were asked for.
    pub cases: Vec<Case>,
    /// The last invitations, the newest first; empty where none were asked for.
    pub invitations: Vec<Invitation>,
    /// Sealed copies for the police, the newest first; empty where none were asked for.
    pub sealed: Vec<Sealed>,
    /// How the service stands.
    pub standing: Standing,
    /// The last run of each rule, by the rule's name.
    pub runs: Vec<Run>,
    /// The last acts of administrators, the newest first.
    pub acts: Vec<Act>,
    /// Counts of (day, what), by day.
    pub counts: Vec<(i64, String, u64)>,
    /// The service's money of today.
    pub spent: DaySpent,
}

/// The moments that the page looks back to, in Unix milliseconds.
pub struct Moments {
    /// The beginning of the day, in UTC.
    pub today_ms: i64,
    /// That of the first day whose counts are shown.
    pub counts_since_ms: i64,
    /// From when jobs that ended badly are counted.
    pub failed_since_ms: i64,
    /// Of jobs sent before this, none is looked for.
    pub begun_since_ms: i64,
}

/// Reads the page, with the reports and cases that wait and the invitations only if they
/// are asked for: they are what other people wrote, and what opens accounts.
pub async fn read(db: &Db, moments: &Moments, with_secrets: bool) -> Result<Rows, DbError> {
    let mut reads = Reads::default();
    let standing = health::statements(
        moments.today_ms,
        moments.failed_since_ms,
        moments.begun_since_ms,
    );
    let standing = standing.map(|statement| reads.add(statement));
    let reports = reads.add_some(with_secrets.then(reports::open_statement));
    let cases = reads.add_some(with_secrets.then(cases::waiting_statement));
    let orders = reads.add_some(with_secrets.then(orders::waiting_statement));
    let invitations = reads.add_some(with_secrets.then(invitations::list_statement));
    let sealed = reads.add_some(with_secrets.then(sealed::list_statement));
    let runs = reads.add(retention::runs_statement());
    let acts = reads.add(super::reports::acts_statement());
    let counts = reads.add(statistics::since_statement(moments.counts_since_ms));
    let spent = reads.add(day_budget::spent_statement(moments.today_ms));
    let answers = reads.answers(db).await?;
    let spent = answers.first(spent).ok_or(DbError::Shape)?;
    Ok(Rows {
        reports: Report::list(answers.rows(reports))?,
        standing: Standing::from_rows(standing.map(|place| answers.rows(place)))?,
        orders: Waiting::list(answers.rows(orders))?,
        cases: Case::list(answers.rows(cases))?,
        invitations: Invitation::list(answers.rows(invitations))?,
        sealed: Sealed::list(answers.rows(sealed))?,
        runs: Run::list(answers.rows(runs))?,
        acts: Act::list(answers.rows(acts))?,
        counts: statistics::list(answers.rows(counts))?,
        spent: DaySpent::from_row(spent, moments.today_ms)?,
    })
}
