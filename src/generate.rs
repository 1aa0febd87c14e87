//! Making pictures: the composer, the job, and the work behind them.

#[cfg(feature = "ssr")]
mod acts;
pub mod api;
pub mod composer;
#[cfg(feature = "ssr")]
pub mod events;
pub mod example_list;
#[cfg(feature = "ssr")]
pub mod examples;
pub mod job_feed;
pub mod job_list;
#[cfg(feature = "ssr")]
pub mod job_page;
pub mod job_view;
#[cfg(feature = "ssr")]
mod limits;
#[cfg(feature = "ssr")]
pub mod many;
#[cfg(feature = "ssr")]
pub mod many_page;
#[cfg(feature = "ssr")]
pub mod pipeline;
pub mod styles;
#[cfg(feature = "ssr")]
mod requests;
#[cfg(feature = "ssr")]
pub mod worker;
#[cfg(feature = "ssr")]
pub mod router;
