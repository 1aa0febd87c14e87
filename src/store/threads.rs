//! A picture and every edit that one line of edits leads to: from where it began, and each
//! that was made of it or of another, as far as the person may see them.

use super::{
    Db, DbError, Statement,
    images::{self, Image},
    reads::Reads,
};

/// The most steps up to where a line began, and the most pictures of it that are shown.
const STEPS: u32 = 64;

statements! {
    /// From the picture `?1` up to the one that was no edit, and from there down again, each
    /// branch to its end before the next begins. `?2` is the person, `?3` the most steps.
    /// An edit is what was made with a picture; of others' pictures only what is public.
    THREAD = concat!("WITH RECURSIVE up (id, parent_id, step) AS (
            SELECT i.id, CASE WHEN json_extract(i.settings, '$.references') > 0 THEN i.parent_id END, 0
                FROM images i WHERE i.id = ?1 AND (i.user_id = ?2 OR i.public_key IS NOT NULL)
            UNION ALL
            SELECT p.id, CASE WHEN json_extract(p.settings, '$.references') > 0 THEN p.parent_id END,
                    up.step + 1
                FROM up CROSS JOIN images p ON p.id = up.parent_id
                WHERE up.step < ?3 AND p.trashed_at IS NULL AND (p.user_id = ?2
                    OR (p.public_key IS NOT NULL AND ", not_sensitive!("p"), " AND p.unlisted_by IS NULL))),
        line (id, depth) AS (
            SELECT id, 0 FROM (SELECT up.id FROM up ORDER BY up.step DESC LIMIT 1)
            UNION ALL
            SELECT c.id, line.depth + 1 FROM line CROSS JOIN images c ON c.parent_id = line.id
                WHERE line.depth < ?3 AND +c.user_id = ?2 AND c.trashed_at IS NULL
                    AND json_extract(c.settings, '$.references') > 0
            ORDER BY 2 DESC, 1 LIMIT ?3)
        SELECT i.*, line.depth FROM line CROSS JOIN images i ON i.id = line.id");
}

/// A picture of a line of edits.
#[derive(Clone, Debug)]
pub struct Step {
    /// The picture.
    pub image: Image,
    /// How many edits lie between it and where the line began.
    pub depth: u32,
}

/// A picture with its line of edits.
#[derive(Clone, Debug)]
pub struct Thread {
    /// The picture.
    pub image: Image,
    /// The picture it is an edit of, where the person may see it.
    pub before: Option<Image>,
    /// All of the line, each branch in order, the picture itself among them.
    pub steps: Vec<Step>,
}

/// A picture that this person may see, and its line of edits.
pub async fn read(db: &Db, id: &str, user_id: &str) -> Result<Option<Thread>, DbError> {
    let mut reads = Reads::default();
    let image = reads.add(images::visible_statement(id, Some(user_id)));
    let parent = reads.add(super::lineage::parent_statement(id, Some(user_id)));
    let thread = Statement::new(THREAD).bind(id).bind(user_id).bind(STEPS);
    let thread = reads.add(thread);
    let answers = reads.answers(db).await?;
    let Some(row) = answers.first(image) else {
        return Ok(None);
    };
    let (image, _) = images::visible_from(row)?;
    let before = answers.first(parent).map(Image::from_row).transpose()?;
    let steps = answers.rows(thread).iter().map(|row| {
        Ok(Step {
            image: Image::from_row(row)?,
            depth: u32::try_from(row.int("depth")?).unwrap_or_default(),
        })
    });
    Ok(Some(Thread {
        before: before.filter(|_| image.settings.references > 0),
        steps: steps.collect::<Result<_, DbError>>()?,
        image,
    }))
}
