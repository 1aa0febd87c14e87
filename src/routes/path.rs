//! The path of a page, and what follows it.

use super::Route;
use crate::i18n::{self, Locale};

/// The path of a page below the language's prefix, with what may follow: query
/// and fragment. It always starts with one `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagePath(pub(super) String);

impl PagePath {
    /// The path of a page that is no [`Route`].
    pub fn of(path: &str) -> PagePath {
        PagePath(path.to_owned())
    }

    /// Adds a pair to the query. The value is as it is to stand in the address:
    /// whoever has a text that may need escaping escapes it.
    #[must_use]
    pub fn with(self, name: &str, value: &str) -> PagePath {
        let joint = if self.0.contains('?') { "&" } else { "?" };
        PagePath([&self.0, joint, name, "=", value].concat())
    }

    /// Adds a whole query, without its `?`; an empty one adds nothing.
    #[must_use]
    pub fn query(self, query: &str) -> PagePath {
        match query {
            "" => self,
            query => PagePath([&self.0, "?", query].concat()),
        }
    }

    /// Adds a fragment: the id of an element of the page. Nothing follows it.
    #[must_use]
    pub fn part(self, id: &str) -> PagePath {
        PagePath([&self.0, "#", id].concat())
    }

    /// The address in a language.
    pub fn address(&self, locale: Locale) -> String {
        i18n::address(locale, &self.0)
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Route<'_>> for PagePath {
    fn from(route: Route<'_>) -> PagePath {
        route.path()
    }
}
