//! The HTTP surface, the roof of the house: which address leads to what
//! (`app`, `ssr_pages`, `router`, `sitemap`), what every request passes
//! (`layers`), who may be connected (`connections`), the document around the
//! components (`shell`), which pages a browser may fetch before they are asked for
//! (`speculation`), on which pages visits are counted by somebody else (`beacon`), how
//! one page follows the other to the eye (`transitions`), the files beside them
//! (`site`), the operator's figures on an address of their own (`metrics`), whether all of it can do its work (`readiness`), and `serve` with the
//! `logs` and the `signals` it needs.

pub mod app;
#[cfg(feature = "ssr")]
mod at_segment;
#[cfg(feature = "ssr")]
mod beacon;
#[cfg(feature = "ssr")]
pub mod connections;
#[cfg(feature = "ssr")]
pub mod layers;
#[cfg(feature = "ssr")]
pub mod logs;
#[cfg(feature = "ssr")]
mod many;
#[cfg(feature = "ssr")]
pub mod metrics;
#[cfg(feature = "ssr")]
mod readiness;
#[cfg(feature = "ssr")]
pub mod router;
#[cfg(feature = "ssr")]
pub mod serve;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod signals;
#[cfg(feature = "ssr")]
pub mod site;
#[cfg(feature = "ssr")]
pub mod sitemap;
#[cfg(feature = "ssr")]
mod speculation;
#[cfg(feature = "ssr")]
pub mod ssr_pages;
#[cfg(feature = "ssr")]
mod transitions;
