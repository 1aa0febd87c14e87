//! kill -9 in the middle of an erasure: it goes on where it stopped. And a
//! database put back from an older copy brings nobody back.

use super::{close, until_receipt_says};
use crate::{
    crash::{Outside, kill},
    harness::{Browser, PATIENCE},
};
use std::time::{Duration, Instant};

async fn killed_at(point: &str) {
    let folder = tempfile::tempdir().unwrap();
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
    let told = stranger.get(&receipt).await.text;
    assert!(
        !told.contains("Every file erased"),
        "{point} was never reached"
    );
    kill(&mut child);

    let mut child = outside.server(folder.path(), None).await;
    until_receipt_says(&mut stranger, &receipt, "Every file erased").await;
    let objects = super::files_below(&folder.path().join("data/objects"));
    assert_eq!(objects, vec![], "{point}");
    let database = std::fs::read(folder.path().join("data/imgc.db")).unwrap();
    assert!(!super::holds(&database, &id), "{point}");
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
