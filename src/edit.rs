//! Editing a picture: a page of its own that asks what should change and where, and shows
//! what came of it, before and after, with every edit made of the same picture.
//!
//! The server draws the page, and its form is a plain one. What a hand paints needs a
//! script: `public/scripts/easel.js`, which is small, knows nothing of the site, and is
//! loaded by this page alone. Nothing of an edit is kept before it is sent: its source is
//! the picture itself.

#![allow(
    missing_docs,
    reason = "the properties of components become public fields"
)]

mod form;
mod offer;
pub mod page;
mod paint;
pub mod router;
mod send;
mod thread;
