//! The HTTP surface, the roof of the house: which address leads to what
//! (`app`, `ssr_pages`, `router`, `sitemap`), what every request passes
//! (`layers`), the document around the components (`shell`), and `serve`.

pub mod app;
#[cfg(feature = "ssr")]
pub mod layers;
#[cfg(feature = "ssr")]
pub mod router;
#[cfg(feature = "ssr")]
pub mod serve;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod sitemap;
#[cfg(feature = "ssr")]
pub mod ssr_pages;
