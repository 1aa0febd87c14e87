//! A person's account: everything held about them, how they correct it, take it
//! along and have it erased.

pub mod api;
#[cfg(feature = "ssr")]
mod closing;
#[cfg(feature = "ssr")]
pub mod erasure;
#[cfg(feature = "ssr")]
pub mod export;
#[cfg(feature = "ssr")]
mod overview;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod receipt;
#[cfg(feature = "ssr")]
mod replay;
#[cfg(feature = "ssr")]
pub mod router;

#[cfg(feature = "ssr")]
pub use closing::{erase, is_fresh, require_fresh};
