//! Reference pictures and masks: whose they are, which job works on them, and
//! when nobody needs them any more.

use super::{Db, DbError, Row, Statement, engine::json, sessions};
use crate::model::limits::{MINUTE_MS, UPLOAD_BYTES_PER_PERSON, UPLOAD_MS, UPLOADS_PER_PERSON};

statements! {
    /// Within the person's share, which is summed in the same snapshot.
    INSERT = "INSERT INTO uploads (id, user_id, kind, mask_of, width, height, format, bytes, objects,
            created_at, used_at)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10
        WHERE (SELECT COUNT(*) FROM uploads WHERE user_id = ?2) < ?11
          AND (SELECT COALESCE(SUM(bytes), 0) FROM uploads WHERE user_id = ?2) + ?8 <= ?12
        RETURNING id";
    BY_OWNER = "SELECT * FROM uploads WHERE id = ?1 AND user_id = ?2";
    /// `?4` is the upload.
    OF_SESSION = concat!("SELECT * FROM uploads WHERE id = ?4 AND user_id = ", person_of_session!());
    /// Those of a list that are this person's, in the list's order.
    LISTED = "SELECT u.* FROM json_each(?1) wanted JOIN uploads u ON u.id = wanted.value
        WHERE u.user_id = ?2 AND u.kind = 'reference' ORDER BY wanted.key";
    /// The newest mask of a reference.
    MASK_OF = "SELECT * FROM uploads WHERE mask_of = ?1 AND user_id = ?2 ORDER BY id DESC LIMIT 1";
    /// A job's references in order, then its mask.
    OF_JOB = "SELECT u.* FROM job_inputs i JOIN uploads u ON u.id = i.upload_id
        WHERE i.job_id = ?1 AND +i.user_id = ?2 ORDER BY i.position";
    /// Ties what is listed to a job of the same person, in the list's order.
    ATTACH = "INSERT INTO job_inputs (job_id, upload_id, user_id, position)
        SELECT j.id, u.id, j.user_id, wanted.key FROM json_each(?2) wanted
        JOIN uploads u ON u.id = wanted.value
        JOIN jobs j ON j.id = ?1 AND j.user_id = u.user_id
        WHERE true ON CONFLICT DO NOTHING";
    /// At most once a minute, so that looking at a page seldom writes.
    TOUCH = "UPDATE uploads SET used_at = ?3
        WHERE user_id = ?2 AND used_at < ?3 - 60000 AND id IN (SELECT value FROM json_each(?1))";
    /// Taking a reference away takes its masks along; what a job works on stays with the job.
    REMOVE_OBJECTS = ordering_deletions!("SELECT o.value, ?3 FROM uploads u, json_each(u.objects) o
        WHERE (u.id = ?1 OR u.mask_of = ?1) AND u.user_id = ?2
          AND NOT EXISTS (SELECT 1 FROM job_inputs i WHERE i.upload_id = u.id)");
    REMOVE = "DELETE FROM uploads WHERE (id = ?1 OR mask_of = ?1) AND user_id = ?2
        AND NOT EXISTS (SELECT 1 FROM job_inputs i WHERE i.upload_id = uploads.id)";
    /// Last used before `?1`, by no unfinished job, by no job that ended without a
    /// picture since and may be tried again, and by no picture that is still put together.
    EXPIRE_OBJECTS = ordering_deletions!("SELECT o.value, ?2 FROM uploads u, json_each(u.objects) o
        WHERE u.used_at < ?1 AND NOT EXISTS (
            SELECT 1 FROM job_inputs i JOIN jobs j ON j.id = i.job_id WHERE i.upload_id = u.id
              AND (j.finished_at IS NULL OR (j.state <> 'ready' AND j.finished_at >= ?1)
                OR EXISTS (SELECT 1 FROM images m WHERE m.job_id = j.id AND m.composite = 'due')))");
    EXPIRE = "DELETE FROM uploads WHERE used_at < ?1 AND NOT EXISTS (
            SELECT 1 FROM job_inputs i JOIN jobs j ON j.id = i.job_id WHERE i.upload_id = uploads.id
              AND (j.finished_at IS NULL OR (j.state <> 'ready' AND j.finished_at >= ?1)
                OR EXISTS (SELECT 1 FROM images m WHERE m.job_id = j.id AND m.composite = 'due')))";
}

/// An upload's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// UUIDv7 text.
    pub id: String,
    /// Id of the reference this is the mask of; `None` for a reference.
    pub mask_of: Option<String>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `png`, `jpeg` or `webp`.
    pub format: String,
    /// Size in bytes, as it was encoded anew.
    pub bytes: u64,
}

impl Upload {
    pub(super) fn from_row(row: &Row) -> Result<Upload, DbError> {
        let pixels = |column| -> Result<u32, DbError> {
            u32::try_from(row.int(column)?).map_err(|_| DbError::Shape)
        };
        Ok(Upload {
            id: row.text("id")?,
            mask_of: row.opt_text("mask_of")?,
            width: pixels("width")?,
            height: pixels("height")?,
            format: row.text("format")?,
            bytes: row.int("bytes")?.unsigned_abs(),
        })
    }

