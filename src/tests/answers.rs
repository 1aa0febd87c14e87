//! What every answer carries, whoever asks and however: the promised headers,
//! who may keep a copy, and a status that blames nobody wrongly.

use crate::harness::{Browser, PATIENCE, Server, http_client, site};
use imgc::{
    i18n::LANGUAGES,
    routes::{self, Route},
};
use reqwest::{Method, StatusCode, header::HeaderMap};
use tempfile::TempDir;

/// An id of nobody's.
const MISSING: &str = "01930000-0000-7000-8000-000000000000";

/// Says what the answer to a reader of this path lacks of what every answer is to have; empty for nothing.
pub fn lacking(path: &str, headers: &HeaderMap) -> Vec<String> {
    let said = |name: &str| -> String {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let mut lacking = Vec::new();
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        if said(name) != value {
            lacking.push(format!("{name}: {}", said(name)));
        }
    }
    // Other sites are told no address; an invitation's page tells nobody its own.
    let referrer = said("referrer-policy");
    let told_to_none = ["same-origin", "no-referrer", "strict-origin"];
    if !told_to_none.contains(&referrer.as_str()) {
        lacking.push(format!("referrer-policy: {referrer}"));
    }
    let policy = said("content-security-policy");
    // Of all answers those at the address of a frame may stand in one.
    let framed = match path.contains("/embed/") {
        true => "frame-ancestors *",
        false => "frame-ancestors 'none'",
    };
    for part in ["default-src 'none'", framed] {
        if !policy.contains(part) {
            lacking.push(format!("{part} in {policy}"));
        }
    }
    if said("permissions-policy").is_empty() {
        lacking.push("permissions-policy".to_owned());
    }
    let caching = said("cache-control");
    if caching.is_empty() {
        lacking.push("cache-control".to_owned());
    }
    if headers.contains_key("set-cookie") && !caching.contains("no-store") {
        lacking.push(format!("a cookie is set, and {caching}"));
    }
    if headers.get_all("vary").iter().count() > 1 {
        lacking.push("one vary".to_owned());
    }
    let vary = said("vary").to_ascii_lowercase();
    if said("content-type").starts_with("text/html") {
        for name in ["cookie", "accept-language", "accept-encoding"] {
            if vary.matches(name).count() != 1 {
                lacking.push(format!("{name} once in vary: {vary}"));
            }
        }
    }
    lacking
}

/// Every address that is no page and no server function.
fn others() -> Vec<String> {
    let mut others: Vec<String> = [
        "/healthz",
        "/readyz",
        "/robots.txt",
        "/favicon.svg",
        "/pkg/imgc.css",
        "/pkg/none",
        "/nothing-here",
        "/fr/nothing-here",
        "/gallery/",
        "/api/nothing",
        routes::SITE_CARD,
        routes::SITEMAP,
        routes::SIGN_IN_START,
        routes::SIGN_IN_CALLBACK,
        routes::SECURITY_EVENTS,
        routes::JOBS_EVENTS,
        routes::LIBRARY_ZIP,
        routes::ACCOUNT_EXPORT,
        routes::UPLOADS,
        routes::EDITS,
        routes::SHARE,
        routes::METRICS,
        routes::ADMIN_COSTS,
        routes::TRANSPARENCY_CSV,
        routes::MANY_FORM,
        routes::GALLERY_FEED,
        routes::OEMBED,
    ]
    .map(str::to_owned)
    .to_vec();
    others.extend([
        routes::sitemap_file("pages.xml"),
        routes::example(1),
        routes::sitemap_file("0.xml"),
        routes::sitemap_file("profiles.xml"),
        routes::profile_picture("nobody"),
        routes::profile_feed("nobody").as_str().to_owned(),
        routes::sitemap_file("none"),
        routes::job_events(MISSING),
        routes::case_picture(MISSING),
        routes::sealed_copy(MISSING),
        routes::job_partial(MISSING, "0"),
        routes::job_partial(MISSING, "x"),
        routes::uploaded(MISSING, "small.webp"),
        routes::media("none", "320.webp"),
        routes::tag_feed("none").as_str().to_owned(),
        routes::media("none", "card.jpeg"),
        routes::file(MISSING, "320.webp"),
        routes::avatar(MISSING),
        routes::veil(MISSING),
        routes::embed(MISSING).as_str().to_owned(),
        format!("/{}", "a".repeat(300)),
        format!("/pkg/{}.js", "a".repeat(300)),
        format!("/{}", "a/".repeat(2000)),
        format!("/media/{}/320.webp", "a".repeat(300)),
        "/pkg/%00".to_owned(),
        "/%00".to_owned(),
        "/%2e%2e/%2e%2e/Cargo.toml".to_owned(),
        "/i/%ff%fe".to_owned(),
        "/media/%ff/320.webp".to_owned(),
        "/%zz".to_owned(),
    ]);
    others
}

