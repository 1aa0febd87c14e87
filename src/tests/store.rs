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
        for refused in ["BEGIN", "COMMIT", "PRAGMA", "ATTACH", "VACUUM", "SAVEPOINT"] {
            assert!(!code.contains(refused), "{}: {refused}", path.display());
        }
    }
}
