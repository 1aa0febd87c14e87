//! Suspensions that no reported picture led to, as decisions with their reasons about an
//! account; and the end of any suspension before its time.

use super::{Db, DbError, Statement, notice_sums, reports::Act};
use crate::model::notice::Ground;

/// The person `?1`, if the decision `?2` is there: it is not of somebody who leaves.
macro_rules! if_decided {
    () => {
        "?1 AND EXISTS (SELECT 1 FROM cases c WHERE c.id = ?2 AND c.user_id = ?1)"
    };
}

statements! {
    /// About the account itself, so it is named where a picture otherwise is. Pressed twice
    /// it is one.
    DECIDE = "INSERT INTO cases (id, user_id, about, opened_at, due_at, decided_at, act_id, decided_by,
            picture, account, until, ground, rule, facts)
        SELECT ?2, u.id, u.id, ?3, ?3, ?3, ?4, ?5, 'kept', 'suspended', ?6, ?7, ?8, ?9
        FROM users u WHERE u.id = ?1 AND u.erasure_id IS NULL
          AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.user_id = u.id AND c.about = u.id
              AND c.decided_at > ?3 - 60000 AND c.overturned_at IS NULL AND c.until = ?6 AND c.facts = ?9)
        RETURNING id";
    SUSPEND = concat!("UPDATE users SET suspended_until = MAX(COALESCE(suspended_until, 0), ?3) WHERE id = ", if_decided!());
    END_SESSIONS = concat!("DELETE FROM sessions WHERE user_id = ", if_decided!());
    CANCEL_JOBS = concat!("UPDATE jobs SET state = 'cancelled', finished_at = ?3, changed_at = ?3
        WHERE state = 'queued' AND user_id = ", if_decided!());
    NOTE = "INSERT INTO admin_acts (id, at, admin, act, subject, reason)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM cases WHERE id = ?7)";
    /// First, while the person is suspended: else nothing is done that is to be noted.
    NOTE_LIFTED = "INSERT INTO admin_acts (id, at, admin, act, subject, reason)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6
        WHERE EXISTS (SELECT 1 FROM users WHERE id = ?7 AND suspended_until > ?2)";
    /// The decisions stand, and their suspensions are over: an appeal that releases the
    /// person from one of them must not bring another back.
    SHORTEN = "UPDATE cases SET until = ?2 WHERE user_id = ?1 AND account = 'suspended' AND until > ?2";
    FORGET = "DELETE FROM suspended_sign_ins WHERE person = ?1";
    LIFT = "UPDATE users SET suspended_until = NULL WHERE id = ?1 AND suspended_until > ?2 RETURNING id";
}

/// A suspension to be.
pub struct Suspension<'a> {
    /// The id of the decision.
    pub case_id: &'a str,
    /// When it ends, Unix milliseconds.
    pub until_ms: i64,
    /// What it rests on.
    pub ground: Ground,
    /// Which law, or which rule of the terms.
    pub rule: &'a str,
    /// The facts and the circumstances.
    pub facts: &'a str,
}

/// Suspends a person with all that follows, as one step, and notes who did; false if there
/// is no such person. `act_id` is new; `mails` queues what they are told.
pub async fn suspend(
    db: &Db,
    user_id: &str,
    suspension: &Suspension<'_>,
    (act_id, act): (&str, &Act),
    mails: Vec<Statement>,
) -> Result<bool, DbError> {
    let of_person = |sql| Statement::new(sql).bind(user_id).bind(suspension.case_id);
    let decide = of_person(DECIDE)
        .bind(act.at_ms)
        .bind(act_id)
        .bind(act.admin.as_str())
        .bind(suspension.until_ms)
        .bind(suspension.ground.as_str())
        .bind(suspension.rule)
        .bind(suspension.facts);
    let mut batch = vec![
        decide,
        of_person(SUSPEND).bind(suspension.until_ms),
        of_person(END_SESSIONS),
        of_person(CANCEL_JOBS).bind(act.at_ms),
        note(NOTE, act_id, act).bind(suspension.case_id),
    ];
    batch.extend(notice_sums::own_measure(
        suspension.case_id,
        act_id,
        act.at_ms,
    ));
    batch.extend(mails);
    let results = db.batch_durable(batch).await?;
    Ok(results.first().is_some_and(|rows| !rows.is_empty()))
}

/// Ends a person's suspension, whatever it came from, as one step, and notes who did;
/// false if they are not suspended. `fingerprint` is the keyed hash of their sign-in, under
/// which an erased account's suspension is remembered.
pub async fn lift(
    db: &Db,
    user_id: &str,
    fingerprint: &str,
    (act_id, act): (&str, &Act),
) -> Result<bool, DbError> {
    let of_person = |sql| Statement::new(sql).bind(user_id).bind(act.at_ms);
    let results = db
        .batch_durable(vec![
            note(NOTE_LIFTED, act_id, act).bind(user_id),
            of_person(SHORTEN),
            Statement::new(FORGET).bind(fingerprint),
            of_person(LIFT),
        ])
        .await?;
    Ok(results.last().is_some_and(|rows| !rows.is_empty()))
}

fn note(sql: &'static str, act_id: &str, act: &Act) -> Statement {
    act.note(sql, act_id)
}
