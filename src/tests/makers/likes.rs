//! Likes: once a person, not one's own, of what is public; a number to everybody else.

use super::{LANG, count, like, published, suspend};
use crate::{
    harness::{Browser, Server},
    rights::close,
};
use imgc::{housekeeping, model::limits::LIKES_LAG_MS};

const ROWS: &str = "SELECT COUNT(*) AS n FROM likes";
const COUNTED: &str = "SELECT COALESCE(SUM(likes), 0) AS n FROM public_pictures";

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_liked_once_by_others_while_it_is_public() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let id = published(&mut ada, "a boat").await;
    let private = ada.picture("a secret").await;
    let page = format!("/i/{id}");

    // By a button that works without a script, in each language, and says what it did.
    let before = sam.get(&page).await.text;
    assert!(before.contains("action=\"/api/like\""), "{before}");
    assert!(before.contains("aria-pressed=\"false\""));
    let told = like(&mut sam, &id, "on").await;
    assert_eq!(told.location(), format!("{page}#like"));
    assert!(sam.get(&page).await.text.contains("aria-pressed=\"true\""));
    // Of two tabs that both wanted it, both are content.
    assert_eq!(like(&mut sam, &id, "on").await.refusal(), "");
    assert_eq!(
        (count(&server, ROWS).await, count(&server, COUNTED).await),
        (1, 1)
    );
    let french = sam.get(&format!("/fr{page}")).await.text;
    assert!(french.contains("1 personne aime cette image"));

    // Nobody but Sam learns whose it is.
    let hers = ada.get(&page).await.text;
    assert!(hers.contains("1 person likes this") && !hers.contains("Sam Rivera"));
    assert!(!hers.contains("/api/like"), "nobody likes their own");
    let mut stranger = server.browser();
    let seen = stranger.get(&page).await.text;
    assert!(seen.contains("1 person likes this") && !seen.contains("Sam Rivera"));
    assert!(!seen.contains("/api/like") && seen.contains("/sign-in?next="));
    assert!(sam.get("/likes").await.text.contains(&page));
    assert!(!ada.get("/likes").await.text.contains(&page));

    for (browser, picture) in [(&mut ada, &id), (&mut sam, &private)] {
        let refused = like(browser, picture, "on").await.refusal();
        assert!(refused.contains("not_found"), "{refused}");
    }
    let sent = like(&mut stranger, &id, "on").await;
    assert!(
        sent.location().starts_with("/sign-in?next="),
        "{}",
        sent.location()
    );
    assert_eq!(count(&server, ROWS).await, 1);

    assert_eq!(like(&mut sam, &id, "").await.refusal(), "");
    assert_eq!(like(&mut sam, &id, "").await.refusal(), "");
    assert_eq!(
        (count(&server, ROWS).await, count(&server, COUNTED).await),
        (0, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_like_while_it_is_unpublished_is_one_or_none() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let sam = server.signed_in("Sam Rivera").await;
    let id = published(&mut ada, "a boat").await;
    let wish = |browser: &Browser| {
        let form = browser.form("/api/like", &[("id", &id), ("on", "on"), LANG]);
        async move { form.send().await.unwrap().status() }
    };
    let fields = [("id", id.as_str()), LANG];
    let (one, other, _) = tokio::join!(wish(&sam), wish(&sam), ada.post("/api/unpublish", &fields));
    for status in [one, other] {
        assert!(status.is_redirection(), "{status}");
    }
    assert!(count(&server, ROWS).await <= 1);
    // What is not public is in nobody's list, and liked by nobody more.
    let mut sam = sam;
    assert!(!sam.get("/likes").await.text.contains(&id));
    assert!(
        like(&mut sam, &id, "on")
            .await
            .refusal()
            .contains("not_found")
    );
    let liked = count(&server, ROWS).await;
    let page = ada.post("/api/publish", &fields).await;
    assert_eq!(page.refusal(), "");
    // Public again, it is liked by whom it was.
    assert_eq!(count(&server, COUNTED).await, liked);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_suspended_likes_nothing_and_who_is_erased_nothing_any_more() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let id = published(&mut ada, "a boat").await;
    let now_ms = server.state.clock.now_ms();
    suspend(&server, "Mina Okafor", now_ms + 60_000).await;
    let refused = like(&mut mina, &id, "on").await;
    assert!(
        refused.refusal().contains("suspended"),
        "{}",
        refused.location()
    );
    let page = mina.get(refused.location()).await.text;
    assert!(page.contains("role=\"alert\""));
    like(&mut sam, &id, "on").await;
    assert_eq!(count(&server, COUNTED).await, 1);
    close(&mut sam, "now").await;
    housekeeping::round(&server.state).await;
    assert_eq!(
        (count(&server, ROWS).await, count(&server, COUNTED).await),
        (0, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_like_ends_no_kept_page_and_is_told_within_a_minute() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let id = published(&mut ada, "a boat").await;
    housekeeping::round(&server.state).await;
    let version = || server.state.db.public().current();
    let before = version();
    like(&mut sam, &id, "on").await;
    like(&mut sam, &id, "").await;
    like(&mut sam, &id, "on").await;
    if !crate::harness::on_d1() {
        assert_eq!(version(), before, "pages are kept");
    }
    let told = "SELECT value AS n FROM service_state WHERE name = 'public_version'";
    let row = count(&server, told).await;
    server.state.clock.advance_ms(LIKES_LAG_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(count(&server, told).await, row + 1);
    let mut stranger = server.browser();
    assert!(
        stranger
            .get("/gallery")
            .await
            .text
            .contains("class=\"likes\"")
    );
    // Once for all of them, and not again before there is something to tell.
    server.state.clock.advance_ms(2 * LIKES_LAG_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(count(&server, told).await, row + 1);
    // However many there are meanwhile: at most once in that time.
    like(&mut sam, &id, "").await;
    housekeeping::round(&server.state).await;
    like(&mut sam, &id, "on").await;
    housekeeping::round(&server.state).await;
    assert_eq!(count(&server, told).await, row + 2);
}
