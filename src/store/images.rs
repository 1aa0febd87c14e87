//! Images: pictures that are ready, as their owner and the gallery see them.

use super::{
    Db, DbError, Row, Statement,
    composites::{self, Answer, Composite},
    engine::json,
    jobs, outbox, sessions,
};
use crate::model::{Prompt, Settings, folding};

statements! {
    INSERT = "INSERT INTO images (id, user_id, job_id, position, width, height, format, bytes,
            sha256, placeholder, widths, model, prompt, revised_prompt, settings, cost_micros, created_at,
            credentials, parent_id, shows_prompt, renditions_due, other_format, cost_estimated, search_text,
            rendition_set, composite)
        SELECT ?1, j.user_id, j.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '[]', j.model, j.prompt, ?10, j.settings,
            ?11, ?12, ?14, j.parent_id,
            (SELECT u.shows_prompts FROM users u WHERE u.id = j.user_id), ?15, ?16, j.cost_estimated, ?17,
            CASE WHEN ?15 IS NULL THEN 2 ELSE 1 END,
            CASE WHEN j.keeps_outside = 1 THEN CASE WHEN ?15 IS NULL THEN 'failed' ELSE 'due' END END
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
    NEWEST_PUBLIC = concat!("SELECT i.*, u.name AS author, u.handle FROM public_pictures p
            CROSS JOIN images i ON i.id = p.image_id JOIN users u ON u.id = i.user_id
        WHERE ", not_sensitive!("i"), " ORDER BY p.number DESC LIMIT ?1");
    /// `?1` is a picture's id.
    PUBLIC_SENSITIVE = "SELECT * FROM images WHERE id = ?1 AND public_key IS NOT NULL
        AND (sensitive_by IS NOT NULL OR marked_sensitive = 1)";
    /// Public, or unlisted and not at its end at the moment `?2`.
    BY_SLUG = "SELECT * FROM images WHERE public_key = ?1
        UNION ALL SELECT * FROM images WHERE unlisted_key = ?1 AND COALESCE(unlisted_until > ?2, 1)";
    /// The unlisted picture at this address, at the moment `?2`.
    UNLISTED = "SELECT i.*, u.name AS author, u.handle FROM images i JOIN users u ON u.id = i.user_id
        WHERE i.unlisted_key = ?1 AND COALESCE(i.unlisted_until > ?2, 1)";
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
    /// What its owner calls it, if they do.
    pub title: Option<String>,
    /// What is seen on it, in its owner's words.
    pub alt: Option<String>,
    /// True if others may read the words it was made from.
    pub shows_prompt: bool,
    /// True if a decision withdrew it, so that it cannot be published.
    pub withheld: bool,
    /// Random part of the unlisted addresses, while it is unlisted.
    pub unlisted_slug: Option<String>,
    /// When those end, Unix milliseconds; `None` where they do not by themselves.
    pub unlisted_until_ms: Option<i64>,
    /// True if it is blurred in lists, and shown after a click: a decision has it so, or
    /// its maker.
    pub sensitive: bool,
    /// True if its maker says that it is sensitive.
    pub marked_sensitive: bool,
    /// True if a decision has it so.
    pub decided_sensitive: bool,
    /// True if a decision keeps it out of every list.
    pub unlisted: bool,
    /// True if it waits for a look, because it resembles one that was removed.
    pub held: bool,
    /// How its composite stands; `None` where none was asked for.
    pub composite: Option<Composite>,
    /// What the image API sent, where the picture was put together with it.
    pub answer: Option<Answer>,
}

impl Image {
    /// The slug of the addresses at which others see it now.
    pub fn slug_at(&self, now_ms: i64) -> Option<&str> {
        let unlisted = self.unlisted_slug.as_deref();
        let open = self.unlisted_until_ms.is_none_or(|end_ms| end_ms > now_ms);
        self.public_slug.as_deref().or(unlisted.filter(|_| open))
    }

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
            title: row.opt_text("title")?,
            alt: row.opt_text("alt")?,
            shows_prompt: row.int("shows_prompt")? != 0,
            withheld: row.opt_text("withheld_by")?.is_some(),
            unlisted_slug: row.opt_text("unlisted_key")?,
            unlisted_until_ms: row.opt_int("unlisted_until")?,
            sensitive: row.opt_text("sensitive_by")?.is_some() || row.int("marked_sensitive")? != 0,
            marked_sensitive: row.int("marked_sensitive")? != 0,
            decided_sensitive: row.opt_text("sensitive_by")?.is_some(),
            unlisted: row.opt_text("unlisted_by")?.is_some(),
            held: row.opt_text("held_by")?.is_some(),
            composite: composites::from_row(row)?,
            answer: composites::answer_from_row(row)?,
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

/// An image of this person.
pub async fn by_owner(db: &Db, id: &str, user_id: &str) -> Result<Option<Image>, DbError> {
    let row = db.fetch_optional(by_owner_statement(id, user_id)).await?;
    row.as_ref().map(Image::from_row).transpose()
}

/// Reads what [`by_owner`] does.
pub(super) fn by_owner_statement(id: &str, user_id: &str) -> Statement {
    Statement::new(BY_OWNER).bind(id).bind(user_id)
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

/// The picture with this slug, public or unlisted, as it is at this moment.
pub async fn by_slug(db: &Db, slug: &str, now_ms: i64) -> Result<Option<Image>, DbError> {
    let statement = Statement::new(BY_SLUG).bind(slug).bind(now_ms);
    let row = db.fetch_optional(statement).await?;
    row.as_ref().map(Image::from_row).transpose()
}

/// The newest public pictures that are not sensitive, with their makers.
pub async fn newest_public(db: &Db, limit: u32) -> Result<Vec<(Image, Author)>, DbError> {
    let rows = db
        .fetch_all(Statement::new(NEWEST_PUBLIC).bind(limit))
        .await?;
    rows.iter().map(visible_from).collect()
}

/// The picture of this id, if it is public and sensitive.
pub async fn public_sensitive(db: &Db, id: &str) -> Result<Option<Image>, DbError> {
    let statement = Statement::new(PUBLIC_SENSITIVE).bind(id);
    let row = db.fetch_optional(statement).await?;
    row.as_ref().map(Image::from_row).transpose()
}

/// The unlisted picture at this address, with its maker; `None` once the address has ended.
pub async fn unlisted(db: &Db, key: &str, now_ms: i64) -> Result<Option<(Image, Author)>, DbError> {
    let statement = Statement::new(UNLISTED).bind(key).bind(now_ms);
    let row = db.fetch_optional(statement).await?;
    row.as_ref().map(visible_from).transpose()
}
