//! Tags: words on pictures, the same word whatever its case and accents.

use super::{Db, DbError, Row, Statement};
use crate::model::folding::folded;

statements! {
    OF_IMAGE = "SELECT folded, name FROM image_tags WHERE image_id = ?1 AND user_id = ?2 ORDER BY folded";
    /// Those that are shown with it while it is public.
    SHOWN = "SELECT folded, name FROM public_tags WHERE image_id = ?1 ORDER BY folded";
    NAME = "SELECT MIN(name) AS name FROM image_tags WHERE user_id = ?1 AND folded = ?2";
    /// `?1` is a JSON list of pictures' ids.
    OF_IMAGES = "SELECT image_id, folded, name FROM image_tags
        WHERE image_id IN (SELECT value FROM json_each(?1))";
    /// A picture that has the tag already keeps one of the two.
    REFOLD = "UPDATE OR REPLACE image_tags SET folded = ?3 WHERE image_id = ?1 AND folded = ?2";
}

/// A tag, as it is compared and as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Without case and accents: what is compared.
    pub folded: String,
    /// As the person wrote it.
    pub name: String,
}

/// The tags of a picture of this person.
pub async fn of_image(db: &Db, image_id: &str, user_id: &str) -> Result<Vec<Tag>, DbError> {
    list(&db.fetch_all(of_image_statement(image_id, user_id)).await?)
}

/// Reads what [`of_image`] does.
pub(super) fn of_image_statement(image_id: &str, user_id: &str) -> Statement {
    Statement::new(OF_IMAGE).bind(image_id).bind(user_id)
}

/// The tags that [`of_image_statement`] reads.
pub(super) fn list(rows: &[Row]) -> Result<Vec<Tag>, DbError> {
    rows.iter()
        .map(|row| {
            Ok(Tag {
                folded: row.text("folded")?,
                name: row.text("name")?,
            })
        })
        .collect()
}

/// Reads the tags that are shown with a picture while it is public.
pub(super) fn shown_statement(image_id: &str) -> Statement {
    Statement::new(SHOWN).bind(image_id)
}

/// Statements that bring the tags of these pictures (a JSON list of ids) to how
/// tags are compared now.
pub(super) async fn refolding(db: &Db, ids: &str) -> Result<Vec<Statement>, DbError> {
    let rows = db.fetch_all(Statement::new(OF_IMAGES).bind(ids)).await?;
    let mut batch = Vec::new();
    for row in &rows {
        let (before, now) = (row.text("folded")?, folded(&row.text("name")?));
        if now != before && !now.is_empty() {
            let statement = Statement::new(REFOLD).bind(row.text("image_id")?);
            batch.push(statement.bind(before).bind(now));
        }
    }
    Ok(batch)
}

/// Reads this person's own spelling of a tag; its row's `name` is NULL if they
/// do not use it yet.
pub(super) fn name_statement(user_id: &str, folded: &str) -> Statement {
    Statement::new(NAME).bind(user_id).bind(folded)
}
