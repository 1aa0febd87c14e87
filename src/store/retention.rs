//! The rules of retention as statements: one pair a rule, the first counting
//! what is due, the second removing it; and a row for each rule's last run.

use super::{Db, DbError, INTEGER_MAX, Row, Statement, engine::json};

/// Removes so many rows at once: a statement has seconds on some engines, and what
/// is due after a long time may be very much.
const SLICE: usize = 5_000;

/// Deletes some rows of a table that are due, one `SLICE` at most.
macro_rules! deleting {
    ($table:literal, $($due:tt)+) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE rowid IN (SELECT rowid FROM ",
            $table,
            " WHERE ",
            $($due)+,
            " LIMIT 5000) RETURNING 1"
        )
    };
}

/// Notices whose case was decided so long ago, or is gone with its account; not while an
/// objection waits.
macro_rules! notices_due {
    () => {
        "created_at <= ?1 AND (case_id IS NULL
            OR case_id IN (SELECT c.id FROM cases c WHERE c.decided_at <= ?1))
          AND NOT EXISTS (SELECT 1 FROM appeals a WHERE a.notice_id = notices.id AND a.decided_at IS NULL)"
    };
}

/// Cases in which nothing was found amiss: the others stay with the account.
macro_rules! dismissed {
    () => {
        "decided_at <= ?1 AND picture = 'kept' AND account = 'none'
          AND NOT EXISTS (SELECT 1 FROM appeals a WHERE a.case_id = cases.id AND a.decided_at IS NULL)"
    };
}

