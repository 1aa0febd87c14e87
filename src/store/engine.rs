//! `Db`: statements and atomic batches, whatever engine runs them.
//!
//! Values and rows are our own small types, so that an engine that speaks HTTP
//! and JSON (Cloudflare D1) can answer as the embedded one does.

use super::{
    schema::Schema,
    sqlite::{self, Access, Sqlite},
};
use std::{collections::HashMap, path::Path, sync::Arc};

/// A value as SQLite and D1 both know it.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// INTEGER: 64 bits, signed.
    Integer(i64),
    /// REAL: 64-bit floating point.
    Real(f64),
    /// TEXT: UTF-8.
    Text(String),
}

/// One statement with its parameters, in order (`?1`, `?2`, …).
#[derive(Clone)]
pub struct Statement {
    pub(super) sql: &'static str,
    pub(super) values: Vec<Value>,
}

impl Statement {
    /// A statement without parameters yet.
    pub fn new(sql: &'static str) -> Self {
        Statement {
            sql,
            values: Vec::new(),
        }
    }

    /// Adds the next parameter.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }
}

/// The reason a statement did not run. The text of the engine's error goes to the
/// log when it is made, and no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// A UNIQUE, CHECK, NOT NULL or FOREIGN KEY constraint refused it.
    #[error("a constraint refused the statement")]
    Constraint,
    /// The engine failed: disk, lock, connection.
    #[error("the database failed")]
    Failed,
    /// A column was missing or of another type than the code expects.
    #[error("a row had an unexpected shape")]
    Shape,
}

/// The reason the database could not be opened. Nothing personal is in the
/// engine's words here, and the operator needs them.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A migration has been applied that this binary does not know.
    #[error(
        "a newer imgc has brought this database to migration {found}, and this version knows no \
         migration after {known}. Start the newer version again; or, with this one, put back a \
         backup from before the upgrade (`imgc restore --replace`), or the copy that the newer \
         version made in the folder before-migrations: both lose what was made since"
    )]
    Newer {
        /// The last migration it had.
        found: i64,
        /// The last one that this version has.
        known: i64,
    },
    /// Migrations are missing, and whoever opens it is not the one to apply them.
    #[error(
        "it is of an older imgc: it has had migration {found}, and this version needs {known}. \
         Run `imgc migrate`, or start the server once, which does the same"
    )]
    Older {
        /// The last migration it had; 0 for none of ours.
        found: i64,
        /// The last one that this version has.
        known: i64,
    },
    /// There is no database, and whoever opens it is not the one to make it.
    #[error(
        "there is no database: is data_dir (or IMGC_DATA_DIR) right? `imgc migrate` makes one, \
         and so does the server when it starts"
    )]
    Missing,
    /// The copy that is made before migrations could not be, so nothing was changed.
    #[error(
        "it is left as it is, because no copy could be made before bringing it up to date: {0}"
    )]
    Copy(String),
    /// A migration has been applied with another text.
    #[error(
        "its migration {0} is not this version's: another build of imgc has made this database. \
         Start that build again, or put back a backup that this version has made \
         (`imgc restore --replace`)"
    )]
    Foreign(i64),
    /// A migration failed.
    #[error("it could not be brought up to date: {0}")]
    Migration(String),
    /// The file cannot be opened, or is no database.
    #[error("it cannot be opened: {0}")]
    Engine(String),
}

/// One row: values by column name.
#[derive(Clone)]
pub struct Row {
    pub(super) columns: Arc<HashMap<String, usize>>,
    pub(super) values: Vec<Value>,
}

impl Row {
    fn get(&self, column: &str) -> Result<&Value, DbError> {
        let index = self.columns.get(column).ok_or_else(|| {
            tracing::error!(column, "the row has no such column");
            DbError::Shape
        })?;
        self.values.get(*index).ok_or(DbError::Shape)
    }

    /// A TEXT column that is never NULL.
    pub fn text(&self, column: &str) -> Result<String, DbError> {
        self.opt_text(column)?.ok_or(DbError::Shape)
    }

    /// A TEXT column.
    pub fn opt_text(&self, column: &str) -> Result<Option<String>, DbError> {
        match self.get(column)? {
            Value::Text(text) => Ok(Some(text.clone())),
            Value::Null => Ok(None),
            _ => Err(DbError::Shape),
        }
    }

    /// An INTEGER column that is never NULL.
    pub fn int(&self, column: &str) -> Result<i64, DbError> {
        self.opt_int(column)?.ok_or(DbError::Shape)
    }

    /// An INTEGER column.
    pub fn opt_int(&self, column: &str) -> Result<Option<i64>, DbError> {
        match self.get(column)? {
            Value::Integer(number) => Ok(Some(*number)),
            Value::Null => Ok(None),
            _ => Err(DbError::Shape),
        }
    }

