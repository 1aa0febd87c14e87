//! The erasure of an account: its closing, its grace, and the rows' end.
//!
//! [`PERSONAL`] declares what belongs to a person. A test compares it with the
//! schema, so that a new table cannot be forgotten.

use super::{
    Db, DbError, Row, Statement,
    engine::json,
    handles::{self, Hashed},
    images::Image,
    outbox,
    renditions::TAKEN_MS,
};
use crate::model::{
    FailureKind,
    limits::{HANDLE_RESTS_MS, SUSPENSION_REMEMBERED_MS},
};

/// The way a table with something of a person's is emptied of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Its rows name objects, so they go first, with an order to delete those.
    WithObjects,
    /// Its rows go with the person's own row, by a cascading foreign key.
    Cascade,
    /// The person's own row.
    Person,
}

/// Every table that holds something of a person's, and how it is erased.
pub const PERSONAL: &[(&str, Rule)] = &[
    ("users", Rule::Person),
    ("images", Rule::WithObjects),
    ("uploads", Rule::WithObjects),
    ("jobs", Rule::Cascade),
    ("job_inputs", Rule::Cascade),
    ("sessions", Rule::Cascade),
    ("sign_in_records", Rule::Cascade),
    ("image_tags", Rule::Cascade),
    ("public_tags", Rule::Cascade),
    ("collections", Rule::Cascade),
    ("styles", Rule::Cascade),
    ("collection_images", Rule::Cascade),
    ("changes", Rule::Cascade),
    ("change_images", Rule::Cascade),
    ("reports", Rule::Cascade),
    ("cases", Rule::Cascade),
    ("job_sums", Rule::Cascade),
    ("month_sums", Rule::Cascade),
    ("library_sums", Rule::Cascade),
    ("public_pictures", Rule::Cascade),
    ("likes", Rule::Cascade),
    ("follows", Rule::Cascade),
    ("hidden_makers", Rule::Cascade),
    ("personal_limits", Rule::Cascade),
    ("invitations", Rule::Cascade),
    ("invitation_uses", Rule::Cascade),
    ("mails", Rule::Cascade),
];

/// Whether no worker has anything of a person `u` in its hands at the moment `?1`: a
/// job, or, for as long as another node may be at it (`?3`, in milliseconds), the
/// renditions of a picture that has just come. It ends by itself, and what it makes
/// would be left behind. Renditions that are due later than that are so by a clock
/// that jumped.
macro_rules! nothing_in_hand {
    () => {
        "NOT EXISTS (SELECT 1 FROM jobs j WHERE j.user_id = u.id
                AND j.state IN ('dispatching', 'received', 'stored'))
            AND NOT EXISTS (SELECT 1 FROM images i INDEXED BY images_without_renditions
                WHERE i.renditions_due > ?1 AND i.renditions_due <= ?1 + ?3
                    AND i.renditions_tries = 0 AND i.user_id = u.id)"
    };
}

