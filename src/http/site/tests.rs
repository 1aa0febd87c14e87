//! A small site in memory, and the same one in a folder: as a browser sees them,
//! there is no difference but the validators.

use super::*;
use axum::{body::Body, extract::Request};
use bytes::Bytes;
use tower::ServiceExt;

const HASHED: [(&str, &str); 13] = [
    ("hash.txt", "js: aaa\nwasm: bbb\ncss: ccc\n"),
    ("favicon.svg", "<svg/>"),
    ("pkg/imgc.aaa.js", "plain code"),
    ("pkg/imgc.aaa.js.br", "code by brotli"),
    ("pkg/imgc.aaa.js.gz", "code by gzip"),
    ("pkg/imgc.bbb.wasm", "wasm"),
    ("pkg/imgc.bbb.wasm.br", "wasm by brotli"),
    ("pkg/imgc.ccc.css", "style"),
    ("odd.gz", "a file of its own"),
    ("scripts/arrows.js", "arrows"),
    ("scripts/create.js", "create"),
    ("scripts/easel.js", "easel"),
    ("scripts/library.js", "library"),
];

fn options(root: &Path) -> LeptosOptions {
    LeptosOptions::builder()
        .output_name("imgc")
        .site_root(root.display().to_string())
        .hash_files(true)
        .build()
}

fn memory(files: &[(&str, &str)]) -> Site {
    let files = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), Bytes::from((*text).to_owned())));
    Site::in_memory(Arc::new(Files::new(files)), &options(Path::new("none")))
}

