//! The embedded engine: SQLite through sqlx, one writer and a pool of readers.
//!
//! A connection that failed to begin, commit or roll back may still be in the
//! middle of a transaction, or believe that it is. It is closed, and the next
//! statement opens another: a disk that was full for a moment must not end all
//! writes until a restart.

use super::{
    engine::{Access, Statement},
    errors::{DbError, OpenError},
    public::{self, Changing},
    rows::{Row, Value},
    schema::{self, Schema},
};
use sqlx::{
    Column, ConnectOptions, Connection, Executor, Row as _, Sqlite as Driver, SqliteConnection,
    SqlitePool, TypeInfo, ValueRef,
    pool::PoolConnection,
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow,
        SqliteSynchronous,
    },
};
use std::{collections::HashMap, path::Path, sync::Arc, time::Duration};

/// The longest a statement waits for another process's lock (a backup's, `sqlite3`'s).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const READERS: u32 = 4;

/// SQLite's codes for "another connection has the lock".
const BUSY: [i32; 2] = [5, 6];

/// Two pools over one file: SQLite allows one writer, so the writer pool has one
/// connection and statements queue there rather than fail with "busy".
#[derive(Clone)]
pub(super) struct Sqlite {
    writer: SqlitePool,
    readers: SqlitePool,
}

/// What went wrong with a batch, and what that says of its connection.
struct Failure {
    error: DbError,
    /// The connection is not to be used again.
    broken: bool,
    /// Nothing was begun, so another try repeats nothing.
    repeatable: bool,
}

/// The file as every connection opens it.
fn file(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging()
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        // Whatever left a transaction open, a panic for example, ends with its connection.
        .before_acquire(|connection, _| {
            Box::pin(async move {
                if connection.is_in_transaction() {
                    return Err(sqlx::Error::InvalidSavePointStatement);
                }
                Ok(true)
            })
        })
}

/// How the database at this path stands to this version.
pub(super) async fn schema(path: &Path) -> Result<Schema, OpenError> {
    schema::inspect(path, file(path)).await
}

/// Copies the database at this path, whatever its schema, into a file.
pub(super) async fn copy(path: &Path, to: &Path) -> Result<(), OpenError> {
    schema::copy(file(path), to).await
}

impl Sqlite {
    pub(super) async fn open(path: &Path, access: Access) -> Result<Self, OpenError> {
        let read_only = access == Access::ReadOnly;
        if access != Access::Migrate {
            match schema::inspect(path, file(path).read_only(read_only)).await? {
                Schema::Current(_) => {}
                Schema::Missing => return Err(OpenError::Missing),
                Schema::Older { found, known } => return Err(OpenError::Older { found, known }),
            }
        }
        let readers = file(path).foreign_keys(true).read_only(true);
        let writer = if read_only {
            readers.clone()
        } else {
            file(path)
                .create_if_missing(access == Access::Migrate)
                .journal_mode(SqliteJournalMode::Wal)
                // A commit is on the disk when it is answered: a sign-out or an
                // unpublishing that a power cut takes back was never one.
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                // What a person erased must not linger in free pages.
                .pragma("secure_delete", "ON")
                .optimize_on_close(true, None)
        };
        let engine = |e: sqlx::Error| OpenError::Engine(e.to_string());
        let writer = pool(1).connect_with(writer).await.map_err(engine)?;
        if access == Access::Migrate {
            schema::migrate(&writer).await?;
        }
        let readers = pool(READERS).connect_with(readers).await.map_err(engine)?;
        Ok(Sqlite { writer, readers })
    }

