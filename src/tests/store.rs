//! The database: every statement against the migrated schema, batches, forgetting.

mod plans;
mod rules;
pub mod sums;

use crate::harness::{on_d1, stand::Take};
use imgc::store::{Access, Db, DbError, INTEGER_MAX, Statement, all_statements, trips};
use std::{path::Path, process::Command, time::Duration};

/// A database of the engine that this run is about, the same for a folder.
async fn database(folder: &Path) -> Db {
    if on_d1() {
        let settings = Take::of(folder).await.settings();
        return Db::open_d1(settings, Access::Current).await.unwrap();
    }
    Db::open(&folder.join("test.db")).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_is_accepted_by_the_migrated_schema() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    let mut count = 0;
    for (name, sql) in all_statements() {
        assert!(db.prepare(sql).await.is_ok(), "{name}: {sql}");
        let parameters = (1..=200).filter(|n| sql.contains(&format!("?{n}"))).count();
        assert!(parameters <= 100, "{name}: D1 takes at most 100 parameters");
        count += 1;
    }
    assert!(count >= 40, "only {count} statements are listed");
    // Opening again migrates nothing and fails at nothing.
    db.close().await;
    database(folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_all_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    let insert = |key: &'static str| {
        Statement::new("INSERT INTO object_deletions (object_key, requested_at) VALUES (?1, ?2)")
            .bind(key)
            .bind(1_i64)
    };
    let failed = db.batch(vec![insert("a"), insert("b"), insert("a")]).await;
    assert_eq!(failed.err(), Some(DbError::Constraint));
    let rows = || db.fetch_all(Statement::new("SELECT object_key FROM object_deletions"));
    assert!(rows().await.unwrap().is_empty());
    db.batch_durable(vec![insert("a"), insert("b")])
        .await
        .unwrap();
    assert_eq!(rows().await.unwrap().len(), 2);
    // Readers cannot write, whatever the statement says.
    assert!(db.fetch_all(insert("c")).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn several_statements_are_one_trip_on_every_engine() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    let many = (0..120).map(|n| insert(format!("{n:03}"))).collect();
    let (written, trips) = trips::count(db.batch_in_slices(many)).await;
    written.unwrap();
    // What D1 takes at once has an end.
    assert_eq!(trips, if db.is_shared() { 3 } else { 1 });
    let read = |limit: i64| {
        let sql = "SELECT object_key FROM object_deletions ORDER BY object_key LIMIT ?1";
        Statement::new(sql).bind(limit)
    };
    let reads = vec![read(1), read(0), read(3)];
    let (rows, trips) = trips::count(db.fetch_many(reads)).await;
    let rows = rows.unwrap();
    assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), [1, 0, 3]);
    assert_eq!(rows[2][2].text("object_key").unwrap(), "002");
    assert_eq!(trips, 1);
    let (rows, trips) = trips::count(db.fetch_many(Vec::new())).await;
    assert_eq!((rows.unwrap().len(), trips), (0, 0));
    // One that makes no sense fails alone.
    let wrong = vec![read(1), Statement::new("SELECT nonsense")];
    assert_eq!(db.fetch_many(wrong).await.err(), Some(DbError::Failed));
    assert_eq!(db.fetch_all(read(5)).await.unwrap().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_come_back_from_every_engine_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    let write = |key: &str, at: i64| {
        let sql = "INSERT INTO object_deletions (object_key, requested_at) VALUES (?1, ?2)
            RETURNING object_key, requested_at, NULL AS absent";
        db.write(Statement::new(sql).bind(key).bind(at))
    };
    let kept = [
        ("", 0),
        ("1", -1),
        ("1.0", 1_700_000_000_123),
        ("é 帆船 \u{1f600}", INTEGER_MAX),
        ("a\0b", -INTEGER_MAX),
        ("'\"\\\n\r\t", 1),
    ];
    for (key, at) in kept {
        let rows = write(key, at).await.unwrap();
        assert_eq!(rows[0].text("object_key").as_deref(), Ok(key));
        assert_eq!(rows[0].int("requested_at"), Ok(at), "{key}");
        assert_eq!(rows[0].opt_text("absent"), Ok(None));
    }
    // What an engine would round it refuses.
    let refused = db.is_shared().then_some(DbError::Shape);
    assert_eq!(write("large", INTEGER_MAX + 1).await.err(), refused);
    let text = "x".repeat(1_900_000);
    assert!(write(&text, 2).await.is_ok());
}

