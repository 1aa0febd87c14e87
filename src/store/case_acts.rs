//! What is done about cases: decisions with all that follows from them, and appeals.

use super::{
    Db, DbError, Statement, notice_sums,
    removed::{self, Traces},
    reports::Act,
};
use crate::model::{
    limits::{APPEAL_MS, DAY_MS, STRIKE_MS, STRIKES_MAX, STRIKES_SUSPEND_DAYS},
    notice::{Ground, PictureMeasure},
};

/// What a decision (`?1` the case, `?2` the act) does, if it is that act's.
macro_rules! decided_here {
    ($measure:literal) => {
        concat!(
            "(SELECT c.user_id FROM cases c WHERE c.id = ?1 AND c.act_id = ?2 AND ",
            $measure,
            ")"
        )
    };
}

/// Whether a strike is the last that may be, told where it is written, so that two at the
/// same time are two.
macro_rules! last_strike {
    () => {
        "(?7 = 1 AND (SELECT COUNT(*) FROM cases o WHERE o.user_id = cases.user_id AND o.strike = 1
            AND o.overturned_at IS NULL AND o.decided_at > ?13) >= ?14)"
    };
}

statements! {
    DECIDE = concat!("UPDATE cases SET decided_at = ?3, act_id = ?2, decided_by = ?4, picture = ?5,
            account = CASE WHEN ", last_strike!(), " THEN 'suspended' ELSE ?6 END,
            strike = ?7, until = CASE WHEN ", last_strike!(), " THEN ?15 ELSE ?8 END,
            ground = ?9, rule = ?10, facts = ?11, overturned_at = NULL, measure = ?12,
            public_key = (SELECT i.public_key FROM images i
                WHERE i.id = cases.image_id AND ?5 = 'withdrawn' AND ?12 IS NULL),
            published_at = (SELECT i.published_at FROM images i
                WHERE i.id = cases.image_id AND ?5 = 'withdrawn' AND ?12 IS NULL),
            unlisted_key = (SELECT i.unlisted_key FROM images i
                WHERE i.id = cases.image_id AND ?5 = 'withdrawn' AND ?12 IS NULL),
            unlisted_until = (SELECT i.unlisted_until FROM images i
                WHERE i.id = cases.image_id AND ?5 = 'withdrawn' AND ?12 IS NULL)
        WHERE id = ?1 AND decided_at IS NULL RETURNING id");
    WITHDRAW = "UPDATE images SET public_key = NULL, published_at = NULL, withheld_by = ?1, held_by = NULL
        WHERE id = (SELECT c.image_id FROM cases c
            WHERE c.id = ?1 AND c.act_id = ?2 AND c.picture = 'withdrawn' AND c.measure IS NULL)";
    MARK_SENSITIVE = "UPDATE images SET sensitive_by = ?1 WHERE id = (SELECT c.image_id FROM cases c
            WHERE c.id = ?1 AND c.act_id = ?2 AND c.measure = 'sensitive')";
    UNLIST = "UPDATE images SET unlisted_by = ?1 WHERE id = (SELECT c.image_id FROM cases c
            WHERE c.id = ?1 AND c.act_id = ?2 AND c.measure = 'unlisted')";
    /// A picture that waited for this look is free, unless it was withdrawn, and compared
    /// with what is removed from now on alone.
    FREE = "UPDATE images SET held_by = NULL, freed_at = ?3
        WHERE held_by = ?1 AND id = (SELECT c.image_id FROM cases c WHERE c.id = ?1 AND c.act_id = ?2)";
    SUSPEND = concat!("UPDATE users SET suspended_until = MAX(COALESCE(suspended_until, 0),
            (SELECT c.until FROM cases c WHERE c.id = ?1))
        WHERE id = ", decided_here!("c.account = 'suspended'"));
    END_SESSIONS = concat!("DELETE FROM sessions WHERE user_id = ", decided_here!("c.account = 'suspended'"));
    CANCEL_JOBS = concat!("UPDATE jobs SET state = 'cancelled', finished_at = ?3, changed_at = ?3
        WHERE state = 'queued' AND user_id = ", decided_here!("c.account = 'suspended'"));
    /// Not the facts: the record outlives the account that they are about.
    NOTE_ACT = "INSERT INTO admin_acts (id, at, admin, act, subject, reason)
        SELECT ?2, ?3, ?4, ?5, ?6, COALESCE(c.measure, c.picture) || ', ' || c.account
        FROM cases c WHERE c.id = ?1 AND c.act_id = ?2";
    OPENED = "INSERT INTO admin_acts (id, at, admin, act, subject, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    /// The owner's, of a decision that asks something of them.
    APPEAL_OWN = "INSERT INTO appeals (id, case_id, act_id, words, created_at)
        SELECT ?1, c.id, c.act_id, ?4, ?5 FROM cases c
        WHERE c.id = ?2 AND c.user_id = ?3 AND c.decided_at > ?6 AND c.overturned_at IS NULL
          AND (c.picture <> 'kept' OR c.account <> 'none')
        ON CONFLICT DO NOTHING RETURNING id";
    /// That of whoever sent the notice `?3`, of a decision that did nothing.
    APPEAL_NOTICE = "INSERT INTO appeals (id, case_id, notice_id, act_id, words, created_at)
        SELECT ?1, c.id, n.id, c.act_id, ?4, ?5 FROM notices n JOIN cases c ON c.id = n.case_id
        WHERE n.id = ?3 AND c.id = ?2 AND c.decided_at > ?6 AND c.picture = 'kept' AND c.account = 'none'
        ON CONFLICT DO NOTHING RETURNING id";
    ANSWER = "UPDATE appeals SET decided_at = ?2, decided_by = ?3, upheld = ?4, answer = ?5
        WHERE id = ?1 AND decided_at IS NULL
          AND act_id = (SELECT c.act_id FROM cases c WHERE c.id = appeals.case_id) RETURNING case_id";
    /// Of the answer that this act gave, and of no other.
    NOTE_ANSWER = "INSERT INTO admin_acts (id, at, admin, act, subject, reason) SELECT ?1, ?2, ?3, ?4, ?5, ?6
        WHERE EXISTS (SELECT 1 FROM appeals WHERE id = ?7 AND decided_at = ?2 AND decided_by = ?3)";
    /// An owner's appeal that was upheld takes the decision back.
    OVERTURN = "UPDATE cases SET overturned_at = ?2, strike = 0
        WHERE id = (SELECT case_id FROM appeals WHERE id = ?1 AND decided_at = ?2 AND upheld = 1
            AND notice_id IS NULL)";
    /// With it the decisions about copies of the picture, which say the same.
    OVERTURN_COPIES = "UPDATE cases SET overturned_at = ?2
        WHERE copy_of = (SELECT a.case_id FROM appeals a JOIN cases c ON c.id = a.case_id
            WHERE a.id = ?1 AND c.overturned_at = ?2) AND overturned_at IS NULL";
    /// Before the picture is free: to the unlisted address it had, unless it has ended.
    RETURN_UNLISTED = "UPDATE images SET unlisted_key = c.unlisted_key, unlisted_until = c.unlisted_until,
            withheld_by = NULL, freed_at = ?2
        FROM cases c
        WHERE images.id = c.image_id AND +images.withheld_by = c.id AND c.overturned_at = ?2
          AND c.id IN (SELECT o.id FROM appeals a JOIN cases o ON o.id = a.case_id OR o.copy_of = a.case_id
              WHERE a.id = ?1)
          AND c.unlisted_key IS NOT NULL AND COALESCE(c.unlisted_until > ?2, 1)
          AND +images.trashed_at IS NULL AND +images.public_key IS NULL AND EXISTS
            (SELECT 1 FROM users u WHERE u.id = images.user_id AND u.keeps_private = 0 AND u.erasure_id IS NULL)";
    /// To the place it had, unless its owner has put it elsewhere since.
    RETURN = "UPDATE images SET
            public_key = CASE WHEN trashed_at IS NULL AND public_key IS NULL AND EXISTS
                (SELECT 1 FROM users u WHERE u.id = images.user_id AND u.keeps_private = 0 AND u.erasure_id IS NULL)
                THEN (SELECT c.public_key FROM cases c WHERE c.id = images.withheld_by) ELSE public_key END,
            published_at = CASE WHEN trashed_at IS NULL AND public_key IS NULL AND EXISTS
                (SELECT 1 FROM users u WHERE u.id = images.user_id AND u.keeps_private = 0 AND u.erasure_id IS NULL)
                THEN (SELECT c.published_at FROM cases c WHERE c.id = images.withheld_by) ELSE published_at END,
            withheld_by = NULL, freed_at = ?2
        WHERE id IN (SELECT c.image_id FROM appeals a JOIN cases c ON c.id = a.case_id OR c.copy_of = a.case_id
                WHERE a.id = ?1 AND c.overturned_at = ?2)
          AND withheld_by IN (SELECT c.id FROM cases c WHERE c.image_id = images.id AND c.overturned_at = ?2)";
    /// As other decisions about the picture, which stand, leave it.
    UNMARK = "UPDATE images SET
            sensitive_by = (SELECT MAX(o.id) FROM cases o WHERE o.image_id = images.id
                AND o.measure = 'sensitive' AND o.decided_at IS NOT NULL AND o.overturned_at IS NULL),
            unlisted_by = (SELECT MAX(o.id) FROM cases o WHERE o.image_id = images.id
                AND o.measure = 'unlisted' AND o.decided_at IS NOT NULL AND o.overturned_at IS NULL)
        WHERE id = (SELECT c.image_id FROM appeals a JOIN cases c ON c.id = a.case_id
            WHERE a.id = ?1 AND c.overturned_at = ?2 AND c.measure IS NOT NULL)";
    /// What other decisions say of the account stays.
    RELEASE = "UPDATE users SET suspended_until = (SELECT MAX(c.until) FROM cases c
            WHERE c.user_id = users.id AND c.account = 'suspended' AND c.overturned_at IS NULL
              AND c.decided_at IS NOT NULL)
        WHERE id = (SELECT c.user_id FROM appeals a JOIN cases c ON c.id = a.case_id
            WHERE a.id = ?1 AND c.overturned_at = ?2 AND c.account = 'suspended')";
    /// An appeal against doing nothing opens the case again, unless another has been
    /// opened since, and with it answers all others of its kind.
    ANSWER_OTHERS = "UPDATE appeals SET decided_at = ?2, decided_by = a.decided_by, upheld = 1, answer = a.answer
        FROM appeals a WHERE a.id = ?1 AND a.decided_at = ?2 AND a.upheld = 1 AND a.notice_id IS NOT NULL
            AND appeals.act_id = a.act_id AND appeals.notice_id IS NOT NULL AND appeals.decided_at IS NULL";
    REOPEN = "UPDATE cases SET decided_at = NULL, due_at = ?2
        WHERE id = (SELECT case_id FROM appeals WHERE id = ?1 AND decided_at = ?2 AND upheld = 1
            AND notice_id IS NOT NULL) AND picture = 'kept' AND account = 'none'
          AND NOT EXISTS (SELECT 1 FROM cases o WHERE o.user_id = cases.user_id AND o.about = cases.about
              AND o.decided_at IS NULL)";
}

