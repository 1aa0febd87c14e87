//! What others see of a person: the words of pictures, the objection, the handle.

use crate::harness::Server;

async fn choose(browser: &mut crate::harness::Browser, ticked: &[&str]) {
    let mut fields: Vec<(&str, &str)> = ticked.iter().map(|name| (*name, "on")).collect();
    fields.push(("lang", "en"));
    let done = browser.post("/api/account_choices", &fields).await;
    assert_eq!(done.location(), "/account");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_shown_with_published_pictures_only_if_their_owner_lets_them() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let id = ada.picture("a confidential walrus").await;
    ada.post("/api/publish", &[("id", &id), ("lang", "en")])
        .await;
    let page = format!("/i/{id}");
    assert!(sam.get(&page).await.text.contains("confidential walrus"));
    choose(&mut ada, &[]).await;
    for address in [page.as_str(), "/gallery", "/"] {
        let seen = sam.get(address).await;
        assert_eq!(seen.status, 200);
        assert!(!seen.text.contains("walrus"), "{address}");
    }
    assert!(ada.get(&page).await.text.contains("confidential walrus"));
    // Nor by the way round of a remix.
    let remix = sam.post("/api/remix", &[("id", &id), ("lang", "en")]).await;
    assert!(remix.location().starts_with("/create"), "{}", remix.text);
    assert!(!sam.get("/create").await.text.contains("walrus"));
    // What is made later keeps to the choice, and the choice can be taken back.
    let later = ada.picture("a discreet walrus").await;
    ada.post("/api/publish", &[("id", &later), ("lang", "en")])
        .await;
    let later = format!("/i/{later}");
    assert!(!sam.get(&later).await.text.contains("walrus"));
    choose(&mut ada, &["show_prompts"]).await;
    assert!(sam.get(&later).await.text.contains("discreet walrus"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_objects_is_nowhere_in_the_gallery() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = ada.picture("a boat").await;
    ada.post("/api/publish", &[("id", &id), ("lang", "en")])
        .await;
    let page = format!("/i/{id}");
    let mut stranger = server.browser();
    assert_eq!(stranger.get(&page).await.status, 200);
    choose(&mut ada, &["show_prompts", "keep_private"]).await;
    assert_eq!(stranger.get(&page).await.status, 404);
    assert!(!stranger.get("/gallery").await.text.contains(&id));
    assert!(!stranger.sitemap().await.contains(&id));
    // No way of publishing leads around it.
    let refused = ada
        .post("/api/publish", &[("id", &id), ("lang", "en")])
        .await;
    assert!(
        refused.refusal().contains("kept_private"),
        "{}",
        refused.location()
    );
    let fields = [
        ("ids[]", id.as_str()),
        ("action", "publish"),
        ("lang", "en"),
    ];
    let refused = ada.post("/api/change", &fields).await;
    assert!(
        refused.refusal().contains("kept_private"),
        "{}",
        refused.location()
    );
    assert_eq!(stranger.get(&page).await.status, 404);
    choose(&mut ada, &["show_prompts"]).await;
    ada.post("/api/publish", &[("id", &id), ("lang", "en")])
        .await;
    assert_eq!(stranger.get(&page).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_is_one_persons_and_can_be_given_up() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let set = async |browser: &mut crate::harness::Browser, handle: &str| {
        let fields = [("handle", handle), ("lang", "en")];
        let page = browser.post("/api/account_handle", &fields).await;
        page.refusal()
    };
    for bad in [
        "ab",
        "-ada",
        "ada--b",
        "ada b",
        "аda",
        &"x".repeat(31),
        "a/b",
    ] {
        assert!(set(&mut ada, bad).await.contains("handle_invalid"), "{bad}");
    }
    assert_eq!(set(&mut ada, " @Ada-1 ").await, "");
    assert!(set(&mut sam, "ADA-1").await.contains("handle_taken"));
    let id = ada.picture("a boat").await;
    ada.post("/api/publish", &[("id", &id), ("lang", "en")])
        .await;
    let page = format!("/i/{id}");
    assert!(sam.get(&page).await.text.contains("@ada-1"));
    assert_eq!(set(&mut ada, "").await, "");
    assert!(!sam.get(&page).await.text.contains("@ada-1"));
    // It rests, and is hers to take back meanwhile (`makers/handles.rs`).
    assert!(set(&mut sam, "ada-1").await.contains("handle_taken"));
    assert_eq!(set(&mut ada, "ada-1").await, "");
    assert!(sam.get(&page).await.text.contains("@ada-1"));
}
