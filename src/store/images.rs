//! Images: the library, the gallery, and the outbox of objects to delete.

use super::{Db, DbError, Row, Statement, engine::json, jobs};
use crate::model::{Prompt, Settings};

statements! {
    INSERT = "INSERT INTO images (id, user_id, job_id, position, width, height, format, bytes,
            sha256, placeholder, widths, model, prompt, revised_prompt, settings, cost_micros, created_at,
            credentials, parent_id, shows_prompt)
        SELECT ?1, j.user_id, j.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, j.model, j.prompt, ?11, j.settings,
            ?12, ?13, ?15, j.parent_id,
            (SELECT u.shows_prompts FROM users u WHERE u.id = j.user_id)
        FROM jobs j WHERE j.id = ?2 AND j.state = 'stored' AND j.lease_owner = ?14";
    BY_OWNER = "SELECT * FROM images WHERE id = ?1 AND user_id = ?2";
    /// `?2` is a JSON list of ids.
    LISTED = "SELECT * FROM images WHERE user_id = ?1 AND id IN (SELECT value FROM json_each(?2))
        ORDER BY id";
    /// Visible to this person: theirs, or anybody's that is published.
    VISIBLE = "SELECT i.*, u.name AS author, u.handle FROM images i JOIN users u ON u.id = i.user_id
        WHERE i.id = ?1 AND (i.user_id = ?2 OR i.public_key IS NOT NULL)";
    BY_PUBLIC_KEY = "SELECT * FROM images WHERE public_key = ?1";
    OF_JOB = "SELECT * FROM images WHERE job_id = ?1 AND user_id = ?2 AND trashed_at IS NULL
        ORDER BY position";
    GALLERY = "SELECT * FROM images WHERE published_at IS NOT NULL
        AND (published_at, id) < (?1, ?2) ORDER BY published_at DESC, id DESC LIMIT ?3";
    PUBLISHED_IDS = "SELECT id, published_at FROM images WHERE published_at IS NOT NULL
        ORDER BY published_at DESC, id DESC LIMIT 50000";
    /// Not against the person's own objection, nor from an account being closed.
    PUBLISH = "UPDATE images SET public_key = ?3, published_at = ?4
        WHERE id = ?1 AND user_id = ?2 AND public_key IS NULL AND trashed_at IS NULL
          AND EXISTS (SELECT 1 FROM users u
            WHERE u.id = ?2 AND u.keeps_private = 0 AND u.erasure_id IS NULL)
        RETURNING id";
    UNPUBLISH = "UPDATE images SET public_key = NULL, published_at = NULL
        WHERE id = ?1 AND user_id = ?2 AND public_key IS NOT NULL RETURNING id";
    /// `?1` a list of object keys.
    ORDER_DELETIONS = "INSERT INTO object_deletions (object_key, requested_at)
        SELECT value, ?2 FROM json_each(?1) WHERE true ON CONFLICT (object_key) DO NOTHING";
    DELETIONS = "SELECT object_key FROM object_deletions ORDER BY requested_at LIMIT 200";
    DELETIONS_DONE = "DELETE FROM object_deletions
        WHERE object_key IN (SELECT value FROM json_each(?1))";
}

/// An image's row.
#[derive(Clone, Debug)]
pub struct Image {
    pub id: String,
    pub user_id: String,
    pub job_id: String,
    pub width: u32,
    pub height: u32,
    /// `png`, `jpeg` or `webp`.
    pub format: String,
    pub bytes: u64,
    /// Hex.
    pub sha256: String,
    pub placeholder: String,
    /// Widths of the renditions, ascending, in pixels.
    pub widths: Vec<u32>,
    pub model: String,
    pub prompt: Prompt,
    pub revised_prompt: Option<Prompt>,
    pub settings: Settings,
    pub cost_micros: i64,
    /// Part of the public addresses while it is published.
    pub public_key: Option<String>,
    pub published_at_ms: Option<i64>,
    pub created_at_ms: i64,
    /// Whether the original carries Content Credentials.
    pub credentials: bool,
    pub favourite: bool,
    /// When it was moved to the trash, if it is there.
    pub trashed_at_ms: Option<i64>,
    /// Whether others may read the words it was made from.
    pub shows_prompt: bool,
}

