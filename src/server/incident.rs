//! Internal errors become an incident id: the log gets the cause, the person
//! gets a number to quote, and the two meet only in the operator's hands.

use crate::{error::AppError, store::DbError};

/// A new incident id: short enough to read over the telephone.
pub fn new_id() -> String {
    let bytes: [u8; 5] = rand::random();
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Logs what failed and returns what the person is told.
pub fn internal(what: &str, cause: &dyn std::fmt::Display) -> AppError {
    let incident = new_id();
    tracing::error!(incident, what, %cause, "internal error");
    AppError::Internal { incident }
}

impl From<DbError> for AppError {
    fn from(error: DbError) -> Self {
        internal("database", &error)
    }
}
