//! Files in memory, served as tower-http's `ServeDir` serves a folder: the
//! compressed form that a browser takes, 304 for what it has already. And what
//! stands before such a folder, so that a path no file can have is missing
//! rather than an error of the file system.

use crate::server::media;
use axum::{
    BoxError, Router,
    body::{Body, HttpBody},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    sync::{Arc, OnceLock},
};
use tower::{Service, ServiceExt, service_fn};

/// The forms a file may lie beside itself in, the better one first: its
/// ending, and the coding's name in HTTP.
const CODINGS: [(&str, &str); 2] = [(".br", "br"), (".gz", "gzip")];

/// One form of a file.
struct Form {
    bytes: Bytes,
    etag: HeaderValue,
    /// The whole head of its answer, once there was one.
    head: OnceLock<HeaderMap>,
}

/// A file in each of its forms.
struct File {
    media_type: HeaderValue,
    plain: Form,
    /// By the coding's name, in the order of [`CODINGS`].
    coded: Vec<(&'static str, Form)>,
}

/// Files by their path below the site's folder, without a slash at its front.
pub struct Files(HashMap<String, File>);

impl Files {
    /// Puts each file and its compressed forms together.
    pub fn new(files: impl IntoIterator<Item = (String, Bytes)>) -> Files {
        let mut found: BTreeMap<String, Bytes> = files.into_iter().collect();
        let names: Vec<String> = found.keys().cloned().collect();
        let mut coded: HashMap<String, Vec<(&'static str, Form)>> = HashMap::new();
        for (ending, coding) in CODINGS {
            for name in &names {
                let Some(whole) = name.strip_suffix(ending) else {
                    continue;
                };
                if names.iter().any(|known| known == whole)
                    && let Some(bytes) = found.remove(name)
                {
                    let form = Form::new(bytes);
                    coded
                        .entry(whole.to_owned())
                        .or_default()
                        .push((coding, form));
                }
            }
        }
        let files = found.into_iter().map(|(name, bytes)| {
            let media_type = mime_guess::from_path(&name).first_raw();
            let file = File {
                media_type: HeaderValue::from_static(
                    media_type.unwrap_or("application/octet-stream"),
                ),
                plain: Form::new(bytes),
                coded: coded.remove(&name).unwrap_or_default(),
            };
            (name, file)
        });
        Files(files.collect())
    }

    /// Whether there is such a file.
    pub(super) fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// A file that is text.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(&self.0.get(path)?.plain.bytes).ok()
    }

    /// The answer to a request for the file at `path`, if there is one.
    fn answer(&self, path: &str, request: &Request) -> Option<Response> {
        let file = self.0.get(path)?;
        let (coding, form) = file.form_for(request.headers());
        let etag = form.etag.to_str().unwrap_or_default();
        if media::is_known(request.headers(), etag) {
            let headers = file.headers_known(form);
            return Some((StatusCode::NOT_MODIFIED, headers).into_response());
        }
        let headers = file.headers(coding, form);
        let body = match *request.method() {
            Method::HEAD => Body::empty(),
            _ => Body::from(form.bytes.clone()),
        };
        Some((headers, body).into_response())
    }

    /// The whole answer to whoever sent these headers and asks for all of the file
    /// at `path`; `complete` adds what its answers carry beside, once.
    pub(super) fn whole(
        &self,
        path: &str,
        asked: &HeaderMap,
        complete: impl FnOnce(&mut HeaderMap),
    ) -> Option<Response> {
        let file = self.0.get(path)?;
        let (coding, form) = file.form_for(asked);
        let head = form.head.get_or_init(|| {
            let mut head = file.headers(coding, form);
            complete(&mut head);
            head
        });
        let mut response = Response::new(Body::from(form.bytes.clone()));
        *response.headers_mut() = head.clone();
        Some(response)
    }
}

impl Form {
    fn new(bytes: Bytes) -> Form {
        let digest = Sha256::digest(&bytes);
        let hex: String = digest[..16].iter().map(|b| format!("{b:02x}")).collect();
        // Weak, because the layer around everything may compress a plain form
        // on its way.
        let etag = HeaderValue::try_from(format!("W/\"{hex}\""));
        Form {
            bytes,
            etag: etag.unwrap_or(HeaderValue::from_static("W/\"\"")),
            head: OnceLock::new(),
        }
    }
}

impl File {
    /// What the answer says where the client has the form.
    fn headers_known(&self, form: &Form) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if !self.coded.is_empty() {
            let vary = HeaderValue::from_static("accept-encoding");
            headers.insert(header::VARY, vary);
        }
        headers.insert(header::ETAG, form.etag.clone());
        headers
    }

