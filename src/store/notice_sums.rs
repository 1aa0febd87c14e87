//! Sums of notices and decisions by calendar year: what everybody may read, naming
//! nobody. Cases go with the accounts they are about, so each sum is written in the batch
//! of what it counts and stays when that is gone.

use super::{Db, DbError, Statement};
use crate::model::calendar::year;

statements! {
    NOTICE = "INSERT INTO notice_sums (year, kind, word, count)
        SELECT ?2, 'notice', n.reason, 1 FROM notices n WHERE n.id = ?1 AND n.order_id IS NULL
        ON CONFLICT (year, kind, word) DO UPDATE SET count = count + 1";
    ORDER = "INSERT INTO notice_sums (year, kind, word, count)
        SELECT ?2, 'order', o.kind, 1 FROM authority_orders o WHERE o.id = ?1
        ON CONFLICT (year, kind, word) DO UPDATE SET count = count + 1";
    /// Somebody whose reports go unread from this moment on.
    UNREAD = "INSERT INTO notice_sums (year, kind, word, count)
        SELECT ?3, 'unread', 'reporter', 1 FROM unfounded_reporters r WHERE r.person = ?1 AND r.unread_until = ?2
            AND r.marked_at = ?4
        ON CONFLICT (year, kind, word) DO UPDATE SET count = count + 1";
    /// The decision that the act `?2` made, if it made one.
    DECISION = "INSERT INTO notice_sums (year, kind, word, count)
        SELECT ?3, x.kind, x.word, 1 FROM (
            SELECT 'picture' AS kind, COALESCE(c.measure, c.picture) AS word FROM cases c WHERE c.id = ?1 AND c.act_id = ?2
                AND c.about <> c.user_id
            UNION ALL SELECT 'account', c.account FROM cases c WHERE c.id = ?1 AND c.act_id = ?2
            UNION ALL SELECT 'found', 'comparison' FROM cases c WHERE c.id = ?1 AND c.act_id = ?2 AND c.automatic = 1
            UNION ALL SELECT 'ground', c.ground FROM cases c WHERE c.id = ?1 AND c.act_id = ?2
                AND (c.picture <> 'kept' OR c.account <> 'none')) x
        WHERE x.word IS NOT NULL
        ON CONFLICT (year, kind, word) DO UPDATE SET count = count + 1";
    DECISION_TIME = "INSERT INTO decision_times (year, minutes, decisions)
        SELECT ?3, MAX(0, c.decided_at - c.opened_at) / 60000, 1 FROM cases c
        WHERE c.id = ?1 AND c.act_id = ?2 AND c.decided_at IS NOT NULL
        ON CONFLICT (year, minutes) DO UPDATE SET decisions = decisions + 1";
    /// Copies of the list `?1` of [case, act, picture, subject] that these acts withdrew:
    /// nobody looked at each of them.
    COPIES = "INSERT INTO notice_sums (year, kind, word, count)
        SELECT ?2, x.kind, x.word, x.count FROM (
            SELECT 'picture' AS kind, 'withdrawn' AS word, COUNT(*) AS count FROM json_each(?1) AS copy
                JOIN cases c ON c.image_id = json_extract(copy.value, '$[2]')
                    AND c.act_id = json_extract(copy.value, '$[1]')
            UNION ALL SELECT 'machine', 'copy', COUNT(*) FROM json_each(?1) AS copy
                JOIN cases c ON c.image_id = json_extract(copy.value, '$[2]')
                    AND c.act_id = json_extract(copy.value, '$[1]')) x
        WHERE x.count > 0
        ON CONFLICT (year, kind, word) DO UPDATE SET count = count + excluded.count";
    /// A measure that no notice led to.
    OWN = "INSERT INTO notice_sums (year, kind, word, count)
        SELECT ?3, 'own', c.account, 1 FROM cases c WHERE c.id = ?1 AND c.act_id = ?2
        ON CONFLICT (year, kind, word) DO UPDATE SET count = count + 1";
    /// An account that is erased because of what its case says, by the act `?3` that began it.
    ERASED = "INSERT INTO notice_sums (year, kind, word, count)
        SELECT ?2, 'account', 'erased', 1 FROM cases c WHERE c.id = ?1 AND c.erasing_act = ?3
        ON CONFLICT (year, kind, word) DO UPDATE SET count = count + 1";
    /// The same of what a report says.
    ERASED_BY_REPORT = "INSERT INTO notice_sums (year, kind, word, count)
        SELECT ?2, 'account', 'erased', 1 FROM reports r WHERE r.id = ?1 AND r.erasing_act = ?3
        ON CONFLICT (year, kind, word) DO UPDATE SET count = count + 1";
    APPEAL = "INSERT INTO notice_sums (year, kind, word, count)
        SELECT ?2, 'appeal', CASE WHEN a.notice_id IS NULL THEN 'owner' ELSE 'notice' END, 1
        FROM appeals a WHERE a.id = ?1
        ON CONFLICT (year, kind, word) DO UPDATE SET count = count + 1";
    /// Of the answer that this act gave, with those of its kind that it answers, too.
    ANSWER = "INSERT INTO notice_sums (year, kind, word, count)
        SELECT ?4, 'answer', CASE a.upheld WHEN 1 THEN 'upheld' ELSE 'rejected' END, COUNT(*)
        FROM appeals a JOIN appeals one ON one.id = ?1 AND one.act_id = a.act_id
        WHERE a.decided_at = ?2 AND a.decided_by = ?3 AND (a.id = ?1 OR a.notice_id IS NOT NULL)
        GROUP BY a.upheld
        ON CONFLICT (year, kind, word) DO UPDATE SET count = count + excluded.count";
    ALL = "SELECT year, kind, word, count FROM notice_sums ORDER BY year DESC, kind, word";
    /// The time within which half of a year's decisions were made.
    MEDIANS = "SELECT year, MIN(minutes) AS minutes FROM (
            SELECT year, minutes, SUM(decisions) OVER (PARTITION BY year ORDER BY minutes) AS reached,
                SUM(decisions) OVER (PARTITION BY year) AS whole
            FROM decision_times) WHERE 2 * reached >= whole GROUP BY year ORDER BY year DESC";
}

