//! Signing in and out.

pub mod api;
#[cfg(feature = "ssr")]
pub mod events;
pub mod menu;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod sign_in;
#[cfg(feature = "ssr")]
pub mod router;
