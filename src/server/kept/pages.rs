//! Finished pages, found by version, address and language.

use super::{Encoding, Figures, Luck, mebibytes};
use crate::server::secrets;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use quick_cache::{Equivalent, Weighter, sync::Cache};
use std::{
    future::Future,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};
use tokio::sync::OnceCell;

/// A page is drawn again after so long, whatever the version says: what `imgc purge`
/// changes beside the server is no write of the server's.
const MOST_AGE: Duration = Duration::from_secs(60);
/// How long an address whose answer is not kept is drawn by each who asks, side by
/// side, instead of by one for all: one who waits for another's failure would
/// draw after it, and the next one after that.
const BY_EACH: Duration = Duration::from_secs(1);
/// Pages of this many bytes are what a cache is made ready for.
const TYPICAL_BYTES: u64 = 64 * 1024;
/// Bytes of an entry beside its page's: mostly the heads of its answers.
const ENTRY_BYTES: u64 = 6 * 1024;

/// Any cache asks again before it shows the page; one that many share may spare
/// itself that for two seconds.
const CACHING: HeaderValue =
    HeaderValue::from_static("public, max-age=0, must-revalidate, s-maxage=2");
/// What decides which bytes are sent: how they are packed, which language is
/// offered, and whether the reader is known, to whom other pages are shown.
const VARY: HeaderValue = HeaderValue::from_static("Accept-Encoding, Accept-Language, Cookie");

/// What a page is found by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageKey {
    /// The version of what strangers see, read before the page is drawn.
    pub version: u64,
    /// Path and query, of the parameters that the page knows.
    pub address: String,
    /// The language that the reader's browser asks for first, which the page may offer.
    pub offered: Option<&'static str>,
}

/// As [`PageKey`], of what is asked for: nothing is copied to look a page up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AskedPage<'a> {
    /// The version of what strangers see.
    pub version: u64,
    /// Path and query, as [`PageKey`] has them.
    pub address: &'a str,
    /// The language that the reader's browser asks for first.
    pub offered: Option<&'static str>,
}

impl Equivalent<PageKey> for AskedPage<'_> {
    fn equivalent(&self, key: &PageKey) -> bool {
        self.version == key.version && self.address == key.address && self.offered == key.offered
    }
}

/// The pages.
pub struct Pages {
    cache: Option<Cache<PageKey, Drawn, Weight>>,
    luck: Luck,
}

/// What came of drawing an address.
#[derive(Clone)]
enum Drawn {
    /// A page.
    Kept(Arc<Page>),
    /// Something that is not kept, at this moment: who asks draws for themselves.
    ByEach(Instant),
}

#[derive(Clone)]
struct Weight;

impl Weighter<PageKey, Drawn> for Weight {
    fn weight(&self, key: &PageKey, drawn: &Drawn) -> u64 {
        let page = match drawn {
            // The packed ones, which may come later, are together no longer than this.
            Drawn::Kept(page) => 2 * page.plain.bytes.len(),
            Drawn::ByEach(_) => 0,
        };
        let bytes = page + key.address.len();
        u64::try_from(bytes).unwrap_or(u64::MAX / 2) + ENTRY_BYTES
    }
}

/// A page that is the same for every stranger.
pub struct Page {
    drawn: Instant,
    route: String,
    headers: HeaderMap,
    tag: String,
    plain: Form,
    gzip: OnceCell<Form>,
    brotli: OnceCell<Form>,
}

/// A page as it is sent.
struct Form {
    encoding: Encoding,
    bytes: Bytes,
    tag: HeaderValue,
    /// The whole head of its answer, once there was one.
    head: OnceLock<HeaderMap>,
}

/// Says of an answer without a body that it stands for a page.
#[derive(Clone, Copy)]
pub struct StandsForPage;

impl Pages {
    pub(super) fn new(megabytes: u32) -> Pages {
        let room = mebibytes(megabytes);
        let items = usize::try_from(room / TYPICAL_BYTES).unwrap_or(usize::MAX);
        Pages {
            cache: (room > 0).then(|| Cache::with_weighter(items.max(16), room, Weight)),
            luck: Luck::default(),
        }
    }

