//! imgc: an AI image studio and gallery that anyone can host.
//!
//! One crate with two faces: `ssr` is the server, `hydrate` the same components
//! in the browser, whose entry point is the package in `browser/`. In reading
//! order: `app` and `reading` are the map of the site; a feature's folder holds
//! its page, its server functions (`api`) and its work; `model`, `error`,
//! `catalogue` and `ui` are what the features share.
#![recursion_limit = "512"]

pub mod account;
pub mod admin;
pub mod app;
pub mod auth;
#[cfg(feature = "ssr")]
pub mod backup;
pub mod catalogue;
#[cfg(feature = "ssr")]
pub mod demo;
pub mod error;
pub mod gallery;
pub mod generate;
#[cfg(feature = "ssr")]
pub mod home;
pub mod i18n;
#[cfg(feature = "ssr")]
pub mod legal;
pub mod library;
pub mod model;
#[cfg(feature = "ssr")]
pub mod reading;
pub mod reports;
#[cfg(feature = "ssr")]
pub mod retention;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(feature = "ssr")]
pub mod store;
pub mod ui;
#[cfg(feature = "ssr")]
pub mod usage;
pub mod wire;
