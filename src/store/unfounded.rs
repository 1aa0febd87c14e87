//! Whose reports were manifestly unfounded: warned first, and then unread for a time
//! (Digital Services Act, Article 23).

use super::{Db, DbError, Statement, notice_sums, reports::Act};
use crate::model::limits::UNREAD_MS;

/// The notice `?1` while it may be marked: of a case in which nothing was found amiss, read,
/// of somebody and not of an authority.
macro_rules! markable {
    () => {
        "FROM notices n JOIN cases c ON c.id = n.case_id WHERE n.id = ?1 AND n.unfounded = 0
            AND n.order_id IS NULL AND n.email <> '' AND n.reason NOT IN ('child_abuse', 'terrorism')
            AND c.decided_at IS NOT NULL AND c.picture = 'kept' AND c.account = 'none'"
    };
}

statements! {
    /// Not read any more is who was warned, and sent this one after that.
    MARK_PERSON = concat!("INSERT INTO unfounded_reporters (person, marked_at, unread_until)
        SELECT ?2, ?3, NULL ", markable!(), "
        ON CONFLICT (person) DO UPDATE SET marked_at = ?3,
            unread_until = CASE WHEN (SELECT n.created_at FROM notices n WHERE n.id = ?1) > unfounded_reporters.marked_at
                THEN ?4 ELSE unread_until END");
    MARK = concat!("UPDATE notices SET unfounded = CASE WHEN EXISTS
                (SELECT 1 FROM unfounded_reporters r WHERE r.person = ?2 AND r.unread_until = ?4) THEN 2 ELSE 1 END
        WHERE id = (SELECT n.id ", markable!(), ")
          AND EXISTS (SELECT 1 FROM unfounded_reporters r WHERE r.person = ?2 AND r.marked_at = ?3) RETURNING id");
    NOTE = "INSERT INTO admin_acts (id, at, admin, act, subject, reason)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM notices WHERE id = ?7 AND unfounded > 0)
          AND EXISTS (SELECT 1 FROM unfounded_reporters r WHERE r.person = ?8 AND r.marked_at = ?2)";
    IS_UNREAD = "SELECT 1 AS yes FROM unfounded_reporters WHERE person = ?1 AND unread_until > ?2";
}

/// Marks a notice as manifestly unfounded, as one step with what follows for whoever sent
/// it, and notes who did; false if it may not be marked, or was before. `person` is the
/// keyed hash of their e-mail address.
pub async fn mark(
    db: &Db,
    notice_id: &str,
    person: &str,
    (act_id, act): (&str, &Act),
) -> Result<bool, DbError> {
    let until_ms = act.at_ms + UNREAD_MS;
    let of_notice = |sql| {
        Statement::new(sql)
            .bind(notice_id)
            .bind(person)
            .bind(act.at_ms)
            .bind(until_ms)
    };
    let note = act.note(NOTE, act_id).bind(notice_id).bind(person);
    let results = db
        .batch_durable(vec![
            of_notice(MARK_PERSON),
            of_notice(MARK),
            note,
            notice_sums::unread(person, until_ms, act.at_ms),
        ])
        .await?;
    Ok(results.get(1).is_some_and(|rows| !rows.is_empty()))
}

/// Whether reports of the person with this keyed hash go unread now.
pub async fn is_unread(db: &Db, person: &str, now_ms: i64) -> Result<bool, DbError> {
    let statement = Statement::new(IS_UNREAD).bind(person).bind(now_ms);
    Ok(db.fetch_optional(statement).await?.is_some())
}
