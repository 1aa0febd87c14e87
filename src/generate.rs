//! Making pictures: the composer, the job, and the work behind them.

pub mod api;
pub mod composer;
#[cfg(feature = "ssr")]
pub mod events;
pub mod examples;
pub mod job_list;
pub mod job_page;
pub mod looks;
pub mod news;
#[cfg(feature = "ssr")]
pub mod pipeline;
pub mod references;
pub mod request;
#[cfg(feature = "ssr")]
pub mod spool;
#[cfg(feature = "ssr")]
pub mod worker;
