//! Several reads that go to the database in one trip. Over HTTP a trip costs the
//! same for one statement as for several, and a page needs several.

use super::{Db, DbError, Row, Statement};

/// Reads that wait until they go together.
#[derive(Default)]
pub(super) struct Reads(Vec<Statement>);

/// The place of a read among those that go together.
#[derive(Clone, Copy)]
pub(super) struct Place(usize);

impl Reads {
    /// Adds a read; its rows are found at the place that is returned.
    pub(super) fn add(&mut self, statement: Statement) -> Place {
        self.0.push(statement);
        Place(self.0.len() - 1)
    }

    /// As [`Reads::add`], for what is not always asked.
    pub(super) fn add_some(&mut self, statement: Option<Statement>) -> Option<Place> {
        statement.map(|statement| self.add(statement))
    }

    /// Goes to the database, unless there is nothing to ask.
    pub(super) async fn answers(self, db: &Db) -> Result<Answers, DbError> {
        let asked = self.0.len();
        if asked == 0 {
            return Ok(Answers(Vec::new()));
        }
        let answers = db.fetch_many(self.0).await?;
        match answers.len() == asked {
            true => Ok(Answers(answers)),
            false => Err(DbError::Shape),
        }
    }
}

/// The rows of each read.
pub(super) struct Answers(Vec<Vec<Row>>);

impl Answers {
    /// The rows of a read; none of one that was not asked for.
    pub(super) fn rows(&self, place: impl Into<Option<Place>>) -> &[Row] {
        let place: Option<Place> = place.into();
        let rows = place.and_then(|Place(index)| self.0.get(index));
        rows.map(Vec::as_slice).unwrap_or_default()
    }

    /// The first row of a read.
    pub(super) fn first(&self, place: impl Into<Option<Place>>) -> Option<&Row> {
        self.rows(place).first()
    }
}
