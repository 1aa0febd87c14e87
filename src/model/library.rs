//! What crosses the wire for the library's pages.
//!
//! Addresses and sentences about filters are made on the server, which knows
//! the query; and most of what is listed is one type, [`NamedValue`]: the browser's
//! code shows them and stays small.

use crate::model::ImageCard;
use serde::{Deserialize, Serialize};

/// Something with a name: a collection, a tag, a model, a filter, a notice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedValue {
    /// What forms and addresses call it.
    pub value: String,
    /// What people call it.
    pub name: String,
    /// How many pictures it has, where that is known.
    pub pictures: u32,
}

/// A picture of one's own in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The picture as every list shows it.
    pub card: ImageCard,
    /// Where its original is.
    pub original: String,
    /// True if whoever has its address may see it.
    pub unlisted: bool,
}

/// One page of the library, under its filters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LibraryView {
    /// The pictures of this page, in the chosen order.
    pub pictures: Vec<Kept>,
    /// The address of the next page.
    pub next: Option<String>,
    /// The address of the first page, on any other one.
    pub first: Option<String>,
    /// Pictures under the filters, on all pages together; where they are many, of the
    /// first of them.
    pub total: u32,
    /// True if there are more than `total`.
    pub uncounted: bool,
    /// Whether this is the trash.
    pub trash: bool,
    /// The filters as a query, for forms that come back here.
    pub query: String,
    /// The filters in force; the value is the address without it.
    pub filters: Vec<NamedValue>,
    /// The address without any filter.
    pub unfiltered: String,
    /// The collection shown, if one is.
    pub collection: Option<NamedValue>,
    /// What was done a moment ago; the value is the change to take back, if that is possible.
    pub notice: Option<NamedValue>,
    /// Whether that was to make a picture one of the composer's references.
    pub referenced: bool,
    /// The values the filters offer.
    pub facets: LibraryFacets,
}

/// What a person's library can be filtered by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryFacets {
    /// By id.
    pub collections: Vec<NamedValue>,
    /// By folded name.
    pub tags: Vec<NamedValue>,
    /// By the catalogue's id.
    pub models: Vec<NamedValue>,
    /// Pictures in the trash.
    pub trashed: u32,
}

/// What only its owner knows of a picture, beyond what its card says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keeping {
    /// True if whoever has its address may see it.
    pub unlisted: bool,
    /// Its tags.
    pub tags: Vec<NamedValue>,
    /// The collections it is in.
    pub collections: Vec<NamedValue>,
    /// The person's other collections.
    pub others: Vec<NamedValue>,
    /// What was done to it a moment ago; the value is the change to take back.
    pub notice: Option<NamedValue>,
}

/// What a change is about, as its form says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// A tag, as typed.
    pub tag: String,
    /// A collection's id.
    pub collection: String,
    /// The name of a collection to make.
    pub name: String,
    /// An action and a picture's id, by a tile's own button: in the place of what is chosen.
    pub one: String,
}
