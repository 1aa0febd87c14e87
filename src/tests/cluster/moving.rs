//! `imgc move`: thousands of pictures from a folder to D1 and its bucket, and back
//! into another folder. Every row and every byte is the same, and what was found
//! before is found on either side.
//!
//! IMGC_MOVE_PICTURES says how many: `scripts/test-d1 cluster::moving` moves ten
//! thousand.

use super::{
    has_stand,
    nodes::{Cluster, More, Node},
};
use crate::{
    harness::{
        Browser,
        folder::{files_below, rows_of_file},
        job_id, new_key,
        stand::{Row, text},
    },
    library::total,
};
use imgc::{
    server::secrets,
    store::{Db, Statement},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

/// Pictures, where nobody says how many: a bucket takes a while to fill.
const PICTURES: usize = 2_000;
/// What a node finds out anew, and what moves is not to hold.
const LEFT_BEHIND: [&str; 3] = ["leases", "rate_windows", "service_state"];

fn pictures() -> usize {
    let count = std::env::var("IMGC_MOVE_PICTURES").ok();
    count
        .and_then(|count| count.parse().ok())
        .unwrap_or(PICTURES)
}

/// The words of a picture: every third is a fox's.
fn prompt(number: usize) -> String {
    let what = if number.is_multiple_of(3) {
        "fox"
    } else {
        "heron"
    };
    format!("a {what} at the lake, the {number}th, été 帆船")
}

/// Gives the one person of a folder so many pictures: rows, and an original each.
async fn give_many(data: &Path, count: usize) {
    let db = Db::open_current(&data.join("imgc.db")).await.unwrap();
    let insert =
        "INSERT INTO images (id, user_id, job_id, position, width, height, format, bytes, sha256,
            placeholder, widths, model, prompt, settings, cost_micros, created_at, parent_id)
        SELECT ?1, i.user_id, i.job_id, ?2, 64, 64, 'png', ?3, ?4, '#336699', '[64]', 'm', ?5,
            i.settings, 0, ?2, CASE WHEN ?2 % 2 = 0 THEN i.id END
        FROM images i WHERE i.position = 0";
    let originals = data.join("objects/originals");
    let mut rows = Vec::with_capacity(count);
    for number in 1..=count {
        let id = format!("01a00000-0000-7000-8000-{number:012}");
        let bytes = format!("the original of {id}").repeat(3).into_bytes();
        std::fs::write(originals.join(format!("{id}.png")), &bytes).unwrap();
        let row = Statement::new(insert)
            .bind(id)
            .bind(i64::try_from(number).unwrap())
            .bind(i64::try_from(bytes.len()).unwrap())
            .bind(secrets::sha256(&bytes))
            .bind(prompt(number));
        rows.push(row);
    }
    db.batch(rows).await.unwrap();
    db.close().await;
}

/// Every row of these tables, as text and in order; the search's own numbers may
/// be others.
fn sorted(rows: Vec<Row>) -> Vec<String> {
    let mut texts: Vec<String> = rows
        .into_iter()
        .map(|mut row| {
            row.remove("search_id");
            Value::from(row).to_string()
        })
        .collect();
    texts.sort();
    texts
}

/// The rows of the file are those of D1.
async fn assert_same_rows(cluster: &Cluster, data: &Path) {
    for table in cluster.take.tables().await {
        if LEFT_BEHIND.contains(&table.as_str()) {
            continue;
        }
        let sql = format!("SELECT * FROM {table}");
        let there = sorted(cluster.rows(&sql, &[]).await);
        let here = sorted(rows_of_file(data, Box::leak(sql.into_boxed_str()), &[]).await);
        assert_eq!(there.len(), here.len(), "{table}");
        let other = there.iter().zip(&here).find(|(there, here)| there != here);
        assert_eq!(other, None, "{table}");
    }
}

/// Every object of a folder, by its name.
fn objects(data: &Path) -> BTreeMap<String, String> {
    let root = data.join("objects");
    let files = files_below(&root).into_iter();
    files
        .map(|(path, bytes)| {
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            (name, secrets::sha256(&bytes))
        })
        .collect()
}

/// She finds her pictures by their words, and each can be had.
async fn assert_searchable(node: &Node, ada: &Browser, count: usize) {
    let mut ada = node.browser_of(ada);
    assert_eq!(total(&mut ada, "").await, count as u64 + 1);
    let foxes = count / 3;
    for (words, expected) in [
        ("fox", foxes),
        ("heron", count - foxes),
        ("帆船", count),
        ("ete", count),
    ] {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("q", words)
            .finish();
        // More than a thousand are said to be more.
        let said = expected.min(1_000) as u64;
        assert_eq!(total(&mut ada, &query).await, said, "{words}");
    }
    // Each has a word of its own: some of them, from the first to the last.
    for number in (1..=count).step_by(count / 40) {
        let query = format!("q={number}th");
        assert_eq!(total(&mut ada, &query).await, 1, "{number}");
    }
    let last = format!("01a00000-0000-7000-8000-{count:012}");
    let (status, bytes) = ada.get_bytes(&format!("/files/{last}/original.png")).await;
    assert_eq!(status, 200);
    assert!(bytes.starts_with(b"the original of "));
}