statements! {
    CREATE = "INSERT INTO erasures (id, requested_at, due_at) SELECT ?1, ?3, ?4
        WHERE EXISTS (SELECT 1 FROM users WHERE id = ?2 AND erasure_id IS NULL)";
    CLOSE = "UPDATE users SET erasure_id = ?1 WHERE id = ?2 AND erasure_id IS NULL RETURNING id";
    END_SESSIONS = "DELETE FROM sessions WHERE user_id = ?1";
    TAKE_DOWN = "UPDATE images SET public_key = NULL, published_at = NULL
        WHERE user_id = ?1 AND public_key IS NOT NULL";
    CANCEL_JOBS = "UPDATE jobs SET state = 'cancelled', finished_at = ?2, changed_at = ?2
        WHERE user_id = ?1 AND state = 'queued'";
    HURRY = "UPDATE erasures SET due_at = ?2
        WHERE id = (SELECT erasure_id FROM users WHERE id = ?1) AND due_at > ?2";
    WITHDRAW = "UPDATE erasures SET withdrawn_at = ?2
        WHERE id = (SELECT erasure_id FROM users WHERE id = ?1) AND due_at > ?2";
    REOPEN = "UPDATE users SET erasure_id = NULL
        WHERE id = ?1 AND erasure_id IN (SELECT id FROM erasures WHERE withdrawn_at IS NOT NULL)
        RETURNING id";
    /// Of somebody who was erased before: nobody works on them, and nothing waits.
    GIVE_UP_JOBS = "UPDATE jobs SET state = 'unknown', failure = ?2, finished_at = ?3, changed_at = ?3,
            lease_owner = NULL, lease_until = NULL
        WHERE user_id = ?1 AND state IN ('dispatching', 'received', 'stored')";
    FIND = "SELECT * FROM erasures WHERE id = ?1";
    /// With `?2` above 0 only where the
    /// grace was made shorter than that.
    DUE = concat!("SELECT u.id, u.erasure_id FROM users u JOIN erasures e ON e.id = u.erasure_id
        WHERE e.due_at <= ?1 AND (?2 = 0 OR e.due_at < e.requested_at + ?2)
          AND ", nothing_in_hand!(), " ORDER BY e.due_at LIMIT 20");
    DUE_PERSON = concat!("SELECT u.id, u.erasure_id FROM users u JOIN erasures e ON e.id = u.erasure_id
        WHERE u.id = ?2 AND e.due_at <= ?1
          AND ", nothing_in_hand!());
    IMAGES = "SELECT * FROM images WHERE user_id = ?1 LIMIT ?2";
    JOBS = "SELECT id FROM jobs WHERE user_id = ?1 AND id > ?2 ORDER BY id LIMIT 500";
    DELETE_IMAGES = "DELETE FROM images WHERE user_id = ?1 AND id IN (SELECT value FROM json_each(?2))";
    ORDER_UPLOADS = ordering_deletions!(
        "SELECT o.value, ?2 FROM uploads u, json_each(u.objects) o WHERE u.user_id = ?1");
    DELETE_UPLOADS = "DELETE FROM uploads WHERE user_id = ?1";
    /// Today's use still counts today, under a name nobody else can make.
    NOTE_USAGE = concat!("INSERT INTO erased_usage (person, day, pictures, micros)
        SELECT ?2, ?3, COALESCE(SUM(CASE WHEN state IN ('failed', 'unknown', 'cancelled') AND failure IS NOT 'stopped' THEN 0
                ELSE ", booked_pictures!(), " END), 0),
            COALESCE(SUM(", billable_micros!(), "), 0)
        FROM jobs WHERE user_id = ?1 AND created_at >= ?3 HAVING COUNT(*) > 0");
    /// Erasing lifts no suspension.
    REMEMBER_SUSPENSION = "INSERT INTO suspended_sign_ins (person, until)
        SELECT ?2, MIN(suspended_until, ?4) FROM users WHERE id = ?1 AND suspended_until > ?3
        ON CONFLICT (person) DO UPDATE SET until = MAX(until, excluded.until)";
    ROWS_GONE = "UPDATE erasures SET rows_gone_at = ?2
        WHERE id = (SELECT erasure_id FROM users WHERE id = ?1)";
    DELETE_PERSON = "DELETE FROM users WHERE id = ?1";
    /// Done when every object that was to go before then is gone.
    FINISHED = "SELECT 1 AS yes FROM erasures WHERE rows_gone_at IS NOT NULL AND done_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM object_deletions d WHERE d.requested_at <= erasures.rows_gone_at)
        LIMIT 1";
    DONE = "UPDATE erasures SET done_at = ?1 WHERE rows_gone_at IS NOT NULL AND done_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM object_deletions d WHERE d.requested_at <= erasures.rows_gone_at)
        RETURNING id";
    ERASED_TODAY = "SELECT 1 AS yes FROM erased_usage WHERE person = ?1 AND day = ?2 AND pictures > 0";
    PEOPLE = "SELECT id FROM users WHERE id > ?1 ORDER BY id LIMIT 1000";
}

/// An erasure, as its receipt tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// The receipt's number, random and naming nobody: 128 bits, base64url.
    pub id: String,
    /// Unix milliseconds of the request.
    pub requested_at_ms: i64,
    /// Unix milliseconds at which the grace ends and everything goes.
    pub due_at_ms: i64,
    /// Unix milliseconds at which the person's rows were gone; `None` before.
    pub rows_gone_at_ms: Option<i64>,
    /// Unix milliseconds at which the last object was gone.
    pub done_at_ms: Option<i64>,
    /// Unix milliseconds at which the person came back instead.
    pub withdrawn_at_ms: Option<i64>,
}

impl Erasure {
    fn from_row(row: &Row) -> Result<Erasure, DbError> {
        Ok(Erasure {
            id: row.text("id")?,
            requested_at_ms: row.int("requested_at")?,
            due_at_ms: row.int("due_at")?,
            rows_gone_at_ms: row.opt_int("rows_gone_at")?,
            done_at_ms: row.opt_int("done_at")?,
            withdrawn_at_ms: row.opt_int("withdrawn_at")?,
        })
    }
}

/// Closes an account, as one step: nobody is signed in to it any more, nothing
/// of it is public, nothing of it waits to be made. False if it was closed already.
pub async fn close(
    db: &Db,
    user_id: &str,
    erasure: &str,
    due_at_ms: i64,
    now_ms: i64,
) -> Result<bool, DbError> {
    let results = db
        .batch_repeatable(vec![
            Statement::new(CREATE)
                .bind(erasure)
                .bind(user_id)
                .bind(now_ms)
                .bind(due_at_ms),
            Statement::new(CLOSE).bind(erasure).bind(user_id),
            Statement::new(END_SESSIONS).bind(user_id),
            Statement::new(TAKE_DOWN).bind(user_id),
            Statement::new(CANCEL_JOBS).bind(user_id).bind(now_ms),
        ])
        .await?;
    Ok(results.get(1).is_some_and(|rows| !rows.is_empty()))
}

/// Ends the grace of an account being closed.
pub async fn end_grace_period(db: &Db, user_id: &str, now_ms: i64) -> Result<(), DbError> {
    let statement = Statement::new(HURRY).bind(user_id).bind(now_ms);
    db.batch_durable(vec![statement]).await.map(|_| ())
}

/// Opens an account again; false when its grace was over.
pub async fn withdraw(db: &Db, user_id: &str, now_ms: i64) -> Result<bool, DbError> {
    let results = db
        .batch_durable(vec![
            Statement::new(WITHDRAW).bind(user_id).bind(now_ms),
            Statement::new(REOPEN).bind(user_id),
        ])
        .await?;
    Ok(results.last().is_some_and(|rows| !rows.is_empty()))
}

/// Ends the jobs of somebody who was erased before and is back with an older
/// database: whoever had them in hand then has long let go.
pub async fn give_up_jobs(db: &Db, user_id: &str, now_ms: i64) -> Result<(), DbError> {
    let statement = Statement::new(GIVE_UP_JOBS)
        .bind(user_id)
        .bind(FailureKind::AnswerLost.as_str())
        .bind(now_ms);
    db.write_repeatable(statement).await.map(|_| ())
}

/// The erasure with this id.
pub async fn find(db: &Db, id: &str) -> Result<Option<Erasure>, DbError> {
    let row = db.fetch_optional(Statement::new(FIND).bind(id)).await?;
    row.as_ref().map(Erasure::from_row).transpose()
}

/// People whose grace is over and who have nothing under way: their ids with
/// their erasures', the longest overdue first.
pub async fn due(db: &Db, now_ms: i64) -> Result<Vec<(String, String)>, DbError> {
    due_within(db, now_ms, 0).await
}

/// Those of [`due`] who did not wait for a grace of this length to end, so that
/// no clock has a say in it.
pub async fn due_by_wish(
    db: &Db,
    now_ms: i64,
    grace_ms: i64,
) -> Result<Vec<(String, String)>, DbError> {
    due_within(db, now_ms, grace_ms).await
}

/// As [`due`], of this person alone.
pub async fn due_person(
    db: &Db,
    user_id: &str,
    now_ms: i64,
) -> Result<Vec<(String, String)>, DbError> {
    due_of(db, Statement::new(DUE_PERSON).bind(now_ms).bind(user_id)).await
}

async fn due_within(db: &Db, now_ms: i64, below_ms: i64) -> Result<Vec<(String, String)>, DbError> {
    due_of(db, Statement::new(DUE).bind(now_ms).bind(below_ms)).await
}

async fn due_of(db: &Db, statement: Statement) -> Result<Vec<(String, String)>, DbError> {
    // A node that is alone knows itself what it is making.
    let others_ms = if db.is_shared() { TAKEN_MS } else { 0 };
    let rows = db.fetch_all(statement.bind(others_ms)).await?;
    rows.iter()
        .map(|row| Ok((row.text("id")?, row.text("erasure_id")?)))
        .collect()
}

/// Some of a person's pictures, wherever they are.
pub async fn images(db: &Db, user_id: &str, limit: u32) -> Result<Vec<Image>, DbError> {
    let statement = Statement::new(IMAGES).bind(user_id).bind(limit);
    Image::list(&db.fetch_all(statement).await?)
}

/// Deletes pictures of a person and orders their objects' deletion, as one step.
pub async fn delete_images(
    db: &Db,
    user_id: &str,
    ids: &[&str],
    objects: &[String],
    now_ms: i64,
) -> Result<(), DbError> {
    db.batch(vec![
        outbox::order_statement(objects, now_ms)?,
        Statement::new(DELETE_IMAGES).bind(user_id).bind(json(ids)?),
    ])
    .await
    .map(|_| ())
}

/// Deletes a person's uploads and orders their objects' deletion, as one step.
pub async fn delete_uploads(db: &Db, user_id: &str, now_ms: i64) -> Result<(), DbError> {
    db.batch(vec![
        Statement::new(ORDER_UPLOADS).bind(user_id).bind(now_ms),
        Statement::new(DELETE_UPLOADS).bind(user_id),
    ])
    .await
    .map(|_| ())
}

/// Ids of a person's jobs after this one, in order.
pub async fn jobs(db: &Db, user_id: &str, after: &str) -> Result<Vec<String>, DbError> {
    let statement = Statement::new(JOBS).bind(user_id).bind(after);
    let rows = db.fetch_all(statement).await?;
    rows.iter().map(|row| row.text("id")).collect()
}

/// The handle of somebody who is being erased.
pub struct GivenUp {
    /// As it is kept.
    pub handle: String,
    /// As it is remembered.
    pub hashed: Hashed,
}

/// The end of a person's rows: what is left of them, and their own. `objects`
/// are what remains to delete, `person` the keyed hash that today's use is
/// noted under; a handle of theirs rests.
pub async fn delete_person(
    db: &Db,
    user_id: &str,
    objects: &[String],
    (person, given_up): (&str, Option<&GivenUp>),
    day_start_ms: i64,
    now_ms: i64,
) -> Result<(), DbError> {
    let mut batch = vec![
        outbox::order_statement(objects, now_ms)?,
        Statement::new(NOTE_USAGE)
            .bind(user_id)
            .bind(person)
            .bind(day_start_ms),
        Statement::new(REMEMBER_SUSPENSION)
            .bind(user_id)
            .bind(person)
            .bind(now_ms)
            .bind(now_ms + SUSPENSION_REMEMBERED_MS),
        Statement::new(ROWS_GONE).bind(user_id).bind(now_ms),
    ];
    batch.extend(given_up.map(|given_up| {
        let until_ms = now_ms + HANDLE_RESTS_MS;
        handles::erased_statement(&given_up.hashed, until_ms, (user_id, &given_up.handle))
    }));
    batch.push(Statement::new(DELETE_PERSON).bind(user_id));
    db.batch_durable(batch).await.map(|_| ())
}

/// True if an erasure is complete and not yet noted.
pub async fn is_one_finished(db: &Db) -> Result<bool, DbError> {
    Ok(db.fetch_optional(Statement::new(FINISHED)).await?.is_some())
}

/// Notes which erasures are complete; their receipts' ids.
pub async fn mark_done(db: &Db, now_ms: i64) -> Result<Vec<String>, DbError> {
    let rows = db.write(Statement::new(DONE).bind(now_ms)).await?;
    rows.iter().map(|row| row.text("id")).collect()
}

/// True if the person with this keyed hash made pictures today in an account
/// that was erased.
pub async fn erased_today(db: &Db, person: &str, day_start_ms: i64) -> Result<bool, DbError> {
    let statement = Statement::new(ERASED_TODAY).bind(person).bind(day_start_ms);
    Ok(db.fetch_optional(statement).await?.is_some())
}

/// Ids of people after this one, in order, a thousand at most.
pub async fn people(db: &Db, after: &str) -> Result<Vec<String>, DbError> {
    let rows = db.fetch_all(Statement::new(PEOPLE).bind(after)).await?;
    rows.iter().map(|row| row.text("id")).collect()
}