    /// False where the operator gives no room: nothing is kept.
    pub fn keeps(&self) -> bool {
        self.cache.is_some()
    }

    /// The page of this key. `draw` is called where it is not kept, once for all
    /// who wait for it; what is none to be kept comes back as the error, to the one
    /// who drew it.
    pub async fn get<E>(
        &self,
        key: &PageKey,
        draw: impl Future<Output = Result<Page, E>>,
    ) -> Result<Arc<Page>, E> {
        let Some(cache) = &self.cache else {
            return draw.await.map(Arc::new);
        };
        match cache.get(key) {
            Some(Drawn::Kept(page)) if page.drawn.elapsed() < MOST_AGE => {
                self.given();
                return Ok(page);
            }
            Some(Drawn::ByEach(at)) if at.elapsed() < BY_EACH => {
                return draw.await.map(Arc::new);
            }
            Some(old) => {
                cache.remove_if(key, |kept| kept.is(&old));
            }
            None => {}
        }
        let guard = match cache.get_value_or_guard_async(key).await {
            Ok(Drawn::Kept(page)) => {
                self.given();
                return Ok(page);
            }
            Ok(Drawn::ByEach(_)) => return draw.await.map(Arc::new),
            Err(guard) => guard,
        };
        let page = draw.await.map(Arc::new);
        let drawn = match &page {
            Ok(page) => {
                self.luck.misses.add();
                Drawn::Kept(page.clone())
            }
            Err(_) => Drawn::ByEach(Instant::now()),
        };
        // Refused where it was forgotten meanwhile, which is as well.
        let _ = guard.insert(drawn);
        page
    }

    /// The page that is kept for this; `None` where it must be drawn first.
    pub fn kept(&self, asked: &AskedPage<'_>) -> Option<Arc<Page>> {
        match self.cache.as_ref()?.get(asked)? {
            Drawn::Kept(page) if page.drawn.elapsed() < MOST_AGE => Some(page),
            _ => None,
        }
    }

    /// A page was given from memory.
    pub fn given(&self) {
        self.luck.hits.add();
    }

    /// What is kept, and what it was good for.
    pub fn figures(&self) -> Figures {
        let cache = self.cache.as_ref();
        let (entries, bytes) = cache.map_or((0, 0), |cache| (cache.len(), cache.weight()));
        self.luck.figures(entries, bytes)
    }

    /// Forgets what is of another version than this, or too old: nobody is shown it
    /// any more, and what it says may have been erased.
    pub fn forget_old(&self, version: Option<u64>) {
        if let Some(cache) = &self.cache {
            cache.retain(|key, drawn| {
                let is_young = match drawn {
                    Drawn::Kept(page) => page.drawn.elapsed() < MOST_AGE,
                    Drawn::ByEach(at) => at.elapsed() < BY_EACH,
                };
                is_young && version == Some(key.version)
            });
        }
    }
}

impl Drawn {
    /// Whether it is the very same.
    fn is(&self, other: &Drawn) -> bool {
        match (self, other) {
            (Drawn::Kept(one), Drawn::Kept(other)) => Arc::ptr_eq(one, other),
            (Drawn::ByEach(one), Drawn::ByEach(other)) => one == other,
            _ => false,
        }
    }
}

