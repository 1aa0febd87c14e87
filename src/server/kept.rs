//! What strangers ask for again and again, kept in memory: finished pages, small
//! files of published pictures, and tiles. Nothing that depends on who asks is ever in
//! here.
//!
//! Pages and files are kept with the version of what strangers see
//! ([`crate::store::PublicVersion`]): once anything of that changes, they are drawn or
//! looked up again. All is weighed in bytes; what is asked for least makes room.

mod pack;
mod pages;
mod pictures;
mod seen;
mod tiles;

pub use pack::Encoding;
pub use pages::{AskedPage, Page, PageKey, Pages, StandsForPage};
pub use pictures::{Picture, Pictures};
pub use tiles::Tiles;

use super::{config::Cache, metrics::Count};

/// All of it.
pub struct Kept {
    /// Finished pages.
    pub pages: Pages,
    /// Renditions and cards of published pictures.
    pub pictures: Pictures,
    /// Tiles of published pictures.
    pub tiles: Tiles,
}

impl Kept {
    /// Empty, with as much room as the operator gives.
    pub fn new(settings: &Cache) -> Kept {
        Kept {
            pages: Pages::new(settings.pages_mb),
            pictures: Pictures::new(settings.pictures_mb),
            tiles: Tiles::new(),
        }
    }
}

/// What a cache holds, and what it was good for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// What is kept.
    pub entries: usize,
    /// What it weighs.
    pub bytes: u64,
    /// What was given from memory.
    pub hits: u64,
    /// What was made or fetched, to be kept.
    pub misses: u64,
}

/// How often something was there, and how often it was not.
#[derive(Default)]
struct Luck {
    hits: Count,
    misses: Count,
}

impl Luck {
    /// With what the cache holds.
    fn figures(&self, entries: usize, bytes: u64) -> Figures {
        Figures {
            entries,
            bytes,
            hits: self.hits.get(),
            misses: self.misses.get(),
        }
    }
}

/// Bytes of so many mebibytes.
fn mebibytes(number: u32) -> u64 {
    u64::from(number) * 1024 * 1024
}
