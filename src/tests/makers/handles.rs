//! Handles: nobody has one that looks like somebody else's, and what was given up rests.

use super::LANG;
use crate::{
    harness::{Browser, Server},
    rights::close,
};
use imgc::{housekeeping, model::limits::HANDLE_RESTS_MS};

async fn take(browser: &mut Browser, handle: &str) -> String {
    let fields = [("handle", handle), LANG];
    browser.post("/api/account_handle", &fields).await.refusal()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_handle_looks_like_anothers_or_like_the_services() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    assert_eq!(take(&mut ada, "lily-modern").await, "");
    for alike in ["lilymodern", "1ily-m0dern", "LiIy-Modern", "l-i-l-y-modem"] {
        assert!(
            take(&mut sam, alike).await.contains("handle_taken"),
            "{alike}"
        );
    }
    for reserved in ["admin", "adm1n", "imgc", "imgc-help", "sup-port", "API"] {
        assert!(
            take(&mut sam, reserved).await.contains("handle_taken"),
            "{reserved}"
        );
    }
    // Its owner may write it otherwise.
    assert_eq!(take(&mut ada, "lilymodern").await, "");
    assert_eq!(take(&mut ada, "lily-modern").await, "");
    assert_eq!(take(&mut sam, "rosemodern").await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_that_was_given_up_rests_and_comes_back_to_its_owner_alone() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    // Changed, removed, and taken back.
    assert_eq!(take(&mut ada, "walrus").await, "");
    assert_eq!(take(&mut ada, "otter").await, "");
    assert!(take(&mut sam, "walrus").await.contains("handle_taken"));
    assert!(take(&mut sam, "wa1rus").await.contains("handle_taken"));
    assert_eq!(take(&mut ada, "").await, "");
    assert!(take(&mut sam, "otter").await.contains("handle_taken"));
    assert_eq!(take(&mut ada, "walrus").await, "");
    // What rests is nowhere to be read.
    server.state.db.checkpoint_wal().await.unwrap();
    assert_eq!(server.holding("otter").await, Vec::<String>::new());
    server.state.clock.advance_ms(HANDLE_RESTS_MS + 1);
    let mut sam = server.signed_in("Sam Rivera").await;
    assert_eq!(take(&mut sam, "otter").await, "");
    assert!(
        take(&mut sam, "walrus").await.contains("handle_taken"),
        "she has it"
    );
    housekeeping::round(&server.state).await;
    let rests = "SELECT COUNT(*) AS n FROM given_up_handles";
    assert_eq!(super::count(&server, rests).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_rests_when_its_account_is_erased_and_names_nobody() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    assert_eq!(take(&mut ada, "walrus").await, "");
    close(&mut ada, "now").await;
    housekeeping::round(&server.state).await;
    assert_eq!(
        super::count(&server, "SELECT COUNT(*) AS n FROM users").await,
        1
    );
    assert_eq!(server.holding("walrus").await, Vec::<String>::new());
    assert!(take(&mut sam, "walrus").await.contains("handle_taken"));
    // Nor is it anybody's who signs in as she did: that is another account.
    let mut again = server.signed_in("Ada Martin").await;
    assert!(take(&mut again, "walrus").await.contains("handle_taken"));
    server.state.clock.advance_ms(HANDLE_RESTS_MS + 1);
    let mut sam = server.signed_in("Sam Rivera").await;
    assert_eq!(take(&mut sam, "walrus").await, "");
}