impl Page {
    /// A page of these bytes, at an address of this route's; `headers` are what its
    /// answer says beside their length and packing, its content security policy among
    /// them.
    pub fn new(route: String, mut headers: HeaderMap, bytes: Bytes) -> Page {
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::CACHE_CONTROL, CACHING);
        headers.insert(header::VARY, VARY);
        let tag = secrets::sha256(&bytes)[..32].to_owned();
        Page {
            drawn: Instant::now(),
            route,
            headers,
            plain: Form::new(&tag, Encoding::Plain, bytes),
            tag,
            gzip: OnceCell::new(),
            brotli: OnceCell::new(),
        }
    }

    /// The route of its address.
    pub fn route(&self) -> &str {
        &self.route
    }

    /// The answer for a client that takes this encoding; `is_known` says of a tag
    /// whether the client has its bytes.
    pub async fn answer(
        &self,
        encoding: Encoding,
        is_known: impl FnOnce(&str) -> bool,
    ) -> Response {
        let form = self.packed(encoding).await;
        let mut response = Response::new(Body::empty());
        if is_known(form.tag.to_str().unwrap_or_default()) {
            *response.headers_mut() = self.headers.clone();
            response.headers_mut().remove(header::CONTENT_TYPE);
            response
                .headers_mut()
                .insert(header::ETAG, form.tag.clone());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.extensions_mut().insert(StandsForPage);
        } else {
            *response.headers_mut() = self.head(form);
            *response.body_mut() = Body::from(form.bytes.clone());
        }
        response
    }

    /// The whole answer for a client that takes this encoding and has no bytes yet,
    /// where it was packed before; `complete` adds what every answer carries, once.
    pub fn whole(
        &self,
        encoding: Encoding,
        complete: impl FnOnce(&mut HeaderMap),
    ) -> Option<Response> {
        let form = match encoding {
            Encoding::Plain => &self.plain,
            Encoding::Gzip => self.gzip.get()?,
            Encoding::Brotli => self.brotli.get()?,
        };
        let head = form.head.get_or_init(|| {
            let mut head = self.head(form);
            complete(&mut head);
            head
        });
        let mut response = Response::new(Body::from(form.bytes.clone()));
        *response.headers_mut() = head.clone();
        Some(response)
    }

    fn head(&self, form: &Form) -> HeaderMap {
        let mut head = self.headers.clone();
        if let Some(packed) = form.encoding.header() {
            head.insert(header::CONTENT_ENCODING, packed);
        }
        head.insert(header::CONTENT_LENGTH, form.bytes.len().into());
        head.insert(header::ETAG, form.tag.clone());
        head
    }

    async fn packed(&self, encoding: Encoding) -> &Form {
        let pack = || async {
            let (encoding, bytes) = encoding.pack(self.plain.bytes.clone()).await;
            Form::new(&self.tag, encoding, bytes)
        };
        match encoding {
            Encoding::Plain => &self.plain,
            Encoding::Gzip => self.gzip.get_or_init(pack).await,
            Encoding::Brotli => self.brotli.get_or_init(pack).await,
        }
    }
}