    /// Runs statements one after the other on one connection.
    pub(super) async fn read(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, DbError> {
        assert_complete(statements);
        let mut connection = acquire(&self.readers).await?;
        let mut results = Vec::with_capacity(statements.len());
        for statement in statements {
            match query(statement).fetch_all(&mut *connection).await {
                Ok(rows) => results.push(own(&rows)?),
                Err(e) => {
                    discard(connection);
                    return Err(failed(statement.sql, &e));
                }
            }
        }
        Ok(results)
    }

    pub(super) async fn write(
        &self,
        mut statements: Vec<Statement>,
        changing: Changing,
    ) -> Result<Vec<Vec<Row>>, DbError> {
        assert_complete(&statements);
        // Most writes of public tables change nothing that strangers see: the triggers
        // know, and are asked in the same transaction.
        if changing.may() {
            statements.push(public::statement());
        }
        // The work is a task of its own: a request that is dropped half-way must
        // not leave it half done.
        let writer = self.writer.clone();
        let task = tokio::spawn(async move {
            let mut tried = false;
            loop {
                let mut connection = acquire(&writer).await?;
                let failure = match run_batch(&mut connection, &statements).await {
                    Ok(mut results) => {
                        if changing.may() {
                            changing.found(&results.pop().unwrap_or_default());
                        }
                        return Ok(results);
                    }
                    Err(failure) => failure,
                };
                if failure.broken {
                    discard(connection);
                }
                // Once more on a new connection, where nothing can be done twice.
                if tried || !failure.repeatable {
                    return Err(failure.error);
                }
                tried = true;
            }
        });
        task.await.map_err(|_| DbError::Failed)?
    }

    pub(super) async fn checkpoint_wal(&self) -> Result<(), DbError> {
        let mut connection = acquire(&self.writer).await?;
        // Readers finish within milliseconds; the busy timeout waits for them.
        let done = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&mut *connection)
            .await;
        match done.map(|row| row.try_get::<i64, _>(0)) {
            Ok(Ok(0)) => Ok(()),
            Ok(_) => Err(DbError::Failed),
            Err(e) => {
                discard(connection);
                Err(failed("checkpoint", &e))
            }
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
        let mut connection = acquire(&self.writer).await?;
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

/// While developing, a value too few is a mistake here as well: SQLite would take
/// NULL for it, and D1 refuses the statement.
fn assert_complete(statements: &[Statement]) {
    for statement in statements {
        let sql = statement.sql;
        debug_assert!(statement.is_complete(), "one value for each `?n`: {sql}");
    }
}

async fn acquire(pool: &SqlitePool) -> Result<PoolConnection<Driver>, DbError> {
    pool.acquire().await.map_err(|e| failed("acquire", &e))
}

/// Closes a connection instead of giving it back; its pool opens another.
fn discard(connection: PoolConnection<Driver>) {
    drop(connection.detach());
}

async fn run_batch(
    connection: &mut SqliteConnection,
    statements: &[Statement],
) -> Result<Vec<Vec<Row>>, Failure> {
    let begun = connection.begin_with("BEGIN IMMEDIATE").await;
    let mut transaction = begun.map_err(|e| Failure {
        error: failed("begin", &e),
        broken: true,
        // Whoever waited for the lock in vain has waited long enough.
        repeatable: !is_busy(&e),
    })?;
    let mut results = Vec::with_capacity(statements.len());
    for statement in statements {
        let rows = query(statement).fetch_all(&mut *transaction).await;
        let rows = rows.map_err(|e| failed(statement.sql, &e));
        match rows.and_then(|rows| own(&rows)) {
            Ok(rows) => results.push(rows),
            Err(error) => {
                // SQLite may have rolled back by itself, and then this fails.
                let rolled_back = transaction.rollback().await;
                return Err(Failure {
                    error,
                    broken: error == DbError::Failed || rolled_back.is_err(),
                    repeatable: false,
                });
            }
        }
    }
    // Whether a commit that failed was one is not known: it is not repeated.
    transaction.commit().await.map_err(|e| Failure {
        error: failed("commit", &e),
        broken: true,
        repeatable: false,
    })?;
    Ok(results)
}

fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|e| e.code());
    let code = code.and_then(|code| code.parse::<i32>().ok());
    // The lowest byte is the kind; what is above says more of it.
    code.is_some_and(|code| BUSY.contains(&(code & 0xff)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::PublicVersion;

    #[tokio::test]
    async fn what_was_committed_is_on_the_disk() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("test.db");
        let opened = Sqlite::open(&path, Access::Migrate).await.expect("opens");
        // 2 is FULL: the log of writes is flushed at each commit.
        let level = sqlx::query_scalar::<_, i64>("PRAGMA synchronous");
        assert_eq!(level.fetch_one(&opened.writer).await.ok(), Some(2));
    }

    #[tokio::test]
    async fn a_transaction_left_open_ends_with_its_connection() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("test.db");
        let opened = Sqlite::open(&path, Access::Migrate).await.expect("opens");
        let mut connection = opened.writer.acquire().await.expect("a connection");
        let transaction = connection.begin_with("BEGIN IMMEDIATE").await;
        // As a panic would that keeps the rollback from running.
        std::mem::forget(transaction.expect("begins"));
        drop(connection);
        let nothing = PublicVersion::new(false).changing(&[]);
        assert!(opened.write(Vec::new(), nothing).await.is_ok());
    }
}
