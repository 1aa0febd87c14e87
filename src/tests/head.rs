//! What stands in a page's head: each thing once, however often it is asked for
//! and however busy the server is, and a picture that every site can show.

use crate::harness::{Browser, Server, http_client};
use futures::{StreamExt, stream};
use imgc::{
    i18n::LANGUAGES,
    routes::{self, PagePath, Route},
};
use imgc_pictures::PictureFormat;
use std::collections::BTreeMap;

/// Requests under way at the same time.
const AT_ONCE: usize = 8;

/// The value of an attribute of a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    Some(&tag[start..start + tag[start..].find('"')?])
}

/// Everything in a page's head of which there should be one, with how often it
/// is there, and the last content of each.
fn head(html: &str) -> BTreeMap<String, (u32, String)> {
    let end = html.find("</head>").expect("a head");
    let mut found: BTreeMap<String, (u32, String)> = BTreeMap::new();
    for tag in html[..end].split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        let kind = tag.split_ascii_whitespace().next().unwrap_or_default();
        let value = |name| attribute(tag, name);
        let name = match kind {
            "title" => Some("title".to_owned()),
            "meta" => value("property")
                .or(value("name"))
                .or(value("charset").and(Some("charset")))
                .map(|name| match (name, value("media")) {
                    ("theme-color", Some(media)) => format!("{name} {media}"),
                    ("og:locale:alternate", _) => {
                        format!("{name} {}", value("content").unwrap_or_default())
                    }
                    _ => name.to_owned(),
                }),
            "link" => value("rel").map(|rel| match rel {
                // In another language, or as something else than a page.
                "alternate" => {
                    let of = value("hreflang").or(value("type")).unwrap_or_default();
                    format!("alternate {of}")
                }
                "preload" | "modulepreload" => {
                    format!("{rel} {}", value("href").unwrap_or_default())
                }
                _ => rel.to_owned(),
            }),
            _ => None,
        };
        if let Some(name) = name {
            let content = value("content").or(value("href")).unwrap_or_default();
            let entry = found.entry(name).or_default();
            *entry = (entry.0 + 1, content.to_owned());
        }
    }
    found
}

/// What every page has.
const ALWAYS: [&str; 6] = [
    "title",
    "charset",
    "viewport",
    "manifest",
    "stylesheet",
    "color-scheme",
];
/// What a public page has besides.
const PUBLIC: [&str; 16] = [
    "description",
    "canonical",
    "alternate x-default",
    "alternate en",
    "alternate fr",
    "og:site_name",
    "og:type",
    "og:title",
    "og:description",
    "og:url",
    "og:locale",
    "og:image",
    "og:image:type",
    "og:image:width",
    "og:image:height",
    "og:image:alt",
];

/// Asks for a page many times at once and looks into each head.
async fn look(base: &str, path: &str, public: bool, times: usize) {
    let client = http_client();
    let answers = stream::iter(0..times)
        .map(|_| {
            let request = client.get(format!("{base}{path}"));
            let request = request.header("accept", "text/html");
            async move { request.send().await.unwrap().text().await.unwrap() }
        })
        .buffer_unordered(AT_ONCE);
    let pages: Vec<String> = answers.collect().await;
    for html in pages {
        let head = head(&html);
        for (name, (times, _)) in &head {
            assert_eq!(*times, 1, "{path} has {name} {times} times");
        }
        let wanted = ALWAYS.iter().chain(PUBLIC.iter().filter(|_| public));
        for name in wanted.chain(["twitter:card"].iter().filter(|_| public)) {
            assert!(head.contains_key(*name), "{path} has no {name}");
        }
        assert_eq!(head.contains_key("robots"), !public, "{path}: robots");
    }
}

/// Every page that strangers see, and whether it is for crawlers too.
fn pages(picture: &str, cursor: &str) -> Vec<(String, bool)> {
    let mut pages = Vec::new();
    for (locale, _) in LANGUAGES {
        for page in Route::every(picture) {
            let public = match page {
                Route::Create | Route::SignIn | Route::ReportChild | Route::Report(_) => false,
                Route::Invitation(_) | Route::TurnedAway => false,
                Route::Library | Route::Compare | Route::Account | Route::Usage | Route::Admin => {
                    continue;
                }
                Route::Decisions
                | Route::Case(_)
                | Route::People
                | Route::Person(_)
                | Route::Announcements => continue,
                Route::Job(_) | Route::Receipt(_) | Route::Notice(_) => continue,
                _ => true,
            };
            pages.push((page.address(locale), public));
        }
        for page in [routes::TRANSPARENCY, routes::CONTACT] {
            pages.push((PagePath::of(page).address(locale), true));
        }
        let profile = routes::profile("ada");
        pages.push((profile.address(locale), true));
        pages.push((profile.with("cursor", "9").address(locale), true));
        for asked in [("cursor", cursor), ("sort", "liked"), ("sort", "remixed")] {
            let page = Route::Gallery.with(asked.0, asked.1);
            pages.push((page.address(locale), true));
        }
    }
    pages
}