    /// The columns that begin with `prefix`, as a row of their own without it:
    /// one of the tables of a join.
    pub fn part(&self, prefix: &str) -> Row {
        let of_part = self.columns.iter().filter_map(|(name, index)| {
            let name = name.strip_prefix(prefix)?;
            Some((name.to_owned(), self.values.get(*index)?.clone()))
        });
        let (mut columns, mut values) = (HashMap::new(), Vec::new());
        for (name, value) in of_part {
            columns.insert(name, values.len());
            values.push(value);
        }
        Row {
            columns: Arc::new(columns),
            values,
        }
    }

    /// A column holding JSON of `T`.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<T, DbError> {
        serde_json::from_str(&self.text(column)?).map_err(|_| DbError::Shape)
    }
}

/// The database.
#[derive(Clone)]
pub struct Db {
    engine: Sqlite,
}

impl OpenError {
    /// True if another try would end the same, until somebody does something.
    pub fn is_lasting(&self) -> bool {
        match self {
            OpenError::Newer { .. }
            | OpenError::Older { .. }
            | OpenError::Foreign(_)
            | OpenError::Missing => true,
            OpenError::Copy(_) | OpenError::Migration(_) | OpenError::Engine(_) => false,
        }
    }
}

impl Db {
    /// Opens (and makes, and migrates) the embedded database at `path`.
    pub async fn open(path: &Path) -> Result<Db, OpenError> {
        Db::open_with(path, Access::Migrate).await
    }

    /// Opens the database at `path` if its schema is this version's; changes it no further.
    pub async fn open_current(path: &Path) -> Result<Db, OpenError> {
        Db::open_with(path, Access::Current).await
    }

    /// As [`Db::open_current`]; every write fails.
    pub async fn open_read_only(path: &Path) -> Result<Db, OpenError> {
        Db::open_with(path, Access::ReadOnly).await
    }

    async fn open_with(path: &Path, access: Access) -> Result<Db, OpenError> {
        let engine = Sqlite::open(path, access).await?;
        Ok(Db { engine })
    }

    /// How the schema of the database at `path` stands to this version's.
    pub async fn schema(path: &Path) -> Result<Schema, OpenError> {
        sqlite::schema(path).await
    }

    /// Copies the database at `path`, whatever its schema, into the file `to`,
    /// which may be there if it is empty.
    pub async fn copy(path: &Path, to: &Path) -> Result<(), OpenError> {
        sqlite::copy(path, to).await
    }

    /// Rows of a statement that only reads.
    pub async fn fetch_all(&self, statement: Statement) -> Result<Vec<Row>, DbError> {
        self.engine.read(statement).await
    }

    /// The first row of a statement that only reads.
    pub async fn fetch_optional(&self, statement: Statement) -> Result<Option<Row>, DbError> {
        Ok(self.engine.read(statement).await?.into_iter().next())
    }

    /// Runs one writing statement; the rows are those of its RETURNING clause.
    /// What was written is on the disk when this returns.
    pub async fn write(&self, statement: Statement) -> Result<Vec<Row>, DbError> {
        let mut results = self.engine.write(vec![statement]).await?;
        Ok(results.pop().unwrap_or_default())
    }

    /// Runs statements as one: all or none, and on the disk when this returns.
    pub async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DbError> {
        self.engine.write(statements).await
    }

    /// The same as [`Db::batch`]: said where it matters, for what was paid and for
    /// what was promised.
    pub async fn batch_durable(
        &self,
        statements: Vec<Statement>,
    ) -> Result<Vec<Vec<Row>>, DbError> {
        self.batch(statements).await
    }

    /// Fails unless the database answers and can be written.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.engine.write(Vec::new()).await.map(|_| ())
    }

    /// Brings what was written to its place in the database file and empties
    /// the log of writes, so that nothing deleted lingers there.
    pub async fn checkpoint_wal(&self) -> Result<(), DbError> {
        self.engine.checkpoint_wal().await
    }

    /// Writes the database as it is at one moment into a new file.
    pub async fn copy_to(&self, path: &Path) -> Result<(), DbError> {
        self.engine.copy_to(path).await
    }

    /// Prepares a statement without running it, for the test over all of them.
    pub async fn prepare(&self, sql: &'static str) -> Result<(), DbError> {
        self.engine.prepare(sql).await
    }

    /// Finishes writing and closes the files.
    pub async fn close(&self) {
        self.engine.close().await;
    }
}

/// A value as the JSON text that a statement reads with `json_each`.
pub(super) fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|_| DbError::Shape)
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Integer(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Value::Integer(i64::from(number))
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}
