//! `Db`: statements and atomic batches, whatever engine runs them: the embedded
//! one, or Cloudflare D1 behind a gateway.

use super::{
    d1::{D1, D1Settings},
    errors::{DbError, OpenError},
    public::PublicVersion,
    rows::{Row, Value},
    schema::Schema,
    sqlite::{self, Sqlite},
    trips,
};
use std::path::Path;

/// What may be done to the database that is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Made if need be, and brought up to date.
    Migrate,
    /// Written as it is: its schema must be this version's.
    Current,
    /// Only read: its schema must be this version's.
    ReadOnly,
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

    /// True if it has a value for each parameter that it names. D1 refuses one that
    /// has not, where the embedded engine would take NULL for what is missing.
    pub(super) fn is_complete(&self) -> bool {
        self.values.len() == parameters(self.sql)
    }
}

/// Number of parameters that a statement names: the highest `n` of its `?n`.
pub(super) fn parameters(sql: &str) -> usize {
    // Every second piece between quotes is text.
    let outside_of_text = sql.split('\'').step_by(2);
    let named = outside_of_text.flat_map(|piece| piece.split('?').skip(1));
    let number = |rest: &str| {
        let end = rest.find(|c: char| !c.is_ascii_digit());
        rest[..end.unwrap_or(rest.len())]
            .parse::<usize>()
            .unwrap_or(0)
    };
    named.map(number).max().unwrap_or(0)
}

/// The database.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    public: PublicVersion,
}

impl From<Engine> for Db {
    fn from(engine: Engine) -> Db {
        let is_shared = matches!(engine, Engine::D1(_));
        Db {
            engine,
            public: PublicVersion::new(is_shared),
        }
    }
}