statements! {
    SESSIONS_DUE = "SELECT COUNT(*) AS due FROM sessions WHERE expires_at <= ?1 OR last_seen_at <= ?2";
    SESSIONS = deleting!("sessions", "expires_at <= ?1 OR last_seen_at <= ?2");
    SIGN_INS_DUE = "SELECT COUNT(*) AS due FROM sign_ins WHERE expires_at <= ?1";
    SIGN_INS = deleting!("sign_ins", "expires_at <= ?1");
    CHANGES_DUE = "SELECT COUNT(*) AS due FROM changes WHERE created_at <= ?1";
    CHANGES = deleting!("changes", "created_at <= ?1");
    RECORDS_DUE = "SELECT COUNT(*) AS due FROM sign_in_records WHERE at <= ?1";
    RECORDS = deleting!("sign_in_records", "at <= ?1");
    WHOLE_ADDRESSES_DUE = "SELECT COUNT(*) AS due FROM sign_in_records WHERE shortened = 0 AND at <= ?1";
    WHOLE_ADDRESSES = "SELECT id, address FROM sign_in_records WHERE shortened = 0 AND at <= ?1 LIMIT 1000";
    SHORTEN = "UPDATE sign_in_records SET shortened = 1, address = (
            SELECT json_extract(pair.value, '$[1]') FROM json_each(?1) AS pair
            WHERE json_extract(pair.value, '$[0]') = sign_in_records.id)
        WHERE id IN (SELECT json_extract(pair.value, '$[0]') FROM json_each(?1) AS pair) RETURNING 1";
    ERASED_USAGE_DUE = "SELECT COUNT(*) AS due FROM erased_usage WHERE day < ?1";
    ERASED_USAGE = deleting!("erased_usage", "day < ?1");
    RECEIPTS_DUE = "SELECT COUNT(*) AS due FROM erasures
        WHERE COALESCE(done_at, withdrawn_at) <= ?1 AND id NOT IN
            (SELECT erasure_id FROM users WHERE erasure_id IS NOT NULL)";
    RECEIPTS = deleting!("erasures", "COALESCE(done_at, withdrawn_at) <= ?1 AND id NOT IN
            (SELECT erasure_id FROM users WHERE erasure_id IS NOT NULL)");
    REPORTS_DUE = "SELECT COUNT(*) AS due FROM reports WHERE decided_at <= ?1";
    REPORTS = deleting!("reports", "decided_at <= ?1");
    NOTICES_DUE = concat!("SELECT COUNT(*) AS due FROM notices WHERE ", notices_due!());
    NOTICES = deleting!("notices", notices_due!());
    CASES_DUE = concat!("SELECT COUNT(*) AS due FROM cases WHERE ", dismissed!());
    CASES = deleting!("cases", dismissed!());
    SUSPENSIONS_DUE = "SELECT COUNT(*) AS due FROM suspended_sign_ins WHERE until <= ?1";
    SUSPENSIONS = deleting!("suspended_sign_ins", "until <= ?1");
    REMOVED_DUE = "SELECT COUNT(*) AS due FROM removed_pictures WHERE removed_at <= ?1";
    REMOVED = deleting!("removed_pictures", "removed_at <= ?1");
    ORDERS_DUE = "SELECT COUNT(*) AS due FROM authority_orders WHERE COALESCE(answered_at, due_at) <= ?1";
    ORDERS = deleting!("authority_orders", "COALESCE(answered_at, due_at) <= ?1");
    REPORTERS_DUE = "SELECT COUNT(*) AS due FROM unfounded_reporters WHERE marked_at <= ?1";
    REPORTERS = deleting!("unfounded_reporters", "marked_at <= ?1");
    ADMIN_ACTS_DUE = "SELECT COUNT(*) AS due FROM admin_acts WHERE at <= ?1";
    ADMIN_ACTS = deleting!("admin_acts", "at <= ?1");
    INVITATIONS_DUE = "SELECT COUNT(*) AS due FROM invitations WHERE ends_at <= ?1";
    INVITATIONS = deleting!("invitations", "ends_at <= ?1");
    MAILS_DUE = "SELECT COUNT(*) AS due FROM mails WHERE created_at <= ?1";
    MAILS = deleting!("mails", "created_at <= ?1");
    MAIL_RECEIPTS_DUE = "SELECT COUNT(*) AS due FROM mail_receipts WHERE at <= ?1";
    MAIL_RECEIPTS = deleting!("mail_receipts", "at <= ?1");
    TRASH_DUE = "SELECT COUNT(*) AS due FROM images WHERE trashed_at <= ?1";
    UPLOADS_DUE = "SELECT COUNT(*) AS due FROM uploads u WHERE u.used_at < ?1 AND NOT EXISTS (
            SELECT 1 FROM job_inputs i JOIN jobs j ON j.id = i.job_id WHERE i.upload_id = u.id
              AND (j.finished_at IS NULL OR (j.state <> 'ready' AND j.finished_at >= ?1)))";
    CLOSED_DUE = "SELECT COUNT(*) AS due FROM users u JOIN erasures e ON e.id = u.erasure_id
        WHERE e.due_at <= ?1";
    OBJECTS_DUE = "SELECT COUNT(*) AS due FROM object_deletions";
    RAN = "INSERT INTO retention_runs (rule, ran_at, removed, removed_ever, removed_at, failed)
        VALUES (?1, ?2, ?3, ?3, CASE WHEN ?3 > 0 THEN ?2 END, ?4)
        ON CONFLICT (rule) DO UPDATE SET ran_at = ?2, removed = ?3, removed_ever = removed_ever + ?3,
            removed_at = CASE WHEN ?3 > 0 THEN ?2 ELSE removed_at END, failed = ?4";
    RUNS = "SELECT * FROM retention_runs ORDER BY rule";
    /// Ids of a list that name a picture, an upload or a person.
    KNOWN_IMAGES = "SELECT value AS id FROM json_each(?1) WHERE value IN (SELECT id FROM images)";
    KNOWN_UPLOADS = "SELECT value AS id FROM json_each(?1) WHERE value IN (SELECT id FROM uploads)";
    KNOWN_PEOPLE = "SELECT value AS id FROM json_each(?1)
        WHERE value IN (SELECT id FROM users WHERE avatar_key IS NOT NULL)";
    KNOWN_SEALED = "SELECT value AS id FROM json_each(?1) WHERE value IN (SELECT id FROM sealed_copies)";
    /// Asked at once, because a job may go on between two questions: one that was
    /// given up for lost after `?2` may still be answered.
    JOBS_OVER = "SELECT w.value AS id, j.id IS NULL AS gone, j.id IS NOT NULL AND j.state <> 'ready' AS unseen
        FROM json_each(?1) w LEFT JOIN jobs j ON j.id = w.value
        WHERE j.id IS NULL OR j.state IN ('ready', 'failed', 'cancelled')
           OR (j.state = 'unknown'
                AND NOT (j.failure IS 'answer_lost' AND COALESCE(j.finished_at, 0) > ?2))";
    ORIGINALS = "SELECT id, composite FROM images WHERE id > ?1 ORDER BY id LIMIT 1000";
}

