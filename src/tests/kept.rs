//! Public pages and pictures are drawn once for all strangers: the same bytes for
//! each of them, other ones the moment something changes, and never somebody's own.

use crate::{
    harness::{Browser, Page, Server},
    rights::close,
};
use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{Method, Request, header},
};
use imgc::{http::router::router, store::trips::Counter};
use std::{collections::HashSet, time::Duration};
use tower::ServiceExt;

/// Every page that all strangers share, with one picture's.
fn public_pages(picture: &str) -> Vec<String> {
    let pages = [
        "/",
        "/gallery",
        "/privacy",
        "/terms",
        "/cookies",
        "/imprint",
        "/accessibility",
    ];
    let mut all = Vec::new();
    for prefix in ["", "/fr"] {
        all.extend(pages.map(|page| match (prefix, page) {
            ("/fr", "/") => prefix.to_owned(),
            _ => format!("{prefix}{page}"),
        }));
        all.push(format!("{prefix}/i/{picture}"));
    }
    all
}

async fn asked(browser: &mut Browser, path: &str, headers: &[(&'static str, &str)]) -> Page {
    let mut request = browser.request(Method::GET, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = browser.send(request).await;
    Page {
        status: response.status(),
        headers: response.headers().clone(),
        text: response.text().await.unwrap_or_default(),
    }
}

/// A page that is kept. A node that shares its database keeps pages as long as its
/// watch sees the database, which a busy machine delays.
async fn kept(browser: &mut Browser, path: &str, headers: &[(&'static str, &str)]) -> Page {
    for _ in 0..100 {
        let page = asked(browser, path, headers).await;
        if !page.header("etag").is_empty() {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{path} is never kept");
}

async fn published(browser: &mut Browser, prompt: &str) -> String {
    let id = browser.picture(prompt).await;
    let fields = [("id", id.as_str()), ("lang", "en")];
    assert!(
        browser
            .post("/api/publish", &fields)
            .await
            .status
            .is_redirection()
    );
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn all_strangers_get_the_same_bytes_and_may_keep_them_as_long_as_they_ask() {
    let server = Server::start(&[]).await;
    let id = published(&mut server.signed_in("Ada Martin").await, "a harbour").await;
    for path in public_pages(&id) {
        let first = kept(&mut server.browser(), &path, &[]).await;
        let second = kept(&mut server.browser(), &path, &[]).await;
        assert_eq!(first.status, 200, "{path}");
        assert!(first.text == second.text, "{path}");
        assert_eq!(first.header("etag"), second.header("etag"));
        assert!(first.header("etag").starts_with('"'), "{path}");
        let caching = "public, max-age=0, must-revalidate, s-maxage=2";
        assert_eq!(first.header("cache-control"), caching);
        assert_eq!(
            first.header("vary"),
            "Accept-Encoding, Accept-Language, Cookie"
        );
        let policy = first.header("content-security-policy");
        assert!(
            policy.contains("'sha256-") && !policy.contains("nonce"),
            "{path}: {policy}"
        );
        assert!(!first.text.contains(" nonce="), "{path}");

        // Whoever has the bytes is told so, with what the bytes came with.
        let tag = first.header("etag").to_owned();
        for known in [tag.clone(), format!("\"other\", W/{tag}"), "*".to_owned()] {
            let again = kept(&mut server.browser(), &path, &[("if-none-match", &known)]).await;
            assert_eq!(again.status, 304, "{path} {known}");
            assert_eq!(again.header("etag"), tag);
            assert_eq!(again.header("cache-control"), caching);
            assert_eq!(again.header("content-security-policy"), policy);
            assert!(again.text.is_empty());
        }
        let other = asked(
            &mut server.browser(),
            &path,
            &[("if-none-match", "\"other\"")],
        )
        .await;
        assert_eq!(other.status, 200);

        let request = server.browser().request(Method::HEAD, &path);
        let head = request.send().await.unwrap();
        assert_eq!(head.status(), 200, "{path}");
        if head.headers().contains_key("etag") {
            let length = first.text.len().to_string();
            assert_eq!(head.headers()["etag"], tag.as_str());
            assert_eq!(head.headers()["content-length"], length.as_str());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_packing_is_the_same_page_under_its_own_tag() {
    let server = Server::start(&[]).await;
    let mut tags = HashSet::new();
    for (accepted, packed) in [
        ("", ""),
        ("gzip", "gzip"),
        ("gzip, br", "br"),
        ("br;q=0", ""),
    ] {
        kept(&mut server.browser(), "/privacy", &[]).await;
        let request = server.browser().request(Method::GET, "/privacy");
        let answer = request
            .header("accept-encoding", accepted)
            .send()
            .await
            .unwrap();
        let said = answer.headers().get("content-encoding");
        assert_eq!(
            said.map_or("", |said| said.to_str().unwrap()),
            packed,
            "{accepted}"
        );
        let length = answer.headers()["content-length"]
            .to_str()
            .unwrap()
            .to_owned();
        tags.insert(answer.headers()["etag"].clone());
        let bytes = answer.bytes().await.unwrap();
        assert_eq!(bytes.len().to_string(), length, "{accepted}");
        assert_eq!(
            packed.is_empty(),
            bytes.starts_with(b"<!DOCTYPE html>"),
            "{accepted}"
        );
    }
    assert_eq!(tags.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_that_no_page_knows_make_no_page_of_their_own() {
    let server = Server::start(&[]).await;
    let mut stranger = server.browser();
    let plain = kept(&mut stranger, "/gallery", &[]).await;
    for query in ["utm_source=x", "a=1&b=2", "cursor=", "fbclid=%3Cscript%3E"] {
        let other = kept(&mut stranger, &format!("/gallery?{query}"), &[]).await;
        assert_eq!(other.header("etag"), plain.header("etag"), "{query}");
        assert!(other.text == plain.text, "{query}");
    }
    // What a page tells one reader is told to that reader.
    let told = stranger.get("/gallery?error=too_late").await;
    assert_eq!(told.header("etag"), "");
    // A page in two languages is two, and so is one that offers a language.
    let french = kept(&mut stranger, "/fr/gallery", &[]).await;
    assert_ne!(french.header("etag"), plain.header("etag"));
    let offered = asked(&mut stranger, "/gallery", &[("accept-language", "fr")]).await;
    assert_eq!(offered.status, 200);
    let plain_again = kept(&mut stranger, "/gallery", &[]).await;
    assert_eq!(plain_again.header("etag"), plain.header("etag"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_is_seen_at_the_next_request() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut stranger = server.browser();
    let keep = published(&mut ada, "a lighthouse that stays").await;
    let id = ada.picture("a harbour at dawn").await;
    let fields = [("id", id.as_str()), ("lang", "en")];
    let (page, shown) = (format!("/i/{id}"), "harbour at dawn");
    for _ in 0..3 {
        assert!(!stranger.get("/gallery").await.text.contains(shown));
        assert_eq!(stranger.get(&page).await.status, 404);
        ada.post("/api/publish", &fields).await;
        for path in ["/gallery", "/", "/fr/gallery", &page] {
            assert!(stranger.get(path).await.text.contains(shown), "{path}");
        }
        let rendition = rendition_in(&stranger.get(&page).await.text);
        for _ in 0..2 {
            assert_eq!(stranger.get(&rendition).await.status, 200);
        }
        ada.post("/api/unpublish", &fields).await;
        assert!(!stranger.get("/gallery").await.text.contains(shown));
        assert!(!stranger.get("/").await.text.contains(shown));
        assert_eq!(stranger.get(&page).await.status, 404);
        assert_eq!(stranger.get(&rendition).await.status, 404);
    }
    // The name under it.
    let kept = format!("/i/{keep}");
    assert!(stranger.get(&kept).await.text.contains("Ada Martin"));
    ada.post(
        "/api/account_name",
        &[("name", "Ada Lovelace"), ("lang", "en")],
    )
    .await;
    assert!(stranger.get(&kept).await.text.contains("Ada Lovelace"));
    // Closing the account takes everything back.
    let rendition = rendition_in(&stranger.get(&kept).await.text);
    assert_eq!(stranger.get(&rendition).await.status, 200);
    close(&mut ada, "").await;
    assert_eq!(stranger.get(&kept).await.status, 404);
    assert_eq!(stranger.get(&rendition).await.status, 404);
    assert!(!stranger.get("/gallery").await.text.contains("lighthouse"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_sent_in_part_where_a_part_is_asked_for() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = published(&mut ada, "a harbour").await;
    let page = server.browser().get(&format!("/i/{id}")).await.text;
    let public = rendition_in(&page);
    let original = format!("{}/original.png", public.rsplit_once('/').unwrap().0);
    let private = format!("/files/{id}/original.png");
    for path in [&public, &original, &private] {
        let (_, whole) = ada.get_bytes(path).await;
        let size = whole.len();
        let ask = async |range: &str, condition: Option<&str>| {
            let mut request = ada.request(Method::GET, path).header("range", range);
            if let Some(condition) = condition {
                request = request.header("if-range", condition);
            }
            let answer = request.send().await.unwrap();
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let said = headers.get("content-range").cloned();
            let said = said.map(|said| said.to_str().unwrap().to_owned());
            (status, said, headers, answer.bytes().await.unwrap())
        };
        // Twice: what is kept by then is sent in part as well.
        for _ in 0..2 {
            let (status, said, headers, bytes) = ask("bytes=10-19", None).await;
            assert_eq!(status, 206, "{path}");
            assert_eq!(said, Some(format!("bytes 10-19/{size}")));
            assert_eq!(headers["content-length"], "10");
            assert_eq!(bytes, whole[10..20], "{path}");
            let (status, _, _, bytes) = ask("bytes=-5", None).await;
            assert_eq!((status, &bytes[..]), (206, &whole[size - 5..]), "{path}");
            let (status, said, _, bytes) = ask(&format!("bytes={size}-"), None).await;
            assert_eq!(
                (status, said),
                (416, Some(format!("bytes */{size}"))),
                "{path}"
            );
            assert!(bytes.is_empty());
            let etag = headers["etag"].to_str().unwrap().to_owned();
            assert_eq!(ask("bytes=0-0", Some(&etag)).await.0, 206, "{path}");
            let (status, _, _, bytes) = ask("bytes=0-0", Some("\"other\"")).await;
            assert_eq!((status, bytes.len()), (200, size), "{path}");
        }
        let (_, again) = ada.get_bytes(path).await;
        assert!(again == whole, "{path}");
        let head = ada.request(Method::HEAD, path).header("range", "bytes=0-1");
        let head = head.send().await.unwrap();
        assert_eq!(head.status(), 200, "{path}");
        assert_eq!(head.headers()["accept-ranges"], "bytes", "{path}");
    }
}

/// The address of the first published file that a page shows.
fn rendition_in(page: &str) -> String {
    let at = page.find("/media/").expect("a picture");
    let end = page[at..].find(['"', ' ', '&']).unwrap();
    page[at..at + end].to_owned()
}

/// Strangers and two people ask for public pages in turn: nobody is shown what is
/// somebody else's.
async fn interleaved(rounds: usize) {
    let server = Server::start(&[("IMGC_LIMITS_REQUESTS_PER_MINUTE", "1000000")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let mut stranger = server.browser();
    let id = published(&mut server.signed_in("Kim Okafor").await, "a harbour").await;
    let pages = public_pages(&id);
    for round in 0..rounds {
        let path = &pages[round % pages.len()];
        let of_ada = ada.get(path).await;
        let of_nobody = stranger.get(path).await;
        let of_sam = sam.get(path).await;
        for (page, own, others) in [
            (&of_ada, "Ada Martin", ["Sam Rivera", "Sam Rivera"]),
            (&of_sam, "Sam Rivera", ["Ada Martin", "Ada Martin"]),
            (&of_nobody, "", ["Ada Martin", "Sam Rivera"]),
        ] {
            assert_eq!(page.status, 200, "{round} {path}");
            assert!(page.text.contains(own), "{round} {path}");
            let strange = others.iter().find(|name| page.text.contains(**name));
            assert_eq!(strange, None, "{round} {path}");
            let is_known = !own.is_empty();
            let caching = page.header("cache-control");
            assert_eq!(
                is_known,
                caching == "private, no-store",
                "{round} {path}: {caching}"
            );
            let is_kept = !page.header("etag").is_empty();
            assert!(!(is_known && is_kept), "{round} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_signed_in_person_is_kept() {
    interleaved(64).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "ten thousand requests: make test-all"]
async fn nothing_of_a_signed_in_person_is_kept_in_ten_thousand_requests() {
    interleaved(3_400).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_room_nothing_is_kept() {
    let none = [
        ("IMGC_CACHE_PAGES_MB", "0"),
        ("IMGC_CACHE_PICTURES_MB", "0"),
    ];
    let server = Server::start(&none).await;
    let id = published(&mut server.signed_in("Ada Martin").await, "a harbour").await;
    let mut stranger = server.browser();
    let (first, second) = (
        stranger.get("/gallery").await,
        stranger.get("/gallery").await,
    );
    assert_eq!((first.status.as_u16(), first.header("etag")), (200, ""));
    let (one, two) = (
        first.header("content-security-policy"),
        second.header("content-security-policy"),
    );
    assert!(one.contains("'nonce-") && one != two);
    let page = stranger.get(&format!("/i/{id}")).await;
    assert_eq!(stranger.get(&rendition_in(&page.text)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_fetched_ahead_is_no_visit_and_one_that_is_known_is() {
    let server = Server::start(&[]).await;
    let mut stranger = server.browser();
    let visits = || {
        let counts = server.state.statistics.unwritten().into_iter();
        let counts = counts.filter(|(_, what, _)| what == "page /gallery");
        counts.map(|(_, _, count)| count).sum::<u64>()
    };
    asked(
        &mut stranger,
        "/gallery",
        &[("sec-purpose", "prefetch;prerender")],
    )
    .await;
    assert_eq!(visits(), 0);
    stranger.get("/gallery").await;
    assert_eq!(visits(), 1);
    let tag = kept(&mut stranger, "/gallery", &[]).await;
    // The same where the page lies finished.
    let before = visits();
    let ahead = asked(&mut stranger, "/gallery", &[("sec-purpose", "prefetch")]).await;
    assert_eq!((ahead.status.as_u16(), visits()), (200, before));
    let (tag, before) = (tag.header("etag").to_owned(), visits());
    let known = asked(&mut stranger, "/gallery", &[("if-none-match", &tag)]).await;
    assert!(known.status == 304 || known.header("etag").is_empty());
    assert_eq!(visits(), before + 1);
}

/// What a stranger is answered: whether it lay finished (the layers count trips), its
/// headers but for those that differ from answer to answer, and its bytes.
async fn answered(site: &Router, path: &str, encoding: &str) -> (bool, Vec<String>, Bytes) {
    let request = Request::builder()
        .uri(path)
        .header(header::ACCEPT_ENCODING, encoding)
        .body(Body::empty());
    let answer = site.clone().oneshot(request.unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    assert_eq!(answer.headers()["x-request-id"].len(), 10, "{path}");
    let finished = answer.extensions().get::<Counter>().is_none();
    let headers = answer.headers().iter();
    let mut lasting: Vec<String> = headers
        .filter(|(name, _)| *name != "x-request-id")
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    lasting.sort();
    let bytes = to_bytes(answer.into_body(), usize::MAX).await;
    (finished, lasting, bytes.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_finished_is_given_as_the_layers_give_it() {
    let server = Server::start(&[]).await;
    let id = published(&mut server.signed_in("Ada Martin").await, "a harbour").await;
    let site = router(server.state.clone());
    let mut all = public_pages(&id);
    let page = server.browser().get(&format!("/i/{id}")).await;
    all.push(rendition_in(&page.text));
    for path in all {
        for encoding in ["", "gzip", "br"] {
            let mut given = answered(&site, &path, encoding).await;
            for _ in 0..100 {
                if given.0 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
                given = answered(&site, &path, encoding).await;
            }
            assert!(given.0, "{path} {encoding} never lies finished");
            // What is behind a question mark is the layers' to judge; it is kept by then.
            let asked = format!("{path}?utm_source=x");
            let mut through = answered(&site, &asked, encoding).await;
            for _ in 0..100 {
                if through.1.iter().any(|header| header.starts_with("etag")) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
                through = answered(&site, &asked, encoding).await;
            }
            assert!(!through.0, "{path} {encoding}");
            assert_eq!(given.1, through.1, "{path} {encoding}");
            assert!(given.2 == through.2, "{path} {encoding}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_finished_is_counted_and_has_the_sites_own_name() {
    let server = Server::start(&[("IMGC_LIMITS_REQUESTS_PER_MINUTE", "30")]).await;
    let mut stranger = server.browser();
    for _ in 0..3 {
        kept(&mut stranger, "/privacy", &[]).await;
    }
    let elsewhere = asked(&mut stranger, "/privacy", &[("host", "localhost:1")]).await;
    assert_eq!(elsewhere.status, 307);
    let mut refused = 0;
    for _ in 0..40 {
        let page = asked(&mut stranger, "/privacy", &[]).await;
        refused += usize::from(page.status == 429);
    }
    assert!(refused >= 5, "{refused} of 40");
}
