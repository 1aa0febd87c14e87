//! A person's own styles: words before and after a prompt and settings, kept under a
//! name. Put on, its words stand in the composer's field, where they can be read, counted
//! and changed before anything is sent.

pub mod api;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
mod work;