    pub(super) fn list(rows: &[Row]) -> Result<Vec<Upload>, DbError> {
        rows.iter().map(Upload::from_row).collect()
    }
}

/// True if one of these uploads' rows is due to be noted as in use.
pub(super) fn is_due(rows: &[Row], now_ms: i64) -> Result<bool, DbError> {
    for row in rows {
        if row.int("used_at")? < now_ms - MINUTE_MS {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Records an upload and the objects it will have; false if the person's share
/// is used up. The row comes before the objects: a crash in between leaves
/// something that expires, never an object nobody knows of.
pub async fn insert(
    db: &Db,
    user_id: &str,
    upload: &Upload,
    objects: &[String],
    now_ms: i64,
) -> Result<bool, DbError> {
    let kind = if upload.mask_of.is_some() {
        "mask"
    } else {
        "reference"
    };
    let statement = Statement::new(INSERT)
        .bind(upload.id.as_str())
        .bind(user_id)
        .bind(kind)
        .bind(upload.mask_of.clone())
        .bind(upload.width)
        .bind(upload.height)
        .bind(upload.format.as_str())
        .bind(i64::try_from(upload.bytes).map_err(|_| DbError::Shape)?)
        .bind(json(objects)?)
        .bind(now_ms)
        .bind(UPLOADS_PER_PERSON)
        .bind(UPLOAD_BYTES_PER_PERSON);
    Ok(!db.write(statement).await?.is_empty())
}

/// An upload of this person.
pub async fn by_owner(db: &Db, id: &str, user_id: &str) -> Result<Option<Upload>, DbError> {
    let row = db.fetch_optional(by_owner_statement(id, user_id)).await?;
    row.as_ref().map(Upload::from_row).transpose()
}

/// Reads what [`by_owner`] does.
pub(super) fn by_owner_statement(id: &str, user_id: &str) -> Statement {
    Statement::new(BY_OWNER).bind(id).bind(user_id)
}

/// An upload of the person whose live session this is.
pub async fn of_session(
    db: &Db,
    id: &str,
    token_hash: &str,
    now_ms: i64,
) -> Result<Option<Upload>, DbError> {
    let statement = sessions::statement_of(OF_SESSION, token_hash, now_ms).bind(id);
    let row = db.fetch_optional(statement).await?;
    row.as_ref().map(Upload::from_row).transpose()
}

/// Reads the references of a list that are this person's, in its order.
pub(super) fn listed_statement(ids: &[String], user_id: &str) -> Result<Statement, DbError> {
    Ok(Statement::new(LISTED).bind(json(ids)?).bind(user_id))
}

/// The newest mask made for a reference of this person.
pub async fn mask_of(db: &Db, reference: &str, user_id: &str) -> Result<Option<Upload>, DbError> {
    let statement = Statement::new(MASK_OF).bind(reference).bind(user_id);
    let row = db.fetch_optional(statement).await?;
    row.as_ref().map(Upload::from_row).transpose()
}

/// The uploads a job of this person works on: references in order, then the mask.
pub async fn of_job(db: &Db, job_id: &str, user_id: &str) -> Result<Vec<Upload>, DbError> {
    Upload::list(&db.fetch_all(of_job_statement(job_id, user_id)).await?)
}

/// Reads what [`of_job`] does.
pub(super) fn of_job_statement(job_id: &str, user_id: &str) -> Statement {
    Statement::new(OF_JOB).bind(job_id).bind(user_id)
}

/// Notes that these are in use, so that they are kept.
pub async fn touch(db: &Db, ids: &[String], user_id: &str, now_ms: i64) -> Result<(), DbError> {
    if ids.is_empty() {
        return Ok(());
    }
    db.write_repeatable(touch_statement(ids, user_id, now_ms)?)
        .await
        .map(|_| ())
}

fn touch_statement(ids: &[String], user_id: &str, now_ms: i64) -> Result<Statement, DbError> {
    let statement = Statement::new(TOUCH).bind(json(ids)?).bind(user_id);
    Ok(statement.bind(now_ms))
}

/// The statements that tie uploads to a job, for the batch that queues it.
pub(super) fn attach_statements(
    job_id: &str,
    ids: &[String],
    user_id: &str,
    now_ms: i64,
) -> Result<Vec<Statement>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![
        Statement::new(ATTACH).bind(job_id).bind(json(ids)?),
        touch_statement(ids, user_id, now_ms)?,
    ])
}

/// Takes a reference of this person away, with its masks, unless a job works on it.
pub async fn remove(db: &Db, id: &str, user_id: &str, now_ms: i64) -> Result<(), DbError> {
    let statements = vec![
        Statement::new(REMOVE_OBJECTS)
            .bind(id)
            .bind(user_id)
            .bind(now_ms),
        Statement::new(REMOVE).bind(id).bind(user_id),
    ];
    db.batch(statements).await.map(|_| ())
}

/// Forgets the uploads nobody needs any more and orders their objects' deletion.
pub async fn expire(db: &Db, now_ms: i64) -> Result<(), DbError> {
    let before = now_ms - UPLOAD_MS;
    let statements = vec![
        Statement::new(EXPIRE_OBJECTS).bind(before).bind(now_ms),
        Statement::new(EXPIRE).bind(before),
    ];
    db.batch(statements).await.map(|_| ())
}