impl Form {
    fn new(tag: &str, encoding: Encoding, bytes: Bytes) -> Form {
        let tag = HeaderValue::try_from(format!("\"{tag}{}\"", encoding.suffix()));
        Form {
            encoding,
            bytes,
            tag: tag.unwrap_or(HeaderValue::from_static("\"\"")),
            head: OnceLock::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn key(version: u64) -> PageKey {
        PageKey {
            version,
            address: "/gallery".into(),
            offered: None,
        }
    }

    fn page(bytes: usize) -> Page {
        Page::new(
            "/gallery".into(),
            HeaderMap::new(),
            vec![b'a'; bytes].into(),
        )
    }

    #[tokio::test]
    async fn many_who_come_at_once_have_a_page_drawn_once() {
        let (pages, drawn) = (Pages::new(1), AtomicUsize::new(0));
        let draw = || async {
            drawn.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok::<Page, ()>(page(1_000))
        };
        let first = key(1);
        let all = (0..50).map(|_| pages.get(&first, draw()));
        let all = futures::future::join_all(all).await;
        assert!(all.iter().all(Result::is_ok));
        assert_eq!(drawn.load(Ordering::Relaxed), 1);
        // Another version is another page.
        assert!(pages.get(&key(2), draw()).await.is_ok());
        assert_eq!(drawn.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn what_is_none_to_be_kept_is_drawn_by_each_side_by_side() {
        let (pages, first) = (Pages::new(1), key(1));
        let failing = || async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Err::<Page, &str>("not found")
        };
        let began = Instant::now();
        let all = futures::future::join_all((0..40).map(|_| pages.get(&first, failing()))).await;
        assert!(
            all.iter()
                .all(|got| got.as_ref().err() == Some(&"not found"))
        );
        // One, and then all others at once: one after the other they would take two seconds.
        assert!(
            began.elapsed() < Duration::from_secs(1),
            "{:?}",
            began.elapsed()
        );
        let good = || async { Ok::<Page, &str>(page(1)) };
        assert!(pages.get(&first, good()).await.is_ok());
    }

    #[tokio::test]
    async fn what_is_of_another_version_is_forgotten() {
        let pages = Pages::new(1);
        for version in [1, 2] {
            let kept = key(version);
            assert!(
                pages
                    .get(&kept, async { Ok::<Page, ()>(page(1)) })
                    .await
                    .is_ok()
            );
        }
        let cache = pages.cache.as_ref().expect("room");
        pages.forget_old(Some(2));
        assert!(cache.get(&key(1)).is_none() && cache.get(&key(2)).is_some());
        pages.forget_old(None);
        assert!(cache.is_empty());
    }

    #[tokio::test]
    async fn who_drew_and_left_keeps_nobody_waiting() {
        let pages = Pages::new(1);
        let first = key(1);
        {
            let mut never = Box::pin(pages.get(&first, std::future::pending::<Result<Page, ()>>()));
            assert!(futures::poll!(&mut never).is_pending());
        }
        let drawn = pages.get(&first, async { Ok::<Page, ()>(page(1)) });
        let waited = tokio::time::timeout(Duration::from_secs(5), drawn).await;
        assert!(waited.expect("nobody draws any more").is_ok());
    }

    #[tokio::test]
    async fn no_more_is_kept_than_there_is_room_for() {
        let pages = Pages::new(1);
        for version in 0..200 {
            let key = key(version);
            let kept = pages.get(&key, async { Ok::<Page, ()>(page(50_000)) });
            assert!(kept.await.is_ok());
        }
        let cache = pages.cache.as_ref().expect("room");
        assert!(cache.weight() <= mebibytes(1), "{}", cache.weight());
        assert!(!Pages::new(0).keeps());
    }

    #[tokio::test]
    async fn a_whole_answer_is_the_same_and_completed_once() {
        let (pages, first) = (Pages::new(1), key(1));
        let asked = AskedPage {
            version: 1,
            address: "/gallery",
            offered: None,
        };
        assert!(pages.kept(&asked).is_none());
        let drawn = pages
            .get(&first, async { Ok::<Page, ()>(page(5_000)) })
            .await;
        assert!(drawn.is_ok());
        let other = AskedPage {
            version: 2,
            ..asked
        };
        assert!(pages.kept(&other).is_none());
        let page = pages.kept(&asked).expect("kept");
        assert_eq!(page.route(), "/gallery");
        assert!(page.whole(Encoding::Brotli, |_| ()).is_none(), "not packed");
        for encoding in [Encoding::Plain, Encoding::Gzip, Encoding::Brotli] {
            let mut through = page.answer(encoding, |_| false).await;
            through
                .headers_mut()
                .insert("x-more", HeaderValue::from_static("1"));
            for times in ["1", "2"] {
                let complete = |headers: &mut HeaderMap| {
                    headers.insert("x-more", HeaderValue::from_static(times));
                };
                let whole = page.whole(encoding, complete).expect("packed");
                assert_eq!(whole.headers(), through.headers());
            }
        }
    }

    #[tokio::test]
    async fn a_tag_is_of_bytes_and_of_their_packing() {
        let page = page(5_000);
        let mut tags = Vec::new();
        for encoding in [Encoding::Plain, Encoding::Gzip, Encoding::Brotli] {
            let answer = page.answer(encoding, |_| false).await;
            assert_eq!(answer.status(), StatusCode::OK);
            let tag = answer.headers()[header::ETAG]
                .to_str()
                .expect("text")
                .to_owned();
            let known = page.answer(encoding, |asked| asked == tag).await;
            assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
            assert_eq!(known.headers()[header::ETAG], tag.as_str());
            assert_eq!(known.headers()[header::VARY], VARY);
            tags.push(tag);
        }
        tags.dedup();
        assert_eq!(tags.len(), 3);
        assert!(tags.iter().all(|tag| tag.starts_with('"')));
    }
}
