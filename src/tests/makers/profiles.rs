//! Pages of people: there where they want one, and as plain as their words are.

use super::{LANG, published, suspend, with_profile};
use crate::{
    harness::{Browser, Server},
    library::{Given, give, person},
    rights::close,
};

async fn status(browser: &mut Browser, path: &str) -> u16 {
    browser.get(path).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_there_if_its_owner_wants_it_and_is_named_with_their_pictures() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut stranger = server.browser();
    let id = published(&mut ada, "a boat").await;
    ada.post("/api/account_handle", &[("handle", "ada"), LANG])
        .await;
    // A handle alone is no page, and leads to none.
    let missing = stranger.get("/@ada").await;
    assert_eq!(missing.status, 404);
    // As it answers to whoever asks for somebody who was never there.
    let told = |page: &str| {
        let main = page.split("<main").nth(1).unwrap_or_default();
        main.split("</main>").next().unwrap_or_default().to_owned()
    };
    let nobody = stranger.get("/@nobody").await;
    assert_eq!(
        (nobody.status, told(&nobody.text)),
        (missing.status, told(&missing.text))
    );
    let gallery = stranger.get("/gallery").await.text;
    assert!(gallery.contains("Ada Martin") && !gallery.contains("href=\"/@ada\""));

    let words = "Boats.\n<b>javascript:alert(1)</b> https://example.com";
    with_profile(&mut ada, "ada", words).await;
    for prefix in ["", "/fr"] {
        let page = stranger.get(&format!("{prefix}/@ada")).await;
        assert_eq!(page.status, 200);
        assert!(page.headers.get("set-cookie").is_none());
        for part in [
            "Ada Martin",
            &id,
            "&lt;b&gt;javascript:alert(1)&lt;/b&gt; https://example.com",
            "\"@type\":\"ProfilePage\"",
            "og:type\" content=\"profile\"",
            "hreflang=\"fr\"",
        ] {
            assert!(page.text.contains(part), "{prefix} {part} in {}", page.text);
        }
        for part in [
            "href=\"javascript:",
            "href=\"https://example.com",
            "<b>",
            "<form",
            "src=\"/pkg",
        ] {
            assert!(!page.text.contains(part), "{prefix} {part}");
        }
        for list in ["/gallery", &format!("/i/{id}")] {
            let text = stranger.get(&format!("{prefix}{list}")).await.text;
            assert!(
                text.contains(&format!("href=\"{prefix}/@ada\"")),
                "{prefix}{list}"
            );
        }
    }
    // Written otherwise it is the same page, where there is one.
    for other in ["/@Ada", "/@ADA"] {
        let page = stranger.get(other).await;
        assert_eq!((page.status.as_u16(), page.location()), (302, "/@ada"));
    }
    assert_eq!(status(&mut stranger, "/@NOBODY").await, 404);
    for odd in [
        "/@",
        "/@a",
        "/@ada/x",
        "/@ada%2e",
        "/@../account",
        "/@ada?cursor=x",
        "/@ada?cursor=-1",
    ] {
        let status = status(&mut stranger, odd).await;
        assert!((400..500).contains(&status), "{odd}: {status}");
    }
    // Too many words are refused, and nothing is changed.
    let many = "x".repeat(301);
    let fields = [("wanted", "on"), ("text", many.as_str()), LANG];
    assert!(
        ada.post("/api/account_profile", &fields)
            .await
            .refusal()
            .contains("notice_too_long")
    );
    assert!(stranger.get("/@ada").await.text.contains("Boats."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_gone_with_whatever_ends_it() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut stranger = server.browser();
    let id = published(&mut ada, "a boat").await;
    with_profile(&mut ada, "ada", "").await;
    let linked =
        async |browser: &mut Browser| browser.get("/gallery").await.text.contains("/@ada\"");
    assert_eq!(status(&mut stranger, "/@ada").await, 200);
    assert!(linked(&mut stranger).await);

    let now_ms = server.state.clock.now_ms();
    suspend(&server, "Ada Martin", now_ms + 60_000).await;
    assert_eq!(status(&mut stranger, "/@ada").await, 404);
    assert!(!linked(&mut stranger).await);
    suspend(&server, "Ada Martin", now_ms - 1).await;
    assert_eq!(status(&mut stranger, "/@ada").await, 200);

    // Unpublished, it is gone from there too.
    let pages = ["/@ada", "/@ada/feed.atom", "/fr/@ada/feed.atom"];
    for page in pages {
        assert!(stranger.get(page).await.text.contains(&id), "{page}");
    }
    ada.post("/api/unpublish", &[("id", &id), LANG]).await;
    for page in pages {
        assert!(!stranger.get(page).await.text.contains(&id), "{page}");
    }
    assert!(!stranger.get("/@ada").await.text.contains(&id));

    ada.post("/api/account_profile", &[LANG]).await;
    assert_eq!(status(&mut stranger, "/@ada").await, 404);
    with_profile(&mut ada, "ada", "").await;
    assert_eq!(status(&mut stranger, "/@ada").await, 200);

    // Whoever objects to publishing is shown nowhere.
    ada.post("/api/account_choices", &[("keep_private", "on"), LANG])
        .await;
    assert_eq!(status(&mut stranger, "/@ada").await, 404);
    ada.post("/api/account_choices", &[LANG]).await;
    assert_eq!(status(&mut stranger, "/@ada").await, 200);

    close(&mut ada, "").await;
    for page in pages {
        assert_eq!(status(&mut stranger, page).await, 404, "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_shown_if_its_owner_wants_that_too() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut stranger = server.browser();
    with_profile(&mut ada, "ada", "").await;
    let address = "/@ada/picture.webp";
    assert_eq!(stranger.get_bytes(address).await.0, 404);
    assert!(!stranger.get("/@ada").await.text.contains(address));
    let fields = [("wanted", "on"), ("picture", "on"), LANG];
    ada.post("/api/account_profile", &fields).await;
    let (status, bytes) = stranger.get_bytes(address).await;
    assert_eq!(status, 200, "the demo's people have pictures");
    assert_eq!(&bytes[8..12], b"WEBP");
    assert!(stranger.get("/@ada").await.text.contains(address));
    ada.post("/api/account_profile", &[("picture", "on"), LANG])
        .await;
    assert_eq!(stranger.get_bytes(address).await.0, 404);
    assert_eq!(stranger.get_bytes("/@ADA/picture.webp").await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_kept_for_strangers_and_on_the_map_while_it_is_there() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut stranger = server.browser();
    assert!(!stranger.sitemap().await.contains("profiles.xml"));
    with_profile(&mut ada, "ada", "Boats").await;
    let map = stranger.sitemap().await;
    for part in ["/@ada</loc>", "/fr/@ada</loc>"] {
        assert!(map.contains(part), "{part} in {map}");
    }
    // Drawn once for all who ask, and anew with what it says.
    let (mut first, mut again) = (String::new(), String::new());
    for tag in [&mut first, &mut again] {
        for _ in 0..100 {
            *tag = stranger.get("/@ada").await.header("etag").to_owned();
            if !tag.is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }
    assert!(!first.is_empty(), "it is never kept");
    assert_eq!(first, again);
    with_profile(&mut ada, "ada", "Lamps").await;
    let page = stranger.get("/@ada").await;
    assert!(page.text.contains("Lamps") && page.header("etag") != first);
    // A person's own view is nobody else's.
    let own = ada.get("/@ada").await;
    assert!(own.text.contains("Edit your profile") && own.header("etag").is_empty());
    assert!(
        !stranger
            .get("/@ada")
            .await
            .text
            .contains("Edit your profile")
    );
    ada.post("/api/account_profile", &[LANG]).await;
    assert!(!stranger.sitemap().await.contains("/@ada"));
    assert_eq!(status(&mut stranger, "/sitemaps/profiles.xml").await, 404);
    assert_eq!(status(&mut stranger, "/@ada").await, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_goes_on_page_by_page_without_a_gap() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let mut stranger = server.browser();
    with_profile(&mut ada, "ada", "").await;
    let owner = person(&server, "Ada Martin").await;
    let pictures: Vec<Given<'_>> = (0..30).map(|_| Given::default()).collect();
    let ids = give(&server, &owner, &pictures).await;
    for id in &ids {
        let publish = "UPDATE images SET public_key = 'key' || id, published_at = 7 WHERE id = ?1";
        let publish = imgc::store::Statement::new(publish).bind(id.as_str());
        server.state.db.write(publish).await.unwrap();
    }
    let follow = async |path: &'static str, browser: &mut Browser| {
        let (mut seen, mut address) = (Vec::new(), path.to_owned());
        loop {
            let page = browser.get(&address).await.text;
            let found = ids.iter().filter(|id| page.contains(&format!("/i/{id}\"")));
            seen.extend(found.cloned());
            let next = page.split("rel=\"next").nth(1);
            let Some(next) = next else { break };
            let href = next.split("href=\"").nth(1).unwrap();
            address = href.split('"').next().unwrap().replace("&amp;", "&");
            assert!(address.starts_with(path), "{address}");
        }
        let all = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!((all, seen.len()), (30, 30), "{path}");
    };
    follow("/@ada", &mut stranger).await;
    sam.post("/api/follow", &[("handle", "ada"), LANG]).await;
    follow("/following", &mut sam).await;
    for id in &ids {
        super::like(&mut sam, id, "on").await;
    }
    follow("/likes", &mut sam).await;
}
