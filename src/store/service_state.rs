//! What all nodes know of the service as a whole: a number under each name.

use super::{Db, DbError, Statement};

/// Unix milliseconds of the newest event in the ledger of erasures that was
/// replayed. A database that was put back to an earlier time has an earlier one.
pub const LEDGER_REPLAYED_UNTIL: &str = "ledger_replayed_until";
/// Unix milliseconds until which new jobs are refused because the operator's
/// money was used up.
pub const BUDGET_BREAK_UNTIL: &str = "budget_break_until";

statements! {
    GET = "SELECT value FROM service_state WHERE name = ?1";
    SET = "INSERT INTO service_state (name, value) VALUES (?1, ?2)
        ON CONFLICT (name) DO UPDATE SET value = ?2";
    SET_FORWARD = "INSERT INTO service_state (name, value) VALUES (?1, ?2)
        ON CONFLICT (name) DO UPDATE SET value = ?2 WHERE service_state.value < ?2";
}

/// The number of this name; `None` where nobody has set one.
pub async fn get(db: &Db, name: &str) -> Result<Option<i64>, DbError> {
    let row = db.fetch_optional(Statement::new(GET).bind(name)).await?;
    row.map(|row| row.int("value")).transpose()
}

/// Sets a number, whatever it was.
pub async fn set(db: &Db, name: &str, value: i64) -> Result<(), DbError> {
    let statement = Statement::new(SET).bind(name).bind(value);
    db.write_repeatable(statement).await.map(|_| ())
}

/// Sets a number that only ever grows: another node's greater one stays.
pub async fn set_forward(db: &Db, name: &str, value: i64) -> Result<(), DbError> {
    let statement = Statement::new(SET_FORWARD).bind(name).bind(value);
    db.write_repeatable(statement).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_number_is_set_or_only_grows() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("test.db");
        let db = Db::open(&path).await.expect("opens");
        let name = LEDGER_REPLAYED_UNTIL;
        assert_eq!(get(&db, name).await, Ok(None));
        for (value, expected) in [(5, 5), (9, 9), (7, 9)] {
            set_forward(&db, name, value).await.expect("written");
            assert_eq!(get(&db, name).await, Ok(Some(expected)));
        }
        set(&db, name, 2).await.expect("written");
        assert_eq!(get(&db, name).await, Ok(Some(2)));
        assert_eq!(get(&db, BUDGET_BREAK_UNTIL).await, Ok(None));
    }
}
