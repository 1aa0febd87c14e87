//! Collections: named groups of pictures; a picture can be in many.

use super::{Db, DbError, Row, Statement};
use crate::model::{folding::folded, limits::COLLECTIONS_MAX};

statements! {
    BY_OWNER = "SELECT id, name FROM collections WHERE id = ?1 AND user_id = ?2";
    OF_IMAGE = "SELECT c.id, c.name FROM collections c
        JOIN collection_images x ON x.collection_id = c.id
        WHERE x.image_id = ?1 AND c.user_id = ?2 ORDER BY c.folded";
    ALL = "SELECT id, name FROM collections WHERE user_id = ?1 ORDER BY folded";
    /// Finds the one of this name, or makes it while the person has fewer than `?6`.
    ADD = "INSERT INTO collections (id, user_id, name, folded, created_at)
        SELECT ?1, ?2, ?3, ?4, ?5
        WHERE (SELECT COUNT(*) FROM collections WHERE user_id = ?2) < ?6
          OR EXISTS (SELECT 1 FROM collections WHERE user_id = ?2 AND folded = ?4)
        ON CONFLICT (user_id, folded) DO UPDATE SET folded = excluded.folded
        RETURNING id, name";
    RENAME = "UPDATE collections SET name = ?3, folded = ?4 WHERE id = ?1 AND user_id = ?2 RETURNING id";
    /// The collections of the people whose pictures these are; `?1` is a JSON list of ids.
    OF_OWNERS = "SELECT id, folded, name FROM collections WHERE user_id IN
        (SELECT i.user_id FROM images i JOIN json_each(?1) x ON i.id = x.value)";
    /// Unless another one of the person's has that name.
    REFOLD = "UPDATE OR IGNORE collections SET folded = ?2 WHERE id = ?1";
    DELETE = "DELETE FROM collections WHERE id = ?1 AND user_id = ?2 RETURNING id";
}

/// A collection's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// UUIDv7 text.
    pub id: String,
    /// The name as the person wrote it.
    pub name: String,
}

impl Collection {
    pub(super) fn from_row(row: &Row) -> Result<Collection, DbError> {
        Ok(Collection {
            id: row.text("id")?,
            name: row.text("name")?,
        })
    }

    pub(super) fn list(rows: &[Row]) -> Result<Vec<Collection>, DbError> {
        rows.iter().map(Collection::from_row).collect()
    }
}

/// Reads a collection of this person.
pub(super) fn by_owner_statement(id: &str, user_id: &str) -> Statement {
    Statement::new(BY_OWNER).bind(id).bind(user_id)
}

/// Reads the collections a picture of this person is in.
pub(super) fn of_image_statement(image_id: &str, user_id: &str) -> Statement {
    Statement::new(OF_IMAGE).bind(image_id).bind(user_id)
}

/// Reads every collection of this person, by name.
pub(super) fn all_statement(user_id: &str) -> Statement {
    Statement::new(ALL).bind(user_id)
}

/// Finds this person's collection of that name, or makes it with `new_id`;
/// `None` when they have as many as they may.
pub async fn find_or_add(
    db: &Db,
    new_id: &str,
    user_id: &str,
    name: &str,
    folded: &str,
    now_ms: i64,
) -> Result<Option<Collection>, DbError> {
    let statement = Statement::new(ADD)
        .bind(new_id)
        .bind(user_id)
        .bind(name)
        .bind(folded)
        .bind(now_ms)
        .bind(COLLECTIONS_MAX);
    let rows = db.write(statement).await?;
    rows.first().map(Collection::from_row).transpose()
}

/// Renames a collection; [`DbError::Constraint`] when another one has that name.
pub async fn rename(
    db: &Db,
    id: &str,
    user_id: &str,
    name: &str,
    folded: &str,
) -> Result<bool, DbError> {
    let statement = Statement::new(RENAME)
        .bind(id)
        .bind(user_id)
        .bind(name)
        .bind(folded);
    Ok(!db.write(statement).await?.is_empty())
}

/// Statements that bring the collections of the owners of these pictures (a JSON
/// list of ids) to how names are compared now.
pub(super) async fn refolding(db: &Db, ids: &str) -> Result<Vec<Statement>, DbError> {
    let rows = db.fetch_all(Statement::new(OF_OWNERS).bind(ids)).await?;
    let mut batch = Vec::new();
    for row in &rows {
        let now = folded(&row.text("name")?);
        if now != row.text("folded")? && !now.is_empty() {
            batch.push(Statement::new(REFOLD).bind(row.text("id")?).bind(now));
        }
    }
    Ok(batch)
}

/// Deletes a collection; its pictures stay where they are.
pub async fn delete(db: &Db, id: &str, user_id: &str) -> Result<bool, DbError> {
    let statement = Statement::new(DELETE).bind(id).bind(user_id);
    Ok(!db.write(statement).await?.is_empty())
}
