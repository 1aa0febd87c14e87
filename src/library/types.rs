//! What crosses the wire for the library's pages.
//!
//! Addresses and sentences about filters are made on the server, which knows
//! the query: the browser's code shows them and stays small.

use crate::model::ImageCard;
use serde::{Deserialize, Serialize};

/// A picture in its owner's grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPicture {
    pub card: ImageCard,
    pub favourite: bool,
    /// In the trash: whole days until it is deleted for good.
    pub days_left: Option<u32>,
}

/// A collection of the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collection {
    pub id: String,
    pub name: String,
}

/// A tag: as it is compared, and as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    pub folded: String,
    pub name: String,
}

/// A filter in force: what to call it, and the address without it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveFilter {
    pub label: String,
    pub without: String,
}

/// What was done a moment ago.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// "12 pictures moved to the trash."
    pub text: String,
    /// The change to take back; `None` where that is not possible.
    pub undo: Option<String>,
}

/// One page of the library, under its filters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LibraryView {
    pub pictures: Vec<KeptPicture>,
    /// The address of the next page.
    pub next: Option<String>,
    /// The address of the first page, on any other one.
    pub first: Option<String>,
    /// Pictures under the filters, on all pages together.
    pub total: u64,
    /// Whether this is the trash.
    pub trash: bool,
    /// The filters as a query, for forms that come back here.
    pub query: String,
    pub filters: Vec<ActiveFilter>,
    /// The address without any filter.
    pub unfiltered: String,
    /// The collection shown, if one is.
    pub collection: Option<Collection>,
    pub notice: Option<Notice>,
}

/// One thing to filter by, and how many pictures it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facet {
    pub value: String,
    pub name: String,
    pub pictures: u32,
}

/// What a person's library can be filtered by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shelf {
    pub collections: Vec<Facet>,
    pub tags: Vec<Facet>,
    pub models: Vec<Facet>,
    /// Pictures in the trash.
    pub trashed: u32,
}

/// What only its owner knows of a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keeping {
    pub favourite: bool,
    pub tags: Vec<Tag>,
    /// The collections it is in.
    pub collections: Vec<Collection>,
    /// The person's other collections.
    pub others: Vec<Collection>,
    /// In the trash: whole days until it is deleted for good.
    pub days_left: Option<u32>,
}

/// What a change is about, as its form says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    pub tag: String,
    /// A collection's id.
    pub collection: String,
    /// The name of a collection to make.
    pub name: String,
}