/// Rows that go when their time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Sessions past their end, or without a visit for too long.
    Sessions,
    /// Sign-ins begun and never finished.
    SignIns,
    /// Changes, with the notes that undoing them needs.
    Changes,
    /// Sign-ins that were.
    SignInRecords,
    /// Today's use by people erased since, under keyed hashes.
    ErasedUsage,
    /// Receipts of erasures that ended, done or withdrawn.
    Receipts,
    /// Reports that were decided.
    Reports,
    /// Notices whose case was decided.
    Notices,
    /// Cases that were dismissed.
    Cases,
    /// Suspensions of erased accounts that have ended.
    Suspensions,
    /// Hashes of removed pictures.
    RemovedPictures,
    /// Orders of authorities that were answered, or that nobody answered in time.
    Orders,
    /// Whose reports were manifestly unfounded.
    Reporters,
    /// Acts of administrators.
    AdminActs,
    /// Invitations that ended, with who used them.
    Invitations,
    /// Mails that cannot be sent.
    Mails,
    /// Receipts that went by mail, under keyed hashes.
    MailReceipts,
}

/// Things that other code removes and that are only counted here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Pictures in the trash.
    Trash,
    /// Reference pictures and masks that no job needs.
    Uploads,
    /// Accounts whose grace is over.
    ClosedAccounts,
    /// Objects that wait to be deleted from the object store.
    Objects,
}

/// Number of such rows that are due. `before_ms` is the newest that is; sessions also
/// end without a visit since `idle_ms`.
pub async fn rows_due(db: &Db, rows: Rows, before_ms: i64, idle_ms: i64) -> Result<u64, DbError> {
    let sql = match rows {
        Rows::Sessions => {
            return count(
                db,
                Statement::new(SESSIONS_DUE).bind(before_ms).bind(idle_ms),
            )
            .await;
        }
        Rows::SignIns => SIGN_INS_DUE,
        Rows::Changes => CHANGES_DUE,
        Rows::SignInRecords => RECORDS_DUE,
        Rows::ErasedUsage => ERASED_USAGE_DUE,
        Rows::Receipts => RECEIPTS_DUE,
        Rows::Reports => REPORTS_DUE,
        Rows::Notices => NOTICES_DUE,
        Rows::Cases => CASES_DUE,
        Rows::Suspensions => SUSPENSIONS_DUE,
        Rows::RemovedPictures => REMOVED_DUE,
        Rows::Orders => ORDERS_DUE,
        Rows::Reporters => REPORTERS_DUE,
        Rows::AdminActs => ADMIN_ACTS_DUE,
        Rows::Invitations => INVITATIONS_DUE,
        Rows::Mails => MAILS_DUE,
        Rows::MailReceipts => MAIL_RECEIPTS_DUE,
    };
    count(db, Statement::new(sql).bind(before_ms)).await
}

/// Removes what [`rows_due`] counts.
pub async fn remove_rows(
    db: &Db,
    rows: Rows,
    before_ms: i64,
    idle_ms: i64,
) -> Result<u64, DbError> {
    let statement = match rows {
        Rows::Sessions => Statement::new(SESSIONS).bind(before_ms).bind(idle_ms),
        Rows::SignIns => Statement::new(SIGN_INS).bind(before_ms),
        Rows::Changes => Statement::new(CHANGES).bind(before_ms),
        Rows::SignInRecords => Statement::new(RECORDS).bind(before_ms),
        Rows::ErasedUsage => Statement::new(ERASED_USAGE).bind(before_ms),
        Rows::Receipts => Statement::new(RECEIPTS).bind(before_ms),
        Rows::Reports => Statement::new(REPORTS).bind(before_ms),
        Rows::Notices => Statement::new(NOTICES).bind(before_ms),
        Rows::Cases => Statement::new(CASES).bind(before_ms),
        Rows::Suspensions => Statement::new(SUSPENSIONS).bind(before_ms),
        Rows::RemovedPictures => Statement::new(REMOVED).bind(before_ms),
        Rows::Orders => Statement::new(ORDERS).bind(before_ms),
        Rows::Reporters => Statement::new(REPORTERS).bind(before_ms),
        Rows::AdminActs => Statement::new(ADMIN_ACTS).bind(before_ms),
        Rows::Invitations => Statement::new(INVITATIONS).bind(before_ms),
        Rows::Mails => Statement::new(MAILS).bind(before_ms),
        Rows::MailReceipts => Statement::new(MAIL_RECEIPTS).bind(before_ms),
    };
    let mut removed = 0;
    loop {
        let slice = db.write(statement.clone()).await?.len();
        removed += slice as u64;
        if slice < SLICE {
            return Ok(removed);
        }
    }
}

