//! A person's account: what is held about them, and how they correct it.

pub mod api;
#[cfg(feature = "ssr")]
mod held;
#[cfg(feature = "ssr")]
pub mod page;
