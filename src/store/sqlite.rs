//! The embedded engine: SQLite through sqlx, one writer and a pool of readers.

use super::engine::{DbError, OpenError, Row, Statement, Value};
use sqlx::{
    Column, ConnectOptions, Connection, Executor, Row as _, SqlStr, Sqlite as Driver,
    SqliteConnection, SqlitePool, TypeInfo, ValueRef,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow,
        SqliteSynchronous,
    },
};
use std::{collections::HashMap, path::Path, sync::Arc, time::Duration};

/// The files of `migrations/`: version, description, SQL.
const MIGRATIONS: &[(i64, &str, &str)] = &include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// The longest a statement waits for another process's lock (a backup's, `sqlite3`'s).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const READERS: u32 = 4;

/// Two pools over one file: SQLite allows one writer, so the writer pool has one
/// connection and statements queue there rather than fail with "busy".
#[derive(Clone)]
pub(super) struct Sqlite {
    writer: SqlitePool,
    readers: SqlitePool,
}

fn migrator() -> Migrator {
    let migrations = MIGRATIONS.iter().map(|&(version, description, sql)| {
        let kind = MigrationType::Simple;
        Migration::new(
            version,
            description.into(),
            kind,
            SqlStr::from_static(sql),
            false,
        )
    });
    Migrator::with_migrations(migrations.collect())
}

/// The error for the operator whose database could not be brought up to date.
fn unmigrated(error: MigrateError) -> OpenError {
    match error {
        MigrateError::VersionMissing(version) => OpenError::Newer(version),
        MigrateError::VersionMismatch(version) => OpenError::Foreign(version),
        error => OpenError::Migration(error.to_string()),
    }
}

