//! The account page: access, correction, and the devices a person is signed in on.

use crate::harness::{Browser, Server};
use scraper::{Html, Selector};

/// The ids of the sessions that the account page lists, newest visit first.
async fn sessions(browser: &mut Browser) -> Vec<String> {
    let page = browser.get("/account").await;
    assert_eq!(page.status, 200);
    let ids = Selector::parse("form[action='/api/session_end'] input[name=id]").unwrap();
    let document = Html::parse_document(&page.text);
    let ids = document
        .select(&ids)
        .filter_map(|id| id.value().attr("value"));
    ids.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_held_is_on_one_page() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    ada.picture("a boat").await;
    let page = ada.get("/account").await;
    for held in [
        "Ada Martin",
        "ada.martin@",
        "At least 13",
        "1 in your library",
        "reqwest-test",
    ] {
        assert!(page.text.contains(held), "{held} is missing");
    }
    let stranger = server.browser().get("/fr/account").await;
    assert_eq!(stranger.location(), "/fr/sign-in?next=/fr/account");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_name_is_what_others_see_and_the_next_sign_in_keeps_it() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = ada.picture("a boat").await;
    ada.post("/api/publish", &[("id", &id), ("lang", "en")])
        .await;
    let name = "Countess \u{202e}A. Lovelace";
    let done = ada
        .post("/api/account_name", &[("name", name), ("lang", "en")])
        .await;
    assert_eq!(done.location(), "/account");
    let shown = server.browser().get(&format!("/i/{id}")).await.text;
    assert!(shown.contains("Countess A. Lovelace") && !shown.contains("Ada Martin"));
    let mut again = server.signed_in("Ada Martin").await;
    assert!(
        again
            .get("/account")
            .await
            .text
            .contains("Countess A. Lovelace")
    );
    // What nobody could read, or what is too long, is refused and changes nothing.
    let long = "x".repeat(81);
    for (name, code) in [
        (" \u{200b} ", "person_name_empty"),
        (long.as_str(), "name_too_long"),
    ] {
        let refused = ada
            .post("/api/account_name", &[("name", name), ("lang", "en")])
            .await;
        assert!(refused.refusal().contains(code), "{}", refused.location());
        assert!(
            ada.get(refused.location())
                .await
                .text
                .contains("role=\"alert\"")
        );
    }
    assert!(
        ada.get("/account")
            .await
            .text
            .contains("Countess A. Lovelace")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_ended_one_by_one_and_only_ones_own() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut phone = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let before = sessions(&mut ada).await;
    assert_eq!(before.len(), 2);
    for id in &before {
        let refused = sam
            .post("/api/session_end", &[("id", id), ("lang", "en")])
            .await;
        assert!(
            refused.refusal().contains("not_found"),
            "{}",
            refused.location()
        );
    }
    assert_eq!(sessions(&mut ada).await.len(), 2);
    // The page marks the session it is read in; the other one is the phone's.
    let page = ada.get("/account").await.text;
    let document = Html::parse_document(&page);
    let row = Selector::parse(".account-devices li").unwrap();
    let (mark, id) = (
        Selector::parse(".account-here").unwrap(),
        Selector::parse("input[name=id]").unwrap(),
    );
    let others: Vec<String> = document
        .select(&row)
        .filter(|row| row.select(&mark).next().is_none())
        .filter_map(|row| {
            row.select(&id)
                .next()?
                .value()
                .attr("value")
                .map(str::to_owned)
        })
        .collect();
    assert_eq!(others.len(), 1);
    ada.post("/api/session_end", &[("id", &others[0]), ("lang", "en")])
        .await;
    assert!(
        phone
            .get("/account")
            .await
            .location()
            .starts_with("/sign-in")
    );
    assert_eq!(sessions(&mut ada).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_chosen_is_the_one_that_is_suggested() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let done = ada
        .post(
            "/api/account_language",
            &[("language", "fr"), ("lang", "en")],
        )
        .await;
    assert_eq!(done.location(), "/fr/account");
    assert!(ada.get("/create").await.text.contains("language-suggested"));
    let refused = ada
        .post(
            "/api/account_language",
            &[("language", "xx"), ("lang", "en")],
        )
        .await;
    assert!(refused.refusal().contains("malformed"));
}
