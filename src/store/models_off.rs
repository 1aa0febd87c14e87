//! Models that an administrator has switched off.

use super::{Db, DbError, Row, Statement, reports::Act};

statements! {
    LIST = "SELECT model FROM models_off ORDER BY model";
    OFF = "INSERT INTO models_off (model, off_at) VALUES (?1, ?2) ON CONFLICT (model) DO NOTHING";
    ON = "DELETE FROM models_off WHERE model = ?1";
    /// Only where it changes something: `?7` the model, `?8` whether it is to be off.
    ACT = "INSERT INTO admin_acts (id, at, admin, act, subject, reason)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6
        WHERE (SELECT COUNT(*) FROM models_off WHERE model = ?7) <> ?8";
}

/// Reads which models are off.
pub(super) fn list_statement() -> Statement {
    Statement::new(LIST)
}

/// The ids that [`list_statement`] reads.
pub(super) fn of_rows(rows: &[Row]) -> Result<Vec<String>, DbError> {
    rows.iter().map(|row| row.text("model")).collect()
}

/// The ids of the models that are off.
pub async fn list(db: &Db) -> Result<Vec<String>, DbError> {
    of_rows(&db.fetch_all(list_statement()).await?)
}

/// Switches a model off, or on again, notes who did, and gives those that are off
/// then. Done twice, it is done once.
pub async fn switch(
    db: &Db,
    model: &str,
    off: bool,
    (act_id, act): (&str, &Act),
) -> Result<Vec<String>, DbError> {
    let change = match off {
        true => Statement::new(OFF).bind(model).bind(act.at_ms),
        false => Statement::new(ON).bind(model),
    };
    // First, while it is as it was.
    let note = act.note(ACT, act_id).bind(model).bind(i64::from(off));
    let batch = vec![note, change, list_statement()];
    let results = db.batch_repeatable(batch).await?;
    of_rows(results.last().ok_or(DbError::Shape)?)
}
