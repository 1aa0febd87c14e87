//! The cryptography of every encrypted connection of ours.

/// Installs it for the whole process, where a library makes its own client; doing
/// so again changes nothing.
pub fn install() {
    // An error says that one is installed already: the first call's.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The beginning of every HTTP client: one made without cryptography panics, so
/// clippy.toml allows no other beginning.
#[allow(clippy::disallowed_methods, reason = "the one place")]
pub fn client_builder() -> reqwest::ClientBuilder {
    install();
    reqwest::Client::builder()
}
