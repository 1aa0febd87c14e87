//! The site inside the binary, as `build.rs` found it in IMGC_SITE_DIR.

use super::Files;
use bytes::Bytes;
use std::sync::{Arc, LazyLock};

/// Every file of the built site: its path below the site's folder, its bytes.
const FILES: &[(&str, &[u8])] = &include!(concat!(env!("OUT_DIR"), "/site.rs"));

/// The site inside the binary.
pub fn embedded() -> Option<Arc<Files>> {
    static SITE: LazyLock<Arc<Files>> = LazyLock::new(|| {
        let files = FILES
            .iter()
            .map(|(path, bytes)| ((*path).to_owned(), Bytes::from_static(bytes)));
        Arc::new(Files::new(files))
    });
    Some(SITE.clone())
}
