//! The drill: a backup made while the server runs, put back after somebody was
//! erased; and that nothing can be read in one without its key.

use crate::{
    crash::{Outside, kill},
    harness::{Browser, Server, new_key, on_d1},
    rights::{close, files_below, holds, until_receipt_says},
};
use imgc::{
    housekeeping::{dated_files, rules},
    model::retention::RetentionRule,
    ops::backup,
    store::Statement,
};
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// Runs the command line on a data folder.
fn imgc(folder: &Path, recipient: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_imgc"))
        .args(arguments)
        .current_dir(folder)
        .env("IMGC_DATA_DIR", folder.join("data"))
        .env("IMGC_BACKUP_RECIPIENT", recipient)
        .env("IMGC_BACKUP_DIR", folder.join("backups"))
        .env_remove("FAILPOINTS")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&both).into_owned()
}

fn backups(folder: &Path) -> Vec<PathBuf> {
    dated_files::backups(&folder.join("backups")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_erased_stays_erased_when_an_older_backup_is_put_back() {
    if on_d1() {
        // Backups are the embedded engine's.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let outside = Outside::start(folder.path()).await;
    let mut child = outside.server(folder.path(), None).await;
    let base = format!("http://{}", outside.site);
    let (mut ada, mut sam) = (Browser::new(&base), Browser::new(&base));
    ada.sign_in("Ada Martin").await;
    sam.sign_in("Sam Rivera").await;
    let hers = ada.picture("a walrus in confidence").await;
    let his = sam.picture("a boat").await;
    let original = format!("/files/{his}/original.png");
    let (_, bytes) = sam.get_bytes(&original).await;
    // More than are worked on at once: some still wait when the backup is made.
    let mut slow = Vec::new();
    for _ in 0..5 {
        let key = new_key();
        let prompt = format!("a slow boat [demo:slow=600] [key:{key}]");
        slow.push((sam.generate(&prompt).await, key));
    }

    let key = folder.path().join("key.txt");
    let recipient = backup::make_key(&key).unwrap();
    let invite = ["invite", "create", "--note", "the choir"];
    let invited = imgc(folder.path(), &recipient, &invite);
    assert!(invited.status.success(), "{}", said(&invited));
    let made = imgc(folder.path(), &recipient, &["backup"]);
    assert!(made.status.success(), "{}", said(&made));
    let found = backups(folder.path());
    assert_eq!(found.len(), 1);
    let sealed = std::fs::read(&found[0]).unwrap();
    for plain in [
        "walrus",
        "Ada Martin",
        "ada.martin@",
        &hers,
        "SQLite format",
    ] {
        assert!(!holds(&sealed, plain), "{plain} can be read");
    }

    let receipt = close(&mut ada, "now").await;
    until_receipt_says(&mut sam, &receipt, "Every file erased").await;
    // Not while a server runs, not over data without a word, not with another key.
    let file = found[0].display().to_string();
    let key_name = key.display().to_string();
    let restore = ["restore", &file, "--key", &key_name, "--replace"];
    assert!(!imgc(folder.path(), &recipient, &restore).status.success());
    kill(&mut child);
    assert!(
        !imgc(folder.path(), &recipient, &restore[..4])
            .status
            .success()
    );
    let stranger = folder.path().join("stranger.txt");
    backup::make_key(&stranger).unwrap();
    let stranger = stranger.display().to_string();
    let wrong = ["restore", &file, "--key", &stranger, "--replace"];
    assert!(!imgc(folder.path(), &recipient, &wrong).status.success());

    let done = imgc(folder.path(), &recipient, &restore);
    assert!(done.status.success(), "{}", said(&done));
    assert!(said(&done).contains("erased again: 1"), "{}", said(&done));
    // It could have been used up or taken back since.
    let listed = said(&imgc(folder.path(), &recipient, &["invite", "list"]));
    assert!(listed.contains("was taken back on"), "{listed}");
    assert!(listed.contains("the choir"), "{listed}");
    // Nothing of hers is anywhere, before anything is served; logs at their
    // most talkative included.
    let logs = files_below(&folder.path().join("data/logs"));
    assert!(logs.iter().any(|(_, bytes)| holds(bytes, "a job is done")));
    for (path, bytes) in files_below(&folder.path().join("data")) {
        let name = path.display().to_string();
        assert!(!name.contains(&hers), "{name}");
        for canary in ["walrus in confidence", "ada.martin@", &hers] {
            assert!(!holds(&bytes, canary), "{canary} is in {name}");
        }
    }
    let mut child = outside.server(folder.path(), None).await;
    assert!(sam.get("/library").await.location().starts_with("/sign-in"));
    sam.sign_in("Sam Rivera").await;
    assert_eq!(sam.get_bytes(&original).await, (200, bytes));
    // What waited may have been paid since the backup: nobody asks for it again.
    let mut waited = 0;
    for (job, key) in &slow {
        if outside.requests(key).await == 0 {
            waited += 1;
            sam.until(job, &["unknown"]).await;
        }
    }
    assert!(waited > 0, "all five were worked on at once");
    for (_, key) in &slow[slow.len() - waited..] {
        assert_eq!(outside.requests(key).await, 0);
    }
    kill(&mut child);
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_go_after_fourteen_days() {
    if on_d1() {
        // Backups are the embedded engine's.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let key = backup::make_key(&folder.path().join("key.txt")).unwrap();
    assert!(
        backup::make_key(&folder.path().join("key.txt")).is_err(),
        "it was overwritten"
    );
    let backups = folder.path().join("backups").display().to_string();
    let server = Server::start(&[
        ("IMGC_BACKUP_RECIPIENT", &key),
        ("IMGC_BACKUP_DIR", &backups),
    ])
    .await;
    let made = backup::create::create(&server.state).await.unwrap();
    let removed = async || {
        let outcomes = rules::run_all(&server.state).await;
        let of_backups = outcomes
            .iter()
            .find(|outcome| outcome.rule == RetentionRule::Backups);
        of_backups.unwrap().removed
    };
    server
        .state
        .clock
        .advance_ms(14 * 24 * 3600 * 1000 - 60_000);
    assert_eq!(removed().await, 0);
    server.state.clock.advance_ms(120_000);
    assert_eq!(removed().await, 1);
    assert!(!made.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_newer_version_puts_nothing_back() {
    if on_d1() {
        // Backups are the embedded engine's.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key.txt");
    let recipient = backup::make_key(&key).unwrap();
    let backups = folder.path().join("backups").display().to_string();
    let server = Server::start(&[
        ("IMGC_BACKUP_RECIPIENT", &recipient),
        ("IMGC_BACKUP_DIR", &backups),
    ])
    .await;
    let newer =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'of a later year', TRUE, x'00', 0)";
    server.state.db.write(Statement::new(newer)).await.unwrap();
    let made = backup::create::create(&server.state).await.unwrap();

    assert!(
        imgc(folder.path(), &recipient, &["migrate"])
            .status
            .success()
    );
    let database = folder.path().join("data/imgc.db");
    let before = std::fs::read(&database).unwrap();
    let (made, key) = (made.display().to_string(), key.display().to_string());
    let restore = ["restore", &made, "--key", &key, "--replace"];
    let refused = imgc(folder.path(), &recipient, &restore);
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    assert!(
        said(&refused).contains("nothing was put back"),
        "{}",
        said(&refused)
    );
    assert_eq!(std::fs::read(&database).unwrap(), before);
}