/// An engine may replay a statement on each of its replicas, and all must come
/// to the same: what is random, and what time it is, comes with the values.
#[test]
fn no_statement_makes_anything_up() {
    let words = [
        "random",
        "'now'",
        "current_time",
        "current_date",
        "datetime(",
        "julianday(",
        "last_insert_rowid",
    ];
    for (name, sql) in all_statements() {
        let sql = sql.to_lowercase();
        for word in words {
            assert!(!sql.contains(word), "{name}: {word}");
        }
    }
}

/// D1 refuses these in migrations, SQLite does not.
#[test]
fn migrations_hold_nothing_that_d1_refuses() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let sql = std::fs::read_to_string(&path).unwrap().to_uppercase();
        let code: String = sql
            .lines()
            .filter(|l| !l.trim_start().starts_with("--"))
            .collect();
        // A trigger's body is the one place where the word may stand.
        let begins = code.matches("BEGIN").count();
        let triggers = code.matches("CREATE TRIGGER").count();
        assert_eq!(begins, triggers, "{}: BEGIN", path.display());
        for refused in ["COMMIT", "PRAGMA", "ATTACH", "VACUUM", "SAVEPOINT"] {
            assert!(!code.contains(refused), "{}: {refused}", path.display());
        }
    }
}

#[test]
#[ignore = "a second engine: make test-all"]
fn workerds_d1_accepts_the_migrations_and_every_statement() {
    let root = env!("CARGO_MANIFEST_DIR");
    let cloudflare = std::path::Path::new(root).join("deploy/cloudflare");
    let node = cloudflare.join("node_modules/.bin/node");
    assert!(
        node.exists() && cloudflare.join("node_modules/miniflare").exists(),
        "workerd is not installed: run `scripts/setup test` (or `npm ci` in deploy/cloudflare)"
    );
    let mut migrations: Vec<_> = std::fs::read_dir(format!("{root}/migrations"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    migrations.sort();
    let migrations: Vec<String> = migrations
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let statements: Vec<_> = all_statements().collect();
    let input = serde_json::json!({"migrations": migrations, "statements": statements});
    let mut child = std::process::Command::new(node)
        .arg("tests/statements.mjs")
        .current_dir(cloudflare)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    serde_json::to_writer(child.stdin.take().unwrap(), &input).unwrap();
    let output = child.wait_with_output().unwrap();
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["tried"], statements.len());
    assert_eq!(said["refused"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_that_could_be_a_password_or_a_providers_token() {
    if on_d1() {
        // The schema is the same.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&folder.path().join("test.db")).await.unwrap();
    let sql = "SELECT t.name || '.' || c.name AS name
        FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'";
    let rows = db.fetch_all(Statement::new(sql)).await.unwrap();
    let names: Vec<String> = rows.iter().map(|row| row.text("name").unwrap()).collect();
    assert!(names.len() > 50, "{names:?}");
    for name in names {
        let own = name.ends_with(".token_hash");
        let secret = ["password", "token", "secret"]
            .iter()
            .any(|word| name.contains(word));
        assert!(own || !secret, "{name}");
    }
}

fn insert(key: String) -> Statement {
    Statement::new("INSERT INTO object_deletions (object_key, requested_at) VALUES (?1, 1)")
        .bind(key)
}

async fn written(db: &Db, like: &'static str) -> usize {
    let sql = "SELECT object_key FROM object_deletions WHERE object_key LIKE ?1";
    let rows = db.fetch_all(Statement::new(sql).bind(like)).await;
    rows.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_ends_behind_our_back_ends_no_other() {
    if on_d1() {
        // A file of the embedded engine, and nothing else.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&folder.path().join("test.db")).await.unwrap();
    // What SQLite does by itself when the disk is full: the commit finds no transaction.
    for ended_by in ["ROLLBACK", "COMMIT"] {
        let batch = vec![Statement::new(ended_by), insert(format!("{ended_by}-lost"))];
        assert_eq!(db.batch(batch).await.err(), Some(DbError::Failed));
        db.write(insert(format!("{ended_by}-kept"))).await.unwrap();
        db.ping().await.unwrap();
    }
    assert_eq!(written(&db, "%-kept").await, 2);
    // A statement that makes no sense costs the others nothing.
    assert!(db.write(Statement::new("SELECT nonsense")).await.is_err());
    assert!(
        db.fetch_all(Statement::new("SELECT nonsense"))
            .await
            .is_err()
    );
    db.write(insert("more".into())).await.unwrap();
    db.checkpoint_wal().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_full_takes_writes_again_when_there_is_room() {
    if on_d1() {
        // A file of the embedded engine, and nothing else.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&folder.path().join("test.db")).await.unwrap();
    for round in 0..3 {
        let batch = vec![
            // The connection may not make the file any larger.
            Statement::new("PRAGMA max_page_count = 1"),
            insert(format!("{round}-{}", "x".repeat(4_000_000))),
        ];
        assert_eq!(db.batch(batch).await.err(), Some(DbError::Failed));
        db.write(insert(format!("{round}-kept"))).await.unwrap();
    }
    assert_eq!(written(&db, "%-kept").await, 3);
}

/// A file system of eight megabytes; gone with this value.
struct SmallDisk<'a>(&'a Path);

impl SmallDisk<'_> {
    fn mount(path: &Path) -> Option<SmallDisk<'_>> {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", "size=8m", "none"]);
        let mounted = command.arg(path).output();
        mounted
            .is_ok_and(|o| o.status.success())
            .then(|| SmallDisk(path))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).output();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_was_full_for_a_while_ends_nothing() {
    if on_d1() {
        // A file of the embedded engine, and nothing else.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let Some(_disk) = SmallDisk::mount(folder.path()) else {
        println!("skipped: this user may not mount a file system");
        return;
    };
    let db = Db::open(&folder.path().join("test.db")).await.unwrap();
    let filler = folder.path().join("filler");
    for round in 0..3 {
        // Whatever is left of it.
        let _ = std::fs::write(&filler, vec![0; 8_000_000]);
        let mut refused = 0;
        for n in 0..3000 {
            let wide = insert(format!("{round}-{n}-{}", "x".repeat(2000)));
            refused += u32::from(db.write(wide).await.is_err());
            if refused == 5 {
                break;
            }
        }
        assert_eq!(refused, 5, "the disk was never full");
        std::fs::remove_file(&filler).unwrap();
        db.write(insert(format!("{round}-kept"))).await.unwrap();
        db.ping().await.unwrap();
    }
    assert_eq!(written(&db, "%-kept").await, 3);
    db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_goes_away_in_the_middle_leaves_the_database_as_it_should_be() {
    if on_d1() {
        // What a cut call has done there is cluster/cuts.rs's.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&folder.path().join("test.db")).await.unwrap();
    for n in 0..100 {
        let pair = vec![insert(format!("{n}-first")), insert(format!("{n}-second"))];
        let going = tokio::time::timeout(Duration::from_micros(n * 20), db.batch(pair));
        let _ = going.await;
        let reading = db.fetch_all(Statement::new("SELECT * FROM object_deletions"));
        let _ = tokio::time::timeout(Duration::from_micros(n * 20), reading).await;
    }
    db.write(insert("kept".into())).await.unwrap();
    assert_eq!(written(&db, "kept").await, 1);
    // Both of a pair are there, or neither.
    let pairs = written(&db, "%-first").await;
    assert_eq!(pairs, written(&db, "%-second").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_another_process_in_vain_is_told_and_may_try_again() {
    if on_d1() {
        // A file of the embedded engine, and nothing else.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let db = Db::open(&path).await.unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut other = sqlx::ConnectOptions::connect(&options).await.unwrap();
    for step in ["BEGIN IMMEDIATE", "COMMIT"] {
        sqlx::raw_sql(step).execute(&mut other).await.unwrap();
        let open = step == "BEGIN IMMEDIATE";
        let done = db.write(insert(step.into())).await;
        assert_eq!(done.err(), open.then_some(DbError::Failed));
    }
    assert_eq!(written(&db, "%").await, 1);
}
