//! Which of a person's pictures are meant, as the library's statements take it.

use super::{COUNT, COUNT_OF_COLLECTION, COUNT_OF_TAG, COUNT_WITH_WORDS, COUNTED, SUM, words};
use crate::store::{DbError, INTEGER_MAX, Row, Statement, Value};
use std::fmt;

/// The order a library is read in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
}

/// Where a page of a library begins: after a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// By its id.
    Id(String),
    /// By its number in the search, which has an order of its own: who waited for a
    /// place in the library has an older id than those who came before.
    Number(i64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Id(id) => f.write_str(id),
            Place::Number(number) => number.fmt(f),
        }
    }
}

/// A picture's proportions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// As wide as high.
    Square,
    /// Wider than high.
    Landscape,
    /// Higher than wide.
    Portrait,
}

impl Shape {
    /// Every shape.
    pub const ALL: [Shape; 3] = [Shape::Square, Shape::Landscape, Shape::Portrait];

    /// The word that statements and addresses have for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Shape::Square => "square",
            Shape::Landscape => "landscape",
            Shape::Portrait => "portrait",
        }
    }
}

/// The circle of those who may see a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Published in the gallery, for anybody.
    Public,
    /// For whoever has its address.
    Unlisted,
    /// For its owner alone.
    Private,
}

impl Visibility {
    /// All of them.
    pub const ALL: [Visibility; 3] = [
        Visibility::Public,
        Visibility::Unlisted,
        Visibility::Private,
    ];

    /// The word that statements and addresses have for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Visibility::Public => "public",
            Visibility::Unlisted => "unlisted",
            Visibility::Private => "private",
        }
    }
}

/// A choice among a person's pictures: all conditions hold; `None` and false ask nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The text typed to search for.
    pub words: Option<String>,
    /// A model's id.
    pub model: Option<String>,
    /// Pictures of this shape alone.
    pub shape: Option<Shape>,
    /// Made at this moment or later, Unix milliseconds.
    pub from_ms: Option<i64>,
    /// Made before this moment, Unix milliseconds.
    pub before_ms: Option<i64>,
    /// Favourites alone.
    pub favourite: bool,
    /// Published, unlisted or private pictures alone.
    pub visibility: Option<Visibility>,
    /// A collection's id.
    pub collection: Option<String>,
    /// A folded tag.
    pub tag: Option<String>,
    /// True for the trash and nothing else, false for all outside it.
    pub trash: bool,
}

/// What is read first under a filter: the narrowest there is.
#[derive(Clone, Copy)]
pub(super) enum Lead {
    All,
    Tag,
    Collection,
    Words,
}

impl Filter {
    pub(super) fn lead(&self) -> Lead {
        match self {
            Filter { words: Some(_), .. } => Lead::Words,
            Filter { tag: Some(_), .. } => Lead::Tag,
            Filter {
                collection: Some(_),
                ..
            } => Lead::Collection,
            _ => Lead::All,
        }
    }

    /// A place of these pictures, as text; `None` for what is none.
    pub fn place(&self, text: &str) -> Option<Place> {
        match self.lead() {
            Lead::Words => {
                let number = text.parse().ok()?;
                (0..=INTEGER_MAX)
                    .contains(&number)
                    .then_some(Place::Number(number))
            }
            _ => {
                let id = uuid::Uuid::parse_str(text).ok()?;
                Some(Place::Id(id.to_string()))
            }
        }
    }

    /// The place of a picture's row.
    pub(super) fn place_of(&self, row: &Row) -> Result<Place, DbError> {
        Ok(match self.lead() {
            Lead::Words => Place::Number(row.int("search_id")?),
            _ => Place::Id(row.text("id")?),
        })
    }

    /// A place as the statements take it, or where there is none, what is before all.
    pub(super) fn after(&self, order: Order, place: Option<&Place>) -> Value {
        match (place, self.lead(), order) {
            (Some(Place::Id(id)), ..) => id.as_str().into(),
            (Some(Place::Number(number)), ..) => (*number).into(),
            (None, Lead::Words, Order::Newest) => INTEGER_MAX.into(),
            (None, Lead::Words, Order::Oldest) => (-1_i64).into(),
            // It sorts after every id, and the empty text before.
            (None, _, Order::Newest) => "~".into(),
            (None, _, Order::Oldest) => "".into(),
        }
    }

    /// The sum that is kept of just these pictures, by kind and id.
    pub(super) fn sum(&self) -> Option<(&'static str, &str)> {
        let place = Filter {
            trash: self.trash,
            collection: self.collection.clone(),
            ..Filter::default()
        };
        match (&self.collection, self.trash) {
            _ if *self != place => None,
            (None, false) => Some(("kept", "")),
            (None, true) => Some(("trash", "")),
            (Some(id), false) => Some(("collection", id)),
            (Some(_), true) => None,
        }
    }

    /// Counts the pictures, where there are many not to the last one.
    pub(super) fn count(&self, user_id: &str) -> Statement {
        if let Some((kind, id)) = self.sum() {
            return Statement::new(SUM).bind(user_id).bind(kind).bind(id);
        }
        let sql = match self.lead() {
            Lead::All => COUNT,
            Lead::Tag => COUNT_OF_TAG,
            Lead::Collection => COUNT_OF_COLLECTION,
            Lead::Words => COUNT_WITH_WORDS,
        };
        self.bind(sql, user_id).bind(COUNTED + 1)
    }

    pub(super) fn bind(&self, sql: &'static str, user_id: &str) -> Statement {
        let words = self
            .words
            .as_deref()
            .map(|text| words::expression(user_id, text));
        Statement::new(sql)
            .bind(user_id)
            .bind(words)
            .bind(self.model.clone())
            .bind(self.shape.map(Shape::as_str))
            .bind(self.from_ms)
            .bind(self.before_ms)
            .bind(self.favourite.then_some(1_i64))
            .bind(self.visibility.map(Visibility::as_str))
            .bind(self.collection.clone())
            .bind(self.tag.clone())
            .bind(i64::from(self.trash))
    }
}
