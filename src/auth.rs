//! Signing in and out.

pub mod api;
#[cfg(feature = "ssr")]
pub mod events;
pub mod menu;
#[cfg(feature = "ssr")]
pub mod oidc;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod session;
