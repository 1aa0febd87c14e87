//! Limits of one person: an administrator's in place of the service's, and their own.

use super::{Db, DbError, Row, Statement, reports::Act};
use crate::model::allowance::{Allowance, PersonalLimits};

statements! {
    SET_EXCEPTION = "INSERT INTO personal_limits (user_id, pictures_per_day, micros_per_month)
        SELECT id, ?2, ?3 FROM users WHERE id = ?1 AND erasure_id IS NULL
        ON CONFLICT (user_id) DO UPDATE SET pictures_per_day = ?2, micros_per_month = ?3
        RETURNING user_id";
    SET_OWN = "INSERT INTO personal_limits (user_id, own_pictures_per_day, own_micros_per_month)
        SELECT id, ?2, ?3 FROM users WHERE id = ?1 AND erasure_id IS NULL
        ON CONFLICT (user_id) DO UPDATE SET own_pictures_per_day = ?2, own_micros_per_month = ?3
        RETURNING user_id";
    /// Nothing is kept of somebody who has no limit of their own left.
    FORGET = "DELETE FROM personal_limits WHERE user_id = ?1
        AND pictures_per_day IS NULL AND micros_per_month IS NULL
        AND own_pictures_per_day IS NULL AND own_micros_per_month IS NULL";
    /// About a person (`?7`) whom the limit can be set for, and about no other.
    ACT = "INSERT INTO admin_acts (id, at, admin, act, subject, reason)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6
        WHERE EXISTS (SELECT 1 FROM users WHERE id = ?7 AND erasure_id IS NULL)";
}

/// What was set for the person of a row that has the columns of `personal_limits`.
pub(super) fn from_row(row: &Row) -> Result<PersonalLimits, DbError> {
    let pictures = |name| -> Result<Option<u32>, DbError> {
        let most = row.opt_int(name)?;
        Ok(most.map(|most| u32::try_from(most).unwrap_or(u32::MAX)))
    };
    Ok(PersonalLimits {
        exception: Allowance {
            pictures_per_day: pictures("pictures_per_day")?,
            micros_per_month: row.opt_int("micros_per_month")?,
        },
        own: Allowance {
            pictures_per_day: pictures("own_pictures_per_day")?,
            micros_per_month: row.opt_int("own_micros_per_month")?,
        },
    })
}

/// Sets what stands in place of the service's limits for a person, and notes who did
/// so, as one step; false if there is no such person.
pub async fn set_exception(
    db: &Db,
    user_id: &str,
    allowed: &Allowance,
    act_id: &str,
    act: &Act,
) -> Result<bool, DbError> {
    let noted = Statement::new(ACT)
        .bind(act_id)
        .bind(act.at_ms)
        .bind(act.admin.as_str())
        .bind(act.act.as_str())
        .bind(act.subject.as_str())
        .bind(act.reason.as_str())
        .bind(user_id);
    let set = bound(SET_EXCEPTION, user_id, allowed);
    let forget = Statement::new(FORGET).bind(user_id);
    let results = db.batch(vec![noted, set, forget]).await?;
    Ok(results.get(1).is_some_and(|rows| !rows.is_empty()))
}

/// Sets what a person allows themselves; false if they are closing their account.
pub async fn set_own(db: &Db, user_id: &str, allowed: &Allowance) -> Result<bool, DbError> {
    let set = bound(SET_OWN, user_id, allowed);
    let forget = Statement::new(FORGET).bind(user_id);
    let results = db.batch_repeatable(vec![set, forget]).await?;
    Ok(results.first().is_some_and(|rows| !rows.is_empty()))
}

fn bound(sql: &'static str, user_id: &str, allowed: &Allowance) -> Statement {
    Statement::new(sql)
        .bind(user_id)
        .bind(allowed.pictures_per_day.map(i64::from))
        .bind(allowed.micros_per_month)
}