    /// What the answer says that brings the form.
    fn headers(&self, coding: Option<&'static str>, form: &Form) -> HeaderMap {
        let mut headers = self.headers_known(form);
        headers.insert(header::CONTENT_TYPE, self.media_type.clone());
        headers.insert(header::CONTENT_LENGTH, form.bytes.len().into());
        if let Some(coding) = coding {
            let coding = HeaderValue::from_static(coding);
            headers.insert(header::CONTENT_ENCODING, coding);
        }
        headers
    }

    /// The form a browser likes best; of those it likes alike, the smallest.
    fn form_for(&self, headers: &HeaderMap) -> (Option<&'static str>, &Form) {
        let mut best = (None, &self.plain);
        let mut best_weight = 0.0;
        for (coding, form) in &self.coded {
            let weight = weight_of(coding, headers);
            if weight > best_weight {
                best = (Some(*coding), form);
                best_weight = weight;
            }
        }
        best
    }
}

/// How much the browser wants a coding, from 0 (not at all) to 1.
fn weight_of(coding: &str, headers: &HeaderMap) -> f32 {
    let said = headers.get_all(header::ACCEPT_ENCODING).into_iter();
    let mut choices = said
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let weight = choices.find_map(|choice| {
        let (name, parameter) = choice.split_once(';').unwrap_or((choice, "q=1"));
        let weight = parameter.trim().strip_prefix("q=")?;
        name.trim()
            .eq_ignore_ascii_case(coding)
            .then(|| weight.trim().parse().unwrap_or(0.0))
    });
    weight.unwrap_or(0.0)
}

/// The longest name of a file of the site, in bytes: file systems take 255, and
/// the endings of compressed forms are added to it.
const NAME_MAX: usize = 200;
/// The longest path of a file of the site, in bytes.
const PATH_MAX: usize = 1024;

/// Whether a file of the site may have this path of an address.
fn may_be_a_file(path: &str) -> bool {
    path.len() <= PATH_MAX
        && !path.contains("%00")
        && path.split('/').all(|name| name.len() <= NAME_MAX)
}

/// A folder's service for the paths that its files can have; `missing` answers
/// for all others. The system's error for a name that is too long, or that no
/// name can hold, would be told as ours.
pub(super) fn guarded<S, B>(
    folder: S,
    missing: Router,
) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send>
+ Clone
+ Send
+ Sync
+ 'static
where
    S: Service<Request, Response = axum::http::Response<B>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    service_fn(move |request: Request| {
        let (folder, missing) = (folder.clone(), missing.clone());
        async move {
            if may_be_a_file(request.uri().path()) {
                let response = folder.oneshot(request).await?;
                Ok(response.map(Body::new))
            } else {
                missing.oneshot(request).await
            }
        }
    })
}

/// A service of the files below a prefix; `missing` answers for all others, and
/// for every method but GET and HEAD.
pub(super) fn service(
    files: Arc<Files>,
    prefix: &str,
    missing: Router,
) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send>
+ Clone
+ Send
+ Sync
+ 'static {
    let prefix = prefix.trim_matches('/').to_owned();
    service_fn(move |request: Request| {
        let rest = request.uri().path().trim_start_matches('/');
        let path = if prefix.is_empty() {
            rest.to_owned()
        } else {
            format!("{prefix}/{rest}")
        };
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let found = reads.then(|| files.answer(&path, &request)).flatten();
        let missing = missing.clone();
        async move {
            match found {
                Some(response) => Ok(response),
                None => missing.oneshot(request).await,
            }
        }
    })
}
