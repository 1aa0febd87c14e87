//! The legal pages: rendered from the running configuration, so that they say
//! what this server does and nothing else.

pub mod contact;
pub mod dates;
mod decided;
pub mod footer;
mod history;
mod limits;
mod mail;
mod pages;
mod parts;
mod people;
mod privacy;
pub mod router;
pub mod transparency;

pub use pages::{AccessibilityPage, CookiesPage, ImprintPage, TermsPage};
pub use privacy::PrivacyPage;

use crate::routes::Route;

/// A legal page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// The privacy policy.
    Privacy,
    /// The terms of use.
    Terms,
    /// The cookies, and what each is for.
    Cookies,
    /// The operator's name and address.
    Imprint,
    /// The accessibility statement.
    Accessibility,
}

impl Document {
    /// Every page, in the footer's order.
    pub const ALL: [Document; 5] = [
        Document::Privacy,
        Document::Terms,
        Document::Cookies,
        Document::Imprint,
        Document::Accessibility,
    ];

    /// Its page.
    pub fn route(self) -> Route<'static> {
        match self {
            Document::Privacy => Route::Privacy,
            Document::Terms => Route::Terms,
            Document::Cookies => Route::Cookies,
            Document::Imprint => Route::Imprint,
            Document::Accessibility => Route::Accessibility,
        }
    }

    /// The section of `locales/*.json` that holds its words.
    fn section(self) -> &'static str {
        match self {
            Document::Privacy => "privacy",
            Document::Terms => "terms",
            Document::Cookies => "cookies",
            Document::Imprint => "imprint",
            Document::Accessibility => "accessibility",
        }
    }
}