/// A decision to be.
pub struct Decision<'a> {
    /// What becomes of the picture.
    pub picture: PictureMeasure,
    /// What becomes of the account: `none`, `warned`, `strike` or `suspended`.
    pub account: &'static str,
    /// True if it counts as a strike.
    pub strike: bool,
    /// When a suspension ends, Unix milliseconds.
    pub until_ms: Option<i64>,
    /// What it rests on.
    pub ground: Ground,
    /// Which law, or which rule of the terms.
    pub rule: &'a str,
    /// The facts and the circumstances.
    pub facts: &'a str,
    /// What copies of the picture are found by, where it is removed.
    pub traces: Traces,
}

/// Decides an open case with all that follows, as one step, and notes who did; false if
/// somebody else was faster. The last strike that may be suspends. `act_id` is new;
/// `mails` queues what is told of it.
pub async fn decide(
    db: &Db,
    case_id: &str,
    act_id: &str,
    act: &Act,
    decision: &Decision<'_>,
    mails: Vec<Statement>,
) -> Result<bool, DbError> {
    let of_case = |sql| Statement::new(sql).bind(case_id).bind(act_id);
    let (picture, measure) = decision.picture.columns();
    let decide = of_case(DECIDE)
        .bind(act.at_ms)
        .bind(act.admin.as_str())
        .bind(picture)
        .bind(decision.account)
        .bind(i64::from(decision.strike))
        .bind(decision.until_ms)
        .bind(decision.ground.as_str())
        .bind(decision.rule)
        .bind(decision.facts)
        .bind(measure)
        .bind(act.at_ms - STRIKE_MS)
        .bind(STRIKES_MAX - 1)
        .bind(act.at_ms + i64::from(STRIKES_SUSPEND_DAYS) * DAY_MS);
    let note = of_case(NOTE_ACT)
        .bind(act.at_ms)
        .bind(act.admin.as_str())
        .bind(act.act.as_str())
        .bind(act.subject.as_str());
    let mut batch = vec![
        decide,
        of_case(WITHDRAW),
        of_case(MARK_SENSITIVE),
        of_case(UNLIST),
        of_case(FREE).bind(act.at_ms),
        removed::remember_statement(case_id, act_id, &decision.traces, act.at_ms),
        of_case(SUSPEND),
        of_case(END_SESSIONS),
        of_case(CANCEL_JOBS).bind(act.at_ms),
        note,
    ];
    batch.extend(mails);
    batch.extend(notice_sums::decision(case_id, act_id, act.at_ms));
    let results = db.batch_durable(batch).await?;
    Ok(results.first().is_some_and(|rows| !rows.is_empty()))
}

