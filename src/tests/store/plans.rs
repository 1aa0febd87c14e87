//! How the engine finds what is asked for, before it knows how much there is: whoever has
//! a hundred thousand pictures waits for no page that looks through all of them.

use imgc::store::{Db, all_statements};
use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};

/// Steps that look through all of a person's rows of one kind, and are to: what changes,
/// erases or hands out all of them, and what a person has few of.
const ALL_OF_A_PERSONS: [&str; 0] = [];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_found_by_looking_through_all_of_a_persons() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("test.db");
    Db::open(&file).await.unwrap().close().await;
    let options = SqliteConnectOptions::new().filename(&file);
    let mut db = SqliteConnection::connect_with(&options).await.unwrap();
    let mut found = Vec::new();
    for (name, sql) in all_statements() {
        let explain: &'static str = format!("EXPLAIN QUERY PLAN {sql}").leak();
        for row in sqlx::query(explain).fetch_all(&mut db).await.unwrap() {
            let step: String = row.get("detail");
            if step.contains("(user_id=?)") {
                found.push(format!("{name}: {step}"));
            }
        }
    }
    assert_eq!(found, ALL_OF_A_PERSONS);
}
