//! The server behind the features: shared state, the request's context, the
//! configuration, sessions, the clients of other services, and the files on
//! this machine's disk.

pub mod abuse;
pub mod admission;
pub mod archive;
pub mod budget_breaker;
pub mod budget_watch;
pub mod cards;
pub mod client_addr;
pub mod client;
pub mod clock;
pub mod clock_watch;
pub mod config;
pub mod context;
pub mod csv;
pub mod data_lock;
pub mod disk;
pub mod drafts;
pub mod fetch;
pub mod health;
pub mod image_api;
pub mod incident;
pub mod incoming;
pub mod invitations;
pub mod kept_forms;
pub mod kept;
pub mod leftovers;
pub mod ledger;
pub mod media;
pub mod metrics;
pub mod migration;
pub mod multipart;
pub mod node_lease;
pub mod objects;
pub mod offer;
pub mod oidc;
pub mod outbox;
pub mod plain_page;
pub mod private_files;
pub mod progress;
mod ranges;
pub mod rate_limit;
pub mod renditions;
pub mod secrets;
pub mod session;
pub mod sharing;
pub mod spool;
pub mod state;
pub mod statistics;
pub mod tls;
pub mod turns;
pub mod watch;

pub use context::Context;
pub use state::AppState;
