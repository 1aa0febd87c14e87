//! A person's library, and the owner's actions on a picture.

#[cfg(feature = "ssr")]
pub mod action;
pub mod api;
#[cfg(feature = "ssr")]
pub mod browse;
#[cfg(feature = "ssr")]
pub mod change;
#[cfg(feature = "ssr")]
pub mod compare;
#[cfg(feature = "ssr")]
mod copies;
#[cfg(feature = "ssr")]
mod elsewhere;
#[cfg(feature = "ssr")]
mod image_head;
#[cfg(feature = "ssr")]
pub mod image_page;
mod lightbox;
mod notice_bar;
pub mod page;
mod picture;
pub mod quick;
#[cfg(feature = "ssr")]
pub mod query;
#[cfg(feature = "ssr")]
pub mod shown_to;
#[cfg(feature = "ssr")]
pub mod tags;
#[cfg(feature = "ssr")]
pub mod trash;
#[cfg(feature = "ssr")]
pub mod unlisted_page;
#[cfg(feature = "ssr")]
pub mod views;
#[cfg(feature = "ssr")]
mod visibility;
#[cfg(feature = "ssr")]
mod words;
#[cfg(feature = "ssr")]
pub mod words_page;
#[cfg(feature = "ssr")]
pub mod zip;
#[cfg(feature = "ssr")]
pub mod router;
