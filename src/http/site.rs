//! The built site: the browser's code and style below `/pkg`, and what
//! `public/` holds. A checkout serves it from a folder, a release from within
//! the binary.

mod files;
mod parts;
mod scripts;

#[cfg(feature = "embed")]
mod embedded;
#[cfg(not(feature = "embed"))]
mod not_embedded;

#[cfg(feature = "embed")]
pub use embedded::embedded;
#[cfg(not(feature = "embed"))]
pub use not_embedded::embedded;

pub use files::Files;
pub use parts::Parts;
pub use scripts::Scripts;

use crate::server::config::Config;
use axum::{
    Router,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use leptos::config::LeptosOptions;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tower::ServiceBuilder;
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

/// The file that says which hash each built file's name carries.
const HASHES: &str = "hash.txt";

/// What a name with a hash in it stands for never changes.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// What a plain name stands for is asked for again.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// The addresses of the built files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// The JavaScript that loads the WebAssembly.
    pub js: String,
    /// The WebAssembly.
    pub wasm: String,
    /// The style sheet.
    pub css: String,
    /// The parts that the WebAssembly is split into.
    pub parts: Parts,
    /// The scripts of pages that the server alone draws.
    pub scripts: Scripts,
}

/// The site cannot be served as it is.
#[derive(Debug, thiserror::Error)]
#[error(
    "the built site is not complete: {} missing in {place}. Build it (`make build`), or name its \
     folder with LEPTOS_SITE_ROOT (site-root in Leptos.toml)",
    missing.join(", ")
)]
pub struct SiteError {
    /// Where it was looked for.
    pub place: String,
    /// The addresses of the files that are not there.
    pub missing: Vec<String>,
}

/// Where the files are.
#[derive(Clone)]
enum Source {
    Folder(PathBuf),
    Memory(Arc<Files>),
}

/// The built site, found once at start.
#[derive(Clone)]
pub struct Site {
    source: Source,
    /// The folder of the built files, below the site's.
    pkg: String,
    hashed: bool,
    assets: Assets,
}

impl Site {
    /// The folder that somebody names; else what the binary holds; else the
    /// folder that a build leaves in a checkout.
    pub fn find(config: &Config) -> Site {
        match (&config.site_root, embedded()) {
            (None, Some(files)) => Site::in_memory(files, &config.leptos),
            _ => Site::in_folder(&config.leptos),
        }
    }

    /// A site whose files are in memory: their names carry hashes if `hash.txt`
    /// is among them.
    pub fn in_memory(files: Arc<Files>, options: &LeptosOptions) -> Site {
        let hashes = files.text(HASHES).unwrap_or_default().to_owned();
        Site::named(Source::Memory(files), options, &hashes)
    }

    fn in_folder(options: &LeptosOptions) -> Site {
        let root = PathBuf::from(options.site_root.as_ref());
        let hashes = if options.hash_files {
            // Beside the files, or where cargo-leptos puts it: beside the binary.
            let beside = std::env::current_exe().map(|exe| exe.with_file_name(HASHES));
            std::fs::read_to_string(root.join(HASHES))
                .or_else(|_| std::fs::read_to_string(beside?))
                .unwrap_or_default()
        } else {
            String::new()
        };
        Site::named(Source::Folder(root), options, &hashes)
    }

    /// Finds the files' names, by the lines of `hash.txt`, if any. A release has a
    /// `folder: abc` for the code, whose files name each other, and `css: abc`;
    /// cargo-leptos has a hash in each name (`js: abc`).
    fn named(source: Source, options: &LeptosOptions, hashes: &str) -> Site {
        let said = |kind: &str| {
            let mut lines = hashes.lines().filter_map(|line| line.split_once(':'));
            let found = lines.find(|(name, _)| name.trim() == kind);
            found.map(|(_, hash)| hash.trim())
        };
        let hash = |kind: &str| said(kind).map_or_else(String::new, |hash| format!(".{hash}"));
        let (name, pkg) = (&options.output_name, &options.site_pkg_dir);
        let folder = match said("folder") {
            Some(hash) => format!("/{pkg}/{hash}"),
            None => format!("/{pkg}"),
        };
        // Plain wasm-bindgen says `_bg`; cargo-leptos leaves it out.
        let wasm = |suffix: &str| format!("{folder}/{name}{suffix}{}.wasm", hash("wasm"));
        let list = source.text(&format!("{folder}/{}", parts::LIST));
        let assets = Assets {
            js: format!("{folder}/{name}{}.js", hash("js")),
            wasm: if source.has(&wasm("_bg")) {
                wasm("_bg")
            } else {
                wasm("")
            },
            css: format!("/{pkg}/{name}{}.css", hash("css")),
            parts: Parts::read(&list.unwrap_or_default(), &folder),
            scripts: Scripts::find(&folder, |address| source.has(address)),
        };
        Site {
            source,
            pkg: pkg.to_string(),
            hashed: !hashes.is_empty(),
            assets,
        }
    }

