//! Images: pictures that are ready, as their owner and the gallery see them.

use super::{Db, DbError, INTEGER_MAX, Row, Statement, engine::json, jobs, outbox, sessions};
use crate::model::{Prompt, Settings, folding, limits::MINUTE_MS};

/// How long a node has a picture for itself that it makes renditions of.
pub const RENDITIONS_TAKEN_MS: i64 = 2 * MINUTE_MS;

/// Whether a picture's owner is not to be erased by this moment: what is begun then is
/// written after the erasure has deleted everything.
macro_rules! owner_stays {
    ($now_ms:literal) => {
        concat!(
            "NOT EXISTS (SELECT 1 FROM users u JOIN erasures e ON e.id = u.erasure_id
                WHERE u.id = images.user_id AND e.due_at <= ",
            $now_ms,
            ")"
        )
    };
}

statements! {
    INSERT = "INSERT INTO images (id, user_id, job_id, position, width, height, format, bytes,
            sha256, placeholder, widths, model, prompt, revised_prompt, settings, cost_micros, created_at,
            credentials, parent_id, shows_prompt, renditions_due, other_format, cost_estimated, search_text,
            rendition_set)
        SELECT ?1, j.user_id, j.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '[]', j.model, j.prompt, ?10, j.settings,
            ?11, ?12, ?14, j.parent_id,
            (SELECT u.shows_prompts FROM users u WHERE u.id = j.user_id), ?15, ?16, j.cost_estimated, ?17,
            CASE WHEN ?15 IS NULL THEN 2 ELSE 1 END
        FROM jobs j WHERE j.id = ?2 AND j.state = 'stored' AND j.lease_owner = ?13";
    BY_OWNER = "SELECT * FROM images WHERE id = ?1 AND user_id = ?2";
    /// `?4` is the picture.
    OF_SESSION = concat!("SELECT * FROM images WHERE id = ?4 AND user_id = ", person_of_session!());
    /// `?2` is a JSON list of ids.
    LISTED = "SELECT * FROM images WHERE user_id = ?1 AND id IN (SELECT value FROM json_each(?2))
        ORDER BY id";
    /// Visible to this person: theirs, or anybody's that is published.
    VISIBLE = "SELECT i.*, u.name AS author, u.handle FROM images i JOIN users u ON u.id = i.user_id
        WHERE i.id = ?1 AND (i.user_id = ?2 OR i.public_key IS NOT NULL)";
    BY_PUBLIC_SLUG = "SELECT * FROM images WHERE public_key = ?1";
    GALLERY = "SELECT * FROM images WHERE published_at IS NOT NULL
        AND (published_at, id) < (?1, ?2) ORDER BY published_at DESC, id DESC LIMIT ?3";
    /// Originals whose renditions are to be made by now, the longest waiting first.
    WITHOUT_RENDITIONS = concat!("SELECT * FROM images WHERE renditions_due <= ?1
        AND ", owner_stays!("?3"), " ORDER BY renditions_due LIMIT ?2");
    RENDERED = "UPDATE images SET renditions_due = NULL, width = ?2, height = ?3, placeholder = ?4,
            widths = ?5, rendition_set = 2 WHERE id = ?1 RETURNING id";
    /// Each time waits twice as long as the one before, a day at most. A public page
    /// that named renditions names the original from then on: a column that such pages
    /// are made of is set, so that they are drawn anew.
    RENDER_LATER = "UPDATE images SET renditions_tries = renditions_tries + 1,
            renditions_due = ?2 + MIN(86400000, 2000 << MIN(renditions_tries, 20)), placeholder = placeholder
        WHERE id = ?1 AND renditions_due IS NOT NULL";
    /// The newest first: those are looked at most. They stay of their set until they are
    /// made: a node of the release before this one makes those that it knows.
    RENDER_AGAIN = "UPDATE images SET renditions_due = ?1, renditions_tries = 0
        WHERE id IN (SELECT id FROM images INDEXED BY images_of_old_renditions
            WHERE rendition_set < 2 AND renditions_due IS NULL AND widths <> '[]'
            ORDER BY id DESC LIMIT ?2) RETURNING id";
    IS_THERE = "SELECT 1 AS yes FROM images WHERE id = ?1";
    RENDER_NEVER = "UPDATE images SET renditions_due = NULL, placeholder = placeholder, rendition_set = 2
        WHERE id = ?1";
    /// One node at a time makes them: the others find them due later. Those that are made
    /// again are no new picture's, for whose first ones an erasure waits.
    RENDER_TAKE = concat!("UPDATE images SET renditions_due = ?3,
            renditions_tries = renditions_tries + (widths <> '[]') WHERE id = ?1 AND renditions_due <= ?2
        AND ", owner_stays!("?4"), " RETURNING id");
}

/// An image's row.
#[derive(Clone, Debug)]
pub struct Image {
    /// UUIDv7 text: ids sort by creation.
    pub id: String,
    /// Its owner's id.
    pub user_id: String,
    /// Id of the job that made it.
    pub job_id: String,
    /// The original's width in pixels.
    pub width: u32,
    /// The original's height in pixels.
    pub height: u32,
    /// `png`, `jpeg`, `webp`, or what else came: the ending of the original's name.
    pub format: String,
    /// The original's size in bytes.
    pub bytes: u64,
    /// Hex SHA-256 of the original's bytes.
    pub sha256: String,
    /// Colour to show while it loads: `#rrggbb`.
    pub placeholder: String,
    /// Widths of the renditions, ascending, in pixels; empty while there are none.
    pub widths: Vec<u32>,
    /// True while there are none because they are being made for the first time.
    /// Where that did not work, the original is shown until it does.
    pub renditions_coming: bool,
    /// The model's id.
    pub model: String,
    /// The words it was made from.
    pub prompt: Prompt,
    /// The prompt the image API says it used instead.
    pub revised_prompt: Option<Prompt>,
    /// Size, quality and the other choices of the form.
    pub settings: Settings,
    /// Its share of the job's cost, in micro-dollars.
    pub cost_micros: i64,
    /// True if that cost is an estimate.
    pub cost_estimated: bool,
    /// Random part of the public addresses, 128 bits as base64url, while it is published.
    pub public_slug: Option<String>,
    /// Unix milliseconds of its publishing; `None` while it is private.
    pub published_at_ms: Option<i64>,
    /// Unix milliseconds.
    pub created_at_ms: i64,
    /// True if the original carries Content Credentials.
    pub credentials: bool,
    /// True if its owner marked it as a favourite.
    pub favourite: bool,
    /// Unix milliseconds of its move to the trash; `None` outside.
    pub trashed_at_ms: Option<i64>,
    /// True if others may read the words it was made from.
    pub shows_prompt: bool,
}

impl Image {
    pub(super) fn from_row(row: &Row) -> Result<Image, DbError> {
        let pixels = |column| -> Result<u32, DbError> {
            u32::try_from(row.int(column)?).map_err(|_| DbError::Shape)
        };
        let widths: Vec<u32> = row.json("widths")?;
        Ok(Image {
            id: row.text("id")?,
            user_id: row.text("user_id")?,
            job_id: row.text("job_id")?,
            width: pixels("width")?,
            height: pixels("height")?,
            format: match row.opt_text("other_format")? {
                Some(other) => other,
                None => row.text("format")?,
            },
            bytes: row.int("bytes")?.unsigned_abs(),
            sha256: row.text("sha256")?,
            placeholder: row.text("placeholder")?,
            renditions_coming: widths.is_empty()
                && row.opt_int("renditions_due")?.is_some()
                && row.int("renditions_tries")? == 0,
            widths,
            model: row.text("model")?,
            prompt: Prompt(row.text("prompt")?),
            revised_prompt: row.opt_text("revised_prompt")?.map(Prompt),
            settings: row.json("settings")?,
            cost_micros: row.int("cost_micros")?,
            cost_estimated: row.int("cost_estimated")? != 0,
            public_slug: row.opt_text("public_key")?,
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

/// A picture's maker, as others may see them.
#[derive(Clone, Debug)]
pub struct Author {
    /// The name their account shows.
    pub name: String,
    /// The handle by which others can point at them, if they chose one.
    pub handle: Option<String>,
}

/// A finished picture as the pipeline brings it; the rest of its row is its job's.
#[derive(Clone, Debug)]
pub struct NewImage {
    /// UUIDv7 text, decided when the bytes reached the spool.
    pub id: String,
    /// Place among the pictures of its job, from 0.
    pub position: u32,
    /// The original's width in pixels.
    pub width: u32,
    /// The original's height in pixels.
    pub height: u32,
    /// `png`, `jpeg`, `webp`, or what else came: the ending of the original's name.
    pub format: String,
    /// The original's size in bytes.
    pub bytes: u64,
    /// Hex SHA-256 of the original's bytes.
    pub sha256: String,
    /// Colour to show while it loads: `#rrggbb`.
    pub placeholder: String,
    /// The prompt the image API says it used instead.
    pub revised_prompt: Option<Prompt>,
    /// Its share of the job's cost, in micro-dollars.
    pub cost_micros: i64,
    /// True if the original carries Content Credentials.
    pub credentials: bool,
    /// Unix milliseconds from which its renditions are anybody's to make, where they
    /// can be made: none is there yet.
    pub renditions_due_ms: Option<i64>,
}

/// The formats that are asked for; the column `format` knows no others.
const ASKED_FOR: [&str; 3] = ["png", "jpeg", "webp"];

/// A job that ends well, with its pictures.
pub struct FinishedJob<'a> {
    /// The job's id.
    pub id: &'a str,
    /// Whose it is: its lease's owner.
    pub owner: &'a str,
    /// Its prompt.
    pub prompt: &'a Prompt,
    /// Its pictures.
    pub images: &'a [NewImage],
    /// Keys of their objects.
    pub objects: &'a [String],
    /// What came and what it cost, where that is not recorded yet.
    pub booking: Option<jobs::Booking>,
}

/// Puts a job's pictures in the library and ends the job, as one step. It does no
/// harm twice: the rows are those of a job that is stored, and it is so once.
pub async fn finish_job(db: &Db, job: &FinishedJob<'_>, now_ms: i64) -> Result<bool, DbError> {
    let FinishedJob { id, owner, .. } = *job;
    // What the search finds is made of the prompt here, because SQL cannot.
    let words = folding::indexed(&job.prompt.0);
    let mut batch = Vec::with_capacity(job.images.len() + 5);
    if let Some(booking) = job.booking {
        batch.extend(jobs::received_statements(id, owner, booking, now_ms)?);
        batch.push(jobs::stored_statement(id, owner, now_ms));
    }
    for image in job.images {
        let asked_for = ASKED_FOR.contains(&image.format.as_str());
        let (format, other) = if asked_for {
            (image.format.as_str(), None)
        } else {
            (ASKED_FOR[0], Some(image.format.clone()))
        };
        batch.push(
            Statement::new(INSERT)
                .bind(image.id.as_str())
                .bind(id)
                .bind(image.position)
                .bind(image.width)
                .bind(image.height)
                .bind(format)
                .bind(i64::try_from(image.bytes).map_err(|_| DbError::Shape)?)
                .bind(image.sha256.as_str())
                .bind(image.placeholder.as_str())
                .bind(image.revised_prompt.as_ref().map(|p| p.0.clone()))
                .bind(image.cost_micros)
                .bind(now_ms)
                .bind(owner)
                .bind(i64::from(image.credentials))
                .bind(image.renditions_due_ms)
                .bind(other)
                .bind(words.clone()),
        );
    }
    // Whatever took them for nobody's: they are somebody's from now on.
    batch.push(outbox::withdraw_statement(job.objects, id, owner)?);
    batch.push(jobs::ready_statement(id, owner, now_ms));
    let results = db.batch_repeatable(batch).await?;
    Ok(results.last().is_some_and(|rows| !rows.is_empty()))
}

/// Pictures whose renditions are to be made by `due_ms`, but for those of people who are
/// being erased now.
pub async fn without_renditions(
    db: &Db,
    due_ms: i64,
    now_ms: i64,
    limit: u32,
) -> Result<Vec<Image>, DbError> {
    let statement = Statement::new(WITHOUT_RENDITIONS)
        .bind(due_ms)
        .bind(limit)
        .bind(now_ms);
    Image::list(&db.fetch_all(statement).await?)
}

/// Records a picture's renditions, with what only decoding tells; false if the
/// picture is gone.
pub async fn rendered(
    db: &Db,
    id: &str,
    size: (u32, u32),
    placeholder: &str,
    widths: &[u32],
) -> Result<bool, DbError> {
    let statement = Statement::new(RENDERED)
        .bind(id)
        .bind(size.0)
        .bind(size.1)
        .bind(placeholder)
        .bind(json(widths)?);
    Ok(!db.write(statement).await?.is_empty())
}

/// Has renditions made again, from now on, of some of the pictures that have those of an
/// earlier set of widths; how many. What they have is shown meanwhile.
pub async fn render_again(db: &Db, now_ms: i64, limit: u32) -> Result<usize, DbError> {
    let statement = Statement::new(RENDER_AGAIN).bind(now_ms).bind(limit);
    Ok(db.write(statement).await?.len())
}

/// Takes a picture whose renditions are due by `due_ms`, for [`RENDITIONS_TAKEN_MS`];
/// false if another node has taken it, or its owner is being erased.
pub async fn take_renditions(db: &Db, id: &str, due_ms: i64, now_ms: i64) -> Result<bool, DbError> {
    let statement = Statement::new(RENDER_TAKE)
        .bind(id)
        .bind(due_ms)
        .bind(now_ms + RENDITIONS_TAKEN_MS)
        .bind(now_ms);
    Ok(!db.write(statement).await?.is_empty())
}

/// Puts off a picture's renditions; `None` for ever, because it cannot be decoded.
/// False if the picture is gone.
pub async fn put_off_renditions(db: &Db, id: &str, now_ms: Option<i64>) -> Result<bool, DbError> {
    let statement = match now_ms {
        Some(now_ms) => Statement::new(RENDER_LATER).bind(id).bind(now_ms),
        None => Statement::new(RENDER_NEVER).bind(id),
    };
    let is_there = Statement::new(IS_THERE).bind(id);
    let results = db.batch(vec![statement, is_there]).await?;
    Ok(results.last().is_some_and(|rows| !rows.is_empty()))
}

/// An image of this person.
pub async fn by_owner(db: &Db, id: &str, user_id: &str) -> Result<Option<Image>, DbError> {
    let row = db
        .fetch_optional(Statement::new(BY_OWNER).bind(id).bind(user_id))
        .await?;
    row.as_ref().map(Image::from_row).transpose()
}

/// An image of the person whose live session this is: a page shows dozens, and
/// each is asked for by itself.
pub async fn of_session(
    db: &Db,
    id: &str,
    token_hash: &str,
    now_ms: i64,
) -> Result<Option<Image>, DbError> {
    let statement = sessions::statement_of(OF_SESSION, token_hash, now_ms).bind(id);
    let row = db.fetch_optional(statement).await?;
    row.as_ref().map(Image::from_row).transpose()
}

/// Those of these images that are this person's, oldest first.
pub async fn listed(db: &Db, user_id: &str, ids: &[String]) -> Result<Vec<Image>, DbError> {
    let statement = Statement::new(LISTED).bind(user_id).bind(json(ids)?);
    Image::list(&db.fetch_all(statement).await?)
}

/// An image this person may see, with its maker's name and handle. `None` for
/// `user_id` is a stranger, who sees what is published.
pub async fn visible(
    db: &Db,
    id: &str,
    user_id: Option<&str>,
) -> Result<Option<(Image, Author)>, DbError> {
    let row = db.fetch_optional(visible_statement(id, user_id)).await?;
    row.as_ref().map(visible_from).transpose()
}

/// Reads what [`visible`] does.
pub(super) fn visible_statement(id: &str, user_id: Option<&str>) -> Statement {
    Statement::new(VISIBLE).bind(id).bind(user_id)
}

/// The image and its maker, as [`visible_statement`] reads them.
pub(super) fn visible_from(row: &Row) -> Result<(Image, Author), DbError> {
    let author = Author {
        name: row.text("author")?,
        handle: row.opt_text("handle")?,
    };
    Ok((Image::from_row(row)?, author))
}

/// The published image with this public slug.
pub async fn by_public_slug(db: &Db, slug: &str) -> Result<Option<Image>, DbError> {
    let row = db
        .fetch_optional(Statement::new(BY_PUBLIC_SLUG).bind(slug))
        .await?;
    row.as_ref().map(Image::from_row).transpose()
}

/// A page of the gallery, newest first, after (`published_at`, `id`) (exclusive).
pub async fn gallery(
    db: &Db,
    before: Option<(i64, &str)>,
    limit: u32,
) -> Result<Vec<Image>, DbError> {
    let (at, id) = before.unwrap_or((INTEGER_MAX, "~"));
    // Whoever asks may have written any number into the address.
    let at = at.clamp(0, INTEGER_MAX);
    let statement = Statement::new(GALLERY).bind(at).bind(id).bind(limit);
    Image::list(&db.fetch_all(statement).await?)
}
