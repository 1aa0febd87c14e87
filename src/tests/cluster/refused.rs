//! What a node refuses to work with and says so, and what it waits out: secrets,
//! schemas, clocks, buckets and keys that are not as they should be, a database
//! that has no room for a while, and calls that are too large.

use super::{
    assert_whole, counted, has_stand,
    nodes::{Cluster, Node, Refusal},
    submit, within,
};
use crate::{
    harness::{
        Browser, PATIENCE,
        stand::{self, Take},
    },
    objects::standin::{Bucket, Mood},
};
use imgc::store::{Access, Db, DbError, Statement};
use serde_json::{Value, json};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// Ends where another try would end the same.
const LASTING: Option<i32> = Some(2);
/// How long the database has no room.
const OVERLOAD: Duration = Duration::from_secs(60);
/// How long a page may take meanwhile: the tries of its reads, and nothing else.
const ANSWERED: Duration = Duration::from_secs(15);
/// How long a node with a wrong clock is watched for claiming something.
const WATCHED: Duration = Duration::from_secs(8);

impl Refusal {
    /// It refused for good, and named each of these.
    fn assert_lasting(&self, named: &[&str]) {
        assert_eq!(self.code, LASTING, "{}", self.said);
        for name in named {
            assert!(self.said.contains(name), "{name} is not in: {}", self.said);
        }
    }
}

/// Secrets have 32 signs and more.
fn new_secret() -> String {
    imgc::server::secrets::token()
}