    /// The addresses of the built files.
    pub fn assets(&self) -> &Assets {
        &self.assets
    }

    /// Whether the files that pages ask for are there.
    pub fn check(&self) -> Result<(), SiteError> {
        let Assets {
            js,
            wasm,
            css,
            parts,
            scripts,
        } = &self.assets;
        let missing: Vec<String> = [js, wasm, css]
            .into_iter()
            .chain(parts.all())
            .cloned()
            .chain(scripts.all())
            .filter(|address| !self.source.has(address))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let place = match &self.source {
            Source::Folder(folder) => folder.display().to_string(),
            Source::Memory(_) => "this binary".to_owned(),
        };
        Err(SiteError { place, missing })
    }

    /// The whole answer to whoever sent these headers and asks for a built file that
    /// is in memory; `complete` adds what every answer carries, once.
    pub(super) fn finished(
        &self,
        path: &str,
        asked: &HeaderMap,
        complete: impl FnOnce(&mut HeaderMap),
    ) -> Option<Response> {
        let Source::Memory(files) = &self.source else {
            return None;
        };
        let path = path.strip_prefix('/')?;
        if !path.strip_prefix(&self.pkg)?.starts_with('/') {
            return None;
        }
        files.whole(path, asked, |head| {
            head.insert(header::CACHE_CONTROL, self.caching());
            complete(head);
        })
    }

    /// How long a built file may be kept.
    fn caching(&self) -> HeaderValue {
        if self.hashed { FOR_EVER } else { ASK_AGAIN }
    }

    /// Adds the files to the routes: `/pkg`, and as the fallback what `public/`
    /// holds; `missing` answers for everything else.
    pub fn serve<S>(&self, routes: Router<S>, missing: Router) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let pkg = format!("/{}", self.pkg);
        let cache = self.caching();
        match &self.source {
            Source::Folder(root) => {
                let built = ServeDir::new(root.join(&self.pkg))
                    .precompressed_br()
                    .precompressed_gzip();
                let built = ServiceBuilder::new()
                    .layer(SetResponseHeaderLayer::if_not_present(
                        header::CACHE_CONTROL,
                        caching(cache),
                    ))
                    .service(files::guarded(built, Router::new().fallback(no_file)));
                let public = ServeDir::new(root)
                    .append_index_html_on_directories(false)
                    .precompressed_br()
                    .precompressed_gzip()
                    .call_fallback_on_method_not_allowed(true)
                    .fallback(missing.clone());
                let public = ServiceBuilder::new()
                    .layer(SetResponseHeaderLayer::if_not_present(
                        header::CACHE_CONTROL,
                        caching(ASK_AGAIN),
                    ))
                    .service(files::guarded(public, missing));
                routes.nest_service(&pkg, built).fallback_service(public)
            }
            Source::Memory(files) => {
                let built = ServiceBuilder::new()
                    .layer(SetResponseHeaderLayer::if_not_present(
                        header::CACHE_CONTROL,
                        caching(cache),
                    ))
                    .service(files::service(
                        files.clone(),
                        &pkg,
                        Router::new().fallback(no_file),
                    ));
                let public = ServiceBuilder::new()
                    .layer(SetResponseHeaderLayer::if_not_present(
                        header::CACHE_CONTROL,
                        caching(ASK_AGAIN),
                    ))
                    .service(files::service(files.clone(), "", missing));
                routes.nest_service(&pkg, built).fallback_service(public)
            }
        }
    }
}

/// What a folder of files alone answers where there is none.
async fn no_file(method: Method) -> Response {
    match method {
        Method::GET | Method::HEAD => StatusCode::NOT_FOUND.into_response(),
        _ => (
            StatusCode::METHOD_NOT_ALLOWED,
            [(header::ALLOW, "GET,HEAD")],
        )
            .into_response(),
    }
}

impl Source {
    fn text(&self, address: &str) -> Option<String> {
        let path = address.trim_start_matches('/');
        match self {
            Source::Folder(root) => std::fs::read_to_string(root.join(path)).ok(),
            Source::Memory(files) => files.text(path).map(str::to_owned),
        }
    }

    fn has(&self, address: &str) -> bool {
        let path = address.trim_start_matches('/');
        match self {
            Source::Folder(root) => Path::new(root).join(path).is_file(),
            Source::Memory(files) => files.has(path),
        }
    }
}

/// How long an answer may be kept. That a file is missing is for no cache to
/// remember: the next version may have it.
fn caching<B>(value: HeaderValue) -> impl Fn(&Response<B>) -> Option<HeaderValue> + Clone {
    move |response| {
        let there = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
        there.then(|| value.clone())
    }
}

#[cfg(test)]
mod tests;