/// Counts a notice that the batch before this statement has kept, if it has.
pub(super) fn notice(id: &str, now_ms: i64) -> Statement {
    Statement::new(NOTICE).bind(id).bind(year(now_ms))
}

/// Counts an order that the batch before this statement has kept.
pub(super) fn order(id: &str, now_ms: i64) -> Statement {
    Statement::new(ORDER).bind(id).bind(year(now_ms))
}

/// Counts somebody whose reports go unread until then, as was said at this moment.
pub(super) fn unread(person: &str, until_ms: i64, now_ms: i64) -> Statement {
    Statement::new(UNREAD)
        .bind(person)
        .bind(until_ms)
        .bind(year(now_ms))
        .bind(now_ms)
}

/// Counts the decision that this act made, if it made one, and how long it took.
pub(super) fn decision(case_id: &str, act_id: &str, now_ms: i64) -> [Statement; 2] {
    [DECISION, DECISION_TIME].map(|sql| of_act(sql, case_id, act_id, now_ms))
}

/// Counts the copies of this list that the batch before this statement has withdrawn.
pub(super) fn copies(listed: &str, now_ms: i64) -> Statement {
    Statement::new(COPIES).bind(listed).bind(year(now_ms))
}

/// Counts a measure of this act's that no notice led to.
pub(super) fn own_measure(case_id: &str, act_id: &str, now_ms: i64) -> [Statement; 2] {
    [DECISION, OWN].map(|sql| of_act(sql, case_id, act_id, now_ms))
}

/// Counts the erasure of the account that a case is about, if this act is the one that
/// began it.
pub(super) fn erased(case_id: &str, act_id: &str, now_ms: i64) -> Statement {
    let statement = Statement::new(ERASED).bind(case_id).bind(year(now_ms));
    statement.bind(act_id)
}

/// The same of a report.
pub(super) fn erased_by_report(report_id: &str, act_id: &str, now_ms: i64) -> Statement {
    let statement = Statement::new(ERASED_BY_REPORT).bind(report_id);
    statement.bind(year(now_ms)).bind(act_id)
}

fn of_act(sql: &'static str, case_id: &str, act_id: &str, now_ms: i64) -> Statement {
    Statement::new(sql)
        .bind(case_id)
        .bind(act_id)
        .bind(year(now_ms))
}

/// Counts an appeal that the batch before this statement has kept, if it has.
pub(super) fn appeal(id: &str, now_ms: i64) -> Statement {
    Statement::new(APPEAL).bind(id).bind(year(now_ms))
}

/// Counts how an appeal ended, if this administrator ended it at this moment.
pub(super) fn answer(appeal_id: &str, at_ms: i64, admin: &str) -> Statement {
    Statement::new(ANSWER)
        .bind(appeal_id)
        .bind(at_ms)
        .bind(admin)
        .bind(year(at_ms))
}

/// One sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// The calendar year in UTC.
    pub year: i64,
    /// What is counted.
    pub kind: String,
    /// Which of its kind.
    pub word: String,
    /// How many.
    pub count: u64,
}

/// Everything that is told: the sums, the newest year first, and of each year with a
/// decision the minutes within which half of them were made.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    /// The sums.
    pub sums: Vec<Sum>,
    /// (year, minutes).
    pub medians: Vec<(i64, i64)>,
}

/// Reads everything that is told.
pub async fn all(db: &Db) -> Result<Sums, DbError> {
    let statements = [ALL, MEDIANS].map(Statement::new);
    let results = db.fetch_many(statements.into()).await?;
    let [sums, medians] = results.as_slice() else {
        return Err(DbError::Shape);
    };
    let sum = |row: &super::Row| {
        Ok(Sum {
            year: row.int("year")?,
            kind: row.text("kind")?,
            word: row.text("word")?,
            count: row.int("count")?.unsigned_abs(),
        })
    };
    Ok(Sums {
        sums: sums.iter().map(sum).collect::<Result<_, DbError>>()?,
        medians: medians
            .iter()
            .map(|row| Ok((row.int("year")?, row.int("minutes")?)))
            .collect::<Result<_, DbError>>()?,
    })
}
