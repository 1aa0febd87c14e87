//! The legal pages: complete, dated, and leading where they say.

use crate::harness::{Browser, Server, on_d1};
use imgc::legal::Document;
use scraper::{Html, Selector};

const REAL: [(&str, &str); 10] = [
    ("IMGC_OIDC_CLIENT_ID", "id"),
    ("IMGC_OIDC_CLIENT_SECRET", "secret"),
    ("IMGC_OPENAI_API_KEY", "key"),
    ("IMGC_CONTACT", "help@pictures.example"),
    ("IMGC_OPERATOR_NAME", "Pictures Ltd"),
    ("IMGC_SIGN_UP_MODE", "open"),
    ("IMGC_OPERATOR_ADDRESS", "1 Gallery Street, Paris"),
    ("IMGC_OPERATOR_AUTHORITY", "CNIL"),
    (
        "IMGC_OPERATOR_AUTHORITY_URL",
        "https://www.cnil.fr/fr/plaintes",
    ),
    (
        "IMGC_OBJECTS_ENDPOINT",
        "https://a.r2.cloudflarestorage.com",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_right_of_the_policy_leads_to_the_page_that_does_it() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let links = Selector::parse(".rights a").unwrap();
    for prefix in ["", "/fr"] {
        let policy = ada.get(&format!("{prefix}/privacy")).await;
        assert_eq!(policy.status, 200);
        let addresses: Vec<String> = Html::parse_document(&policy.text)
            .select(&links)
            .map(|link| link.attr("href").unwrap().to_owned())
            .collect();
        let ours: Vec<&String> = addresses.iter().filter(|a| a.starts_with('/')).collect();
        assert_eq!(ours.len(), 6, "{addresses:?}");
        assert!(
            addresses
                .iter()
                .any(|a| a.starts_with("https://myaccount.google.com/"))
        );
        for address in ours {
            let (path, part) = address.split_once('#').unwrap_or((address, ""));
            let page = ada.get(path).await;
            assert_eq!(page.status, 200, "{address}");
            if !part.is_empty() {
                let target = Selector::parse(&format!("#{part}")).unwrap();
                let document = Html::parse_document(&page.text);
                assert!(document.select(&target).next().is_some(), "{address}");
            }
        }
        let report = Selector::parse("a[href$='/report-child']").unwrap();
        assert!(
            Html::parse_document(&policy.text)
                .select(&report)
                .next()
                .is_some()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_names_everybody_who_receives_data_and_who_is_responsible() {
    if on_d1() {
        // It names buckets that nobody has, and a node that shares its database has its
        // spool there; what its policy says of the database is tested beside the page.
        return;
    }
    let mut env = REAL.to_vec();
    env.extend([
        ("IMGC_OBJECTS_URL", "s3://pictures"),
        ("IMGC_OBJECTS_ACCESS_KEY_ID", "id"),
        ("IMGC_OBJECTS_SECRET_ACCESS_KEY", "secret"),
        ("IMGC_OPENAI_RESULT_HOSTS", "*.blob.core.windows.net"),
        ("IMGC_ANALYTICS_CLOUDFLARE_TOKEN", "0123"),
        ("IMGC_MINIMUM_AGE", "15"),
    ]);
    let server = Server::start(&env).await;
    let mut reader = server.browser();
    let policy = reader.get("/privacy").await;
    for told in [
        "Pictures Ltd",
        "1 Gallery Street, Paris",
        "help@pictures.example",
        "CNIL",
        "https://www.cnil.fr/fr/plaintes",
        "accounts.google.com",
        "*.googleusercontent.com",
        "api.openai.com",
        "*.blob.core.windows.net",
        "a.r2.cloudflarestorage.com",
        "static.cloudflareinsights.com",
        "under 15",
        "7 days",
        "14 days",
        "21 days",
        "180 days",
    ] {
        assert!(policy.text.contains(told), "{told} is not in the policy");
    }
    let csp = policy.header("content-security-policy");
    assert!(
        csp.contains("https://static.cloudflareinsights.com"),
        "{csp}"
    );
    assert!(reader.get("/imprint").await.text.contains("Pictures Ltd"));

    // Without a bucket and without analytics, neither is named or allowed.
    let server = Server::start(&REAL).await;
    let policy = server.browser().get("/privacy").await;
    assert!(!policy.text.contains("loudflare"));
    assert!(
        !policy
            .header("content-security-policy")
            .contains("loudflare")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn legal_pages_are_whole_in_each_language_and_linked_from_every_page() {
    let server = Server::start(&[]).await;
    let mut reader = server.browser();
    let (links, date) = (
        Selector::parse(".site-footer nav a").unwrap(),
        Selector::parse(".legal time").unwrap(),
    );
    for prefix in ["", "/fr"] {
        let expected: Vec<String> = Document::ALL
            .iter()
            .map(|document| format!("{prefix}{}", document.route().path().as_str()))
            .collect();
        for address in ["/gallery", "/create", "/nowhere"] {
            let page = reader.get(&format!("{prefix}{address}")).await;
            let linked: Vec<String> = Html::parse_document(&page.text)
                .select(&links)
                .map(|link| link.attr("href").unwrap().to_owned())
                .collect();
            let served = ["/transparency", "/contact"].map(|page| format!("{prefix}{page}"));
            let all = [&expected[..], &served[..]].concat();
            assert_eq!(linked, all, "{prefix}{address}");
        }
        for address in &expected {
            let page = reader.get(address).await;
            assert_eq!(page.status, 200, "{address}");
            assert!(page.text.contains("hreflang"), "{address}");
            assert!(
                !page.text.contains("<script type=\"module\""),
                "{address} loads code"
            );
            assert!(
                Html::parse_document(&page.text)
                    .select(&date)
                    .next()
                    .is_some()
            );
        }
    }
    let map = reader.sitemap().await;
    assert!(map.contains("/fr/privacy"));
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_get_no_cookie_anywhere_and_people_get_one() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    assert_eq!(ada.cookies.len(), 1, "{:?}", ada.cookies.keys());
    let id = ada.picture("a boat").await;
    ada.post("/api/publish", &[("id", &id), ("lang", "en")])
        .await;
    let mut addresses: Vec<String> = ["/", "/gallery", "/sign-in", "/report-child", "/nowhere"]
        .map(str::to_owned)
        .to_vec();
    addresses.push(format!("/i/{id}"));
    addresses.push("/create".to_owned());
    addresses.extend(Document::ALL.map(|document| document.route().path().as_str().to_owned()));
    for address in addresses {
        for prefix in ["", "/fr"] {
            let mut stranger: Browser = server.browser();
            let page = stranger.get(&format!("{prefix}{address}")).await;
            assert!(
                page.headers.get("set-cookie").is_none(),
                "{prefix}{address}"
            );
        }
    }
}

/// Originals are the API's bytes wherever they are read; what is made from
/// them says by machine that AI made it, and pages say so in words.
#[tokio::test(flavor = "multi_thread")]
async fn pictures_say_where_they_come_from() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = ada.picture("a boat").await;
    ada.post("/api/publish", &[("id", &id), ("lang", "en")])
        .await;
    let kept = format!("originals/{id}.png");
    let kept = server.state.objects.get_at(&kept).await.unwrap().to_vec();
    let private = ada.get_bytes(&format!("/files/{id}/original.png")).await;
    assert_eq!(private, (200, kept.clone()), "the owner's download");
    let mut stranger = server.browser();
    let page = stranger.get(&format!("/i/{id}")).await.text;
    let download = Selector::parse(".picture-panel a[download]").unwrap();
    let image = Selector::parse(".picture-stage .frame img").unwrap();
    let (original, rendition) = {
        let document = Html::parse_document(&page);
        let attribute = |selector, name| {
            let element = document.select(selector).next().unwrap();
            element.attr(name).unwrap().to_owned()
        };
        (attribute(&download, "href"), attribute(&image, "src"))
    };
    assert_eq!(
        stranger.get_bytes(&original).await,
        (200, kept),
        "the public one"
    );
    let request = stranger.request(reqwest::Method::GET, &rendition);
    let answer = request.send().await.unwrap();
    let cached = answer.headers()["cache-control"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        cached.contains("s-maxage=2"),
        "unpublished for longer: {cached}"
    );
    let bytes = answer.bytes().await.unwrap();
    assert!(
        crate::rights::holds(&bytes, "lgorithmicMedia"),
        "no mark in {rendition}"
    );
    assert!(page.contains("lgorithmicMedia"), "nor in the page's data");
    let label = Selector::parse(".made-with").unwrap();
    let labels: Vec<String> = {
        let mut labels = Vec::new();
        for prefix in ["", "/fr"] {
            let page = stranger.get(&format!("{prefix}/i/{id}")).await.text;
            let document = Html::parse_document(&page);
            labels.push(document.select(&label).next().unwrap().text().collect());
        }
        labels
    };
    assert!(labels.iter().all(|label: &String| !label.is_empty()));
    assert_ne!(
        labels[0], labels[1],
        "the label is in the reader's language"
    );
}
