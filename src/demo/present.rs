//! The demo in a build that holds it.

pub use imgc_demo::{Options, serve};

/// Whether this build can run the demo.
pub const BUILT_IN: bool = true;
