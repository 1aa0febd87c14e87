//! The server behind the components: state, configuration, security, the
//! object store, the image API's client, and the router that joins them.

pub mod archive;
pub mod clock;
pub mod config;
pub mod context;
pub mod doctor;
pub mod fetch;
pub mod files;
pub mod incident;
pub mod media;
pub mod pictures;
pub mod plain_page;
pub mod progress;
pub mod rate_limit;
pub mod router;
pub mod secrets;
pub mod security;
pub mod serve;
pub mod shell;
pub mod state;
pub mod statistics;
pub mod tls;
pub mod upstream;

pub use context::Context;
pub use state::AppState;