impl Sqlite {
    pub(super) async fn open(path: &Path) -> Result<Self, OpenError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            // What a person erased must not linger in free pages.
            .pragma("secure_delete", "ON")
            .optimize_on_close(true, None)
            .disable_statement_logging();
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .map_err(|e| OpenError::Engine(e.to_string()))?;
        migrator().run(&writer).await.map_err(unmigrated)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options.read_only(true).create_if_missing(false))
            .await
            .map_err(|e| OpenError::Engine(e.to_string()))?;
        Ok(Sqlite { writer, readers })
    }

    pub(super) async fn read(&self, statement: Statement) -> Result<Vec<Row>, DbError> {
        let rows = query(&statement)
            .fetch_all(&self.readers)
            .await
            .map_err(|e| failed(statement.sql, &e))?;
        own(&rows)
    }

    pub(super) async fn write(
        &self,
        statements: Vec<Statement>,
        durable: bool,
    ) -> Result<Vec<Vec<Row>>, DbError> {
        // The work is a task of its own: a request that is dropped half-way must
        // not leave the only writer connection in a changed mode.
        let writer = self.writer.clone();
        let task = tokio::spawn(async move {
            let mut connection = writer.acquire().await.map_err(|e| failed("acquire", &e))?;
            if durable {
                set_synchronous(&mut connection, "PRAGMA synchronous = FULL").await?;
            }
            let result = run_batch(&mut connection, &statements).await;
            if durable {
                set_synchronous(&mut connection, "PRAGMA synchronous = NORMAL").await?;
            }
            result
        });
        task.await.map_err(|_| DbError::Failed)?
    }

    pub(super) async fn ping(&self) -> Result<(), DbError> {
        let mut connection = self
            .writer
            .acquire()
            .await
            .map_err(|e| failed("acquire", &e))?;
        // An empty immediate transaction takes the write lock and needs a writable disk.
        let transaction = connection
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(|e| failed("ping", &e))?;
        transaction.rollback().await.map_err(|e| failed("ping", &e))
    }

    pub(super) async fn checkpoint_wal(&self) -> Result<(), DbError> {
        let mut connection = self
            .writer
            .acquire()
            .await
            .map_err(|e| failed("acquire", &e))?;
        // Readers finish within milliseconds; the busy timeout waits for them.
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&mut *connection)
            .await
            .map_err(|e| failed("checkpoint", &e))?;
        match row.try_get::<i64, _>(0) {
            Ok(0) => Ok(()),
            _ => Err(DbError::Failed),
        }
    }

    pub(super) async fn copy_to(&self, path: &Path) -> Result<(), DbError> {
        // A reader's own moment: writers go on meanwhile.
        sqlx::query("VACUUM INTO ?1")
            .bind(path.to_string_lossy().into_owned())
            .execute(&self.readers)
            .await
            .map(|_| ())
            .map_err(|e| failed("copy", &e))
    }

    pub(super) async fn prepare(&self, sql: &'static str) -> Result<(), DbError> {
        let mut connection = self
            .writer
            .acquire()
            .await
            .map_err(|e| failed("acquire", &e))?;
        connection
            .prepare(sqlx::SqlStr::from_static(sql))
            .await
            .map(|_| ())
            .map_err(|e| failed(sql, &e))
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

async fn set_synchronous(
    connection: &mut SqliteConnection,
    pragma: &'static str,
) -> Result<(), DbError> {
    connection
        .execute(pragma)
        .await
        .map(|_| ())
        .map_err(|e| failed(pragma, &e))
}

async fn run_batch(
    connection: &mut SqliteConnection,
    statements: &[Statement],
) -> Result<Vec<Vec<Row>>, DbError> {
    let mut transaction = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(|e| failed("begin", &e))?;
    let mut results = Vec::with_capacity(statements.len());
    for statement in statements {
        let rows = query(statement)
            .fetch_all(&mut *transaction)
            .await
            .map_err(|e| failed(statement.sql, &e))?;
        results.push(own(&rows)?);
    }
    transaction
        .commit()
        .await
        .map_err(|e| failed("commit", &e))?;
    Ok(results)
}

fn query(statement: &Statement) -> sqlx::query::Query<'static, Driver, SqliteArguments> {
    let mut query = sqlx::query(statement.sql);
    for value in &statement.values {
        query = match value {
            Value::Null => query.bind(None::<String>),
            Value::Integer(number) => query.bind(*number),
            Value::Real(number) => query.bind(*number),
            Value::Text(text) => query.bind(text.clone()),
        };
    }
    query
}

fn own(rows: &[SqliteRow]) -> Result<Vec<Row>, DbError> {
    let Some(first) = rows.first() else {
        return Ok(Vec::new());
    };
    let columns: HashMap<String, usize> = first
        .columns()
        .iter()
        .map(|c| (c.name().to_owned(), c.ordinal()))
        .collect();
    let columns = Arc::new(columns);
    rows.iter()
        .map(|row| {
            let values = (0..row.len())
                .map(|i| own_value(row, i))
                .collect::<Result<_, _>>()?;
            Ok(Row {
                columns: columns.clone(),
                values,
            })
        })
        .collect()
}

fn own_value(row: &SqliteRow, index: usize) -> Result<Value, DbError> {
    let raw = row.try_get_raw(index).map_err(|e| failed("column", &e))?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let kind = raw.type_info();
    match kind.name() {
        "INTEGER" => row.try_get_unchecked::<i64, _>(index).map(Value::Integer),
        "REAL" => row.try_get_unchecked::<f64, _>(index).map(Value::Real),
        _ => row.try_get_unchecked::<String, _>(index).map(Value::Text),
    }
    .map_err(|e| failed("column", &e))
}

/// Logs the engine's words once, without the parameters, and returns the code.
fn failed(what: &'static str, error: &sqlx::Error) -> DbError {
    let constraint = error
        .as_database_error()
        .is_some_and(|e| e.kind() != sqlx::error::ErrorKind::Other);
    if constraint {
        tracing::debug!(what, %error, "a constraint refused a statement");
        return DbError::Constraint;
    }
    tracing::error!(what, %error, "the database failed");
    DbError::Failed
}