impl Image {
    pub(super) fn from_row(row: &Row) -> Result<Image, DbError> {
        let pixels = |column| -> Result<u32, DbError> {
            u32::try_from(row.int(column)?).map_err(|_| DbError::Shape)
        };
        Ok(Image {
            id: row.text("id")?,
            user_id: row.text("user_id")?,
            job_id: row.text("job_id")?,
            width: pixels("width")?,
            height: pixels("height")?,
            format: row.text("format")?,
            bytes: row.int("bytes")?.unsigned_abs(),
            sha256: row.text("sha256")?,
            placeholder: row.text("placeholder")?,
            widths: row.json("widths")?,
            model: row.text("model")?,
            prompt: Prompt(row.text("prompt")?),
            revised_prompt: row.opt_text("revised_prompt")?.map(Prompt),
            settings: row.json("settings")?,
            cost_micros: row.int("cost_micros")?,
            public_key: row.opt_text("public_key")?,
            published_at_ms: row.opt_int("published_at")?,
            created_at_ms: row.int("created_at")?,
            credentials: row.int("credentials")? != 0,
            favourite: row.int("favourite")? != 0,
            trashed_at_ms: row.opt_int("trashed_at")?,
            shows_prompt: row.int("shows_prompt")? != 0,
        })
    }

    pub(super) fn list(rows: &[Row]) -> Result<Vec<Image>, DbError> {
        rows.iter().map(Image::from_row).collect()
    }
}

/// Who made a picture, as others may see them.
#[derive(Clone, Debug)]
pub struct Author {
    pub name: String,
    pub handle: Option<String>,
}

/// What the pipeline knows of a finished picture beyond its job.
#[derive(Clone, Debug)]
pub struct NewImage {
    pub id: String,
    pub position: u32,
    pub width: u32,
    pub height: u32,
    pub format: String,
    pub bytes: u64,
    pub sha256: String,
    pub placeholder: String,
    pub widths: Vec<u32>,
    pub revised_prompt: Option<Prompt>,
    pub cost_micros: i64,
    /// Whether the original carries Content Credentials.
    pub credentials: bool,
}

/// Puts a job's pictures in the library and ends the job, as one step.
pub async fn finish_job(
    db: &Db,
    job_id: &str,
    node: &str,
    images: &[NewImage],
    now_ms: i64,
) -> Result<bool, DbError> {
    let mut batch = Vec::with_capacity(images.len() + 1);
    for image in images {
        let widths = serde_json::to_string(&image.widths).map_err(|_| DbError::Shape)?;
        batch.push(
            Statement::new(INSERT)
                .bind(image.id.as_str())
                .bind(job_id)
                .bind(image.position)
                .bind(image.width)
                .bind(image.height)
                .bind(image.format.as_str())
                .bind(i64::try_from(image.bytes).map_err(|_| DbError::Shape)?)
                .bind(image.sha256.as_str())
                .bind(image.placeholder.as_str())
                .bind(widths)
                .bind(image.revised_prompt.as_ref().map(|p| p.0.clone()))
                .bind(image.cost_micros)
                .bind(now_ms)
                .bind(node)
                .bind(i64::from(image.credentials)),
        );
    }
    batch.push(jobs::ready_statement(job_id, node, now_ms));
    let results = db.batch_durable(batch).await?;
    Ok(results.last().is_some_and(|rows| !rows.is_empty()))
}

/// An image of this person.
pub async fn by_owner(db: &Db, id: &str, user_id: &str) -> Result<Option<Image>, DbError> {
    let row = db
        .fetch_optional(Statement::new(BY_OWNER).bind(id).bind(user_id))
        .await?;
    row.as_ref().map(Image::from_row).transpose()
}

