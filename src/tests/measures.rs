//! What decisions do to a picture that stays: marked as sensitive, or out of every list.

use crate::{
    harness::{Browser, Server},
    notices::{case, decide, published, report},
};
use imgc::store::Statement;

const ADMINS: (&str, &str) = (
    "IMGC_ADMINS",
    "mina.okafor@example.com, sam.rivera@example.com",
);
const MANY_REPORTS: (&str, &str) = ("IMGC_LIMITS_REPORTS_PER_MINUTE", "100");
const LANG: (&str, &str) = ("lang", "en");

/// The part of a public file's address that nobody guesses.
pub fn slug(file: &str) -> String {
    file.split('/').nth(2).unwrap().to_owned()
}

/// The owner objects, and another administrator than the one who decided upholds it.
pub async fn taken_back(owner: &mut Browser, case: &str, admin: &mut Browser) {
    let appeal = [("id", case), ("words", "It is harmless."), LANG];
    let sent = owner.post("/api/appeal_decision", &appeal).await;
    assert_eq!(sent.location(), "/decisions");
    let page = admin.get(&format!("/admin/cases/{case}")).await.text;
    let waiting = page.split("name=\"appeal\" value=\"").nth(1);
    let appeal = waiting.expect("an appeal waits").split('"').next().unwrap();
    let answer = [
        ("id", case),
        ("appeal", appeal),
        ("decision", "uphold"),
        ("answer", "So it is."),
        LANG,
    ];
    let sent = admin.post("/api/admin_appeal", &answer).await;
    assert_eq!(sent.location(), format!("/admin/cases/{case}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sensitive_picture_is_veiled_in_lists_and_asks_before_it_is_shown() {
    let server = Server::start(&[ADMINS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, file) = published(&mut ada).await;
    let slug = slug(&file);
    let mut stranger = server.browser();
    let card = format!("/media/{slug}/card.jpeg");
    assert_eq!(stranger.get_bytes(&card).await.0, 200);
    let page = stranger.get(&format!("/i/{id}")).await.text;
    assert!(page.contains(&card), "the preview has it");
    assert!(stranger.get("/").await.text.contains(&slug));
    report(&server, &id, "terms").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "sensitive", "none").await;

    // Lists say that it is there, and show nothing of it.
    for (address, word) in [("/gallery", "Sensitive"), ("/fr/gallery", "Sensible")] {
        let page = stranger.get(address).await.text;
        assert!(page.contains(&id) && page.contains(word), "{address}");
        assert!(!page.contains(&slug), "{address}: {page}");
        assert!(!page.contains("a boat"), "{address}: its words");
    }
    for address in ["/", "/fr"] {
        let page = stranger.get(address).await.text;
        assert!(!page.contains(&id), "{address}: no welcome");
    }
    // Its page asks, by a link, and previews elsewhere have the site's own picture.
    for reader in [&mut stranger, &mut sam] {
        let page = reader.get(&format!("/i/{id}")).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("Show the picture"), "{}", page.text);
        assert!(!page.text.contains(&slug), "{}", page.text);
        let page = reader.get(&format!("/i/{id}?show=1")).await.text;
        assert!(page.contains(&format!("/media/{slug}/")), "{page}");
        assert!(!page.contains(&card), "{page}");
    }
    assert_eq!(stranger.get_bytes(&card).await.0, 404);
    assert_eq!(stranger.get(&file).await.status, 200, "it stays public");
    assert!(stranger.sitemap().await.contains(&id));
    // Its owner is told, and asked nothing.
    let page = ada.get(&format!("/i/{id}")).await.text;
    assert!(page.contains("marked this picture as sensitive"), "{page}");
    assert!(page.contains(&format!("/files/{id}/")), "{page}");
    for (address, words) in [
        ("/decisions", "The picture was marked as sensitive"),
        ("/fr/decisions", "a été marquée comme sensible"),
    ] {
        let page = ada.get(address).await.text;
        assert!(page.contains(words), "{address}: {page}");
        assert!(!page.contains("was withdrawn"), "{address}");
    }
    // What is published anew is still of that kind.
    ada.post("/api/unpublish", &[("id", &id), LANG]).await;
    ada.post("/api/publish", &[("id", &id), LANG]).await;
    let page = stranger.get(&format!("/i/{id}")).await.text;
    assert!(page.contains("Show the picture"), "{page}");

    taken_back(&mut ada, &number, &mut sam).await;
    let page = stranger.get("/gallery").await.text;
    assert!(page.contains("/media/") && !page.contains("Sensitive"));
    let page = stranger.get(&format!("/i/{id}")).await.text;
    assert!(page.contains("card.jpeg") && !page.contains("Show the picture"));
    assert!(stranger.get("/").await.text.contains(&id));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unlisted_picture_is_in_no_list_and_keeps_its_address() {
    let server = Server::start(&[ADMINS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (before, _) = published(&mut ada).await;
    let (id, file) = published(&mut ada).await;
    let (after, _) = published(&mut ada).await;
    let receipt = report(&server, &id, "terms").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let number = case(&mut mina).await;
    let mut stranger = server.browser();
    assert!(stranger.get("/gallery").await.text.contains(&id));
    decide(&mut mina, &number, "unlisted", "none").await;
    for address in ["/", "/gallery", "/fr/gallery"] {
        assert!(!stranger.get(address).await.text.contains(&id), "{address}");
    }
    let map = stranger.sitemap().await;
    assert!(!map.contains(&id) && map.contains(&before) && map.contains(&after));
    let page = stranger.get(&format!("/i/{id}")).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("noindex"), "{}", page.text);
    assert_eq!(stranger.get(&file).await.status, 200);
    // Whoever looks picture after picture goes past it.
    let page = stranger.get(&format!("/i/{before}")).await.text;
    assert!(page.contains(&after) && !page.contains(&id), "{page}");
    let told = stranger.get(&receipt).await.text;
    assert!(told.contains("taken out of the gallery"), "{told}");
    let page = ada.get(&format!("/i/{id}")).await.text;
    assert!(page.contains("took this picture out of the gallery"));
    for (address, words) in [
        ("/decisions", "was taken out of the gallery"),
        ("/fr/decisions", "a été retirée de la galerie"),
    ] {
        assert!(ada.get(address).await.text.contains(words), "{address}");
    }
    // Where all are out of lists, the map has no file of pictures, and names none.
    for other in [&before, &after] {
        report(&server, other, "terms").await;
        let number = case(&mut mina).await;
        decide(&mut mina, &number, "unlisted", "none").await;
    }
    let index = stranger.get("/sitemap.xml").await.text;
    assert!(
        index.contains("/sitemaps/pages.xml") || index.contains("pages.xml"),
        "{index}"
    );
    assert!(!index.contains("/0.xml"), "{index}");
    assert!(!stranger.sitemap().await.contains(&before));
    taken_back(&mut ada, &number, &mut sam).await;
    assert!(stranger.get("/sitemap.xml").await.text.contains("/0.xml"));
    assert!(stranger.get("/gallery").await.text.contains(&id));
    assert!(stranger.sitemap().await.contains(&id));
    let page = stranger.get(&format!("/i/{id}")).await.text;
    assert!(!page.contains("noindex"), "{page}");
    assert_eq!(stranger.get(&file).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_decisions_the_one_that_stands_is_left_by_an_appeal() {
    let server = Server::start(&[ADMINS, MANY_REPORTS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let (id, _) = published(&mut ada).await;
    let mut numbers = Vec::new();
    for measure in ["sensitive", "unlisted", "sensitive"] {
        report(&server, &id, "terms").await;
        let number = case(&mut mina).await;
        decide(&mut mina, &number, measure, "none").await;
        numbers.push(number);
    }
    let marks = async || {
        let sql = "SELECT sensitive_by IS NOT NULL AS s, unlisted_by IS NOT NULL AS u FROM images";
        let rows = server
            .state
            .db
            .fetch_all(Statement::new(sql))
            .await
            .unwrap();
        (rows[0].int("s").unwrap(), rows[0].int("u").unwrap())
    };
    assert_eq!(marks().await, (1, 1));
    // The first says what the last says, too.
    taken_back(&mut ada, &numbers[2], &mut sam).await;
    assert_eq!(marks().await, (1, 1));
    taken_back(&mut ada, &numbers[0], &mut sam).await;
    assert_eq!(marks().await, (0, 1));
    taken_back(&mut ada, &numbers[1], &mut sam).await;
    assert_eq!(marks().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_strikes_at_the_same_time_are_two() {
    let server = Server::start(&[ADMINS, MANY_REPORTS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let (first, _) = published(&mut ada).await;
    report(&server, &first, "terms").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "withdrawn", "strike").await;
    let mut numbers = Vec::new();
    for _ in 0..2 {
        let id = ada.picture("a hill").await;
        ada.post("/api/publish", &[("id", &id), LANG]).await;
        report(&server, &id, "terms").await;
    }
    let page = mina.get("/admin").await.text;
    for part in page.split("href=\"/admin/cases/").skip(1) {
        numbers.push(part.split('"').next().unwrap().to_owned());
    }
    assert_eq!(numbers.len(), 2);
    tokio::join!(
        decide(&mut mina, &numbers[0], "withdrawn", "strike"),
        decide(&mut sam, &numbers[1], "withdrawn", "strike"),
    );
    let sql = "SELECT COUNT(*) AS n FROM users WHERE suspended_until IS NOT NULL";
    let rows = server
        .state
        .db
        .fetch_all(Statement::new(sql))
        .await
        .unwrap();
    assert_eq!(rows[0].int("n").unwrap(), 1, "three strikes suspend");
    // The record says what came of it.
    let sql = "SELECT COUNT(*) AS n FROM admin_acts WHERE reason = 'withdrawn, suspended'";
    let rows = server
        .state
        .db
        .fetch_all(Statement::new(sql))
        .await
        .unwrap();
    assert_eq!(rows[0].int("n").unwrap(), 1);
}
