//! The administrators' page: how the service stands, reports to decide,
//! invitations, models, what it costs, what housekeeping did, and how much the site is used.

pub mod api;
#[cfg(feature = "ssr")]
mod costs;
#[cfg(feature = "ssr")]
mod curves;
#[cfg(feature = "ssr")]
mod decisions;
#[cfg(feature = "ssr")]
mod health;
#[cfg(feature = "ssr")]
mod invitations;
#[cfg(feature = "ssr")]
mod kept_forms;
#[cfg(feature = "ssr")]
mod models;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod router;