/// Notes that an administrator opened a case's picture, before it is shown.
pub async fn opened(db: &Db, act_id: &str, act: &Act) -> Result<(), DbError> {
    db.write(act.note(OPENED, act_id)).await.map(|_| ())
}

/// Whose appeal it is.
#[derive(Clone, Copy, Debug)]
pub enum Party<'a> {
    /// The picture's owner, by their id.
    Owner(&'a str),
    /// Whoever sent the notice of this number.
    Notice(&'a str),
}

/// Keeps an appeal against the decision that stands; false where there is none that may
/// be objected to, or where this party has done so already.
pub async fn appeal(
    db: &Db,
    id: &str,
    case_id: &str,
    party: Party<'_>,
    words: &str,
    now_ms: i64,
) -> Result<bool, DbError> {
    let (sql, whose) = match party {
        Party::Owner(user_id) => (APPEAL_OWN, user_id),
        Party::Notice(notice_id) => (APPEAL_NOTICE, notice_id),
    };
    let statement = Statement::new(sql)
        .bind(id)
        .bind(case_id)
        .bind(whose)
        .bind(words)
        .bind(now_ms)
        .bind(now_ms - APPEAL_MS);
    let results = db
        .batch(vec![statement, notice_sums::appeal(id, now_ms)])
        .await?;
    Ok(results.first().is_some_and(|rows| !rows.is_empty()))
}

/// Decides an appeal with all that follows, as one step; false if it was decided before,
/// or the decision it is about stands no more. `mails` queues what is told of it.
pub async fn answer(
    db: &Db,
    appeal_id: &str,
    upheld: bool,
    words: &str,
    act_id: &str,
    act: &Act,
    mails: Vec<Statement>,
) -> Result<bool, DbError> {
    let answer = Statement::new(ANSWER)
        .bind(appeal_id)
        .bind(act.at_ms)
        .bind(act.admin.as_str())
        .bind(i64::from(upheld))
        .bind(words);
    let following = [
        OVERTURN,
        OVERTURN_COPIES,
        RETURN_UNLISTED,
        RETURN,
        UNMARK,
        RELEASE,
        ANSWER_OTHERS,
        REOPEN,
    ]
    .map(|sql| Statement::new(sql).bind(appeal_id).bind(act.at_ms));
    let mut batch = vec![answer];
    batch.extend(following);
    batch.push(removed::forget_statement(appeal_id, act.at_ms));
    batch.push(act.note(NOTE_ANSWER, act_id).bind(appeal_id));
    batch.extend(mails);
    batch.push(notice_sums::answer(appeal_id, act.at_ms, &act.admin));
    let results = db.batch_durable(batch).await?;
    Ok(results.first().is_some_and(|rows| !rows.is_empty()))
}
