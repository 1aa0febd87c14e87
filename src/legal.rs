//! The legal pages: rendered from the running configuration, so that they say
//! what this server does and nothing else.

pub mod dates;
pub mod footer;
mod pages;
mod parts;
mod privacy;

pub use pages::{AccessibilityPage, CookiesPage, ImprintPage, TermsPage};
pub use privacy::PrivacyPage;

/// A legal page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    Privacy,
    Terms,
    Cookies,
    Imprint,
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

    /// Its address below the language's prefix.
    pub fn path(self) -> &'static str {
        match self {
            Document::Privacy => "/privacy",
            Document::Terms => "/terms",
            Document::Cookies => "/cookies",
            Document::Imprint => "/imprint",
            Document::Accessibility => "/accessibility",
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