async fn until_ready(node: &Node, expected: u16) {
    let what = format!("/readyz says {expected}");
    within(PATIENCE, &what, async || {
        node.status("/readyz").await == Some(expected)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stand: make test-all"]
async fn a_wrong_secret_is_refused_and_a_new_one_replaces_the_old_without_a_pause() {
    if !has_stand() {
        return;
    }
    let cluster = Cluster::start(&[]).await;
    let wrong = new_secret();
    let refused = cluster
        .refused(0, &[("IMGC_DATABASE_SECRET", &wrong)])
        .await;
    refused.assert_lasting(&["IMGC_DATABASE_SECRET"]);
    assert!(!refused.said.contains(&wrong), "it shows the secret");

    let (old, new) = (cluster.take.secret.clone(), new_secret());
    let node = cluster.node(0, &[]).await;
    let mut ada = node.signed_in("Ada Martin").await;
    // Both hold while nodes go from the one to the other.
    cluster.take.set_secrets(&new, Some(&old)).await;
    let second = cluster.node(1, &[("IMGC_DATABASE_SECRET", &new)]).await;
    assert_eq!(ada.get("/library").await.status, 200);
    assert_eq!(second.browser_of(&ada).get("/library").await.status, 200);
    // The old one is over: who still has it serves nothing, and says that it is not ready.
    cluster.take.set_secrets(&new, None).await;
    until_ready(&node, 503).await;
    assert!(ada.get("/library").await.status.is_server_error());
    assert_eq!(second.browser_of(&ada).get("/library").await.status, 200);
    cluster
        .refused(2, &[])
        .await
        .assert_lasting(&["IMGC_DATABASE_SECRET"]);
    // Until it is given it again.
    cluster.take.set_secrets(&new, Some(&old)).await;
    until_ready(&node, 200).await;
    assert_eq!(ada.get("/library").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stand: make test-all"]
async fn a_gateway_of_another_protocol_and_nobody_at_its_address_are_told_apart() {
    if !has_stand() {
        return;
    }
    let cluster = Cluster::start(&[]).await;
    let faulty = [("IMGC_DATABASE_URL", cluster.take.faults.as_str())];
    cluster.take.set_faults(&json!({"protocol": true})).await;
    cluster
        .refused(0, &faulty)
        .await
        .assert_lasting(&["protocol"]);
    // Who is not there may come back: whoever restarts nodes is to try again.
    let nobody = [("IMGC_DATABASE_URL", "http://127.0.0.1:9/db/1")];
    let refused = cluster.refused(0, &nobody).await;
    assert_eq!(refused.code, Some(1), "{}", refused.said);
    assert!(
        refused.said.contains("IMGC_DATABASE_URL"),
        "{}",
        refused.said
    );
}

/// Brings an empty database to the schema before the last migration, as wrangler does.
async fn migrate_all_but_the_last(take: &Take) {
    let table = "CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)";
    take.write(&[(table, &[])]).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    files.pop();
    for file in files {
        let sql = std::fs::read_to_string(&file).unwrap();
        let name = json!(file.file_name().unwrap().to_str().unwrap());
        let note = "INSERT INTO d1_migrations (name) VALUES (?1)";
        take.write(&[(&sql, &[]), (note, &[name])]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stand: make test-all"]
async fn no_node_serves_another_schema_than_its_own_and_migrate_brings_it_there() {
    if !has_stand() {
        return;
    }
    // Empty: served by nobody, made by `imgc migrate`, which two may run at once.
    let cluster = Cluster::on(Take::empty().await, Duration::ZERO, &[]).await;
    cluster
        .refused(0, &[])
        .await
        .assert_lasting(&["imgc migrate"]);
    let migrate = async |cluster: &Cluster, number: usize| {
        let mut command = cluster.command(number, &[]);
        command.arg("migrate");
        cluster.ended(command).await
    };
    let both = tokio::join!(migrate(&cluster, 0), migrate(&cluster, 1));
    for done in [&both.0, &both.1] {
        assert_eq!(done.code, Some(0), "{}", done.said);
    }
    let node = cluster.node(0, &[]).await;

    // Newer: left alone, whoever asks. Nodes that are there go on.
    let later = "INSERT INTO d1_migrations (name) VALUES ('9999_of_a_later_year.sql')";
    cluster.take.write(&[(later, &[])]).await;
    cluster
        .refused(1, &[])
        .await
        .assert_lasting(&["newer", "9999"]);
    migrate(&cluster, 1)
        .await
        .assert_lasting(&["newer", "9999"]);
    assert_eq!(node.status("/gallery").await, Some(200));

    // Older: named, and brought up to date.
    let cluster = Cluster::on(Take::empty().await, Duration::ZERO, &[]).await;
    migrate_all_but_the_last(&cluster.take).await;
    cluster
        .refused(0, &[])
        .await
        .assert_lasting(&["older", "imgc migrate"]);
    let done = migrate(&cluster, 0).await;
    assert_eq!(done.code, Some(0), "{}", done.said);
    let node = cluster.node(0, &[]).await;
    node.signed_in("Ada Martin").await.picture("a boat").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stand: make test-all"]
async fn a_node_whose_clock_is_wrong_claims_nothing_and_the_doctor_says_so() {
    if !has_stand() {
        return;
    }
    let cluster = Cluster::start(&[]).await;
    let faulty = [("IMGC_DATABASE_URL", cluster.take.faults.as_str())];
    cluster.take.set_faults(&json!({"clock_ms": 8_000})).await;
    let node = cluster.node(0, &faulty).await;
    let mut ada = node.signed_in("Ada Martin").await;
    let (prompt, key) = counted("a boat");
    let job = ada.generate(&prompt).await;
    let began = Instant::now();
    while began.elapsed() < WATCHED {
        assert_eq!(ada.job(&job).await["state"], "queued");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(cluster.asked(&key).await, 0);
    let mut doctor = cluster.command(1, &faulty);
    doctor.arg("doctor");
    let said = cluster.ended(doctor).await;
    assert_ne!(said.code, Some(0), "{}", said.said);
    assert!(said.said.contains("✗ database: clock"), "{}", said.said);
    // Set right, it works on.
    cluster.take.set_faults(&json!({})).await;
    let ended = ada.until(&job, &["ready", "failed", "unknown"]).await;
    assert_eq!(ended["state"], "ready", "{ended}");
    let mut doctor = cluster.command(1, &faulty);
    doctor.arg("doctor");
    let said = cluster.ended(doctor).await.said;
    assert!(said.contains("✓ database: clock"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stand: make test-all"]
async fn a_bucket_that_overwrites_and_a_node_of_another_key_are_refused() {
    if !has_stand() {
        return;
    }
    let cluster = Cluster::start(&[]).await;
    let bucket = Bucket::start(Mood::Works, Mood::Works).await;
    let own = [
        ("IMGC_OBJECTS_URL", "s3://pictures"),
        ("IMGC_OBJECTS_ENDPOINT", bucket.endpoint.as_str()),
        ("IMGC_OBJECTS_REGION", "us-east-1"),
    ];
    bucket.inside().overwrites = true;
    let refused = cluster.refused(0, &own).await;
    refused.assert_lasting(&["IMGC_OBJECTS_URL", "overwrites"]);
    assert_eq!(
        bucket.keys(),
        Vec::<String>::new(),
        "nothing is left of the trial"
    );

    let node = cluster.node(0, &[]).await;
    let other = "5".repeat(64);
    let stranger = [("IMGC_INSTANCE_KEY", other.as_str())];
    let refused = cluster.refused(1, &stranger).await;
    refused.assert_lasting(&["IMGC_INSTANCE_KEY"]);
    assert!(!refused.said.contains(&other), "it shows the key");
    // Nor when nobody is there whom it could disturb.
    drop(node);
    cluster
        .refused(1, &stranger)
        .await
        .assert_lasting(&["IMGC_INSTANCE_KEY"]);
    cluster.node(0, &[]).await;
}

/// A page is answered soon, and with a failure of ours; how, does not matter.
async fn assert_answered(browser: &mut Browser, path: &str) {
    let began = Instant::now();
    let page = browser.get(path).await;
    let took = began.elapsed();
    assert!(took < ANSWERED, "{path} took {took:?}");
    assert!(page.status.is_server_error(), "{path}: {}", page.status);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long, and needs the stand: make test-all"]
async fn a_database_without_room_for_a_minute_costs_that_minute_and_nothing_else() {
    if !has_stand() {
        return;
    }
    let cluster = Cluster::start(&[]).await;
    let faulty = [("IMGC_DATABASE_URL", cluster.take.faults.as_str())];
    let node = cluster.node(0, &faulty).await;
    let mut ada = node.signed_in("Ada Martin").await;
    // Painted while there is no room for the answer's row.
    let (prompt, key) = counted("a slow boat [demo:slow=3]");
    let job = ada.generate(&prompt).await;
    ada.until(&job, &["dispatching"]).await;
    cluster.take.set_faults(&json!({"busy": 1})).await;
    let began = Instant::now();
    while began.elapsed() < OVERLOAD {
        assert_answered(&mut ada, "/library").await;
        assert_eq!(node.status("/healthz").await, Some(200), "it lives");
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    assert_eq!(node.status("/readyz").await, Some(503));
    let (refused, other) = counted("a boat that nobody takes");
    let location = submit(&ada, &refused, &other).await.unwrap_or_default();
    assert!(!location.contains("/jobs/"), "{location}");

    cluster.take.set_faults(&json!({})).await;
    until_ready(&node, 200).await;
    // Whoever tried in vain for so long tries again a while later.
    let is_ready = async || {
        let sql = "SELECT state FROM jobs WHERE id = ?1";
        cluster.rows(sql, &[json!(job)]).await[0]["state"] == "ready"
    };
    within(PATIENCE * 3, "its picture is there", is_ready).await;
    let ended = ada.job(&job).await;
    assert_eq!(cluster.asked(&key).await, 1);
    assert_whole(&mut ada, &ended).await;
    ada.picture("a boat afterwards").await;
    assert_eq!(cluster.asked(&other).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stand: make test-all"]
async fn a_call_that_is_too_large_is_refused_and_the_next_one_works() {
    if !has_stand() {
        return;
    }
    let take = Take::migrated().await;
    let address = format!("{}/v1/batch", take.gateway);
    // Nine megabytes: read to their end, so that the connection can go on.
    let values: Vec<Value> = (0..9).map(|_| json!("x".repeat(1_000_000))).collect();
    let statements = json!([["SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9", values]]);
    let large = json!({"mode": "read", "statements": statements}).to_string();
    let (status, said) = stand::post(&address, Some(&take.secret), &large).await;
    assert_eq!(status, 413, "{said}");
    assert!(said.contains("large"), "{said}");

    let db = Db::open_d1(take.settings(), Access::Current).await.unwrap();
    let insert = "INSERT INTO object_deletions (object_key, requested_at) VALUES (?1, 1)";
    let write = async |length: usize| {
        let statement = Statement::new(insert).bind("x".repeat(length));
        db.write(statement).await.err()
    };
    for length in [3_000_000, 9_000_000] {
        let refused = write(length).await;
        // It is certain that nothing was done.
        let is_certain = matches!(refused, Some(DbError::Failed | DbError::Shape));
        assert!(is_certain, "{length}: {refused:?}");
    }
    assert_eq!(write(1_000).await, None);
    let rows = take
        .rows("SELECT object_key FROM object_deletions", &[])
        .await;
    assert_eq!(rows.len(), 1);
    // More statements than a call has room for, in as many as it takes.
    let many = (0..120).map(|n| Statement::new(insert).bind(format!("originals/{n}.png")));
    db.batch_in_slices(many.collect()).await.unwrap();
    let rows = take
        .rows("SELECT object_key FROM object_deletions", &[])
        .await;
    assert_eq!(rows.len(), 121);
}
