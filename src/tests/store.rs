//! The database: every statement against the migrated schema, batches, forgetting.

use imgc::store::{Db, DbError, Statement, all_statements};

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_is_accepted_by_the_migrated_schema() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&folder.path().join("test.db")).await.unwrap();
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
    Db::open(&folder.path().join("test.db")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_all_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&folder.path().join("test.db")).await.unwrap();
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
fn workerds_d1_accepts_the_migrations_and_every_statement() {
    let root = env!("CARGO_MANIFEST_DIR");
    let end2end = std::path::Path::new(root).join("end2end");
    assert!(
        end2end.join("node_modules/miniflare").exists(),
        "workerd is not installed: run `scripts/setup test` (or `npm ci` in end2end)"
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
    let mut child = std::process::Command::new("node")
        .arg("d1/check.mjs")
        .current_dir(end2end)
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
