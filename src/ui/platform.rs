//! Browser APIs behind functions that exist on both targets, so that components
//! need no conditional compilation.
//!
//! The server's versions do nothing: they are called from effects and event
//! handlers, which never run there.

#[cfg(not(feature = "ssr"))]
mod browser;
#[cfg(feature = "ssr")]
mod server;

#[cfg(not(feature = "ssr"))]
pub use browser::*;
#[cfg(feature = "ssr")]
pub use server::*;

/// The answer to a form posted by a script: its bytes, as an error's where the
/// status says so; `None` where there was none.
pub type Answer = Option<Result<Vec<u8>, Vec<u8>>>;
