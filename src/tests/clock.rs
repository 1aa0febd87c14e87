//! A clock that jumped, as every process meets it: nothing is erased by it,
//! whoever starts next, until it has run steadily or the operator speaks.

use crate::{
    crash::{Outside, kill},
    harness::{Browser, PATIENCE, Server, on_d1},
};
use imgc::{
    housekeeping::{self, dated_files},
    ops::backup,
    store::{Db, Statement, clock_watch},
};
use std::{
    path::Path,
    process::{Command, Output},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

const DAY_MS: i64 = 24 * imgc::model::limits::HOUR_MS;

fn imgc(folder: &Path, recipient: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_imgc"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("IMGC_DATA_DIR", folder.join("data"))
        .env("IMGC_BACKUP_RECIPIENT", recipient)
        .env("IMGC_BACKUP_DIR", folder.join("backups"))
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&both).into_owned()
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// Makes it so that the clock was last looked at so many days ago: seen from
/// there, it jumped.
async fn last_looked(db: &Db, days: i64) {
    clock_watch::trust(db, now_ms() - days * DAY_MS)
        .await
        .unwrap();
}

async fn is_there(db: &Db, picture: &str) -> bool {
    let sql = "SELECT id FROM images WHERE id = ?1";
    let row = db.fetch_optional(Statement::new(sql).bind(picture)).await;
    row.unwrap().is_some()
}

/// What an administrator would lose first: a picture that is overdue by this
/// clock, and an older backup.
async fn overdue(folder: &Path, outside: &Outside) -> String {
    let mut child = outside.server(folder, None).await;
    let mut ada = Browser::new(&format!("http://{}", outside.site));
    ada.sign_in("Ada Martin").await;
    let picture = ada.picture("a boat").await;
    let trash = [
        ("ids[]", picture.as_str()),
        ("action", "trash"),
        ("lang", "en"),
    ];
    ada.post("/api/change", &trash).await;
    kill(&mut child);
    let db = Db::open(&folder.join("data/imgc.db")).await.unwrap();
    let age = Statement::new("UPDATE images SET trashed_at = ?1").bind(now_ms() - 31 * DAY_MS);
    db.write(age).await.unwrap();
    db.close().await;
    std::fs::create_dir_all(folder.join("backups")).unwrap();
    let old = folder.join("backups/imgc-20260101T000000Z.tar.age");
    std::fs::write(&old, "an older backup").unwrap();
    let month = Duration::from_secs(30 * 24 * 3600);
    let file = std::fs::File::options().write(true).open(&old).unwrap();
    file.set_modified(SystemTime::now() - month).unwrap();
    picture
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_a_restart_nor_a_command_erases_by_a_clock_that_jumped() {
    if on_d1() {
        // Backups are the embedded engine's.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let outside = Outside::start(folder).await;
    let picture = overdue(folder, &outside).await;
    let key = backup::make_key(&folder.join("key.txt")).unwrap();
    let path = folder.join("data/imgc.db");
    let open = async || Db::open_current(&path).await.unwrap();
    let db = open().await;
    last_looked(&db, 40).await;
    db.close().await;
    let backups = || dated_files::backups(&folder.join("backups")).unwrap().len();

    let made = imgc(folder, &key, &["backup"]);
    assert!(made.status.success(), "{}", said(&made));
    assert_eq!(
        backups(),
        2,
        "the older one is needed if the clock is wrong"
    );
    let purged = imgc(folder, &key, &["purge"]);
    assert_eq!(purged.status.code(), Some(1), "{}", said(&purged));
    assert!(said(&purged).contains("--trust-clock"), "{}", said(&purged));
    let mut child = outside.server(folder, None).await;
    // Its first round of housekeeping comes at once.
    tokio::time::sleep(Duration::from_secs(2)).await;
    kill(&mut child);
    let db = open().await;
    assert!(is_there(&db, &picture).await);
    db.close().await;
    let counted = imgc(folder, &key, &["purge", "--dry-run"]);
    assert!(counted.status.success() && said(&counted).contains("--trust-clock"));
    assert!(said(&imgc(folder, &key, &["doctor"])).contains("--trust-clock"));

    let trusted = imgc(folder, &key, &["purge", "--trust-clock"]);
    assert!(trusted.status.success(), "{}", said(&trusted));
    let db = open().await;
    assert!(!is_there(&db, &picture).await);
    db.close().await;
    assert_eq!(backups(), 1);
    assert!(!said(&imgc(folder, &key, &["doctor"])).contains("--trust-clock"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_removes_old_backups_and_nothing_else() {
    if on_d1() {
        // Backups are the embedded engine's.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let outside = Outside::start(folder).await;
    let picture = overdue(folder, &outside).await;
    let key = backup::make_key(&folder.join("key.txt")).unwrap();
    let made = imgc(folder, &key, &["backup"]);
    assert!(made.status.success(), "{}", said(&made));
    assert_eq!(
        dated_files::backups(&folder.join("backups")).unwrap().len(),
        1
    );
    let db = Db::open_current(&folder.join("data/imgc.db"))
        .await
        .unwrap();
    assert!(is_there(&db, &picture).await);
    db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_to_be_erased_now_waits_for_no_clock() {
    let server = Server::start(&[]).await;
    let (mut ada, mut sam) = (server.browser(), server.browser());
    ada.sign_in("Ada Martin").await;
    sam.sign_in("Sam Rivera").await;
    let (hers, his) = (ada.picture("a boat").await, sam.picture("a hut").await);
    let db = &server.state.db;
    let doubted = "UPDATE clock_watch SET doubted_since = ?1, believed_at = ?1 - ?2, seen_at = ?1";
    let doubted = Statement::new(doubted).bind(now_ms()).bind(40 * DAY_MS);
    db.write(doubted).await.unwrap();
    // Sam's grace is over by this clock; Ada does not want to wait for hers.
    crate::rights::close(&mut sam, "").await;
    let over = Statement::new("UPDATE erasures SET due_at = ?1, requested_at = ?1 - ?2");
    let over = over.bind(now_ms() - 1000).bind(7 * DAY_MS);
    db.write(over).await.unwrap();
    crate::rights::close(&mut ada, "now").await;
    let began = std::time::Instant::now();
    while is_there(db, &hers).await {
        assert!(began.elapsed() < PATIENCE, "hers is still there");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    housekeeping::round(&server.state).await;
    assert!(is_there(db, &his).await);
    db.write(Statement::new("DELETE FROM clock_watch"))
        .await
        .unwrap();
    housekeeping::round(&server.state).await;
    assert!(!is_there(db, &his).await);
}
