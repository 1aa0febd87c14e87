//! What is public: the gallery, and the files crawlers ask for.

pub mod api;
#[cfg(feature = "ssr")]
pub mod feed;
#[cfg(feature = "ssr")]
pub mod page;
