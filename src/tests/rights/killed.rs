//! kill -9 in the middle of an erasure: it goes on where it stopped. And a
//! database put back from an older copy brings nobody back.

use super::{close, until_receipt_says, until_receipt_says_within};
use crate::{
    crash::{Outside, kill},
    harness::{Browser, PATIENCE, folder, on_d1},
};
use std::time::{Duration, Instant};

/// An erasure that a killed node had begun waits until its lease has run out.
const UNTIL_ERASED: Duration = PATIENCE.saturating_mul(3);

async fn killed_at(point: &str) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let outside = Outside::start(folder.path()).await;
    let mut child = outside.server(folder.path(), Some(point)).await;
    let base = format!("http://{}", outside.site);
    let mut ada = Browser::new(&base);
    ada.sign_in("Ada Martin").await;
    let id = ada.picture("a boat").await;
    let receipt = close(&mut ada, "now").await;
    // The erasure runs beside the request and stands still at its fail point.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut stranger = Browser::new(&base);
    // The rows are asked, not the server: a thread of it stands still, and with it
    // whatever that thread was to do next.
    let done = folder::rows(&data, "SELECT done_at FROM erasures", &[]).await;
    assert!(done[0]["done_at"].is_null(), "{point} was never reached");
    kill(&mut child);

    let mut child = outside.server(folder.path(), None).await;
    let words = "Every file erased";
    until_receipt_says_within(UNTIL_ERASED, &mut stranger, &receipt, words).await;
    let objects = folder::objects(&data).await;
    assert_eq!(objects, Vec::<String>::new(), "{point}");
    if on_d1() {
        let rows = folder::holding(&data, &id).await;
        let logs = data.join("logs").display().to_string();
        let rows: Vec<_> = rows
            .iter()
            .filter(|place| !place.starts_with(&logs))
            .collect();
        assert_eq!(rows, Vec::<&String>::new(), "{point}");
    } else {
        let database = std::fs::read(data.join("imgc.db")).unwrap();
        assert!(!super::holds(&database, &id), "{point}");
    }
    kill(&mut child);
}

#[tokio::test(flavor = "multi_thread")]
async fn between_pictures_and_uploads() {
    killed_at("erasing-images").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn between_uploads_and_the_person() {
    killed_at("erasing-uploads").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn between_the_ledger_and_the_person() {
    killed_at("erasing-noted").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn between_the_person_and_the_objects() {
    killed_at("erasing-rows-gone").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_database_brings_nobody_back() {
    if on_d1() {
        // The older database is a file here; cluster/erasure.rs puts rows back.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let outside = Outside::start(folder.path()).await;
    let mut child = outside.server(folder.path(), None).await;
    let base = format!("http://{}", outside.site);
    let (mut ada, mut sam) = (Browser::new(&base), Browser::new(&base));
    ada.sign_in("Ada Martin").await;
    sam.sign_in("Sam Rivera").await;
    let id = ada.picture("a boat").await;
    ada.post("/api/publish", &[("id", &id), ("lang", "en")])
        .await;
    kill(&mut child);
    let (database, log) = (
        folder.path().join("data/imgc.db"),
        folder.path().join("data/imgc.db-wal"),
    );
    let copies = (
        std::fs::read(&database).unwrap(),
        std::fs::read(&log).unwrap_or_default(),
    );

    let mut child = outside.server(folder.path(), None).await;
    let receipt = close(&mut ada, "now").await;
    until_receipt_says(&mut sam, &receipt, "Every file erased").await;
    close(&mut sam, "").await;
    kill(&mut child);
    std::fs::write(&database, copies.0).unwrap();
    std::fs::write(&log, copies.1).unwrap();
    let _ = std::fs::remove_file(folder.path().join("data/imgc.db-shm"));

    let mut child = outside.server(folder.path(), None).await;
    let mut stranger = Browser::new(&base);
    assert_eq!(stranger.get(&format!("/i/{id}")).await.status, 404);
    let began = Instant::now();
    while super::holds(&std::fs::read(&database).unwrap(), &id) {
        assert!(began.elapsed() < PATIENCE, "still in the database");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // Who was closing is closing again, and may still come back.
    assert!(sam.get("/library").await.location().starts_with("/sign-in"));
    assert_eq!(sam.sign_in("Sam Rivera").await.location(), "/account");
    kill(&mut child);
}
