//! Reports that an account is a child's: anybody may send one, an
//! administrator decides.

pub mod api;
#[cfg(feature = "ssr")]
pub mod cases;
#[cfg(feature = "ssr")]
pub mod page;
