//! The demo's services where this build holds them: the crate `imgc-demo`, with
//! the feature `demo`. Without it the same names are there, no code of the demo
//! is, and the configuration refuses a set that would run it.

#[cfg(not(feature = "demo"))]
mod absent;
#[cfg(feature = "demo")]
mod present;

#[cfg(not(feature = "demo"))]
pub use absent::{BUILT_IN, Options, serve};
#[cfg(feature = "demo")]
pub use present::{BUILT_IN, Options, serve};
