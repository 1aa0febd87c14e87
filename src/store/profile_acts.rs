//! Decisions about somebody's page for others: what stands there goes, and the page is
//! switched off where the decision says so. They are decisions about an account, with
//! their reasons, and can be objected to like all others.

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
            picture, account, ground, rule, facts)
        SELECT ?2, u.id, u.id, ?3, ?3, ?3, ?4, ?5, 'kept', 'warned', ?6, ?7, ?8
        FROM users u WHERE u.id = ?1 AND u.erasure_id IS NULL
          AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.user_id = u.id AND c.about = u.id
              AND c.decided_at > ?3 - 60000 AND c.overturned_at IS NULL AND c.facts = ?8)
        RETURNING id";
    CLEAR = concat!("UPDATE users SET profile_text = '', profile_picture = 0 WHERE id = ", if_decided!());
    OFF = concat!("UPDATE users SET profile_wanted = 0, profile_off_by = ?2 WHERE id = ", if_decided!());
    NOTE = "INSERT INTO admin_acts (id, at, admin, act, subject, reason)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM cases WHERE id = ?7)";
}

/// A decision to be.
pub struct Decision<'a> {
    /// Its id.
    pub case_id: &'a str,
    /// True if the page is switched off, and not cleared alone.
    pub off: bool,
    /// What it rests on.
    pub ground: Ground,
    /// Which law, or which rule of the terms.
    pub rule: &'a str,
    /// What was done, the facts and the circumstances.
    pub facts: &'a str,
}

/// Carries it out as one step, and notes who did; false if there is no such person, or it
/// was done a moment ago. `act_id` is new; `mails` queues what they are told.
pub async fn decide(
    db: &Db,
    user_id: &str,
    decision: &Decision<'_>,
    (act_id, act): (&str, &Act),
    mails: Vec<Statement>,
) -> Result<bool, DbError> {
    let of_person = |sql| Statement::new(sql).bind(user_id).bind(decision.case_id);
    let decide = of_person(DECIDE)
        .bind(act.at_ms)
        .bind(act_id)
        .bind(act.admin.as_str())
        .bind(decision.ground.as_str())
        .bind(decision.rule)
        .bind(decision.facts);
    let mut batch = vec![decide, of_person(CLEAR)];
    if decision.off {
        batch.push(of_person(OFF));
    }
    batch.push(act.note(NOTE, act_id).bind(decision.case_id));
    batch.extend(notice_sums::own_measure(
        decision.case_id,
        act_id,
        act.at_ms,
    ));
    batch.extend(mails);
    let results = db.batch_durable(batch).await?;
    Ok(results.first().is_some_and(|rows| !rows.is_empty()))
}
