//! The operator's figures: what they count, of whom they say nothing, and who
//! reaches them.

use crate::harness::{Browser, PATIENCE, Server, http_client, listener, new_key, on_d1};
use imgc::{
    http::metrics,
    i18n::LANGUAGES,
    routes::{self, Route},
    server::metrics::{Format, scrape},
    store::Statement,
};
use reqwest::{Method, StatusCode};
use std::{collections::BTreeSet, time::Instant};

const ADMIN: &str = "mina.okafor@example.com";

/// A server whose figures are served, and where.
async fn measured(more: &[(&str, &str)]) -> (Server, String) {
    let figures = listener();
    let address = figures.local_addr().unwrap().to_string();
    let mut env = vec![
        ("IMGC_METRICS_LISTEN", address.as_str()),
        ("IMGC_ADMINS", ADMIN),
    ];
    env.extend(more);
    let server = Server::start(&env).await;
    metrics::start(&server.state, figures);
    (server, format!("http://{address}/metrics"))
}

async fn read(address: &str, accept: &str) -> String {
    let request = http_client().get(address).header("accept", accept);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let kind = answer.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(kind.contains(accept.split(';').next().unwrap()), "{kind}");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    answer.text().await.unwrap()
}

async fn figures(address: &str) -> String {
    read(address, "text/plain").await
}

/// The value of the one line that begins so.
fn value(text: &str, begin: &str) -> f64 {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(begin));
    let line = lines.next();
    let line = line.unwrap_or_else(|| panic!("no {begin} in\n{text}"));
    assert!(lines.next().is_none(), "{begin} twice");
    line.trim().parse().unwrap()
}

/// Every label and value there is.
fn labels(text: &str) -> BTreeSet<(String, String)> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let inside = lines.filter_map(|line| line.split_once('{')?.1.rsplit_once('}'));
    let pairs = inside.flat_map(|(labels, _)| labels.split("\","));
    let pairs = pairs.map(|pair| {
        let (name, value) = pair.split_once("=\"").unwrap();
        (name.to_owned(), value.trim_end_matches('"').to_owned())
    });
    pairs.collect()
}

