//! Upgrades: who brings the database up to date, what is kept from before, and
//! what every other command says.

use crate::{
    crash::{Outside, kill},
    harness::{Server, on_d1},
};
use imgc::{
    housekeeping::rules,
    model::retention::RetentionRule,
    ops::backup,
    server::migration::copies,
    store::{Db, Statement},
};
use sqlx::{Connection, SqliteConnection, migrate::Migrator, sqlite::SqliteConnectOptions};
use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The last migration that the older version knew.
const OLDER: i64 = 7;
const DAY_MS: i64 = 24 * imgc::model::limits::HOUR_MS;

fn imgc(folder: &Path, arguments: &[&str]) -> Output {
    let key = backup_key(folder);
    let mut command = Command::new(env!("CARGO_BIN_EXE_imgc"));
    command.current_dir(folder).args(arguments).env_clear();
    command.env("IMGC_DATA_DIR", folder.join("data"));
    command.env("IMGC_BACKUP_DIR", folder.join("backups"));
    command.env("IMGC_LOG_DIR", folder.join("logs"));
    command.env("IMGC_BACKUP_RECIPIENT", key).output().unwrap()
}

/// The public half of a key that is made once a folder.
fn backup_key(folder: &Path) -> String {
    let (secret, public) = (folder.join("key.txt"), folder.join("key.pub"));
    if !public.exists() {
        std::fs::write(&public, backup::make_key(&secret).unwrap()).unwrap();
    }
    std::fs::read_to_string(public).unwrap()
}

fn said(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&both).into_owned()
}

async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    let options = options.create_if_missing(true);
    SqliteConnection::connect_with(&options).await.unwrap()
}

/// A data folder as an older version left it: the first migrations alone, a
/// person, and two jobs whose pictures are there and gone.
async fn older(folder: &Path) -> PathBuf {
    let (first, data) = (folder.join("first"), folder.join("data"));
    std::fs::create_dir_all(&first).unwrap();
    std::fs::create_dir_all(&data).unwrap();
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        if name[..4].parse::<i64>().unwrap() <= OLDER {
            std::fs::copy(file.path(), first.join(name)).unwrap();
        }
    }
    let path = data.join("imgc.db");
    let mut connection = connect(&path).await;
    let migrator = Migrator::new(first.as_path()).await.unwrap();
    migrator.run(&mut connection).await.unwrap();
    let rows = "INSERT INTO users (id, issuer, subject, email, name, created_at, last_sign_in_at)
            VALUES ('u', 'i', 's', 'ada@example.com', 'Ada', 1, 1);
        INSERT INTO jobs (id, user_id, request_key, state, model, prompt, settings,
            reserved_micros, cost_micros, created_at, finished_at)
            VALUES ('kept', 'u', '1', 'ready', 'm', 'a kept boat', '{\"count\":1}', 9, 7, 1, 2),
                ('gone', 'u', '2', 'ready', 'm', 'a walrus in confidence', '{\"count\":1}', 9, 8, 1, 2),
                ('lost', 'u', '3', 'failed', 'm', 'a lost boat', '{\"count\":1}', 9, NULL, 1, 2);
        INSERT INTO images (id, user_id, job_id, position, width, height, format, bytes, sha256,
            placeholder, widths, model, prompt, settings, cost_micros, created_at)
            VALUES ('p', 'u', 'kept', 0, 1, 1, 'png', 1, 'x', '#000000', '[1]', 'm', 'a kept boat',
                '{\"count\":1}', 7, 1);";
    sqlx::raw_sql(rows).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    path
}

async fn schema_of(path: &Path) -> i64 {
    let mut connection = connect(path).await;
    let version = sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations");
    let version = version.fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    version
}