fn folder(root: &Path) -> Site {
    for (path, text) in HASHED {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    Site::in_folder(&options(root))
}

fn app(site: &Site) -> Router {
    let missing = Router::new().fallback(|| async { (StatusCode::NOT_FOUND, "no such page") });
    site.serve(Router::new(), missing)
}

async fn ask(site: &Site, method: Method, path: &str, more: &[(&str, &str)]) -> (Response, String) {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    let (parts, body) = app(site).oneshot(request).await.unwrap().into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (Response::from_parts(parts, Body::empty()), text)
}

#[tokio::test]
async fn a_site_in_memory_answers_as_one_in_a_folder() {
    let root = tempfile::tempdir().unwrap();
    let (memory, folder) = (memory(&HASHED), folder(root.path()));
    assert_eq!(memory.assets(), folder.assets());
    assert!(memory.check().is_ok() && folder.check().is_ok());
    let compared = [
        header::CONTENT_TYPE,
        header::CONTENT_LENGTH,
        header::CONTENT_ENCODING,
        header::CACHE_CONTROL,
    ];
    let browsers = [
        "",
        "br, gzip",
        "gzip",
        "br;q=0, gzip",
        "gzip, br;q=0.5",
        "identity",
    ];
    let paths = [
        "/pkg/imgc.aaa.js",
        "/pkg/imgc.bbb.wasm",
        "/pkg/imgc.ccc.css",
        "/pkg/none.js",
        "/favicon.svg",
        "/odd.gz",
        "/none.svg",
        "/pkg/../../Cargo.toml",
    ];
    for path in paths {
        for accepted in browsers {
            for method in [Method::GET, Method::HEAD] {
                let said = [("accept-encoding", accepted)];
                let (left, left_body) = ask(&memory, method.clone(), path, &said).await;
                let (right, right_body) = ask(&folder, method.clone(), path, &said).await;
                let case = format!("{method} {path} ({accepted})");
                assert_eq!(left.status(), right.status(), "{case}");
                assert_eq!(left_body, right_body, "{case}");
                for name in &compared {
                    // An empty answer's length is the connection's to say.
                    if left.status() == StatusCode::NOT_FOUND && name == header::CONTENT_LENGTH {
                        continue;
                    }
                    assert_eq!(
                        left.headers().get(name),
                        right.headers().get(name),
                        "{case} {name}"
                    );
                }
            }
        }
    }
    let (left, _) = ask(&memory, Method::PUT, "/pkg/imgc.aaa.js", &[]).await;
    let (right, _) = ask(&folder, Method::PUT, "/pkg/imgc.aaa.js", &[]).await;
    assert_eq!(left.status(), right.status());
    assert_eq!(left.headers()["allow"], right.headers()["allow"]);
    let (posted, said) = ask(&memory, Method::POST, "/favicon.svg", &[]).await;
    assert_eq!(
        (posted.status(), said.as_str()),
        (StatusCode::NOT_FOUND, "no such page")
    );
}

#[tokio::test]
async fn each_form_is_kept_apart_and_not_sent_twice() {
    let site = memory(&HASHED);
    let path = "/pkg/imgc.aaa.js";
    let mut tags = Vec::new();
    for accepted in ["br", "gzip", "identity"] {
        let said = [("accept-encoding", accepted)];
        let (first, _) = ask(&site, Method::GET, path, &said).await;
        assert_eq!(first.headers()["vary"], "accept-encoding");
        let tag = first.headers()["etag"].to_str().unwrap().to_owned();
        let known = format!("\"other\", {tag}");
        let said = [
            ("accept-encoding", accepted),
            ("if-none-match", known.as_str()),
        ];
        let (again, body) = ask(&site, Method::GET, path, &said).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert!(body.is_empty());
        assert_eq!(again.headers()["etag"], tag.as_str());
        assert_eq!(again.headers()["cache-control"], FOR_EVER);
        tags.push(tag);
    }
    tags.dedup();
    assert_eq!(tags.len(), 3);
}

#[tokio::test]
async fn plain_names_are_asked_for_again_and_missing_files_are_named() {
    let plain = [
        ("pkg/imgc.js", "code"),
        ("pkg/imgc_bg.wasm", "wasm"),
        ("pkg/imgc.css", "style"),
        ("scripts/arrows.js", "arrows"),
        ("scripts/create.js", "create"),
        ("scripts/easel.js", "easel"),
        ("scripts/library.js", "library"),
    ];
    let site = memory(&plain);
    assert!(site.check().is_ok());
    assert_eq!(
        site.assets().scripts.address("library"),
        "/scripts/library.js"
    );
    assert_eq!(site.assets().wasm, "/pkg/imgc_bg.wasm");
    let (answer, _) = ask(&site, Method::GET, "/pkg/imgc.js", &[]).await;
    assert_eq!(answer.headers()["cache-control"], "no-cache");

    let error = memory(&plain[..1]).check().unwrap_err().to_string();
    assert!(error.contains("/pkg/imgc.wasm, /pkg/imgc.css"), "{error}");
    let empty = tempfile::tempdir().unwrap();
    let error = Site::in_folder(&options(empty.path())).check().unwrap_err();
    assert!(error.to_string().contains("LEPTOS_SITE_ROOT"), "{error}");
    assert_eq!(error.missing.len(), 7);
}

/// A release as `cargo xtask build --release` leaves it.
const SPLIT: [(&str, &str); 12] = [
    ("hash.txt", "folder: fff\ncss: ccc\n"),
    ("pkg/imgc.ccc.css", "style"),
    ("pkg/fff/imgc.js", "code"),
    ("pkg/fff/imgc.wasm", "wasm"),
    ("pkg/fff/parts.js", "loader"),
    (
        "pkg/fff/parts.txt",
        "later: chunk_4 split_later\nrest: chunk_4 split_rest\n",
    ),
    ("pkg/fff/chunk_4.wasm", "shared"),
    ("pkg/fff/split_rest.wasm", "rest"),
    ("pkg/fff/arrows.js", "arrows"),
    ("pkg/fff/create.js", "create"),
    ("pkg/fff/easel.js", "easel"),
    ("pkg/fff/library.js", "library"),
];

#[tokio::test]
async fn the_parts_are_found_beside_the_module() {
    let site = memory(&SPLIT);
    let Assets { js, css, parts, .. } = site.assets();
    assert_eq!(
        (js.as_str(), css.as_str()),
        ("/pkg/fff/imgc.js", "/pkg/imgc.ccc.css")
    );
    assert_eq!(parts.loader.as_deref(), Some("/pkg/fff/parts.js"));
    assert_eq!(
        parts.modules(&["rest"]),
        ["/pkg/fff/chunk_4.wasm", "/pkg/fff/split_rest.wasm"]
    );
    assert_eq!(parts.modules(&["rest", "later"]).len(), 3, "each file once");
    assert!(parts.modules(&[]).is_empty());
    let missing = site.check().unwrap_err().missing;
    assert_eq!(missing, ["/pkg/fff/split_later.wasm"]);
    let library = site.assets().scripts.address("library");
    assert_eq!(library, "/pkg/fff/library.js");
    for path in ["/pkg/fff/split_rest.wasm", library.as_str()] {
        let (answer, _) = ask(&site, Method::GET, path, &[]).await;
        assert_eq!(answer.headers()["cache-control"], FOR_EVER);
    }
    assert!(memory(&HASHED).assets().parts.modules(&["rest"]).is_empty());
}

#[tokio::test]
async fn a_name_no_file_can_have_is_a_missing_file() {
    let root = tempfile::tempdir().unwrap();
    let long = "a".repeat(300);
    // With the ending of a compressed form it is too long by itself.
    let nearly = "a".repeat(253);
    let deep = "a/".repeat(400) + &"b/".repeat(2000);
    for site in [memory(&HASHED), folder(root.path())] {
        for name in [&long, &nearly, &deep, "%00", "a%00b"] {
            for path in [format!("/{name}"), format!("/pkg/{name}.js")] {
                let said = [("accept-encoding", "br, gzip")];
                let (answer, _) = ask(&site, Method::GET, &path, &said).await;
                assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
            }
        }
        let (plain, _) = ask(&site, Method::GET, "/favicon.svg", &[]).await;
        assert_eq!(plain.headers()["cache-control"], "no-cache");
        let (missing, _) = ask(&site, Method::GET, "/none.svg", &[]).await;
        assert!(!missing.headers().contains_key("cache-control"));
    }
}

#[tokio::test]
async fn a_built_file_in_memory_lies_finished() {
    let site = memory(&HASHED);
    let given = |path: &str, accepted: &'static str| {
        let mut asked = HeaderMap::new();
        asked.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
        site.finished(path, &asked, |head| {
            head.insert("x-more", HeaderValue::from_static("1"));
        })
    };
    for accepted in ["", "gzip", "br, gzip"] {
        for path in [
            "/pkg/imgc.aaa.js",
            "/pkg/imgc.bbb.wasm",
            "/pkg/imgc.ccc.css",
        ] {
            let whole = given(path, accepted).expect("a file");
            let (mut through, text) =
                ask(&site, Method::GET, path, &[("accept-encoding", accepted)]).await;
            through
                .headers_mut()
                .insert("x-more", HeaderValue::from_static("1"));
            assert_eq!(whole.headers(), through.headers(), "{path} {accepted}");
            let bytes = axum::body::to_bytes(whole.into_body(), 1 << 20).await;
            assert_eq!(bytes.unwrap(), text.as_bytes());
        }
    }
    // None of these is a built file.
    for path in [
        "/favicon.svg",
        "/pkg",
        "/pkg/none.js",
        "/pkgs/imgc.aaa.js",
        "/",
    ] {
        assert!(given(path, "").is_none(), "{path}");
    }
    let folder = tempfile::tempdir().unwrap();
    let site = self::folder(folder.path());
    assert!(
        site.finished("/pkg/imgc.aaa.js", &HeaderMap::new(), |_| ())
            .is_none()
    );
}
