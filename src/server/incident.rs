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
    AppError::Internal {
        incident: logged(what, cause),
    }
}

fn logged(what: &str, cause: &dyn std::fmt::Display) -> String {
    let incident = new_id();
    tracing::error!(incident, what, %cause, "internal error");
    incident
}

impl From<DbError> for AppError {
    fn from(error: DbError) -> Self {
        let incident = logged("database", &error);
        match error {
            DbError::Unknown => AppError::Uncertain { incident },
            DbError::Constraint | DbError::Failed | DbError::Shape => {
                AppError::Internal { incident }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_may_be_done_is_told_from_one_that_is_not() {
        let uncertain = AppError::from(DbError::Unknown);
        assert!(matches!(uncertain, AppError::Uncertain { .. }));
        for error in [DbError::Constraint, DbError::Failed, DbError::Shape] {
            let failed = AppError::from(error);
            assert!(matches!(failed, AppError::Internal { .. }), "{error:?}");
        }
    }
}