fn found_copies(folder: &Path) -> Vec<PathBuf> {
    copies(&folder.join("data")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_but_migrate_touches_an_older_database() {
    if on_d1() {
        // The file, and the copy of it before a migration, are the embedded engine's.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = older(folder.path()).await;
    let before = std::fs::read(&path).unwrap();
    let commands: [&[&str]; 4] = [
        &["doctor"],
        &["backup"],
        &["purge"],
        &["purge", "--dry-run"],
    ];
    for command in commands {
        let output = imgc(folder.path(), command);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{command:?}: {said}");
        for part in ["imgc migrate", "migration 7", "start the server once"] {
            assert!(said.contains(part), "{command:?}: {part} is not in: {said}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), before, "{command:?}");
    }
    assert_eq!(found_copies(folder.path()), Vec::<PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn migrate_copies_first_and_what_was_deleted_takes_its_words_along() {
    if on_d1() {
        // The file, and the copy of it before a migration, are the embedded engine's.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = older(folder.path()).await;
    let done = imgc(folder.path(), &["migrate"]);
    assert!(done.status.success(), "{}", said(&done));
    let copies = found_copies(folder.path());
    assert_eq!(copies.len(), 1);
    let name = copies[0]
        .file_name()
        .unwrap()
        .to_string_lossy()
        .into_owned();
    assert!(name.ends_with("-schema-7.db"), "{name}");
    assert!(said(&done).contains(&name), "{}", said(&done));
    let mode = std::fs::metadata(&copies[0]).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "others may read it");
    assert_eq!(schema_of(&copies[0]).await, OLDER);
    assert!(schema_of(&path).await > OLDER);

    let database = std::fs::read(&path).unwrap();
    assert!(!crate::rights::holds(&database, "walrus in confidence"));
    let db = Db::open_current(&path).await.unwrap();
    let rows = db.fetch_all(Statement::new(
        "SELECT id, prompt, cost_micros FROM jobs ORDER BY id",
    ));
    let jobs: Vec<_> = rows
        .await
        .unwrap()
        .iter()
        .map(|row| {
            let cost = row.opt_int("cost_micros").unwrap();
            (row.text("id").unwrap(), row.text("prompt").unwrap(), cost)
        })
        .collect();
    let job = |id: &str, prompt: &str, cost| (id.to_owned(), prompt.to_owned(), cost);
    assert_eq!(
        jobs,
        [
            job("gone", "", Some(8)),
            job("kept", "a kept boat", Some(7)),
            job("lost", "a lost boat", None),
        ]
    );
    db.close().await;

    // Done is done, and the others work now and say in the log what they did.
    let again = imgc(folder.path(), &["migrate"]);
    assert!(said(&again).contains("Nothing to do"), "{}", said(&again));
    assert_eq!(found_copies(folder.path()), copies);
    for command in [&["backup"][..], &["purge", "--dry-run"], &["purge"]] {
        let output = imgc(folder.path(), command);
        assert!(output.status.success(), "{command:?}: {}", said(&output));
    }
    let logs: Vec<u8> = crate::rights::files_below(&folder.path().join("logs"))
        .into_iter()
        .flat_map(|(_, bytes)| bytes)
        .collect();
    for act in [
        "the database was migrated",
        "a backup was made",
        "a purge by hand",
    ] {
        assert!(crate::rights::holds(&logs, act), "{act} is not in the log");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_migrates_after_a_copy_and_alone() {
    if on_d1() {
        // The file, and the copy of it before a migration, are the embedded engine's.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = older(folder.path()).await;
    let outside = Outside::start(folder.path()).await;
    let mut child = outside.server(folder.path(), None).await;
    assert_eq!(found_copies(folder.path()).len(), 1);
    // Nobody migrates under it.
    let refused = imgc(folder.path(), &["migrate"]);
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    kill(&mut child);
    assert!(schema_of(&path).await > OLDER);
    let mut child = outside.server(folder.path(), None).await;
    assert_eq!(found_copies(folder.path()).len(), 1, "once is enough");
    kill(&mut child);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_fails_again_and_again_fills_no_disk() {
    if on_d1() {
        // The file, and the copy of it before a migration, are the embedded engine's.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = older(folder.path()).await;
    // In the way of a table that a migration makes.
    let mut connection = connect(&path).await;
    let in_the_way = sqlx::raw_sql("CREATE TABLE clock_watch (id INTEGER)");
    in_the_way.execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let mut seen = Vec::new();
    for _ in 0..4 {
        let output = imgc(folder.path(), &["migrate"]);
        assert!(!output.status.success(), "{}", said(&output));
        let found = found_copies(folder.path());
        for copy in &found {
            seen.push(schema_of(copy).await);
        }
        // What was applied before the failure stays, and has a copy of its own.
        assert!(found.len() <= 2, "{found:?}");
    }
    assert!(seen.contains(&OLDER));
    assert_eq!(schema_of(&found_copies(folder.path())[0]).await, OLDER);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_room_for_the_copy_nothing_is_migrated() {
    if on_d1() {
        // The file, and the copy of it before a migration, are the embedded engine's.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = older(folder.path()).await;
    // As good as a disk without room: the folder's place is taken.
    std::fs::write(folder.path().join("data/before-migrations"), "").unwrap();
    let output = imgc(folder.path(), &["migrate"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert_eq!(schema_of(&path).await, OLDER);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_database_none_is_invented() {
    if on_d1() {
        // The file, and the copy of it before a migration, are the embedded engine's.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for command in [&["backup"][..], &["purge"], &["purge", "--dry-run"]] {
        let output = imgc(folder.path(), command);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains("IMGC_DATA_DIR"), "{}", said(&output));
    }
    assert!(!folder.path().join("data/imgc.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_from_before_migrations_go_after_seven_days() {
    if on_d1() {
        // The file, and the copy of it before a migration, are the embedded engine's.
        return;
    }
    let server = Server::start(&[]).await;
    let copies_folder = server.data.path().join("before-migrations");
    std::fs::create_dir_all(&copies_folder).unwrap();
    let copy = copies_folder.join("imgc-20260101T000000Z-schema-7.db");
    std::fs::write(&copy, "a copy").unwrap();
    let removed = async || {
        let done = rules::run_only(&server.state, RetentionRule::MigrationCopies).await;
        done[0].removed
    };
    server.state.clock.advance_ms(7 * DAY_MS - 60_000);
    assert_eq!(removed().await, 0);
    server.state.clock.advance_ms(120_000);
    assert_eq!(removed().await, 1);
    assert!(!copy.exists());
}
