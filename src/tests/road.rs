//! The whole road without JavaScript, and what a crawler finds at its end.

use crate::harness::{Browser, Server};
use imgc::{model::ImageDetail, server::secrets};
use scraper::{Html, Selector};

fn attribute(html: &str, selector: &str, name: &str) -> Option<String> {
    let document = Html::parse_document(html);
    let selector = Selector::parse(selector).unwrap();
    let element = document.select(&selector).next()?;
    Some(element.value().attr(name)?.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_sign_in_to_a_picture_a_crawler_finds_and_back() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    assert_eq!(ada.cookies.keys().collect::<Vec<_>>(), ["imgc"]);

    let prompt = "A lighthouse in a storm <b>\"&";
    let id = ada.picture(prompt).await;
    let library = ada.get("/library").await;
    assert!(
        library.text.contains(&format!("/i/{id}")),
        "the library lists it"
    );

    let mut crawler = server.browser();
    assert_eq!(crawler.get(&format!("/i/{id}")).await.status, 404);
    assert!(!crawler.get("/gallery").await.text.contains(&id));

    ada.post("/api/publish", &[("id", &id), ("lang", "en")])
        .await;
    let gallery = crawler.get("/gallery").await;
    assert!(gallery.text.contains(&format!("/i/{id}")));
    assert_eq!(attribute(&gallery.text, "main img", "alt").unwrap(), prompt);

    let page = crawler.get(&format!("/i/{id}")).await;
    assert_eq!(page.status, 200);
    let here = format!("{}/i/{id}", server.base);
    assert_eq!(
        attribute(&page.text, "link[rel=canonical]", "href").unwrap(),
        here
    );
    for lang in ["en", "fr", "x-default"] {
        let selector = format!("head link[rel=alternate][hreflang={lang}]");
        assert!(attribute(&page.text, &selector, "href").is_some(), "{lang}");
    }
    for property in ["og:title", "og:image", "og:url"] {
        let selector = format!("meta[property='{property}']");
        assert!(
            attribute(&page.text, &selector, "content").is_some(),
            "{property}"
        );
    }
    assert!(attribute(&page.text, "meta[name=description]", "content").is_some());
    assert!(attribute(&page.text, "meta[name=robots]", "content").is_none());
    json_ld_is_whole(&page.text, prompt);

    let source = attribute(&page.text, "main img", "src").unwrap();
    let picture = crawler.get(&source).await;
    assert_eq!(picture.status, 200);
    assert_eq!(picture.header("content-type"), "image/webp");
    assert!(
        picture
            .header("content-security-policy")
            .contains("sandbox")
    );

    let map = crawler.sitemap().await;
    assert!(map.contains(&format!("/i/{id}</loc>")) && map.contains("/fr/gallery</loc>"));
    let index = crawler.get("/sitemap.xml").await.text;
    let of_pictures = "/sitemaps/0.xml</loc><lastmod>";
    assert!(index.contains(of_pictures), "{index}");
    for nowhere in [
        "1.xml",
        "x.xml",
        "-1.xml",
        "99999999999.xml",
        "0",
        ".xml",
        "00.xml",
        "+0.xml",
    ] {
        let answer = crawler.get(&format!("/sitemaps/{nowhere}")).await;
        assert_eq!(answer.status, 404, "{nowhere}");
    }

    ada.post("/api/unpublish", &[("id", &id), ("lang", "en")])
        .await;
    // A file without a picture is none any more.
    let index = crawler.get("/sitemap.xml").await.text;
    assert!(!index.contains(of_pictures), "{index}");
    assert_eq!(crawler.get("/sitemaps/0.xml").await.status, 404);
    assert_eq!(crawler.get(&format!("/i/{id}")).await.status, 404);
    assert_eq!(
        crawler.get(&source).await.status,
        404,
        "its public address ended"
    );
    assert!(!crawler.get("/gallery").await.text.contains(&id));
    assert!(!crawler.sitemap().await.contains(&id));
}

fn json_ld_is_whole(html: &str, prompt: &str) {
    let document = Html::parse_document(html);
    let selector = Selector::parse("script[type='application/ld+json']").unwrap();
    let text: String = document.select(&selector).next().unwrap().text().collect();
    assert!(!text.contains('<'), "markup cannot break out");
    let data: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(data["@type"], "ImageObject");
    assert!(data["contentUrl"].as_str().unwrap().starts_with("http"));
    assert!(
        data.to_string()
            .contains(prompt.split('<').next().unwrap().trim())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn originals_come_back_byte_for_byte_and_deleting_removes_them() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = ada.picture("a boat").await;
    let address = format!("/api/image?id={id}&lang=en");
    let detail = ada.load::<ImageDetail>(&address).await;
    let address = detail["original"].as_str().unwrap();

    let original = ada
        .request(reqwest::Method::GET, address)
        .send()
        .await
        .unwrap();
    let disposition = original.headers()["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("attachment"));
    assert_eq!(original.headers()["cache-control"], "private, no-store");
    let bytes = original.bytes().await.unwrap();
    assert_eq!(secrets::sha256(&bytes), detail["sha256"].as_str().unwrap());
    assert_eq!(
        server.browser().get(address).await.status,
        404,
        "a stranger has nothing"
    );

    let kept = server.objects().await;
    assert!(kept.contains(&format!("originals/{id}.png")), "{kept:?}");
    let trashed = [("ids[]", id.as_str()), ("action", "trash"), ("lang", "fr")];
    ada.post("/api/change", &trashed).await;
    let deleted = ada
        .post("/api/delete", &[("id", &id), ("lang", "fr")])
        .await;
    assert_eq!(deleted.location(), "/fr/library?trash=1&said=deleted-1");
    assert_eq!(ada.get(&format!("/i/{id}")).await.status, 404);
    for _ in 0..200 {
        let kept = server.objects().await;
        if !kept.iter().any(|name| name.contains(&id)) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the objects of a deleted picture are still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_survive_a_sign_in_that_ended() {
    let server = Server::start(&[]).await;
    let mut ada = server.browser();
    let prompt = "a prompt worth keeping";
    let refused = ada.submit(prompt, &crate::harness::new_key(), &[]).await;
    assert!(
        refused.location().starts_with("/sign-in"),
        "{}",
        refused.location()
    );
    assert!(
        !refused.location().contains("worth"),
        "no words in addresses"
    );
    ada.sign_in("Ada Martin").await;
    assert!(ada.get("/create").await.text.contains(prompt));
    let mut sam = server.signed_in("Sam Rivera").await;
    assert!(!sam.get("/create").await.text.contains(prompt));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_keeps_everything_and_says_why() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let key = crate::harness::new_key();
    let wrong = [
        ("draft[size]", "custom"),
        ("draft[width]", "1000"),
        ("draft[height]", "1000"),
    ];
    let refused = ada
        .submit("a </textarea><script>alert(1)</script> fox", &key, &wrong)
        .await;
    assert!(
        refused.location().starts_with("/create?error="),
        "{}",
        refused.location()
    );
    let page = ada.get(refused.location()).await;
    assert!(attribute(&page.text, "[role=alert]", "role").is_some());
    let document = Html::parse_document(&page.text);
    let area = Selector::parse("textarea").unwrap();
    let text: String = document.select(&area).next().unwrap().text().collect();
    assert_eq!(text, "a </textarea><script>alert(1)</script> fox");
    assert!(page.text.contains("value=\"1000\""));
    for cursor in ["x", "1-x", "99999999999999999999-0", "'; DROP TABLE users"] {
        let cursor: String = url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
        let page = ada.get(&format!("/gallery?cursor={cursor}")).await;
        assert!(page.status.is_client_error(), "{cursor}: {}", page.status);
        assert!(page.text.contains("</html>"), "a page, not a dump");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readers_language_is_suggested_and_nobody_is_sent_there() {
    let server = Server::start(&[]).await;
    let suggestion = |html: &str| {
        let selector = Selector::parse("a.language-suggested").unwrap();
        let document = Html::parse_document(html);
        let link = document.select(&selector).next();
        link.map(|link| link.value().attr("href").unwrap_or_default().to_owned())
    };
    let ask = |browser: &Browser, path: &str, accept: &'static str| {
        let request = browser.request(reqwest::Method::GET, path);
        let request = request.header("accept-language", accept).send();
        async move {
            let answer = request.await.unwrap();
            assert_eq!(
                answer.status(),
                200,
                "an address answers in its own language"
            );
            answer.text().await.unwrap()
        }
    };
    let stranger = server.browser();
    let page = ask(&stranger, "/gallery", "fr-CH, fr;q=0.9, en;q=0.8").await;
    assert!(page.contains("<html lang=\"en\""));
    assert_eq!(suggestion(&page).as_deref(), Some("/fr/gallery"));
    // What they read already, or what this site does not speak, is no suggestion.
    let page = ask(&stranger, "/fr/gallery", "fr-CH, fr;q=0.9").await;
    assert_eq!(suggestion(&page), None);
    assert_eq!(suggestion(&ask(&stranger, "/gallery", "de").await), None);
    // An account's language goes before the browser's.
    let mut ada = server.browser();
    let start = ada.get("/auth/start?next=/fr/create&lang=fr").await;
    let callback = ada.choose(start.location(), "Ada Martin").await;
    ada.get(&callback).await;
    let page = ask(&ada, "/create", "en-GB").await;
    assert_eq!(suggestion(&page).as_deref(), Some("/fr/create"));
}
