//! Two releases on one database: during an update nodes of the release before work
//! on the schema of this one, for minutes or for days.

use super::{
    has_stand,
    nodes::{Cluster, Node},
};
use crate::harness::{Browser, stand::Take};
use imgc::store::{Db, all_statements};
use std::{fmt::Write, time::Duration};

/// Every statement of the release before the last migration.
///
/// When a migration is added, run `todays_statements_are_written_where_asked` on
/// the release before, with this file's path in IMGC_STATEMENTS_TO.
const PREVIOUS: &str = include_str!("previous_statements.txt");

/// What stands before a statement's name.
const NAME: &str = "-- ";

#[tokio::test(flavor = "multi_thread")]
async fn the_statements_of_the_release_before_are_accepted_by_this_schema() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&folder.path().join("test.db")).await.unwrap();
    let mut refused = Vec::new();
    let mut count = 0;
    for part in PREVIOUS.split(&format!("\n{NAME}")) {
        let part = part.strip_prefix(NAME).unwrap_or(part);
        let (name, sql) = part.split_once('\n').unwrap();
        let sql: &'static str = Box::leak(sql.to_owned().into_boxed_str());
        if db.prepare(sql).await.is_err() {
            refused.push(name);
        }
        count += 1;
    }
    assert_eq!(refused, Vec::<&str>::new());
    assert!(count >= 200, "only {count} are listed");
}

#[test]
fn todays_statements_are_written_where_asked() {
    let Ok(path) = std::env::var("IMGC_STATEMENTS_TO") else {
        return;
    };
    let mut text = String::new();
    for (name, sql) in all_statements() {
        writeln!(text, "{NAME}{name}\n{}", sql.trim()).unwrap();
    }
    std::fs::write(path, text).unwrap();
}

/// Pages, and a job from the form to the picture: no answer is a failure of ours.
async fn visit(browser: &mut Browser) {
    for path in ["/", "/gallery", "/create", "/library", "/account", "/usage"] {
        let page = browser.get(path).await;
        assert!(!page.status.is_server_error(), "{path}: {}", page.status);
    }
    let id = browser.picture("a boat in two releases").await;
    let published = browser
        .post("/api/publish", &[("id", &id), ("lang", "en")])
        .await;
    assert!(!published.status.is_server_error());
    assert_eq!(browser.get(&format!("/i/{id}")).await.status, 200);
}

/// What a migration of the next release may do to the nodes of this one, which go
/// on beside it: add columns, indexes and tables.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stand: make test-all"]
async fn nodes_go_on_while_the_next_release_adds_to_the_schema() {
    if !has_stand() {
        return;
    }
    let cluster = Cluster::start(&[]).await;
    let nodes = [cluster.node(0, &[]).await, cluster.node(1, &[]).await];
    let mut ada = nodes[0].signed_in("Ada Martin").await;
    let mut sam = nodes[1].signed_in("Sam Rivera").await;
    let adding = async {
        for table in cluster.take.tables().await {
            let column =
                format!("ALTER TABLE \"{table}\" ADD COLUMN of_next TEXT NOT NULL DEFAULT ''");
            let index = format!("CREATE INDEX next_{table} ON \"{table}\" (of_next)");
            cluster.take.write(&[(&column, &[]), (&index, &[])]).await;
        }
        let table = "CREATE TABLE next_release (id TEXT PRIMARY KEY) STRICT";
        let note = "INSERT INTO d1_migrations (name) VALUES ('9000_next.sql')";
        cluster.take.write(&[(table, &[]), (note, &[])]).await;
    };
    let visits = async {
        for _ in 0..3 {
            visit(&mut ada).await;
        }
    };
    tokio::join!(adding, visits);
    visit(&mut ada).await;
    visit(&mut sam).await;
    seen_by_the_other(&nodes[0], &mut sam).await;
    seen_by_the_other(&nodes[1], &mut ada).await;
    // None of this release starts any more: what it does not know it might break.
    let refused = cluster.refused(2, &[]).await;
    assert!(refused.said.contains("9000"), "{}", refused.said);
}

/// Needs the release before as a program: IMGC_PREVIOUS_BIN is its path.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stand, and the release before: make test-all"]
async fn two_releases_side_by_side_over_a_migration_fail_nobody() {
    let Ok(previous) = std::env::var("IMGC_PREVIOUS_BIN") else {
        println!("skipped: IMGC_PREVIOUS_BIN names no imgc of the release before");
        return;
    };
    if !has_stand() {
        return;
    }
    let cluster = Cluster::on(Take::empty().await, Duration::ZERO, &[]).await;
    let mut migrate = cluster.command_of(&previous, 0, &[]);
    migrate.arg("migrate");
    let done = cluster.ended(migrate).await;
    assert_eq!(done.code, Some(0), "{}", done.said);
    let old = cluster
        .node_of(cluster.command_of(&previous, 0, &[]), 0)
        .await;
    let mut ada = old.signed_in("Ada Martin").await;

    let mut migrate = cluster.command(1, &[]);
    migrate.arg("migrate");
    let visits = async {
        for _ in 0..5 {
            visit(&mut ada).await;
        }
    };
    let (done, ()) = tokio::join!(cluster.ended(migrate), visits);
    assert_eq!(done.code, Some(0), "{}", done.said);
    let new = cluster.node(1, &[]).await;
    let mut sam = new.signed_in("Sam Rivera").await;
    for _ in 0..3 {
        visit(&mut ada).await;
        visit(&mut sam).await;
        seen_by_the_other(&old, &mut sam).await;
        seen_by_the_other(&new, &mut ada).await;
    }
}

/// Somebody of the one release goes on at the other.
async fn seen_by_the_other(node: &Node, browser: &mut Browser) {
    visit(&mut node.browser_of(browser)).await;
}
