//! What attackers try: other sites, other people's ids, floods, and more.

use crate::harness::{Browser, Server, http_client, new_key};
use base64::{Engine, engine::general_purpose::STANDARD};
use imgc::model::ImageDetail;
use reqwest::{Method, StatusCode};
use scraper::{Html, Selector};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Every server function: its endpoint, its method, and whether a stranger may use it.
const FUNCTIONS: &[(&str, &str, bool)] = &[
    ("/api/account_choices", "POST", false),
    ("/api/account_close", "POST", false),
    ("/api/account_handle", "POST", false),
    ("/api/account_language", "POST", false),
    ("/api/account_sensitive", "POST", false),
    ("/api/account_name", "POST", false),
    ("/api/account_profile", "POST", false),
    ("/api/account_reopen", "POST", false),
    ("/api/admin_appeal", "POST", false),
    ("/api/admin_case", "POST", false),
    ("/api/admin_child", "POST", false),
    ("/api/admin_invitation_revoke", "POST", false),
    ("/api/admin_invite", "POST", false),
    ("/api/admin_lift", "POST", false),
    ("/api/admin_limits", "POST", false),
    ("/api/admin_model", "POST", false),
    ("/api/admin_announce", "POST", false),
    ("/api/admin_announcement_remove", "POST", false),
    ("/api/admin_order", "POST", false),
    ("/api/admin_police", "POST", false),
    ("/api/admin_profile", "POST", false),
    ("/api/admin_report", "POST", false),
    ("/api/admin_sealed_longer", "POST", false),
    ("/api/admin_suspend", "POST", false),
    ("/api/admin_unfounded", "POST", false),
    ("/api/appeal_decision", "POST", false),
    ("/api/appeal_notice", "POST", true),
    ("/api/begin", "POST", true),
    ("/api/cancel", "POST", false),
    ("/api/change", "POST", false),
    ("/api/collection", "POST", false),
    ("/api/collection_delete", "POST", false),
    ("/api/composer", "GET", true),
    ("/api/delete", "POST", false),
    ("/api/draft", "POST", true),
    ("/api/edit", "POST", false),
    ("/api/follow", "POST", false),
    ("/api/gallery", "GET", true),
    ("/api/generate", "POST", false),
    ("/api/hide_maker", "POST", false),
    ("/api/image", "GET", true),
    ("/api/job", "GET", false),
    ("/api/library", "GET", false),
    ("/api/like", "POST", false),
    ("/api/order", "POST", true),
    ("/api/own_limits", "POST", false),
    ("/api/prompts", "GET", true),
    ("/api/publish", "POST", false),
    ("/api/remix", "POST", false),
    ("/api/report_child", "POST", true),
    ("/api/report_picture", "POST", true),
    ("/api/retry", "POST", false),
    ("/api/session_end", "POST", false),
    ("/api/sign_out", "POST", true),
    ("/api/sign_out_everywhere", "POST", false),
    ("/api/show_maker", "POST", false),
    ("/api/stop", "POST", false),
    ("/api/style", "POST", false),
    ("/api/style_delete", "POST", false),
    ("/api/style_use", "POST", false),
    ("/api/styles", "POST", true),
    ("/api/site", "GET", true),
    ("/api/undo", "POST", false),
    ("/api/unfollow", "POST", false),
    ("/api/unpublish", "POST", false),
    ("/api/visibility", "POST", false),
    ("/api/viewer", "GET", true),
    ("/api/words", "POST", false),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_server_function_is_listed_here() {
    let _server = Server::start(&[]).await;
    let known: BTreeSet<(String, String)> = FUNCTIONS
        .iter()
        .map(|(path, method, _)| ((*path).to_owned(), (*method).to_owned()))
        .collect();
    let registered: BTreeSet<(String, String)> = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, method)| (path.to_owned(), method.to_string()))
        .collect();
    assert_eq!(registered, known);
}

