//! The cryptography of every encrypted connection of ours.

/// Installs it for the whole process; called wherever a client is made, because
/// doing so again changes nothing.
pub fn install() {
    // An error says that one is installed already: the first call's.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
