//! imgc: an AI image studio and gallery that anyone can host.
//!
//! One crate for two targets: `ssr` is the server, `hydrate` the same components
//! in the browser, whose entry point is the package in `browser/`. What knows
//! nothing of imgc is in `crates/`: the demo's services, the work on pictures.
//!
//! The modules are listed from the roof to the ground: each imports only what
//! stands below it, and a test holds that (`src/tests/tidy.rs`).
#![recursion_limit = "512"]

// The roof: addresses, layers, the running server.
pub mod http;
#[cfg(feature = "ssr")]
pub mod ops;
#[cfg(feature = "ssr")]
pub mod housekeeping;

// Pages made of several features.
#[cfg(feature = "ssr")]
pub mod admin;
#[cfg(feature = "ssr")]
pub mod home;
#[cfg(feature = "ssr")]
pub mod legal;

// The features: each a page, its server functions (`api`) and its work.
pub mod account;
#[cfg(feature = "ssr")]
pub mod edit;
pub mod generate;
pub mod library;
pub mod references;
#[cfg(feature = "ssr")]
pub mod makers;
pub mod gallery;
pub mod reports;
#[cfg(feature = "ssr")]
pub mod usage;
pub mod auth;

// The ground.
#[cfg(feature = "ssr")]
pub mod server;
pub mod ui;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(feature = "ssr")]
pub mod demo;
pub mod model;
pub mod routes;
pub mod i18n;
pub mod error;
pub mod wire;