/// A request of a program as this browser.
async fn ask(browser: &mut Browser, path: &str, method: &str, id: &str) -> (StatusCode, String) {
    let page = if method == "GET" {
        browser.ask(&format!("{path}?id={id}&lang=en")).await
    } else {
        browser
            .call(
                path,
                &[
                    ("id", id),
                    ("ids[]", id),
                    ("action", "trash"),
                    ("name", "x"),
                    ("lang", "en"),
                    ("draft[prompt]", "x"),
                ],
            )
            .await
    };
    (page.status, page.text)
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_and_others_get_what_a_missing_id_gets() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let image = ada.picture("private").await;
    let job = ada.generate("fails [demo:moderation-prompt]").await;
    ada.until(&job, &["failed"]).await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let mut stranger = server.browser();
    let missing = "01930000-0000-7000-8000-000000000000";
    for (path, method, public) in FUNCTIONS {
        if ["/api/generate", "/api/sign_out", "/api/sign_out_everywhere"].contains(path) {
            continue;
        }
        if !public {
            let (status, text) = ask(&mut stranger, path, method, &image).await;
            assert!(text.contains("sign_in_needed"), "{path}: {status} {text}");
            assert_eq!(status, 401, "{path}");
        }
        let takes_id = [
            "job",
            "cancel",
            "retry",
            "edit",
            "image",
            "like",
            "publish",
            "remix",
            "unpublish",
            "visibility",
            "delete",
            "change",
            "collection",
            "collection_delete",
            "style",
            "style_delete",
            "undo",
            "words",
        ];
        if takes_id.contains(&path.rsplit('/').next().unwrap()) {
            for id in [&image, &job] {
                let theirs = ask(&mut sam, path, method, id).await;
                let none = ask(&mut sam, path, method, missing).await;
                assert_eq!(theirs, none, "{path} tells a foreign id from a missing one");
                assert_eq!(theirs.0, 404, "{path}: {}", theirs.1);
            }
        }
    }
    let address = format!("/api/image?id={image}&lang=en");
    let detail = ada.load::<ImageDetail>(&address).await;
    assert_eq!(detail["card"]["public"], false, "nothing of Ada's changed");
    for path in [
        format!("/files/{image}/320.webp"),
        format!("/files/{image}/original.png"),
        format!("/i/{image}"),
        format!("/jobs/{job}"),
        format!("/jobs/{job}/events"),
        format!("/jobs/{job}/partial/0"),
    ] {
        assert_eq!(sam.get(&path).await.status, 404, "{path}");
        assert_eq!(stranger.get(&path).await.status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_from_other_sites_are_refused_before_anything_happens() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let image = ada.picture("stays private").await;
    for (path, method, _) in FUNCTIONS {
        if *method == "GET" {
            continue;
        }
        let body = format!(
            "id={image}&ids%5B%5D={image}&action=trash&name=x&lang=en&request_key={}\
             &draft%5Bprompt%5D=x",
            new_key()
        );
        let attempts: [&[(&str, &str)]; 6] = [
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "null")],
            &[("origin", "https://evil.example")],
            &[],
        ];
        for headers in attempts {
            for kind in ["application/x-www-form-urlencoded", "text/plain"] {
                let mut request = ada.request(Method::POST, path).build().unwrap();
                request.headers_mut().remove("sec-fetch-site");
                for (name, value) in headers {
                    request.headers_mut().insert(*name, value.parse().unwrap());
                }
                request
                    .headers_mut()
                    .insert("content-type", kind.parse().unwrap());
                *request.body_mut() = Some(body.clone().into());
                let answer = http_client().execute(request).await.unwrap();
                assert_eq!(answer.status(), 403, "{path} {headers:?} {kind}");
            }
        }
        // A link cannot write.
        let by_link = ada.get(&format!("{path}?id={image}&lang=en")).await;
        assert!(
            by_link.status.is_client_error(),
            "{path}: {}",
            by_link.status
        );
    }
    assert_eq!(
        ada.get(&format!("/i/{image}")).await.status,
        200,
        "it was not deleted"
    );
    assert_eq!(
        server.browser().get(&format!("/i/{image}")).await.status,
        404
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_its_headers_and_strangers_get_no_cookie() {
    let server = Server::start(&[]).await;
    let mut stranger = server.browser();
    for path in [
        "/",
        "/fr",
        "/gallery",
        "/fr/gallery",
        "/create",
        "/sign-in",
        "/library",
        "/nothing-here",
        "/i/none",
        "/robots.txt",
        "/sitemap.xml",
        "/healthz",
        "/favicon.svg",
    ] {
        let page = stranger.get(path).await;
        assert!(
            page.headers.get("set-cookie").is_none(),
            "{path} sets a cookie"
        );
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
            "{path}"
        );
    }
    // The one inline style is the one that the policy allows; drawn, and kept.
    for _ in 0..2 {
        let page = stranger.get("/gallery").await;
        let style = page.text.split_once("<style>").unwrap().1;
        let style = style.split_once("</style>").unwrap().0;
        let hash = format!("'sha256-{}'", STANDARD.encode(Sha256::digest(style)));
        let policy = page.header("content-security-policy");
        let styles = policy.split(';').find(|rule| rule.contains("style-src"));
        assert!(styles.unwrap().contains(&hash), "{policy}");
    }
    let slash = stranger.get("/fr/gallery/?cursor=").await;
    assert_eq!(
        (slash.status.as_u16(), slash.location()),
        (308, "/fr/gallery?cursor=")
    );
    for odd in ["//evil.example/", "/%2f%2fevil.example/", "//"] {
        let page = stranger.get(odd).await;
        assert!(
            !page.location().starts_with("//"),
            "{odd}: {}",
            page.location()
        );
    }
    let twice = [
        stranger.get("/sign-in").await,
        stranger.get("/sign-in").await,
    ];
    let nonces: BTreeSet<String> = twice
        .iter()
        .map(|page| page.header("content-security-policy").to_owned())
        .collect();
    assert_eq!(nonces.len(), 2, "a nonce is used once");
    assert_eq!(stranger.get("/nothing-here").await.status, 404);
    let mut ada = server.signed_in("Ada Martin").await;
    assert_eq!(
        ada.get("/library").await.header("cache-control"),
        "private, no-store"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn private_pages_are_not_indexable() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = ada.picture("mine").await;
    for path in [
        "/create".into(),
        "/library".into(),
        format!("/i/{id}"),
        "/sign-in".into(),
    ] {
        let page = ada.get(&path).await;
        assert!(page.text.contains("noindex"), "{path}");
    }
    assert!(!ada.get("/gallery").await.text.contains("noindex"));
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_while_every_forwarding_header_is_rotated() {
    let server = Server::start(&[("IMGC_LIMITS_REQUESTS_PER_MINUTE", "10")]).await;
    let browser = server.browser();
    let mut refused = 0;
    for n in 0..30 {
        let request = browser
            .request(Method::GET, "/robots.txt")
            .header("x-forwarded-for", format!("198.51.100.{n}"))
            .header("forwarded", format!("for=198.51.100.{n}"))
            .header("x-real-ip", format!("198.51.100.{n}"))
            .header("cf-connecting-ip", format!("198.51.100.{n}"));
        let answer = request.send().await.unwrap();
        if answer.status() == 429 {
            assert!(answer.headers().contains_key("retry-after"));
            refused += 1;
        }
    }
    assert!(refused >= 18, "only {refused} of 30 were refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_too_large_are_refused_and_the_longest_prompt_is_not() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let huge = "x".repeat(100_000);
    let answer = ada.post("/api/publish", &[("id", &huge)]).await;
    assert_eq!(answer.status, 413);
    // 32,000 characters of a script that takes nine bytes each when posted.
    let longest = "語".repeat(32_000);
    let page = ada.submit(&longest, &new_key(), &[]).await;
    assert!(
        page.location().starts_with("/jobs/"),
        "{} {}",
        page.status,
        page.location()
    );
    let longer = "語".repeat(32_001);
    let page = ada.submit(&longer, &new_key(), &[]).await;
    assert!(
        page.refusal().contains("prompt_too_long"),
        "{}",
        page.location()
    );
    assert!(
        ada.get("/create").await.text.contains(&longer),
        "and nothing is lost"
    );
    let beyond = "x".repeat(600_000);
    assert_eq!(ada.submit(&beyond, &new_key(), &[]).await.status, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_forms_are_answered_calmly() {
    let server = Server::start(&[]).await;
    let ada = server.signed_in("Ada Martin").await;
    for body in [
        "",
        "draft=1",
        "draft[prompt][x]=1",
        "%00%ff=%zz",
        "draft[count]=99999999999",
        "a[b][c][d][e][f][g]=1",
    ] {
        let request = ada
            .request(Method::POST, "/api/generate")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        let answer = request.send().await.unwrap();
        let (status, location) = (
            answer.status(),
            answer
                .headers()
                .get("location")
                .map(|v| v.to_str().unwrap().to_owned()),
        );
        assert!(status != 500, "{body}: {status}");
        if let Some(location) = location {
            assert!(
                location.starts_with('/') && !location.starts_with("//"),
                "{body}: {location}"
            );
        }
    }
    let evil = ada
        .request(Method::POST, "/api/generate")
        .header("referer", "https://evil.example/trap")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("draft=1");
    let answer = evil.send().await.unwrap();
    let location = answer
        .headers()
        .get("location")
        .map_or("", |v| v.to_str().unwrap());
    assert!(
        !location.contains("evil.example"),
        "an open redirect by Referer: {location}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_answers_to_its_own_name_only() {
    let server = Server::start(&[]).await;
    let request = server
        .browser()
        .request(Method::GET, "/create")
        .header("host", "evil.example");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 307);
    assert!(
        answer.headers()["location"]
            .to_str()
            .unwrap()
            .starts_with(&server.base)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_way_back_leaves_the_site() {
    const HOSTILE: [&str; 14] = [
        "/%09/evil.example",
        "/%0a/evil.example",
        "/%0D%0a/evil.example",
        "//evil.example",
        "/%2fevil.example",
        "/%5cevil.example",
        "%5c%5cevil.example",
        "/.//evil.example",
        "/%2e%2e//evil.example",
        "/fr/%09/evil.example",
        "/%20/evil.example",
        "/%e2%80%a8/evil.example",
        "https://evil.example",
        "javascript:alert(1)",
    ];
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let site = reqwest::Url::parse(&server.base).unwrap();
    let link = Selector::parse("main a[href], main form[action]").unwrap();
    for next in HOSTILE {
        for (who, browser) in [("in", &mut ada), ("out", &mut server.browser())] {
            for page in ["/sign-in", "/fr/sign-in"] {
                let answer = browser.get(&format!("{page}?next={next}")).await;
                assert_eq!(answer.status, 200);
                let document = Html::parse_document(&answer.text);
                for element in document.select(&link) {
                    let href = element.attr("href").or(element.attr("action")).unwrap();
                    let target = site.join(href).unwrap();
                    let start = "/auth/start";
                    let inner = target.query_pairs().find(|(name, _)| name == "next");
                    assert_eq!(target.origin(), site.origin(), "{who} {next}: {href}");
                    assert!(!target.path().starts_with("//"), "{who} {next}: {href}");
                    if let (true, Some((_, inner))) = (target.path() == start, inner) {
                        let inner = site.join(&inner).unwrap();
                        assert_eq!(inner.origin(), site.origin(), "{who} {next}: {href}");
                    }
                }
            }
        }
        // All the way round, past the page.
        let mut eve = server.browser();
        let start = eve.get(&format!("/auth/start?next={next}")).await;
        let callback = eve.choose(start.location(), "Sam Rivera").await;
        let back = eve.get(&callback).await;
        let target = site.join(back.location()).unwrap();
        assert_eq!(
            target.origin(),
            site.origin(),
            "{next}: {}",
            back.location()
        );
    }
}