async fn published(server: &Server) -> (Browser, String) {
    let mut ada = server.signed_in("Ada Martin").await;
    let id = ada.picture("a lighthouse \"at\" <night>").await;
    ada.post("/api/publish", &[("id", &id), ("lang", "en")])
        .await;
    ada.post("/api/account_handle", &[("handle", "ada"), ("lang", "en")])
        .await;
    ada.post("/api/account_profile", &[("wanted", "on"), ("lang", "en")])
        .await;
    (ada, id)
}

fn is_dear(path: &str) -> bool {
    let (_, path) = imgc::i18n::split(path);
    [Route::Home, Route::Gallery, Route::Image("")]
        .iter()
        .any(|page| page.is(&path) || (*page != Route::Home && page.begins(&path)))
}

async fn look_at_all(times: impl Fn(&str) -> usize) {
    let server = Server::start(&[]).await;
    let (_, id) = published(&server).await;
    let cursor = "new-all-9000000000000000".to_owned();
    for (path, public) in pages(&id, &cursor) {
        look(&server.base, &path, public, times(&path)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_head_of_every_page_has_each_thing_once() {
    look_at_all(|path| if is_dear(path) { 30 } else { 4 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "takes long: every page a hundred times"]
async fn the_head_of_every_page_has_each_thing_once_a_hundred_times() {
    look_at_all(|_| 100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_picture_is_a_jpeg_as_long_as_it_is_published() {
    let server = Server::start(&[]).await;
    let (mut ada, id) = published(&server).await;
    let mut stranger = server.browser();
    let page = stranger.get(&format!("/i/{id}")).await;
    let tags = head(&page.text);
    let content = |name: &str| tags[name].1.clone();
    assert_eq!(content("twitter:card"), "summary_large_image");
    assert_eq!(content("og:image:type"), "image/jpeg");
    assert!(!content("og:image:alt").is_empty());
    let address = content("og:image");
    assert!(address.starts_with(&server.base), "{address}");

    // The first request makes it, the second finds it.
    for _ in 0..2 {
        let answer = stranger.get(&address).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "image/jpeg");
        assert!(answer.header("cache-control").starts_with("public"));
        let tag = answer.header("etag").to_owned();
        let again = stranger
            .request(reqwest::Method::GET, &address)
            .header("if-none-match", tag);
        assert_eq!(again.send().await.unwrap().status(), 304);
        let (_, bytes) = stranger.get_bytes(&address).await;
        let found = imgc_pictures::inspect(&bytes).unwrap();
        assert_eq!(found.format, PictureFormat::Jpeg);
        assert_eq!(content("og:image:width"), found.width.to_string());
        assert_eq!(content("og:image:height"), found.height.to_string());
        assert!(found.width <= 1200 && found.height <= 1200);
        assert!(bytes.len() < 300_000, "{} bytes", bytes.len());
        let marked = String::from_utf8_lossy(&bytes).contains("trainedAlgorithmicMedia");
        assert!(marked, "it says that a machine made it");
    }
    let card = format!("renditions/{id}/card.jpeg");
    assert!(server.objects().await.contains(&card), "it is made once");

    ada.post("/api/unpublish", &[("id", &id), ("lang", "en")])
        .await;
    assert_eq!(stranger.get(&address).await.status, 404);
    let private = format!("/files/{id}/card.jpeg");
    assert_eq!(ada.get(&private).await.status, 404, "there is no other way");
    let trashed = [("ids[]", id.as_str()), ("action", "trash"), ("lang", "en")];
    ada.post("/api/change", &trashed).await;
    ada.post("/api/delete", &[("id", &id), ("lang", "en")])
        .await;
    imgc::server::outbox::delete_objects(&server.state).await;
    assert!(
        !server.objects().await.contains(&card),
        "it goes with its picture"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_without_a_picture_show_the_sites_own_card() {
    let server = Server::start(&[]).await;
    let mut stranger = server.browser();
    let tags = head(&stranger.get("/").await.text);
    let content = |name: &str| tags[name].1.clone();
    let path = content("og:image").replace(&server.base, "");
    assert_eq!(path, imgc::routes::SITE_CARD);
    let file = format!("{}/public{path}", env!("CARGO_MANIFEST_DIR"));
    let found = imgc_pictures::inspect(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(found.format, PictureFormat::Jpeg);
    assert_eq!(content("og:image:type"), "image/jpeg");
    assert_eq!(content("og:image:width"), found.width.to_string());
    assert_eq!(content("og:image:height"), found.height.to_string());
}