async fn moved(cluster: &Cluster, number: usize, to: &str, more: &More<'_>) {
    let began = Instant::now();
    let mut command = cluster.command(number, more);
    command.args(["move", "--to", to]);
    let done = cluster.ended(command).await;
    assert_eq!(done.code, Some(0), "to {to}: {}", done.said);
    println!("to {to}: {:?}\n{}", began.elapsed(), done.said);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long, and needs the stand: make test-all"]
async fn thousands_of_pictures_are_moved_there_and_back() {
    if !has_stand() {
        return;
    }
    let count = pictures();
    let cluster = Cluster::start(&[]).await;
    let (home, back) = (cluster.data(0), cluster.data(1));
    let node = cluster.node_of(cluster.alone(0), 0).await;
    let mut ada = node.signed_in("Ada Martin").await;
    ada.picture("the first of many").await;
    node.end().await;
    give_many(&home, count).await;
    // The search prepares what came without it, as after an update.
    let node = cluster.node_of(cluster.alone(0), 0).await;
    until_prepared(&home).await;
    assert_searchable(&node, &ada, count).await;
    node.end().await;

    // Both sides have one key: the folder's, as an operator would set it.
    let key = secrets::hex(&std::fs::read(home.join("instance.key")).unwrap());
    let key = [("IMGC_INSTANCE_KEY", key.as_str())];
    moved(&cluster, 0, "d1", &key).await;
    assert_same_rows(&cluster, &home).await;
    // Into rows that are there it does not go a second time.
    let mut again = cluster.command(0, &key);
    again.args(["move", "--to", "d1"]);
    let refused = cluster.ended(again).await;
    assert_eq!(refused.code, Some(2), "{}", refused.said);
    let node = cluster.node(2, &key).await;
    assert_searchable(&node, &ada, count).await;
    node.end().await;

    moved(&cluster, 1, "sqlite", &key).await;
    assert_same_rows(&cluster, &back).await;
    let (before, after) = (objects(&home), objects(&back));
    assert_eq!(before.len(), after.len());
    assert!(before.len() > count);
    let other = before
        .iter()
        .find(|(name, hash)| after.get(*name) != Some(*hash));
    assert_eq!(other, None);
    let node = cluster.node_of(cluster.alone(1), 1).await;
    assert_searchable(&node, &ada, count).await;
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stand: make test-all"]
async fn a_request_of_several_pictures_is_moved_whole() {
    if !has_stand() {
        return;
    }
    let cluster = Cluster::start(&[]).await;
    let (home, back) = (cluster.data(0), cluster.data(1));
    let node = cluster.node_of(cluster.alone(0), 0).await;
    let mut ada = node.signed_in("Ada Martin").await;
    let three = [("draft[count]", "3")];
    let id = job_id(&ada.submit("three boats", &new_key(), &three).await);
    // With their renditions: what is noted after the move is not what was there before it.
    let made = ada.prepared(&id).await["images"].clone();
    assert_eq!(made.as_array().unwrap().len(), 3);
    node.end().await;
    let key = secrets::hex(&std::fs::read(home.join("instance.key")).unwrap());
    let key = [("IMGC_INSTANCE_KEY", key.as_str())];
    moved(&cluster, 0, "d1", &key).await;
    assert_same_rows(&cluster, &home).await;
    // There it is one request still, and all of it is made again.
    let node = cluster.node(2, &key).await;
    let mut there = node.browser_of(&ada);
    assert_eq!(there.job(&id).await["images"], made);
    let press = [("id", id.as_str()), ("request_key", "abc"), ("lang", "en")];
    let again = job_id(&there.post("/api/retry", &press).await);
    let again = there.until(&again, &["ready"]).await;
    assert_eq!(again["images"].as_array().unwrap().len(), 3);
    node.end().await;
    moved(&cluster, 1, "sqlite", &key).await;
    assert_same_rows(&cluster, &back).await;
}

/// Waits until every picture can be found by its words.
async fn until_prepared(data: &Path) {
    let left = "SELECT COUNT(*) AS n FROM images WHERE search_text IS NULL";
    let is_prepared = async || rows_of_file(data, left, &[]).await[0]["n"] == 0;
    super::within(Duration::from_secs(120), "all are prepared", is_prepared).await;
    let names = rows_of_file(data, "SELECT name FROM users", &[]).await;
    assert_eq!(
        names
            .iter()
            .map(|row| text(row, "name"))
            .collect::<Vec<_>>(),
        ["Ada Martin"]
    );
}
