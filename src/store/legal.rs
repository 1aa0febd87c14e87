//! The text of each legal page in force, as a hash, and the date it came into force.

use super::{Db, DbError, Statement};

statements! {
    /// Another text has another date; the same one keeps its own.
    IN_FORCE = "INSERT INTO legal_texts (document, fingerprint, changed_at) VALUES (?1, ?2, ?3)
        ON CONFLICT (document) DO UPDATE SET fingerprint = ?2, changed_at = ?3 WHERE fingerprint <> ?2";
    CHANGED = "SELECT changed_at FROM legal_texts WHERE document = ?1";
}

/// Notes that this text of a page is in force, since now if it is another one.
pub async fn in_force(
    db: &Db,
    document: &str,
    fingerprint: &str,
    now_ms: i64,
) -> Result<(), DbError> {
    let statement = Statement::new(IN_FORCE)
        .bind(document)
        .bind(fingerprint)
        .bind(now_ms);
    db.write_repeatable(statement).await.map(|_| ())
}

/// Unix milliseconds at which the text in force came into force.
pub async fn changed_ms(db: &Db, document: &str) -> Result<Option<i64>, DbError> {
    let statement = Statement::new(CHANGED).bind(document);
    let row = db.fetch_optional(statement).await?;
    row.map(|row| row.int("changed_at")).transpose()
}