/// Those of these images (a JSON list of ids) that are this person's, oldest first.
pub async fn listed(db: &Db, user_id: &str, ids: &str) -> Result<Vec<Image>, DbError> {
    let statement = Statement::new(LISTED).bind(user_id).bind(ids);
    Image::list(&db.fetch_all(statement).await?)
}

/// An image this person may see, with its maker's name and handle. `None` for
/// `user_id` is a stranger, who sees what is published.
pub async fn visible(
    db: &Db,
    id: &str,
    user_id: Option<&str>,
) -> Result<Option<(Image, Author)>, DbError> {
    let statement = Statement::new(VISIBLE).bind(id).bind(user_id);
    let Some(row) = db.fetch_optional(statement).await? else {
        return Ok(None);
    };
    let author = Author {
        name: row.text("author")?,
        handle: row.opt_text("handle")?,
    };
    Ok(Some((Image::from_row(&row)?, author)))
}

/// The published image with this public key.
pub async fn by_public_key(db: &Db, key: &str) -> Result<Option<Image>, DbError> {
    let row = db
        .fetch_optional(Statement::new(BY_PUBLIC_KEY).bind(key))
        .await?;
    row.as_ref().map(Image::from_row).transpose()
}

/// The pictures of a job of this person, in order.
pub async fn of_job(db: &Db, job_id: &str, user_id: &str) -> Result<Vec<Image>, DbError> {
    let statement = Statement::new(OF_JOB).bind(job_id).bind(user_id);
    Image::list(&db.fetch_all(statement).await?)
}

/// A page of the gallery, newest first, after (`published_at`, `id`) (exclusive).
pub async fn gallery(
    db: &Db,
    before: Option<(i64, &str)>,
    limit: u32,
) -> Result<Vec<Image>, DbError> {
    let (at, id) = before.unwrap_or((i64::MAX, "~"));
    let statement = Statement::new(GALLERY).bind(at).bind(id).bind(limit);
    Image::list(&db.fetch_all(statement).await?)
}

/// Ids and publishing times of the published images, newest first, for the sitemap.
pub async fn published_ids(db: &Db) -> Result<Vec<(String, i64)>, DbError> {
    let rows = db.fetch_all(Statement::new(PUBLISHED_IDS)).await?;
    rows.iter()
        .map(|row| Ok((row.text("id")?, row.int("published_at")?)))
        .collect()
}

/// Publishes an image of this person; false if there is none or it is published already.
pub async fn publish(
    db: &Db,
    id: &str,
    user_id: &str,
    public_key: &str,
    now_ms: i64,
) -> Result<bool, DbError> {
    let statement = Statement::new(PUBLISH)
        .bind(id)
        .bind(user_id)
        .bind(public_key)
        .bind(now_ms);
    Ok(!db.write(statement).await?.is_empty())
}

/// Takes an image of this person out of the gallery.
pub async fn unpublish(db: &Db, id: &str, user_id: &str) -> Result<bool, DbError> {
    let statement = Statement::new(UNPUBLISH).bind(id).bind(user_id);
    Ok(!db.write(statement).await?.is_empty())
}

/// The statement that orders objects' deletion, for the batch that deletes their rows.
pub(super) fn order_deletions_statement(
    keys: &[String],
    now_ms: i64,
) -> Result<Statement, DbError> {
    Ok(Statement::new(ORDER_DELETIONS)
        .bind(json(keys)?)
        .bind(now_ms))
}

/// Objects waiting to be deleted, oldest first.
pub async fn pending_deletions(db: &Db) -> Result<Vec<String>, DbError> {
    let rows = db.fetch_all(Statement::new(DELETIONS)).await?;
    rows.iter().map(|row| row.text("object_key")).collect()
}

/// Records that objects are gone.
pub async fn deletions_done(db: &Db, keys: &[String]) -> Result<(), DbError> {
    db.write(Statement::new(DELETIONS_DONE).bind(json(keys)?))
        .await
        .map(|_| ())
}
