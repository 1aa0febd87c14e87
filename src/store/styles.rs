//! A person's own styles: words around a prompt and settings, under a name.

use super::{Db, DbError, Row, Statement};
use crate::model::limits::STYLES_MAX;

statements! {
    ALL = "SELECT id, name, words_before, words_after, settings FROM styles
        WHERE user_id = ?1 ORDER BY folded";
    /// While the person has fewer than `?9`.
    ADD = "INSERT INTO styles (id, user_id, name, folded, words_before, words_after, settings, created_at)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
        WHERE (SELECT COUNT(*) FROM styles WHERE user_id = ?2) < ?9 RETURNING id";
    /// The settings stay where `?7` is null.
    CHANGE = "UPDATE styles SET name = ?3, folded = ?4, words_before = ?5, words_after = ?6,
            settings = COALESCE(?7, settings)
        WHERE id = ?1 AND user_id = ?2 RETURNING id";
    DELETE = "DELETE FROM styles WHERE id = ?1 AND user_id = ?2 RETURNING id";
}

/// A style's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    /// UUIDv7 text.
    pub id: String,
    /// The name as the person wrote it.
    pub name: String,
    /// What stands before the prompt.
    pub before: String,
    /// What stands after it.
    pub after: String,
    /// A form without words and pictures, as JSON.
    pub settings: String,
}

impl Style {
    fn from_row(row: &Row) -> Result<Style, DbError> {
        Ok(Style {
            id: row.text("id")?,
            name: row.text("name")?,
            before: row.text("words_before")?,
            after: row.text("words_after")?,
            settings: row.text("settings")?,
        })
    }
}

/// What a style is made of, checked.
pub struct NewStyle<'a> {
    /// The name as it is shown.
    pub name: &'a str,
    /// What makes two names the same.
    pub folded: &'a str,
    /// What stands before the prompt.
    pub before: &'a str,
    /// What stands after it.
    pub after: &'a str,
    /// A form as JSON; `None` where that of the style stays.
    pub settings: Option<&'a str>,
}

/// Every style of this person, by name.
pub async fn all(db: &Db, user_id: &str) -> Result<Vec<Style>, DbError> {
    let rows = db.fetch_all(Statement::new(ALL).bind(user_id)).await?;
    rows.iter().map(Style::from_row).collect()
}

/// Adds a style; false where the person has as many as one may have.
/// [`DbError::Constraint`] where another one has its name.
pub async fn add(
    db: &Db,
    id: &str,
    user_id: &str,
    style: &NewStyle<'_>,
    now_ms: i64,
) -> Result<bool, DbError> {
    let statement = Statement::new(ADD)
        .bind(id)
        .bind(user_id)
        .bind(style.name)
        .bind(style.folded)
        .bind(style.before)
        .bind(style.after)
        .bind(style.settings.unwrap_or("{}"))
        .bind(now_ms)
        .bind(STYLES_MAX);
    Ok(!db.write(statement).await?.is_empty())
}

/// Changes a style; false where this person has none of this id.
/// [`DbError::Constraint`] where another one has its name.
pub async fn change(
    db: &Db,
    id: &str,
    user_id: &str,
    style: &NewStyle<'_>,
) -> Result<bool, DbError> {
    let statement = Statement::new(CHANGE)
        .bind(id)
        .bind(user_id)
        .bind(style.name)
        .bind(style.folded)
        .bind(style.before)
        .bind(style.after)
        .bind(style.settings);
    Ok(!db.write(statement).await?.is_empty())
}

/// Deletes a style; false where this person has none of this id.
pub async fn delete(db: &Db, id: &str, user_id: &str) -> Result<bool, DbError> {
    let statement = Statement::new(DELETE).bind(id).bind(user_id);
    Ok(!db.write(statement).await?.is_empty())
}
