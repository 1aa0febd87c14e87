//! The home page: the field where words begin, and the pictures below it.

use crate::harness::{Browser, Page, Server, new_key};
use scraper::{Html, Selector};

/// Words typed into the home page's field, and sent.
async fn begin(browser: &mut Browser, words: &str) -> Page {
    browser
        .post("/api/begin", &[("prompt", words), ("lang", "fr")])
        .await
}

/// What stands in the composer's field.
async fn words_of(browser: &mut Browser) -> String {
    let page = browser.get("/create").await.text;
    let field = Selector::parse("#prompt").unwrap();
    let document = Html::parse_document(&page);
    document.select(&field).next().unwrap().text().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn words_typed_at_the_front_door_survive_signing_in() {
    let server = Server::start(&[]).await;
    let mut ada = server.browser();
    let home = ada.get("/").await.text;
    assert!(home.contains("action=\"/api/begin\"") && home.contains("name=\"prompt\""));
    let sent = begin(&mut ada, "Une loutre & <b>un pont</b>").await;
    assert!(
        sent.location().starts_with("/fr/sign-in?"),
        "{}",
        sent.location()
    );
    ada.sign_in("Ada Martin").await;
    assert_eq!(words_of(&mut ada).await, "Une loutre & <b>un pont</b>");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_comes_back_keeps_what_they_had_chosen() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let chosen = [
        ("draft[model]", "gpt-image-2.5-flare"),
        ("draft[size]", "1024x1536"),
        ("draft[format]", "webp"),
    ];
    ada.call("/api/draft", &chosen).await;
    ada.post("/api/sign_out", &[]).await;
    begin(&mut ada, "a heron").await;
    ada.sign_in("Ada Martin").await;
    assert_eq!(words_of(&mut ada).await, "a heron");
    let page = ada.get("/create").await.text;
    for value in ["1024x1536", "webp"] {
        let field = page.split(&format!("value=\"{value}\"")).nth(1).unwrap();
        let field = field.split('>').next().unwrap();
        assert!(
            field.contains("checked") || field.contains("selected"),
            "{value}: {field}"
        );
    }
    // Signed in, the words go straight there, below those that are there.
    let sent = begin(&mut ada, "at the weir").await;
    assert_eq!(sent.location(), "/fr/create");
    assert_eq!(words_of(&mut ada).await, "a heron\nat the weir");
    begin(&mut ada, "at the weir").await;
    assert_eq!(words_of(&mut ada).await, "a heron\nat the weir");
    begin(&mut ada, "weir").await;
    assert_eq!(words_of(&mut ada).await, "a heron\nat the weir\nweir");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_waits_already_keeps_what_was_chosen_in_it() {
    let server = Server::start(&[]).await;
    let mut ada = server.browser();
    let chosen = [("draft[size]", "1024x1536")];
    let sent = ada.submit("a heron", &new_key(), &chosen).await;
    assert!(sent.location().contains("/sign-in?"), "{}", sent.location());
    begin(&mut ada, "at the weir").await;
    ada.sign_in("Ada Martin").await;
    assert_eq!(words_of(&mut ada).await, "a heron\nat the weir");
    let page = ada.get("/create").await.text;
    let field = page.split("value=\"1024x1536\"").nth(1).unwrap();
    let field = field.split('>').next().unwrap();
    assert!(field.contains("checked") || field.contains("selected"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_words_lead_to_the_composer_and_take_none_away() {
    let server = Server::start(&[]).await;
    let mut stranger = server.browser();
    let sent = begin(&mut stranger, " \u{200b} ").await;
    assert_eq!(sent.location(), "/fr/create");
    assert!(stranger.cookies.is_empty(), "nothing waits for nobody");
    let mut ada = server.signed_in("Ada Martin").await;
    begin(&mut ada, "a barge").await;
    begin(&mut ada, "").await;
    assert_eq!(words_of(&mut ada).await, "a barge");
    // More than anybody writes is told, and nothing of it is kept.
    let sent = begin(&mut stranger, &"wide ".repeat(40_000)).await;
    assert!(
        sent.status == 413 || sent.location().starts_with("/fr/create?error="),
        "{} {}",
        sent.status,
        sent.location()
    );
    assert!(stranger.cookies.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_come_first_whosever_they_are() {
    let server = Server::start(&[]).await;
    let mut stranger = server.browser();
    let mut order = async |least: usize| {
        let page = stranger.get("/").await.text;
        let examples = page.matches("/examples/").count();
        assert!(examples >= least, "{examples} examples");
        page.find("id=\"newest\"").unwrap() < page.find("id=\"examples\"").unwrap()
    };
    assert!(!order(12).await, "a fresh instance begins with examples");
    let mut ada = server.signed_in("Ada Martin").await;
    for number in 0..4 {
        let id = ada.picture(&format!("boat {number}")).await;
        ada.post("/api/publish", &[("id", &id)]).await;
    }
    assert!(order(4).await, "published pictures come first");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_example_leads_to_a_form_that_begins_with_its_words() {
    let server = Server::start(&[]).await;
    let mut stranger = server.browser();
    for home in ["/", "/fr"] {
        let page = stranger.get(home).await.text;
        let (link, words) = (
            Selector::parse("a.example").unwrap(),
            Selector::parse("span").unwrap(),
        );
        let links: Vec<(String, String)> = Html::parse_document(&page)
            .select(&link)
            .map(|link| {
                let words = link.select(&words).next().unwrap().text().collect();
                (link.attr("href").unwrap().to_owned(), words)
            })
            .collect();
        assert_eq!(links.len(), 12);
        for (address, words) in links {
            let page = stranger.get(&address).await.text;
            let field = page.split("id=\"prompt\"").nth(1).unwrap();
            let field = field.split("</textarea>").next().unwrap();
            assert!(field.contains(&words), "{address}: {words}");
        }
    }
    for number in ["0", "13", "-1", "x", "99999999999999999999"] {
        let page = stranger.get(&format!("/create?example={number}")).await;
        assert_eq!(page.status, 200, "{number}");
    }
}

#[test]
fn the_sheet_of_looks_is_there_and_small() {
    let sheet = concat!(env!("CARGO_MANIFEST_DIR"), "/public/looks.webp");
    let sheet = std::fs::read(sheet).expect("the sheet");
    assert_eq!(&sheet[8..12], b"WEBP");
    assert!(sheet.len() <= 40_000, "{} bytes", sheet.len());
    // No model took part, and none is said to have.
    assert!(!sheet.windows(14).any(|bytes| bytes == b"trainedAlgorit"));
    // Each look but the first has its place in it.
    let style = concat!(env!("CARGO_MANIFEST_DIR"), "/style/composer.css");
    let style = std::fs::read_to_string(style).expect("the style");
    for look in imgc::model::looks::LOOKS.into_iter().skip(1) {
        assert!(
            style.contains(&format!(".chip:has([value=\"{look}\"])")),
            "{look}"
        );
    }
}

#[test]
fn the_examples_pictures_are_there_and_small() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/public/examples");
    let mut together = 0;
    for number in 1..=12 {
        let file = std::fs::read(format!("{folder}/{number}.webp")).expect("an example");
        assert_eq!(&file[8..12], b"WEBP");
        // No model took part, and none is said to have.
        assert!(!file.windows(14).any(|bytes| bytes == b"trainedAlgorit"));
        together += file.len();
    }
    assert!(together <= 400_000, "{together} bytes");
}
