//! An action and the pictures it is for: the library's forms as the rest of the
//! library knows them.

use super::{query::LibraryQuery, tags};
use crate::{
    error::{AppError, Problem},
    model::{library::About, typed::is_blank},
};

/// An action on pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Mark them as favourites.
    Favourite,
    /// Take the favourite mark off.
    Unfavourite,
    /// A tag as it was typed.
    Tag(String),
    /// Take a tag off, as it is stored or typed.
    Untag(String),
    /// Put them into a collection.
    Collect(Target),
    /// A collection's id.
    Uncollect(String),
    /// Show them in the public gallery.
    Publish,
    /// Show them at addresses that nobody guesses, until this moment (Unix milliseconds), or
    /// for as long as their owner wants.
    Unlist(Option<i64>),
    /// Take them out of the public gallery, and end those addresses.
    Unpublish,
    /// Move them to the trash.
    Trash,
    /// Take them back out of the trash.
    Restore,
    /// For good; only what is in the trash.
    Delete,
}

/// The collection that pictures are put into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The one of this name, made if there is none.
    Named(String),
    /// The one with this id.
    Existing(String),
}

impl Action {
    /// Reads the button that was pressed and the fields beside it.
    pub fn read(pressed: &str, about: &About) -> Result<Action, AppError> {
        Ok(match pressed {
            "favourite" => Action::Favourite,
            "unfavourite" => Action::Unfavourite,
            "publish" => Action::Publish,
            "unpublish" => Action::Unpublish,
            "trash" => Action::Trash,
            "restore" => Action::Restore,
            "delete" => Action::Delete,
            "tag" => Action::Tag(tags::tag(&about.tag)?),
            "untag" => Action::Untag(about.tag.clone()),
            "collect" if !is_blank(&about.name) => {
                Action::Collect(Target::Named(tags::name(&about.name)?))
            }
            "collect" => Action::Collect(Target::Existing(chosen(about)?)),
            "uncollect" => Action::Uncollect(chosen(about)?),
            // The Enter key in one of the bar's fields: what is filled in is meant.
            "" if !is_blank(&about.tag) => return Action::read("tag", about),
            "" if !is_blank(&about.name) => return Action::read("collect", about),
            "" => return Err(Problem::NoActionChosen.into()),
            _ => return Err(Problem::Malformed.into()),
        })
    }

    /// True if it shows pictures to others.
    pub fn shows(&self) -> bool {
        matches!(self, Action::Publish | Action::Unlist(_))
    }

    /// True if it is an action on pictures in the trash.
    pub fn is_of_trash(&self) -> bool {
        matches!(self, Action::Restore | Action::Delete)
    }
}

fn chosen(about: &About) -> Result<String, AppError> {
    match about.collection.as_str() {
        "" => Err(Problem::NoCollectionChosen.into()),
        id => Ok(id.to_owned()),
    }
}

/// The pictures an action is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Those that were chosen one by one; they may be anybody's.
    Ids(Vec<String>),
    /// Every picture under these filters.
    Matching(LibraryQuery),
}

impl Selection {
    /// One picture.
    pub fn one(id: &str) -> Selection {
        Selection::Ids(vec![id.to_owned()])
    }

    /// Reads the form's boxes: `all` is that for everything under the filters.
    pub fn read(ids: Vec<String>, all: &str, query: &LibraryQuery) -> Result<Selection, AppError> {
        match (all, ids.is_empty()) {
            ("on", _) => Ok(Selection::Matching(query.clone())),
            (_, false) => Ok(Selection::Ids(ids)),
            (_, true) => Err(Problem::NothingChosen.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_is_filled_in_stands_for_its_button() {
        let about = |tag: &str, collection: &str, name: &str| About {
            tag: tag.to_owned(),
            collection: collection.to_owned(),
            name: name.to_owned(),
            ..About::default()
        };
        let tagged = Ok(Action::Tag("sea".to_owned()));
        assert_eq!(Action::read("", &about(" #sea ", "c", "n")), tagged);
        let named = Ok(Action::Collect(Target::Named("n".to_owned())));
        assert_eq!(Action::read("", &about(" ", "c", "n ")), named);
        assert_eq!(Action::read("collect", &about("", "c", "n")), named);
        let existing = Ok(Action::Collect(Target::Existing("c".to_owned())));
        assert_eq!(Action::read("collect", &about("", "c", " ")), existing);
        let none = Err(Problem::NoActionChosen.into());
        assert_eq!(Action::read("", &about("", "c", "")), none);
        let malformed = Err(Problem::Malformed.into());
        assert_eq!(Action::read("Trash", &About::default()), malformed);
    }

    #[test]
    fn all_is_more_than_what_was_chosen_and_nothing_is_refused() {
        let query = LibraryQuery::default();
        let ids = || vec!["a".to_owned()];
        let all = Selection::read(ids(), "on", &query);
        assert_eq!(all, Ok(Selection::Matching(query.clone())));
        assert_eq!(Selection::read(ids(), "", &query), Ok(Selection::one("a")));
        let nothing = Err(Problem::NothingChosen.into());
        assert_eq!(Selection::read(Vec::new(), "", &query), nothing);
    }
}
