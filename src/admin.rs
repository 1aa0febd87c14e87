//! The administrators' pages: reports to decide, invitations, what housekeeping did,
//! how much the site is used, the money of the day, and the people with their limits.

pub mod api;
#[cfg(feature = "ssr")]
mod budget;
#[cfg(feature = "ssr")]
mod curves;
#[cfg(feature = "ssr")]
mod decisions;
#[cfg(feature = "ssr")]
mod invitations;
#[cfg(feature = "ssr")]
mod kept_forms;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod people;
