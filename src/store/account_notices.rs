//! Notices about an account rather than a picture: that it is a child's.

use super::{
    Db, DbError, Statement, notice_sums,
    notices::{Kept, Written},
    reports::Act,
};
use crate::model::limits::OPEN_REPORTS_MAX;

statements! {
    /// An account has one open case of its own, however many notices come.
    OPEN_CASE = "INSERT INTO cases (id, user_id, about, opened_at, due_at)
        SELECT ?1, u.id, u.id, ?3, ?4 FROM users u WHERE u.id = ?2 AND NOT EXISTS
            (SELECT 1 FROM cases c WHERE c.user_id = u.id AND c.about = u.id AND c.decided_at IS NULL)";
    HURRY = "UPDATE cases SET due_at = MIN(due_at, ?2)
        WHERE user_id = ?1 AND about = ?1 AND decided_at IS NULL RETURNING id";
    INSERT = "INSERT INTO notices (id, case_id, reason, explanation, name, email, signature, created_at)
        SELECT ?1, c.id, ?3, ?4, ?5, ?6, '', ?7 FROM cases c
        WHERE c.user_id = ?2 AND c.about = ?2 AND c.decided_at IS NULL
          AND (SELECT COUNT(*) FROM notices n WHERE n.case_id = c.id) < ?8
        LIMIT 1 RETURNING id";
    /// What names no account that is known: a person finds out, and the report and the
    /// notice have one number.
    KEEP_REPORT = "INSERT INTO reports (id, about, details, email, created_at)
        SELECT ?1, ?2, ?3, ?4, ?5
        WHERE (SELECT COUNT(*) FROM reports WHERE decided_at IS NULL) < ?6 RETURNING id";
    INSERT_BESIDE = "INSERT INTO notices (id, reason, explanation, name, email, signature, created_at)
        SELECT ?1, ?2, '', '', '', '', ?3 WHERE EXISTS (SELECT 1 FROM reports WHERE id = ?1) RETURNING id";
    /// Once, however often the erasure has to be tried.
    ERASING = "UPDATE cases SET erasing_act = ?2 WHERE id = ?1 AND erasing_act IS NULL";
    NOTE = "INSERT INTO admin_acts (id, at, admin, act, subject, reason) SELECT ?1, ?2, ?3, ?4, ?5, ?6
        WHERE EXISTS (SELECT 1 FROM cases WHERE id = ?7 AND erasing_act = ?1)";
}

/// Keeps a notice about an account that is known, and opens its case where none is; `mails`
/// queues its receipt.
pub async fn insert(
    db: &Db,
    user_id: &str,
    written: &Written<'_>,
    mails: Vec<Statement>,
    now_ms: i64,
) -> Result<Kept, DbError> {
    let open = Statement::new(OPEN_CASE)
        .bind(written.case_id)
        .bind(user_id)
        .bind(now_ms)
        .bind(written.due_at_ms);
    let hurry = Statement::new(HURRY).bind(user_id).bind(written.due_at_ms);
    let notice = Statement::new(INSERT)
        .bind(written.id)
        .bind(user_id)
        .bind(written.reason.as_str())
        .bind(written.explanation)
        .bind(written.name)
        .bind(written.email)
        .bind(now_ms)
        .bind(written.most);
    let sum = notice_sums::notice(written.id, now_ms);
    let mut batch = vec![open, hurry, notice, sum];
    batch.extend(mails);
    let results = db.batch(batch).await?;
    Ok(match results.get(2).is_none_or(Vec::is_empty) {
        true => Kept::Full,
        false => Kept::Kept,
    })
}

/// Keeps a notice about an account that nobody knows from what was written of it; `mails`
/// queues its receipt.
pub async fn insert_unknown(
    db: &Db,
    about: &str,
    written: &Written<'_>,
    mails: Vec<Statement>,
    now_ms: i64,
) -> Result<Kept, DbError> {
    let report = Statement::new(KEEP_REPORT)
        .bind(written.id)
        .bind(about)
        .bind(written.explanation)
        .bind(written.email)
        .bind(now_ms)
        .bind(OPEN_REPORTS_MAX);
    let notice = Statement::new(INSERT_BESIDE)
        .bind(written.id)
        .bind(written.reason.as_str())
        .bind(now_ms);
    let sum = notice_sums::notice(written.id, now_ms);
    let mut batch = vec![report, notice, sum];
    batch.extend(mails);
    let results = db.batch(batch).await?;
    Ok(match results.first().is_none_or(Vec::is_empty) {
        true => Kept::Full,
        false => Kept::Kept,
    })
}

/// Notes that an administrator erases the account of a case, before that is done: once,
/// however often it has to be tried. `mails` queues what is told of it.
pub async fn note_erasure(
    db: &Db,
    case_id: &str,
    (act_id, act): (&str, &Act),
    mails: Vec<Statement>,
) -> Result<(), DbError> {
    let erasing = Statement::new(ERASING).bind(case_id).bind(act_id);
    let mut batch = vec![
        erasing,
        act.note(NOTE, act_id).bind(case_id),
        notice_sums::erased(case_id, act_id, act.at_ms),
    ];
    batch.extend(mails);
    db.batch_durable(batch).await.map(|_| ())
}
