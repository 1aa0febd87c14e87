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

use crate::{error::AppError, wire};
use serde::de::DeserializeOwned;

/// The answer to what a script has asked for: its bytes, as an error's where the
/// status says so; `None` where there was none.
pub type Answer = Option<Result<Vec<u8>, Vec<u8>>>;

/// What an answer says, or the error that was answered in its place.
pub fn told<T: DeserializeOwned>(answer: Answer) -> Result<T, AppError> {
    let told = match answer {
        Some(Ok(bytes)) => wire::from_bytes(bytes).map(Ok),
        Some(Err(bytes)) => wire::from_bytes(bytes).map(Err),
        None => None,
    };
    told.unwrap_or(Err(AppError::Connection))
}
