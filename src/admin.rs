//! The administrators' pages: how the service stands, reports and cases to decide,
//! invitations, models, what it costs, what housekeeping did, how much the site is used,
//! the money of the day, and the people with their limits.

#[cfg(feature = "ssr")]
pub mod announcements;
pub mod api;
#[cfg(feature = "ssr")]
mod budget;
#[cfg(feature = "ssr")]
mod case_decisions;
#[cfg(feature = "ssr")]
mod case_notices;
#[cfg(feature = "ssr")]
pub mod case_page;
#[cfg(feature = "ssr")]
mod case_picture;
#[cfg(feature = "ssr")]
mod cases;
#[cfg(feature = "ssr")]
mod child_accounts;
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
mod look;
#[cfg(feature = "ssr")]
mod models;
#[cfg(feature = "ssr")]
pub mod notices_api;
#[cfg(feature = "ssr")]
mod orders;
#[cfg(feature = "ssr")]
pub mod page;
pub mod people;
#[cfg(feature = "ssr")]
mod police;
#[cfg(feature = "ssr")]
mod police_page;
mod reports;
#[cfg(feature = "ssr")]
pub mod router;
#[cfg(feature = "ssr")]
mod sealed_copy;
#[cfg(feature = "ssr")]
mod unfounded;
