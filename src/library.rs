//! What is mine: the library, and what its owner does with a picture.

pub mod api;
pub mod image_page;
mod lightbox;
pub mod page;
#[cfg(feature = "ssr")]
pub mod views;