/// What everybody is known by: ids, names, addresses, slugs.
async fn everything_of_people(server: &Server) -> Vec<String> {
    // One by one: D1 puts five together at most.
    let all = [
        "SELECT id AS text FROM users",
        "SELECT email AS text FROM users",
        "SELECT name AS text FROM users",
        "SELECT handle AS text FROM users WHERE handle IS NOT NULL",
        "SELECT subject AS text FROM users",
        "SELECT id AS text FROM jobs",
        "SELECT id AS text FROM images",
        "SELECT prompt AS text FROM jobs WHERE prompt <> ''",
        "SELECT public_key AS text FROM images WHERE public_key IS NOT NULL",
        "SELECT token_hash AS text FROM sessions",
        "SELECT address AS text FROM sign_in_records",
    ];
    let mut known = Vec::new();
    for sql in all {
        let rows = server
            .state
            .db
            .fetch_all(Statement::new(sql))
            .await
            .unwrap();
        known.extend(rows.iter().map(|row| row.text("text").unwrap()));
    }
    known
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_is_counted_and_nobody_is_named() {
    let (server, address) = measured(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let handle = [("handle", "adalovespaint"), ("lang", "en")];
    assert_eq!(ada.post("/api/account_handle", &handle).await.refusal(), "");
    let id = ada.picture("a quizzical walrus").await;
    let published = [("id", id.as_str()), ("lang", "en")];
    ada.post("/api/publish", &published).await;
    let failed = ada
        .generate("an unlucky narwhal [demo:moderation-prompt]")
        .await;
    ada.until(&failed, &["failed"]).await;
    let mut stranger = server.browser();
    for path in [
        format!("/i/{id}"),
        format!("/fr/i/{id}"),
        "/gallery".into(),
        "/gallery".into(),
    ] {
        assert_eq!(stranger.get(&path).await.status, 200, "{path}");
    }
    let mut mina = server.signed_in("Mina Okafor").await;
    assert_eq!(mina.get("/admin").await.status, 200);

    for accept in ["text/plain", "application/openmetrics-text; version=1.0.0"] {
        let text = read(&address, accept).await;
        let is = |begin: &str, expected: f64| assert_eq!(value(&text, begin), expected, "{begin}");
        is(
            r#"imgc_http_requests_total{method="GET",route="/i/{id}",status="2xx"}"#,
            2.0,
        );
        is(
            r#"imgc_http_requests_total{method="POST",route="/api/publish",status="3xx"}"#,
            1.0,
        );
        is(
            r#"imgc_http_request_duration_seconds_count{route="/i/{id}"}"#,
            2.0,
        );
        is(r#"imgc_jobs_ended_total{state="ready",failure=""}"#, 1.0);
        is(
            r#"imgc_jobs_ended_total{state="failed",failure="prompt_refused"}"#,
            1.0,
        );
        is(
            r#"imgc_jobs_ended_total{state="unknown",failure="answer_lost"}"#,
            0.0,
        );
        is(r#"imgc_jobs{state="queued"}"#, 0.0);
        is(r#"imgc_jobs{state="running"}"#, 0.0);
        is("imgc_jobs_oldest_wait_seconds", 0.0);
        is(
            r#"imgc_image_api_call_duration_seconds_count{outcome="answered"}"#,
            1.0,
        );
        is(
            r#"imgc_image_api_call_duration_seconds_count{outcome="refused"}"#,
            1.0,
        );
        is("imgc_database_up", 1.0);
        is("imgc_object_store_up", 1.0);
        is("imgc_spend_limit_dollars", 20.0);
        assert!(value(&text, "imgc_spend_today_dollars") > 0.0);
        assert!(value(&text, r#"imgc_disk_free_bytes{folder="data"}"#) > 0.0);
        assert!(value(&text, r#"imgc_cache_misses_total{cache="pages"}"#) >= 3.0);
        assert!(value(&text, r#"imgc_cache_hits_total{cache="pages"}"#) >= 1.0);
        assert!(value(&text, r#"imgc_cache_bytes{cache="pages"}"#) > 0.0);
        assert!(text.contains("imgc_build_info{version=\"0."), "{text}");

        let lower = text.to_lowercase();
        for known in everything_of_people(&server).await {
            assert!(!lower.contains(&known.to_lowercase()), "{known}");
        }
        for word in [
            "quizzical",
            "walrus",
            "narwhal",
            "ada",
            "mina",
            "okafor",
            "example.com",
            "reqwest",
        ] {
            assert!(!lower.contains(word), "{word}");
        }
        let names: BTreeSet<String> = labels(&text).into_iter().map(|(name, _)| name).collect();
        let expected = [
            "cache", "commit", "failure", "folder", "le", "method", "outcome", "route", "state",
            "status", "version",
        ];
        assert_eq!(names, expected.map(str::to_owned).into());
    }
}

/// Asks for an address by a method, and says nothing of what comes.
async fn ask(browser: &Browser, method: &str, path: &str) -> StatusCode {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    browser.request(method, path).send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_asked_for_makes_no_figures_of_its_own() {
    let (server, address) = measured(&[]).await;
    let browser = server.browser();
    let methods = ["GET", "HEAD", "POST", "PUT", "BREW"];
    let round = async |mark: &str| {
        for method in methods {
            for path in [
                format!("/{mark}"),
                format!("/i/{mark}"),
                format!("/fr/jobs/{mark}"),
                format!("/media/{mark}/320.webp"),
                format!("/api/{mark}"),
                format!("/pkg/{mark}.js"),
                format!("/gallery?{mark}={mark}"),
                format!("/invitation/{mark}"),
            ] {
                ask(&browser, method, &path).await;
            }
        }
    };
    round("first").await;
    let before = labels(&figures(&address).await);
    for _ in 0..5 {
        round(&new_key()).await;
    }
    let text = figures(&address).await;
    assert_eq!(labels(&text), before);
    let routes = before.iter().filter(|(name, _)| name == "route");
    let routes: BTreeSet<&str> = routes.map(|(_, route)| route.as_str()).collect();
    assert!(routes.contains("/invitation/{id}") && routes.contains("other"));
    assert!(!text.contains("first"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_has_figures_of_its_own() {
    let (server, address) = measured(&[]).await;
    let browser = server.browser();
    let id = "01930000-0000-7000-8000-000000000000";
    let pages = LANGUAGES.iter();
    let pages = pages.flat_map(|(locale, _)| Route::every(id).map(|page| page.address(*locale)));
    for page in pages {
        ask(&browser, "GET", &page).await;
    }
    for path in [
        "/healthz".to_owned(),
        "/readyz".to_owned(),
        "/robots.txt".to_owned(),
        routes::SITEMAP.to_owned(),
        routes::SIGN_IN_START.to_owned(),
        routes::SIGN_IN_CALLBACK.to_owned(),
        routes::SECURITY_EVENTS.to_owned(),
        routes::JOBS_EVENTS.to_owned(),
        routes::LIBRARY_ZIP.to_owned(),
        routes::ACCOUNT_EXPORT.to_owned(),
        routes::ADMIN_COSTS.to_owned(),
        routes::UPLOADS.to_owned(),
        routes::EDITS.to_owned(),
        routes::SHARE.to_owned(),
        routes::sitemap_file("pages.xml"),
        routes::job_events(id),
        routes::job_partial(id, "0"),
        routes::uploaded(id, "small.webp"),
        routes::media("none", "320.webp"),
        routes::file(id, "320.webp"),
        routes::avatar(id),
    ] {
        ask(&browser, "GET", &path).await;
    }
    for (path, method) in leptos::server_fn::axum::server_fn_paths() {
        ask(&browser, method.as_str(), path).await;
    }
    let text = figures(&address).await;
    let lost = text
        .lines()
        .filter(|line| line.contains(r#"route="other""#));
    assert_eq!(lost.collect::<Vec<_>>(), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn visitors_do_not_reach_the_figures() {
    let (server, address) = measured(&[]).await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let mut stranger = server.browser();
    for browser in [&mut mina, &mut stranger] {
        for path in ["/metrics", "/fr/metrics", "/metrics/"] {
            let page = browser.get(path).await;
            assert!(!page.text.contains("imgc_"), "{path}");
            assert!(
                page.status == 404 || page.location() == "/metrics",
                "{path}"
            );
        }
    }
    // And nothing of the site is beside them.
    let base = address.trim_end_matches("/metrics");
    for path in ["/", "/gallery", "/healthz", "/admin"] {
        let answer = http_client().get(format!("{base}{path}")).send().await;
        assert_eq!(answer.unwrap().status(), 404, "{path}");
    }
    let posted = http_client().post(&address).send().await.unwrap();
    assert_eq!(posted.status(), 405);

    // They end with the server.
    server.state.shutdown.cancel();
    let began = Instant::now();
    while http_client().get(&address).send().await.is_ok() {
        assert!(began.elapsed() < PATIENCE, "still served");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_counted_by_request_unless_somebody_asks_for_it() {
    let server = Server::start(&[]).await;
    server.browser().get("/gallery").await;
    assert!(server.state.metrics.requests.is_none());
    let text = scrape(&server.state, Format::Plain).await.unwrap();
    assert!(!text.contains("imgc_http_requests") && text.contains("imgc_database_up 1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_fails_leaves_the_rest() {
    // Only a file can be taken away from under a server here.
    if on_d1() {
        return;
    }
    let (server, address) = measured(&[]).await;
    server.browser().get("/gallery").await;
    server.state.db.close().await;
    let text = figures(&address).await;
    assert_eq!(value(&text, "imgc_database_up"), 0.0);
    assert_eq!(value(&text, "imgc_object_store_up"), 1.0);
    assert!(text.contains(r#"route="/gallery""#) && text.contains("imgc_build_info"));
    assert!(!text.contains("imgc_jobs{") && !text.contains("imgc_spend_today"));
}
