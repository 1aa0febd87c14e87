//! Models that administrators switch off and on while the server runs.

use crate::harness::{Browser, Server, new_key, on_d1};
use imgc::{generate::api::Composer, model::limits::FRESH_SIGN_IN_MS, store::Statement};

const ADMIN: (&str, &str) = ("IMGC_ADMINS", "mina.okafor@example.com");
const FLARE: &str = "gpt-image-2.5-flare";

/// The ids of the models that the composer offers.
async fn offered(browser: &mut Browser) -> Vec<String> {
    let composer = browser.load::<Composer>("/api/composer").await;
    let models = composer["models"].as_array().unwrap().iter();
    models
        .map(|model| model["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn switch(browser: &mut Browser, id: &str, to: &str) -> String {
    let fields = [("id", id), ("to", to), ("lang", "en")];
    let done = browser.post("/api/admin_model", &fields).await;
    match done.refusal() {
        refused if refused.is_empty() => done.location().to_owned(),
        refused => refused,
    }
}

/// The acts that are on record.
async fn acts(server: &Server) -> Vec<String> {
    let all = "SELECT act || ' ' || reason AS text FROM admin_acts ORDER BY id";
    let rows = server
        .state
        .db
        .fetch_all(Statement::new(all))
        .await
        .unwrap();
    rows.iter().map(|row| row.text("text").unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_switched_off_is_offered_to_nobody_and_refused() {
    let server = Server::start(&[ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let before = offered(&mut ada).await;
    assert!(before.contains(&FLARE.to_owned()));
    assert_eq!(switch(&mut mina, FLARE, "off").await, "/admin#models");
    let others: Vec<String> = before.iter().filter(|id| *id != FLARE).cloned().collect();
    assert_eq!(offered(&mut ada).await, others);
    assert_eq!(offered(&mut server.browser()).await, others);
    // A form that was open meanwhile is refused as for a model that has ended, and kept.
    let refused = ada.submit("a late form", &new_key(), &[]).await;
    assert!(
        refused.refusal().contains("unknown_model"),
        "{}",
        refused.location()
    );
    let page = ada.get("/create").await.text;
    assert!(page.contains("a late form"), "nothing is typed twice");
    let page = mina.get("/admin").await.text;
    assert!(page.contains("switched off") && page.contains("model switched off"));
    // Twice is once, and on the record once.
    switch(&mut mina, FLARE, "off").await;
    assert_eq!(switch(&mut mina, FLARE, "on").await, "/admin#models");
    assert_eq!(offered(&mut ada).await, before);
    let job = ada.generate("a form in time").await;
    ada.until(&job, &["ready"]).await;
    let acts = acts(&server).await;
    let expected = [format!("model off {FLARE}"), format!("model on {FLARE}")];
    assert_eq!(acts, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_who_signed_in_just_now_switch_and_one_model_stays() {
    let server = Server::start(&[ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    for to in ["off", "", "sideways"] {
        let refused = switch(&mut ada, FLARE, to).await;
        assert!(refused.contains("not_found"), "{to}: {refused}");
    }
    assert!(switch(&mut mina, "none", "off").await.contains("not_found"));
    assert!(switch(&mut mina, FLARE, "").await.contains("malformed"));
    let all = offered(&mut ada).await;
    for id in &all[1..] {
        assert_eq!(switch(&mut mina, id, "off").await, "/admin#models");
    }
    let last = &all[..1];
    assert_eq!(offered(&mut ada).await, last);
    let refused = switch(&mut mina, &last[0], "off").await;
    assert!(refused.contains("malformed"), "{refused}");
    assert_eq!(offered(&mut ada).await, last);
    assert_eq!(acts(&server).await.len(), all.len() - 1);

    server.state.clock.advance_ms(FRESH_SIGN_IN_MS + 1000);
    let refused = switch(&mut mina, &all[1], "on").await;
    assert!(refused.contains("fresh_sign_in_needed"), "{refused}");
    let page = mina.get("/admin").await.text;
    assert!(page.contains("id=\"models\"") && !page.contains("/api/admin_model"));
    assert_eq!(offered(&mut ada).await, last);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_off_is_off_after_a_restart() {
    // There, whatever reads the rows anew is another node: `cluster` has those.
    if on_d1() {
        return;
    }
    let server = Server::start(&[ADMIN]).await;
    let mut mina = server.signed_in("Mina Okafor").await;
    switch(&mut mina, FLARE, "off").await;
    server.state.offer.know(Vec::new());
    assert!(offered(&mut mina).await.contains(&FLARE.to_owned()));
    imgc::server::offer::load(&server.state).await.unwrap();
    assert!(!offered(&mut mina).await.contains(&FLARE.to_owned()));
}