/// Number of such things that are due.
pub async fn counted_due(db: &Db, what: Counted, before_ms: i64) -> Result<u64, DbError> {
    let statement = match what {
        Counted::Trash => Statement::new(TRASH_DUE).bind(before_ms),
        Counted::Uploads => Statement::new(UPLOADS_DUE).bind(before_ms),
        Counted::ClosedAccounts => Statement::new(CLOSED_DUE).bind(before_ms),
        Counted::Objects => Statement::new(OBJECTS_DUE),
    };
    count(db, statement).await
}

/// Number of network addresses to be shortened.
pub async fn whole_addresses_due(db: &Db, before_ms: i64) -> Result<u64, DbError> {
    count(db, Statement::new(WHOLE_ADDRESSES_DUE).bind(before_ms)).await
}

/// Addresses to be shortened, with their records' ids; a thousand at most.
pub async fn whole_addresses(db: &Db, before_ms: i64) -> Result<Vec<(String, String)>, DbError> {
    let rows = db
        .fetch_all(Statement::new(WHOLE_ADDRESSES).bind(before_ms))
        .await?;
    rows.iter()
        .map(|row| Ok((row.text("id")?, row.text("address")?)))
        .collect()
}

/// Puts these addresses in the place of the records' own.
pub async fn shorten(db: &Db, shortened: &[(String, String)]) -> Result<u64, DbError> {
    let statement = Statement::new(SHORTEN).bind(json(shortened)?);
    Ok(db.write(statement).await?.len() as u64)
}

/// The last run of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The name `RetentionRule::name` has for it.
    pub rule: String,
    /// Unix milliseconds.
    pub ran_at_ms: i64,
    /// Number of things it removed in that run.
    pub removed: u64,
    /// Number of things it removed in all runs.
    pub removed_ever: u64,
    /// Unix milliseconds of the last run that removed something.
    pub removed_at_ms: Option<i64>,
    /// True if something due was left because a store did not answer.
    pub failed: bool,
}

impl Run {
    fn from_row(row: &Row) -> Result<Run, DbError> {
        Ok(Run {
            rule: row.text("rule")?,
            ran_at_ms: row.int("ran_at")?,
            removed: row.int("removed")?.unsigned_abs(),
            removed_ever: row.int("removed_ever")?.unsigned_abs(),
            removed_at_ms: row.opt_int("removed_at")?,
            failed: row.int("failed")? != 0,
        })
    }

    pub(super) fn list(rows: &[Row]) -> Result<Vec<Run>, DbError> {
        rows.iter().map(Run::from_row).collect()
    }
}

/// Notes that a rule ran.
pub async fn ran(
    db: &Db,
    rule: &str,
    removed: u64,
    failed: bool,
    now_ms: i64,
) -> Result<(), DbError> {
    let statement = Statement::new(RAN)
        .bind(rule)
        .bind(now_ms)
        .bind(i64::try_from(removed).unwrap_or(INTEGER_MAX))
        .bind(i64::from(failed));
    db.write(statement).await.map(|_| ())
}

/// The last run of each rule, by the rule's name.
pub async fn runs(db: &Db) -> Result<Vec<Run>, DbError> {
    Run::list(&db.fetch_all(runs_statement()).await?)
}

/// Reads what [`runs`] does.
pub(super) fn runs_statement() -> Statement {
    Statement::new(RUNS)
}

/// The kind of owner that a folder in the object store is named after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A picture's: its original and its renditions.
    Image,
    /// A reference picture's or a mask's.
    Upload,
    /// A person's: the picture from their provider.
    Person,
    /// The police's: a sealed copy.
    Sealed,
}

