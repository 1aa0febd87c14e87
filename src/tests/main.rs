//! Integration tests: a whole server, its demo provider and painter, over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod account;
mod admin;
mod answers;
mod backup;
mod crash;
mod fuzz;
mod harness;
mod head;
mod housekeeping;
mod jobs;
mod legal;
mod library;
mod objects;
mod operation;
mod references;
mod rights;
mod road;
mod routes;
mod security;
mod security_events;
mod sign_in;
mod store;
mod studio;
mod tidy;
