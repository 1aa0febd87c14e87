//! Pictures that are put together from a source and the image API's answer: what is to
//! be made, and what became of it. The row of one that is made is about the composite,
//! and keeps what it said of the answer.

use super::{
    Db, DbError, Row, Statement,
    uploads::{self, Upload},
};

statements! {
    /// In the batch that queues the job.
    KEEP_OUTSIDE = "UPDATE jobs SET keeps_outside = 1 WHERE id = ?1";
    /// What the row said of the answer is kept beside; columns of it alone go into the JSON.
    MADE = "UPDATE images SET composite = 'made',
            answer = json_object('format', COALESCE(other_format, format), 'bytes', bytes,
                'sha256', sha256, 'width', width, 'height', height, 'credentials', credentials),
            format = 'png', other_format = NULL, bytes = ?2, sha256 = ?3, width = ?4, height = ?5,
            credentials = 0
        WHERE id = ?1 AND composite = 'due' RETURNING id";
    /// `?2` is true where one was asked for and there is none.
    NOT_MADE = "UPDATE images SET composite = CASE WHEN ?2 = 1 THEN 'failed' END
        WHERE id = ?1 AND composite = 'due' RETURNING id";
    /// Whether it is still to be made: another node may have been faster.
    IS_DUE = "SELECT job_id FROM images WHERE id = ?1 AND user_id = ?2 AND composite = 'due'";
}

/// How a picture's composite stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Composite {
    /// It is to be made.
    Due,
    /// It is the picture.
    Made,
    /// It could not be made: the picture is what the image API sent.
    Failed,
}

/// What the image API sent for a picture that was put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The ending of its file's name.
    pub format: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Hex SHA-256 of its bytes.
    pub sha256: String,
    /// True if it carries Content Credentials.
    pub credentials: bool,
}

/// How the composite of a picture's row stands; `None` where none was asked for.
pub(super) fn from_row(row: &Row) -> Result<Option<Composite>, DbError> {
    Ok(match row.opt_text("composite")?.as_deref() {
        Some("due") => Some(Composite::Due),
        Some("made") => Some(Composite::Made),
        Some(_) => Some(Composite::Failed),
        None => None,
    })
}

/// The answer that a picture's row keeps; `None` where the row itself is about it.
pub(super) fn answer_from_row(row: &Row) -> Result<Option<Answer>, DbError> {
    let Some(text) = row.opt_text("answer")? else {
        return Ok(None);
    };
    let said: serde_json::Value = serde_json::from_str(&text).map_err(|_| DbError::Shape)?;
    let text = |name: &str| said[name].as_str().map(str::to_owned).ok_or(DbError::Shape);
    Ok(Some(Answer {
        format: text("format")?,
        bytes: said["bytes"].as_u64().ok_or(DbError::Shape)?,
        sha256: text("sha256")?,
        credentials: said["credentials"].as_i64().is_some_and(|yes| yes != 0),
    }))
}

/// The statement that has a job's picture put together, for the batch that queues it.
pub(super) fn keep_outside_statement(job_id: &str) -> Statement {
    Statement::new(KEEP_OUTSIDE).bind(job_id)
}

/// What a picture that is to be put together is made of: its job's source and mask;
/// `None` if there is nothing to do any more.
pub async fn inputs(
    db: &Db,
    image: &str,
    user_id: &str,
) -> Result<Option<(Option<Upload>, Option<Upload>)>, DbError> {
    let due = Statement::new(IS_DUE).bind(image).bind(user_id);
    let Some(row) = db.fetch_optional(due).await? else {
        return Ok(None);
    };
    let found = uploads::of_job(db, &row.text("job_id")?, user_id).await?;
    let (masks, sources): (Vec<Upload>, Vec<Upload>) = found
        .into_iter()
        .partition(|upload| upload.mask_of.is_some());
    Ok(Some((sources.into_iter().next(), masks.into_iter().next())))
}

/// A composite that is in the object store.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its size in bytes.
    pub bytes: u64,
    /// Hex SHA-256 of its bytes.
    pub sha256: String,
    /// Width and height in pixels.
    pub size: (u32, u32),
}

/// Makes a composite the picture; false if there is no such picture any more, or it has
/// one already.
pub async fn made(db: &Db, image: &str, made: &Made) -> Result<bool, DbError> {
    let statement = Statement::new(MADE)
        .bind(image)
        .bind(i64::try_from(made.bytes).map_err(|_| DbError::Shape)?)
        .bind(made.sha256.as_str())
        .bind(made.size.0)
        .bind(made.size.1);
    Ok(!db.write(statement).await?.is_empty())
}

/// Leaves a picture as the image API sent it; `failed` says that its owner wanted another.
/// False if there is no such picture any more, or it has its composite.
pub async fn not_made(db: &Db, image: &str, failed: bool) -> Result<bool, DbError> {
    let statement = Statement::new(NOT_MADE).bind(image).bind(i64::from(failed));
    Ok(!db.write(statement).await?.is_empty())
}
