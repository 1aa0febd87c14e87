//! What administrators do about somebody's page: with reasons, on record, and taken back
//! where the objection is right.

use super::{LANG, published, with_profile};
use crate::harness::Server;
use imgc::store::Statement;

const ADMIN: (&str, &str) = ("IMGC_ADMINS", "mina.okafor@example.com");

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_clears_a_profile_and_switches_it_off_and_says_why() {
    let server = Server::start(&[ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let mut stranger = server.browser();
    published(&mut ada, "a boat").await;
    with_profile(&mut ada, "ada", "Cheap watches here").await;
    let row = server
        .state
        .db
        .fetch_optional(Statement::new("SELECT id FROM users WHERE handle = 'ada'"));
    let id = row.await.unwrap().unwrap().text("id").unwrap();
    let page = mina.get(&format!("/admin/people/{id}")).await.text;
    assert!(page.contains("Cheap watches here") && page.contains("/api/admin_profile"));
    let form = |measure: &'static str, facts: &'static str| {
        [
            ("id", id.clone()),
            ("measure", measure.to_owned()),
            ("ground", "terms".to_owned()),
            ("rule", "No advertising".to_owned()),
            ("facts", facts.to_owned()),
            ("lang", "en".to_owned()),
        ]
    };
    let decide = async |browser: &mut crate::harness::Browser, measure, facts| {
        let fields = form(measure, facts);
        let fields = fields
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        browser.post("/api/admin_profile", &fields).await.refusal()
    };
    // Nobody else's to do, and not without reasons.
    assert!(decide(&mut sam, "off", "Spam").await.contains("not_found"));
    assert!(decide(&mut mina, "off", " ").await.contains("reason_empty"));
    assert!(stranger.get("/@ada").await.text.contains("Cheap watches"));

    assert_eq!(
        decide(&mut mina, "clear", "It advertises watches").await,
        ""
    );
    let seen = stranger.get("/@ada").await;
    assert!(seen.status == 200 && !seen.text.contains("Cheap watches"));
    assert_eq!(decide(&mut mina, "off", "It advertises again").await, "");
    assert_eq!(stranger.get("/@ada").await.status, 404);
    // However often she wants one meanwhile.
    with_profile(&mut ada, "ada", "Cheap watches here").await;
    assert_eq!(stranger.get("/@ada").await.status, 404);
    assert!(
        ada.get("/account")
            .await
            .text
            .contains("A decision switched your profile off")
    );
    let told = ada.get("/decisions").await.text;
    for part in [
        "It advertises watches",
        "It advertises again",
        "No advertising",
        "switched off",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let acts =
        "SELECT COUNT(*) AS n FROM admin_acts WHERE act = 'profile' AND reason IN ('clear', 'off')";
    assert_eq!(super::count(&server, acts).await, 2);
    assert!(
        mina.get("/admin")
            .await
            .text
            .contains("Profile cleared or switched off")
    );

    // The decision is taken back: it is hers to show again.
    let overturn = "UPDATE cases SET overturned_at = 1 WHERE facts LIKE '%advertises again%'";
    server
        .state
        .db
        .write(Statement::new(overturn))
        .await
        .unwrap();
    with_profile(&mut ada, "ada", "Boats").await;
    assert!(stranger.get("/@ada").await.text.contains("Boats"));
    assert_eq!(
        ada.post("/api/account_profile", &[LANG]).await.refusal(),
        ""
    );
}
