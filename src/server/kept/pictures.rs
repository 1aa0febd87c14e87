//! Small files of published pictures: renditions, and the cards of other sites.
//!
//! Their bytes never change, so they outlive a version; but before one is shown in
//! another version, it is looked up whether the picture is still public.

use super::{
    Figures, Luck, mebibytes,
    seen::{Seen, now_s},
};
use axum::{body::Body, http::HeaderMap, response::Response};
use bytes::Bytes;
use quick_cache::{Weighter, sync::Cache};
use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering},
};

/// A file of more bytes is not kept.
const MOST_BYTES: usize = 512 * 1024;
/// Files of this many bytes are what a cache is made ready for.
const TYPICAL_BYTES: u64 = 32 * 1024;
/// Bytes of an entry beside its file's: mostly the heads of its answers.
const ENTRY_BYTES: u64 = 3 * 1024;

/// The files, by their address.
pub struct Pictures {
    cache: Option<Cache<String, Arc<Picture>, Weight>>,
    luck: Luck,
}

#[derive(Clone)]
struct Weight;

impl Weighter<String, Arc<Picture>> for Weight {
    fn weight(&self, address: &String, picture: &Arc<Picture>) -> u64 {
        let bytes = picture.bytes.len() + address.len();
        u64::try_from(bytes).unwrap_or(u64::MAX / 2) + ENTRY_BYTES
    }
}

/// A file of a published picture.
pub struct Picture {
    /// The headers of its answer, its tag among them.
    pub headers: HeaderMap,
    /// Its bytes.
    pub bytes: Bytes,
    /// The whole head of its answer, once there was one.
    head: OnceLock<HeaderMap>,
    /// The version in which it was known to be public.
    version: AtomicU64,
    /// When its address ends, Unix milliseconds, where it does so by itself.
    pub until_ms: Option<i64>,
    seen: Seen,
}

impl Picture {
    /// A file that was public in this version.
    pub fn new(headers: HeaderMap, bytes: Bytes, version: u64) -> Picture {
        Picture {
            headers,
            bytes,
            head: OnceLock::new(),
            version: AtomicU64::new(version),
            until_ms: None,
            seen: Seen::now(),
        }
    }

    /// The same, with an address that ends at this moment.
    #[must_use]
    pub fn until(self, until_ms: Option<i64>) -> Picture {
        Picture { until_ms, ..self }
    }

    /// The whole answer for a client that has no bytes of it yet; `complete` adds
    /// what every answer carries, once.
    pub fn whole(&self, complete: impl FnOnce(&mut HeaderMap)) -> Response {
        let head = self.head.get_or_init(|| {
            let mut head = self.headers.clone();
            complete(&mut head);
            head
        });
        let mut response = Response::new(Body::from(self.bytes.clone()));
        *response.headers_mut() = head.clone();
        response
    }

    /// Whether it is known to be public in this version, at this moment.
    pub fn is_public_in(&self, version: u64, now_ms: i64) -> bool {
        self.version.load(Ordering::Acquire) == version
            && self.until_ms.is_none_or(|until_ms| until_ms > now_ms)
    }

    /// It is public in this version, too.
    pub fn is_still_public(&self, version: u64) {
        self.version.fetch_max(version, Ordering::AcqRel);
    }
}

impl Pictures {
    pub(super) fn new(megabytes: u32) -> Pictures {
        let room = mebibytes(megabytes);
        let items = usize::try_from(room / TYPICAL_BYTES).unwrap_or(usize::MAX);
        Pictures {
            cache: (room > 0).then(|| Cache::with_weighter(items.max(16), room, Weight)),
            luck: Luck::default(),
        }
    }

    /// Whether a file of so many bytes would be kept.
    pub fn takes(&self, bytes: u64) -> bool {
        self.cache.is_some() && usize::try_from(bytes).is_ok_and(|bytes| bytes <= MOST_BYTES)
    }

    /// The file at this address.
    pub fn get(&self, address: &str) -> Option<Arc<Picture>> {
        let picture = self.cache.as_ref()?.get(address)?;
        picture.seen.again();
        Some(picture)
    }

    /// A file was given from memory.
    pub fn given(&self) {
        self.luck.hits.add();
    }

    /// What is kept, and what it was good for.
    pub fn figures(&self) -> Figures {
        let cache = self.cache.as_ref();
        let (entries, bytes) = cache.map_or((0, 0), |cache| (cache.len(), cache.weight()));
        self.luck.figures(entries, bytes)
    }

    /// Keeps a file.
    pub fn keep(&self, address: &str, picture: Picture) {
        self.luck.misses.add();
        picture.seen.again();
        if let Some(cache) = &self.cache {
            cache.insert(address.to_owned(), Arc::new(picture));
        }
    }

    /// Forgets a file: its picture is public no more.
    pub fn forget(&self, address: &str) {
        if let Some(cache) = &self.cache {
            cache.remove(address);
        }
    }

    /// Forgets what nobody has asked for in a while.
    pub fn forget_idle(&self) {
        let now_s = now_s();
        if let Some(cache) = &self.cache {
            cache.retain(|_, picture| !picture.seen.is_idle_at(now_s));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_public_in_the_versions_in_which_it_was_looked_up() {
        let pictures = Pictures::new(1);
        let file = Bytes::from_static(b"webp");
        pictures.keep("k/320.webp", Picture::new(HeaderMap::new(), file, 3));
        let kept = pictures.get("k/320.webp").expect("kept");
        assert!(kept.is_public_in(3, 1) && !kept.is_public_in(4, 1));
        kept.is_still_public(4);
        assert!(kept.is_public_in(4, 1) && !kept.is_public_in(3, 1));
        pictures.forget_idle();
        assert!(pictures.get("k/320.webp").is_some(), "just asked for");
        pictures.forget("k/320.webp");
        assert!(pictures.get("k/320.webp").is_none());
    }

    #[test]
    fn a_file_whose_address_ends_is_not_given_afterwards() {
        let file = Bytes::from_static(b"webp");
        let kept = Picture::new(HeaderMap::new(), file, 3).until(Some(10));
        assert!(kept.is_public_in(3, 9));
        assert!(!kept.is_public_in(3, 10));
    }

    #[test]
    fn large_files_are_not_kept_and_there_is_an_end_to_all() {
        let pictures = Pictures::new(1);
        assert!(pictures.takes(100_000) && !pictures.takes(1_000_000));
        assert!(!Pictures::new(0).takes(1));
        for number in 0..100 {
            let file = Bytes::from(vec![0; 100_000]);
            pictures.keep(&number.to_string(), Picture::new(HeaderMap::new(), file, 1));
        }
        let cache = pictures.cache.as_ref().expect("room");
        assert!(cache.weight() <= mebibytes(1), "{}", cache.weight());
    }
}
