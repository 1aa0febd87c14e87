//! Housekeeping is nobody's obstacle: while the object store hangs, jobs are
//! taken and the server ends when it is told to.

use crate::{
    crash::{Outside, kill, wait_for_state},
    harness::{Browser, folder as data_folder, listener, on_d1},
};
use imgc::store::{Db, outbox};
use std::{
    path::Path,
    process::{Child, Command},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::sync::oneshot;

/// How long a shutdown may take where nothing is under way that is worth waiting for.
const PROMPTLY: Duration = Duration::from_secs(10);
/// How long a shutdown waits for jobs, and a little for the machine.
const DRAIN: Duration = Duration::from_secs(45);

/// An object store that takes connections and never answers; the receiver hears
/// of the first one.
fn hanging_store() -> (Vec<(&'static str, String)>, oneshot::Receiver<()>) {
    let listener = listener();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (asked, first) = oneshot::channel();
    tokio::spawn(async move {
        let (mut asked, mut open) = (Some(asked), Vec::new());
        while let Ok((socket, _)) = listener.accept().await {
            if let Some(asked) = asked.take() {
                let _ = asked.send(());
            }
            open.push(socket);
        }
    });
    let environment = vec![
        ("IMGC_OBJECTS_URL", "s3://pictures".to_owned()),
        ("IMGC_OBJECTS_ENDPOINT", endpoint),
        ("IMGC_OBJECTS_REGION", "us-east-1".to_owned()),
        ("IMGC_OBJECTS_ACCESS_KEY_ID", "key".to_owned()),
        ("IMGC_OBJECTS_SECRET_ACCESS_KEY", "secret".to_owned()),
    ];
    (environment, first)
}

/// A running server whose housekeeping waits for the store.
async fn hanging_server() -> (TempDir, Outside, Child) {
    let folder = tempfile::tempdir().unwrap();
    order_a_deletion(folder.path()).await;
    let outside = Outside::start(folder.path()).await;
    let (store, first) = hanging_store();
    let child = outside.server_with(folder.path(), None, &store).await;
    tokio::time::timeout(PROMPTLY, first)
        .await
        .expect("housekeeping asks the store")
        .unwrap();
    (folder, outside, child)
}

/// Something that the first round of housekeeping wants to delete.
async fn order_a_deletion(folder: &Path) {
    std::fs::create_dir_all(folder.join("data")).unwrap();
    let db = Db::open(&folder.join("data/imgc.db")).await.unwrap();
    let keys = ["originals/gone.png".to_owned()];
    outbox::order(&db, &keys, 0).await.unwrap();
    db.close().await;
}

/// Sends SIGTERM; the server ends within the limit.
fn terminate(mut child: Child, limit: Duration) {
    let asked = Instant::now();
    let told = Command::new("kill").arg(child.id().to_string()).status();
    assert!(told.unwrap().success());
    while child.try_wait().unwrap().is_none() {
        if asked.elapsed() > limit {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("still running {limit:?} after SIGTERM");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// How long a job waited in the queue, in milliseconds.
async fn waited_ms(folder: &Path, job: &str) -> i64 {
    let sql = "SELECT dispatched_at - created_at AS waited FROM jobs WHERE id = ?1";
    let rows = data_folder::rows(&folder.join("data"), sql, &[job]).await;
    rows[0]["waited"].as_i64().unwrap()
}

/// Makes a job that waits for the store with its picture; returns its id.
async fn stuck_job(folder: &Path, outside: &Outside) -> String {
    let mut browser = Browser::new(&format!("http://{}", outside.site));
    browser.sign_in("Ada Lovelace").await;
    let id = browser.generate("A boat nobody waits for").await;
    // The painter's answer is in the spool; the store was asked, and keeps silent.
    wait_for_state(folder, &id, "received").await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_claimed_at_once_while_the_store_hangs() {
    if on_d1() {
        // A bucket that hangs has the spool and the ledger of erasures in it, too: a
        // node that shares them does not start without it.
        return;
    }
    let (folder, outside, mut child) = hanging_server().await;
    let id = stuck_job(folder.path(), &outside).await;
    let waited = waited_ms(folder.path(), &id).await;
    kill(&mut child);
    assert!(waited < 1000, "claimed after {waited} ms");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_no_job_under_way_the_server_ends_at_once() {
    if on_d1() {
        // A bucket that hangs has the spool and the ledger of erasures in it, too: a
        // node that shares them does not start without it.
        return;
    }
    let (_folder, _outside, child) = hanging_server().await;
    let ended = tokio::task::spawn_blocking(|| terminate(child, PROMPTLY));
    ended.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "waits for the whole time that a shutdown gives to jobs: make test-all"]
async fn a_job_that_waits_for_the_store_delays_the_end_no_longer_than_the_limit() {
    if on_d1() {
        // A bucket that hangs has the spool and the ledger of erasures in it, too: a
        // node that shares them does not start without it.
        return;
    }
    let (folder, outside, child) = hanging_server().await;
    let id = stuck_job(folder.path(), &outside).await;
    let ended = tokio::task::spawn_blocking(|| terminate(child, DRAIN));
    ended.await.unwrap();
    // Nothing is lost: the next start carries on with the bytes in the spool.
    wait_for_state(folder.path(), &id, "received").await;
}
