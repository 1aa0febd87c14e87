//! What strangers ask for again and again, kept in memory: finished pages and small
//! files of published pictures. Nothing that depends on who asks is ever in here.
//!
//! What is kept is kept with the version of what strangers see
//! ([`crate::store::PublicVersion`]): once anything of that changes, it is drawn or
//! looked up again. Both are weighed in bytes; what is asked for least makes room.

mod pack;
mod pages;
mod pictures;

pub use pack::Encoding;
pub use pages::{AskedPage, Page, PageKey, Pages, StandsForPage};
pub use pictures::{Picture, Pictures};

use super::config::Cache;

/// Both.
pub struct Kept {
    /// Finished pages.
    pub pages: Pages,
    /// Renditions and cards of published pictures.
    pub pictures: Pictures,
}

impl Kept {
    /// Empty, with as much room as the operator gives.
    pub fn new(settings: &Cache) -> Kept {
        Kept {
            pages: Pages::new(settings.pages_mb),
            pictures: Pictures::new(settings.pictures_mb),
        }
    }
}

/// Bytes of so many mebibytes.
fn mebibytes(number: u32) -> u64 {
    u64::from(number) * 1024 * 1024
}
