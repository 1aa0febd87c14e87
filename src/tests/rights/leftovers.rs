//! What killed writes and killed commands leave: gone with the erasure, at the
//! start and after a day, and in no backup.

use super::{DAY_MS, HOUR_MS, close, files_below, holds, until_receipt_says};
use crate::{
    crash::{Outside, kill},
    harness::{Browser, PATIENCE, Server, on_d1},
    library::person,
};
use imgc::{
    housekeeping,
    ops::backup,
    server::{config::Config, objects::ObjectKey},
    store::Statement,
};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, Instant},
};

const CANARY: &str = "private-bytes-of-a-killed-write";

fn write(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, CANARY).unwrap();
}

/// The files below a folder that hold the canary.
fn leftovers(folder: &Path) -> Vec<String> {
    let files = files_below(folder).into_iter();
    let found = files.filter(|(_, bytes)| holds(bytes, CANARY));
    found.map(|(path, _)| path.display().to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_takes_the_halves_of_killed_writes_along() {
    if on_d1() {
        // Halves are files: a bucket has none, and no copy of the database is a file.
        return;
    }
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = ada.picture("a boat").await;
    let me = person(&server, "Ada Martin").await;
    let data = server.data.path();
    for half in [
        format!("originals/{id}.png#1"),
        format!("originals/{id}.png#2"),
        format!("renditions/{id}/320.webp#1"),
        format!("avatars/{me}.webp#1"),
    ] {
        write(&data.join("objects").join(half));
    }
    // A copy of the database that a killed backup left.
    write(&data.join("backup.db"));
    // A job that ended between the store and the library.
    let (job, lost) = (
        uuid::Uuid::now_v7().to_string(),
        uuid::Uuid::now_v7().to_string(),
    );
    let row = Statement::new(
        "INSERT INTO jobs (id, user_id, request_key, state, model, prompt, settings,
            reserved_micros, created_at) VALUES (?1, ?2, ?1, 'failed', 'm', 'p', '{\"count\":1}', 0, 0)",
    );
    let row = row.bind(job.as_str()).bind(me.as_str());
    server.state.db.write(row).await.unwrap();
    let manifest = serde_json::json!({"usage": null, "pictures": [
        {"image_id": lost, "sha256": "", "revised_prompt": null}]});
    let folder = data.join("spool").join(&job);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
    let key = ObjectKey::Original {
        image: &lost,
        format: "jpeg",
    };
    server.state.objects.put(key, CANARY.into()).await.unwrap();
    let key = ObjectKey::Rendition {
        image: &lost,
        width: 640,
    };
    server.state.objects.put(key, CANARY.into()).await.unwrap();

    let receipt = close(&mut ada, "now").await;
    until_receipt_says(&mut server.browser(), &receipt, "Every file erased").await;
    assert_eq!(leftovers(data), Vec::<String>::new());
    assert_eq!(files_below(&data.join("objects")), vec![]);
    assert!(
        !data.join(format!("objects/renditions/{id}")).exists(),
        "its name is a picture's id"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_removes_what_is_left_and_closes_what_is_open() {
    if on_d1() {
        // What is left and open are files of the data folder.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let outside = Outside::start(folder.path()).await;
    let mut child = outside.server(folder.path(), None).await;
    let mut ada = Browser::new(&format!("http://{}", outside.site));
    ada.sign_in("Ada Martin").await;
    let id = ada.picture("a boat").await;
    kill(&mut child);
    let data = folder.path().join("data");
    let stray = uuid::Uuid::now_v7();
    for half in [
        format!("objects/originals/{stray}.png#1"),
        format!("objects/renditions/{stray}/640.webp#17"),
        "incoming/half".to_owned(),
        "backup.db".to_owned(),
        "backups/backup.part".to_owned(),
        "restore.old/imgc.db".to_owned(),
    ] {
        write(&data.join(half));
    }
    // As an older version made them, without a mask.
    let original = data.join(format!("objects/originals/{id}.png"));
    let database = data.join("imgc.db");
    for path in [&original, &database] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();

    let mut child = outside.server(folder.path(), None).await;
    let open = || -> Vec<String> {
        let files = files_below(&data).into_iter().map(|(path, _)| path);
        let all = files.chain([data.clone(), data.join("objects"), data.join("spool")]);
        let mode = |path: &Path| fs::metadata(path).map_or(0, |found| found.permissions().mode());
        let open = all.filter(|path| mode(path) & 0o077 != 0);
        open.map(|path| path.display().to_string()).collect()
    };
    let began = Instant::now();
    while !leftovers(&data).is_empty() || !open().is_empty() {
        let left = (leftovers(&data), open());
        assert!(began.elapsed() < PATIENCE, "still there or open: {left:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (status, _) = ada.get_bytes(&format!("/files/{id}/original.png")).await;
    assert_eq!(status, 200);
    // What is written from here on is closed from its first moment.
    ada.picture("another boat").await;
    assert_eq!(open(), Vec::<String>::new());
    kill(&mut child);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_backup_holds_halves_and_a_day_ends_them() {
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
    let mut ada = server.signed_in("Ada Martin").await;
    let id = ada.picture("a boat").await;
    let data = server.data.path();
    write(&data.join(format!("objects/originals/{id}.png#1")));
    write(&data.join(format!("spool/{}/manifest.part", uuid::Uuid::now_v7())));
    let made = backup::create::create(&server.state).await.unwrap();
    let other = folder.path().join("other").display().to_string();
    let env = |name: &str| (name == "IMGC_DATA_DIR").then(|| other.clone());
    let config = Config::from_parts("", &env).unwrap();
    backup::restore::restore(config, &made, &key, false)
        .await
        .unwrap();
    assert_eq!(leftovers(Path::new(&other)), Vec::<String>::new());
    let whole = Path::new(&other).join(format!("objects/originals/{id}.png"));
    assert!(whole.exists(), "the picture itself is in it");

    housekeeping::round(&server.state).await;
    assert_eq!(
        leftovers(&data.join("objects")).len(),
        1,
        "it may be under way"
    );
    server.state.clock.advance_ms(DAY_MS + HOUR_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(leftovers(&data.join("objects")), Vec::<String>::new());
}
