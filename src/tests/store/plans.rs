//! How the engine finds what is asked for, before it knows how much there is: whoever has
//! a hundred thousand pictures waits for no page that looks through all of them.

use imgc::store::{Db, all_statements};
use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};

/// Indexes over all that a person has of what they may have very many of.
const OF_A_PERSON: [&str; 8] = [
    "images_by_user",
    "images_by_model",
    "images_of_user",
    "jobs_by_user",
    "jobs_by_change",
    "image_tags_by_tag",
    "change_images_by_user",
    "collection_images_by_user",
];

/// Statements that are to look through all of them: an erasure's and a suspension's, what
/// is handed out page by page, a setting for all pictures, and what stops after some.
const THROUGH_ALL: [&str; 16] = [
    // Deleting a person deletes what is theirs.
    "UPSERT",
    "ADMIT",
    "users",
    "DELETE_PERSON",
    "TAKE_DOWN",
    "CANCEL_JOBS",
    "GIVE_UP_JOBS",
    "DUE",
    "DUE_PERSON",
    "FORGET_INPUTS",
    "IMAGES",
    "JOBS",
    "SET_IMAGES_SHOW",
    // They stop at a thousand, and at five hundred.
    "COUNT",
    "RECENT_PROMPTS",
    "SUSPEND",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_page_looks_through_all_that_a_person_has() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("test.db");
    Db::open(&file).await.unwrap().close().await;
    let options = SqliteConnectOptions::new().filename(&file);
    let mut db = SqliteConnection::connect_with(&options).await.unwrap();
    let (mut found, mut seen) = (Vec::new(), 0);
    for (name, sql) in all_statements() {
        let explain: &'static str = format!("EXPLAIN QUERY PLAN {sql}").leak();
        for row in sqlx::query(explain).fetch_all(&mut db).await.unwrap() {
            let step: String = row.get("detail");
            let indexed = |index: &&str| step.contains(&format!(" INDEX {index} (user_id=?)"));
            if !OF_A_PERSON.iter().any(indexed) {
                continue;
            }
            seen += 1;
            if !THROUGH_ALL.contains(&name) {
                found.push(format!("{name}: {step}"));
            }
        }
    }
    assert!(seen > 20, "only {seen} are seen at all");
    assert_eq!(found, Vec::<String>::new());
}

/// The lists that strangers read, by the names of their statements.
const OF_STRANGERS: [&str; 9] = [
    "NEWEST",
    "LIKED",
    "REMIXED",
    "RANKED",
    "SEARCH",
    "SEARCH_COUNT",
    "TAGGED",
    "TAGGED_COUNT",
    "TAG_NAME",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_reader_waits_for_the_public_set_to_be_looked_through_or_sorted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("test.db");
    Db::open(&file).await.unwrap().close().await;
    let options = SqliteConnectOptions::new().filename(&file);
    let mut db = SqliteConnection::connect_with(&options).await.unwrap();
    let (mut found, mut seen) = (Vec::new(), 0);
    for (name, sql) in all_statements() {
        let of_lists = [
            "public_pictures",
            "public_tags",
            "rankings",
            "image_search_public",
        ];
        let of_lists = of_lists.iter().any(|list| sql.contains(list));
        if !of_lists || !OF_STRANGERS.contains(&name) {
            continue;
        }
        seen += 1;
        let explain: &'static str = format!("EXPLAIN QUERY PLAN {sql}").leak();
        for row in sqlx::query(explain).fetch_all(&mut db).await.unwrap() {
            let step: String = row.get("detail");
            // What is handed on row by row, and what the search's index finds.
            let handed_on = step == "SCAN l"
                || step.contains("(subquery")
                || step.contains("VIRTUAL TABLE INDEX");
            if (step.starts_with("SCAN") && !handed_on) || step.contains("TEMP B-TREE") {
                found.push(format!("{name}: {step}"));
            }
        }
    }
    assert!(seen >= OF_STRANGERS.len(), "only {seen} are seen at all");
    assert_eq!(found, Vec::<String>::new());
}