#[derive(Clone)]
enum Engine {
    Sqlite(Sqlite),
    D1(D1),
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
        let engine = Engine::Sqlite(Sqlite::open(path, access).await?);
        Ok(engine.into())
    }

    /// Opens the database behind a gateway, which many nodes may share.
    pub async fn open_d1(settings: D1Settings, access: Access) -> Result<Db, OpenError> {
        let engine = Engine::D1(D1::open(&settings, access).await?);
        Ok(engine.into())
    }

    /// How the schema of the database at `path` stands to this version's.
    pub async fn schema(path: &Path) -> Result<Schema, OpenError> {
        sqlite::schema(path).await
    }

    /// How the schema of the database behind a gateway stands to this version's.
    pub async fn schema_d1(settings: D1Settings) -> Result<Schema, OpenError> {
        D1::schema(&settings).await
    }

    /// Brings the database behind a gateway up to date, and makes its tables where
    /// there are none. Several nodes may do so at the same time. Returns the last
    /// migration it had, 0 for none, and the last it has now.
    pub async fn migrate_d1(settings: D1Settings) -> Result<(i64, i64), OpenError> {
        D1::migrate(&settings).await
    }

    /// Copies the database at `path`, whatever its schema, into the file `to`,
    /// which may be there if it is empty.
    pub async fn copy(path: &Path, to: &Path) -> Result<(), OpenError> {
        sqlite::copy(path, to).await
    }

    /// True if other nodes may use the same database.
    pub fn is_shared(&self) -> bool {
        matches!(self.engine, Engine::D1(_))
    }

    /// The database's clock minus this machine's, in milliseconds, as the last
    /// answer told that came quickly; `None` before one, and where both have one clock.
    pub fn clock_offset_ms(&self) -> Option<i64> {
        match &self.engine {
            Engine::Sqlite(_) => None,
            Engine::D1(engine) => engine.clock_offset_ms(),
        }
    }

    /// The version of what strangers see.
    pub fn public(&self) -> &PublicVersion {
        &self.public
    }

    /// Number of calls to the gateway since the database was opened: one may carry
    /// the reads of many. 0 on the embedded engine.
    pub fn calls(&self) -> u64 {
        match &self.engine {
            Engine::Sqlite(_) => 0,
            Engine::D1(engine) => engine.calls(),
        }
    }

    /// Rows of a statement that only reads.
    pub async fn fetch_all(&self, statement: Statement) -> Result<Vec<Row>, DbError> {
        let mut results = self.fetch_many(vec![statement]).await?;
        results.pop().ok_or(DbError::Shape)
    }

    /// The first row of a statement that only reads.
    pub async fn fetch_optional(&self, statement: Statement) -> Result<Option<Row>, DbError> {
        Ok(self.fetch_all(statement).await?.into_iter().next())
    }

    /// The rows of statements that only read, in one trip.
    pub async fn fetch_many(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DbError> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        trips::note();
        match &self.engine {
            Engine::Sqlite(engine) => engine.read(&statements).await,
            Engine::D1(engine) => engine.read(&statements).await,
        }
    }

    /// Runs one writing statement; the rows are those of its RETURNING clause.
    /// What was written is on the disk when this returns.
    pub async fn write(&self, statement: Statement) -> Result<Vec<Row>, DbError> {
        let mut results = self.run(vec![statement], false).await?;
        Ok(results.pop().unwrap_or_default())
    }

    /// As [`Db::write`], for a statement that does no harm when it runs twice: where
    /// no answer came it runs once more.
    pub async fn write_repeatable(&self, statement: Statement) -> Result<Vec<Row>, DbError> {
        let mut results = self.run(vec![statement], true).await?;
        Ok(results.pop().unwrap_or_default())
    }

    /// Runs statements as one: all or none, and on the disk when this returns.
    pub async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DbError> {
        self.run(statements, false).await
    }

    /// As [`Db::batch`], for statements that do no harm when they run twice: where no
    /// answer came they run once more.
    pub async fn batch_repeatable(
        &self,
        statements: Vec<Statement>,
    ) -> Result<Vec<Vec<Row>>, DbError> {
        self.run(statements, true).await
    }

    /// The same as [`Db::batch`]: said where it matters, for what was paid and for
    /// what was promised.
    pub async fn batch_durable(
        &self,
        statements: Vec<Statement>,
    ) -> Result<Vec<Vec<Row>>, DbError> {
        self.batch(statements).await
    }

    /// Runs however many statements in order. As one where the engine takes them so,
    /// and else some at a time: each must make sense without those after it.
    pub async fn batch_in_slices(&self, statements: Vec<Statement>) -> Result<(), DbError> {
        match &self.engine {
            Engine::Sqlite(_) => self.run(statements, false).await.map(|_| ()),
            Engine::D1(_) => {
                for slice in D1::slices(statements) {
                    self.run(slice, false).await?;
                }
                Ok(())
            }
        }
    }

    async fn run(
        &self,
        statements: Vec<Statement>,
        repeatable: bool,
    ) -> Result<Vec<Vec<Row>>, DbError> {
        trips::note();
        let changing = self.public.changing(&statements);
        match &self.engine {
            Engine::Sqlite(engine) => engine.write(statements, changing).await,
            Engine::D1(engine) => engine.write(&statements, repeatable, changing).await,
        }
    }

    /// Fails unless the database answers and, on the embedded engine, can be written.
    pub async fn ping(&self) -> Result<(), DbError> {
        match &self.engine {
            Engine::Sqlite(engine) => {
                let nothing = self.public.changing(&[]);
                engine.write(Vec::new(), nothing).await.map(|_| ())
            }
            Engine::D1(engine) => engine.ping().await,
        }
    }

    /// Brings what was written to its place in the database file and empties
    /// the log of writes, so that nothing deleted lingers there. D1 keeps its
    /// history whatever is asked for.
    pub async fn checkpoint_wal(&self) -> Result<(), DbError> {
        match &self.engine {
            Engine::Sqlite(engine) => engine.checkpoint_wal().await,
            Engine::D1(_) => Ok(()),
        }
    }

    /// Writes the database as it is at one moment into a new file.
    pub async fn copy_to(&self, path: &Path) -> Result<(), DbError> {
        match &self.engine {
            Engine::Sqlite(engine) => engine.copy_to(path).await,
            Engine::D1(_) => {
                tracing::error!("D1 is no file to be copied: `imgc move --to sqlite` makes one");
                Err(DbError::Failed)
            }
        }
    }

    /// Prepares a statement without running it, for the test over all of them.
    pub async fn prepare(&self, sql: &'static str) -> Result<(), DbError> {
        match &self.engine {
            Engine::Sqlite(engine) => engine.prepare(sql).await,
            Engine::D1(engine) => engine.prepare(sql).await,
        }
    }

    /// Finishes writing and closes the files.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite(engine) => engine.close().await,
            Engine::D1(engine) => engine.close().await,
        }
    }
}

/// A value as the JSON text that a statement reads with `json_each`.
pub(super) fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|_| DbError::Shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_counted_outside_of_text() {
        assert_eq!(parameters("SELECT 1"), 0);
        assert_eq!(parameters("SELECT ?1, ?12 WHERE x = ?2"), 12);
        assert_eq!(parameters("SELECT '?3', 'it''s ?4', ?1"), 1);
        let statement = Statement::new("SELECT ?1, ?2").bind(1_i64);
        assert!(!statement.is_complete());
        assert!(statement.bind("two").is_complete());
    }
}