fn pages() -> Vec<String> {
    LANGUAGES
        .iter()
        .flat_map(|(locale, _)| {
            let pages = Route::every(MISSING).map(Route::path).into_iter();
            let pages = pages.chain(routes::served(MISSING));
            pages.map(|page| page.address(*locale))
        })
        .collect()
}

fn functions() -> Vec<String> {
    let paths = leptos::server_fn::axum::server_fn_paths();
    paths.map(|(path, _)| path.to_owned()).collect()
}

/// Whatever is in `routes.rs` is asked for here: an address that is added there
/// fails this test until it is in the list.
#[tokio::test(flavor = "multi_thread")]
async fn every_address_is_asked_for() {
    let _server = Server::start(&[]).await;
    let asked = [pages(), others(), functions()].concat();
    let source = include_str!("../routes.rs");
    let source = source.split("#[cfg(test)]").next().unwrap();
    for line in source.lines() {
        let line = line.trim_start();
        if line.starts_with("//") {
            continue;
        }
        for text in line.split('"').skip(1).step_by(2) {
            if text.starts_with('/') && text.len() > 1 {
                assert!(asked.iter().any(|path| path.contains(text)), "{text}");
            }
        }
    }
}

/// A built site, so that there are files, and the server is ready.
pub fn built_site() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let site = site(folder.path());
    std::fs::write(site.join("favicon.svg"), "<svg/>").unwrap();
    let place = site.display().to_string();
    (folder, place)
}

/// Whether an act ends the session that the test goes on with.
fn ends_a_session(path: &str) -> bool {
    ["sign_out", "session_end", "account_close"]
        .iter()
        .any(|act| path.contains(act))
}