/// Those of these ids that are still somebody's.
pub async fn known(db: &Db, owner: Owner, ids: &[String]) -> Result<Vec<String>, DbError> {
    let sql = match owner {
        Owner::Image => KNOWN_IMAGES,
        Owner::Upload => KNOWN_UPLOADS,
        Owner::Person => KNOWN_PEOPLE,
        Owner::Sealed => KNOWN_SEALED,
    };
    let rows = db.fetch_all(Statement::new(sql).bind(json(ids)?)).await?;
    rows.iter().map(|row| row.text("id")).collect()
}

/// A job that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobOver {
    /// Its id.
    pub id: String,
    /// True if no row knows it any more.
    pub gone: bool,
    /// True if it ended without a picture: what there is of an answer nobody has seen.
    pub unseen: bool,
}

/// Those of these jobs that are over, and will not be answered any more: one
/// that was given up for lost after `awaited_since_ms` still may.
pub async fn jobs_over(
    db: &Db,
    ids: &[String],
    awaited_since_ms: i64,
) -> Result<Vec<JobOver>, DbError> {
    let statement = Statement::new(JOBS_OVER)
        .bind(json(ids)?)
        .bind(awaited_since_ms);
    let rows = db.fetch_all(statement).await?;
    rows.iter()
        .map(|row| {
            Ok(JobOver {
                id: row.text("id")?,
                gone: row.int("gone")? != 0,
                unseen: row.int("unseen")? != 0,
            })
        })
        .collect()
}

/// Pictures after this one in order, and whether each was put together, which is a
/// second file; a thousand at most.
pub async fn originals(db: &Db, after: &str) -> Result<Vec<(String, bool)>, DbError> {
    let rows = db.fetch_all(Statement::new(ORIGINALS).bind(after)).await?;
    rows.iter()
        .map(|row| {
            let composite = row.opt_text("composite")?;
            Ok((row.text("id")?, composite.as_deref() == Some("made")))
        })
        .collect()
}

async fn count(db: &Db, statement: Statement) -> Result<u64, DbError> {
    let row = db.fetch_optional(statement).await?;
    Ok(row.ok_or(DbError::Shape)?.int("due")?.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::super::users::{self, IdentityClaims};
    use super::*;

    #[tokio::test]
    async fn a_job_is_over_when_nobody_answers_it_any_more() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("test.db");
        let db = Db::open(&path).await.expect("opens");
        let identity = IdentityClaims {
            issuer: "https://provider.example",
            subject: "u",
            email: "u@example.com",
            email_assumed: false,
            name: "U",
        };
        let made = users::sign_in(&db, "u", &identity, "en", 1).await;
        made.expect("an account");
        let cases = [
            ("queued", None, None, None),
            ("dispatching", None, None, None),
            ("received", None, None, None),
            ("stored", None, None, None),
            ("ready", None, Some(10_i64), Some(false)),
            ("failed", Some("bad_answer"), Some(90), Some(true)),
            ("cancelled", None, Some(90), Some(true)),
            ("unknown", Some("answer_lost"), Some(50), Some(true)),
            ("unknown", Some("answer_lost"), Some(51), None),
            ("unknown", None, None, Some(true)),
        ];
        let mut ids = vec!["nobody's".to_owned()];
        for (number, (state, failure, finished_at, _)) in cases.into_iter().enumerate() {
            let id = format!("job {number}");
            let insert = Statement::new(
                "INSERT INTO jobs (id, user_id, request_key, state, model, prompt, settings,
                    reserved_micros, failure, created_at, finished_at)
                VALUES (?1, 'u', ?1, ?2, 'm', 'p', '{}', 0, ?3, 1, ?4)",
            );
            let insert = insert.bind(id.as_str()).bind(state).bind(failure);
            db.write(insert.bind(finished_at)).await.expect("inserted");
            ids.push(id);
        }
        let over = jobs_over(&db, &ids, 50).await.expect("read");
        let unseen = |id: &str| over.iter().find(|job| job.id == id).map(|job| job.unseen);
        for (number, (state, _, finished_at, expected)) in cases.into_iter().enumerate() {
            let found = unseen(&format!("job {number}"));
            assert_eq!(found, expected, "{state} {finished_at:?}");
        }
        let gone = over.iter().filter(|job| job.gone);
        let gone: Vec<&str> = gone.map(|job| job.id.as_str()).collect();
        assert_eq!(gone, ["nobody's"]);
        assert_eq!(unseen("nobody's"), Some(false));
    }
}
