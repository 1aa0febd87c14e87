//! The administrators' page: reports and cases to decide, invitations, what housekeeping
//! did, and how much the site is used.

pub mod api;
#[cfg(feature = "ssr")]
mod case_decisions;
#[cfg(feature = "ssr")]
pub mod case_page;
#[cfg(feature = "ssr")]
mod cases;
#[cfg(feature = "ssr")]
mod curves;
#[cfg(feature = "ssr")]
mod decisions;
#[cfg(feature = "ssr")]
mod invitations;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod router;