async fn ask_everything(who: &str, browser: &Browser) {
    let person = who != "stranger";
    let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"];
    let mut wrong = Vec::new();
    for path in [pages(), others(), functions()].concat() {
        for method in methods {
            let read = matches!(method, "GET" | "HEAD");
            // In one language is enough for what no page answers to.
            if (person && ends_a_session(&path)) || (!read && path.starts_with("/fr")) {
                continue;
            }
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let request = browser.request(method.clone(), &path);
            let answer = request.header("accept-encoding", "gzip").send().await;
            let answer = answer.unwrap();
            let (status, headers) = (answer.status(), answer.headers());
            let mut lacks = lacking(if read { &path } else { "" }, headers);
            if status.is_server_error() {
                lacks.push("a status below 500".to_owned());
            }
            let html = headers
                .get("content-type")
                .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
            if person && html && headers["cache-control"] != "private, no-store" {
                lacks.push(format!("no-store: {:?}", headers["cache-control"]));
            }
            if !lacks.is_empty() {
                let path: String = path.chars().take(60).collect();
                wrong.push(format!("{who} {method} {path} {status}: {lacks:?}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_what_is_promised() {
    let admin = ("IMGC_ADMINS", "mina.okafor@example.com");
    let (_folder, site) = built_site();
    let server = Server::start(&[admin, ("LEPTOS_SITE_ROOT", &site)]).await;
    let ada = server.signed_in("Ada Martin").await;
    let mina = server.signed_in("Mina Okafor").await;
    let stranger = server.browser();
    tokio::join!(
        ask_everything("stranger", &stranger),
        ask_everything("person", &ada),
        ask_everything("administrator", &mina),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_have_it_too() {
    let server = Server::start(&[("IMGC_LIMITS_REQUESTS_PER_MINUTE", "40")]).await;
    let browser = server.browser();
    let post = |path: &str| {
        browser
            .request(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
    };
    let elsewhere = http_client().post(format!("{}/api/publish", server.base));
    let cases = [
        (308, browser.request(Method::GET, "/fr/gallery/")),
        (
            307,
            browser
                .request(Method::GET, "/")
                .header("host", "a.example"),
        ),
        (403, elsewhere.header("sec-fetch-site", "cross-site")),
        (413, post("/api/publish").body("x".repeat(70_000))),
        (405, browser.request(Method::DELETE, "/healthz")),
        (
            401,
            post("/api/publish")
                .header("accept", "application/json")
                .body("id=x"),
        ),
        (
            404,
            browser
                .request(Method::GET, "/none")
                .header("accept", "*/*"),
        ),
    ];
    for (status, request) in cases {
        let mut request = request.build().unwrap();
        let headers = request.headers_mut();
        // `RequestBuilder::header` adds; the last one is meant.
        for name in ["accept", "host"] {
            if let Some(last) = headers.get_all(name).iter().next_back().cloned() {
                headers.insert(name, last);
            }
        }
        let answer = http_client_without_redirects()
            .execute(request)
            .await
            .unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(lacking("", answer.headers()), [""; 0], "{status}");
    }
    let mut refused = 0;
    for accept in ["text/html", "application/json"].iter().cycle().take(60) {
        let request = http_client().get(format!("{}/robots.txt", server.base));
        let answer = request.header("accept", *accept).send().await.unwrap();
        assert_eq!(lacking("", answer.headers()), Vec::<String>::new());
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            refused += 1;
        }
    }
    assert!(refused > 10, "{refused} were refused");
}

fn http_client_without_redirects() -> reqwest::Client {
    imgc::server::tls::client_builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_that_make_no_sense_are_the_callers_fault() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut stranger = server.browser();
    for browser in [&mut ada, &mut stranger] {
        for (path, method) in leptos::server_fn::axum::server_fn_paths() {
            if ends_a_session(path) {
                continue;
            }
            for body in [
                "",
                "id[a]=1&draft=1&ids=1",
                "%ff%00=%zz",
                "id=%00&lang=\u{0}",
            ] {
                let address = match method == Method::GET {
                    true => format!("{path}?{}", body.replace('\0', "%00")),
                    false => path.to_owned(),
                };
                let mut request = browser
                    .request(method.clone(), &address)
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(body)
                    .build()
                    .unwrap();
                let any = "*/*".parse().unwrap();
                request.headers_mut().insert("accept", any);
                let answer = http_client().execute(request).await.unwrap();
                let status = answer.status();
                let kind = answer.headers().get("content-type").cloned();
                let text = answer.text().await.unwrap();
                assert!(status.as_u16() < 500, "{path} {body:?}: {status} {text}");
                if status.is_client_error() {
                    // Another program reads why, too.
                    assert_eq!(kind.unwrap(), "application/json", "{path} {body:?}");
                }
            }
        }
    }
    let page = stranger
        .call("/api/generate", &[("draft[prompt]", "x")])
        .await;
    assert_eq!(page.status, 401, "{}", page.text);
    assert!(page.text.contains("sign_in_needed"), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_sent_on_at_once_and_kept_by_nobody() {
    let server = Server::start(&[("IMGC_DEMO_PACE_MS", "2000")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let job = ada.generate("a slow picture").await;
    for path in [routes::JOBS_EVENTS.to_owned(), routes::job_events(&job)] {
        let request = ada
            .request(Method::GET, &path)
            .header("accept", "text/event-stream")
            .header("accept-encoding", "gzip, br");
        let mut answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let headers = answer.headers().clone();
        assert_eq!(headers["x-accel-buffering"], "no", "{path}");
        let caching = headers["cache-control"].to_str().unwrap();
        for word in ["no-store", "no-transform"] {
            assert!(caching.contains(word), "{path}: {caching}");
        }
        assert!(!headers.contains_key("content-encoding"), "{path}");
        assert_eq!(lacking(&path, &headers), Vec::<String>::new(), "{path}");
        let first = tokio::time::timeout(PATIENCE, answer.chunk()).await;
        let first = first.expect("an event at once").unwrap().unwrap();
        let text = String::from_utf8_lossy(&first).into_owned();
        assert!(text.starts_with("event:"), "{path}: {text}");
    }
}
