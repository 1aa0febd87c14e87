//! What is public: the gallery, its feed, and what other sites show of a picture.

pub mod api;
#[cfg(feature = "ssr")]
pub mod asked;
#[cfg(feature = "ssr")]
pub mod atom;
#[cfg(feature = "ssr")]
pub mod embed;
#[cfg(feature = "ssr")]
mod feeds;
#[cfg(feature = "ssr")]
pub mod grid;
#[cfg(feature = "ssr")]
pub mod list;
#[cfg(feature = "ssr")]
pub mod oembed;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod router;
#[cfg(feature = "ssr")]
pub mod tag_page;
