//! Whom one follows and whom one hides: it changes one's own pages and nobody else's.

use super::{LANG, count, published, with_profile};
use crate::{
    harness::{Browser, Page, Server},
    rights::close,
};
use imgc::{
    housekeeping,
    model::limits::{FOLLOWS_MAX, HIDDEN_MAX},
    store::Statement,
};

async fn send(browser: &mut Browser, path: &str, name: &str, value: &str) -> Page {
    browser.post(path, &[(name, value), LANG]).await
}

/// The id in a form of one's own list.
fn id_in(page: &str, action: &str) -> String {
    let form = page.split(&format!("action=\"{action}\"")).nth(1).unwrap();
    let id = form.split("name=\"id\" value=\"").nth(1).unwrap();
    id.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_of_whom_one_follows_is_on_a_page_of_ones_own() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let mut stranger = server.browser();
    with_profile(&mut ada, "ada", "").await;
    with_profile(&mut mina, "mina", "").await;
    let first = published(&mut ada, "a boat").await;
    let second = published(&mut mina, "a lamp").await;
    let others = published(&mut sam, "mine").await;
    for handle in ["ada", "mina", "ada"] {
        let told = send(&mut sam, "/api/follow", "handle", handle).await;
        assert_eq!(
            (told.location(), told.refusal()),
            (&*format!("/@{handle}"), String::new())
        );
    }
    assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM follows").await, 2);
    let page = sam.get("/following").await;
    assert!(page.text.contains("noindex"));
    let (newer, older) = (page.text.find(&second), page.text.find(&first));
    assert!(newer.unwrap() < older.unwrap(), "the newest first");
    assert!(!page.text.contains(&others));
    assert!(sam.get("/@ada").await.text.contains("/api/unfollow"));
    // Neither she nor anybody else learns of it.
    for path in ["/@ada", "/account", "/following", "/fr/@ada"] {
        assert!(!ada.get(path).await.text.contains("Sam Rivera"), "{path}");
    }
    assert!(!stranger.get("/@ada").await.text.contains("Sam Rivera"));
    let sent = stranger.get("/following").await;
    assert!(
        sent.location().starts_with("/sign-in?next="),
        "{}",
        sent.location()
    );

    // Nobody follows themself, nor whoever has no page.
    assert!(
        send(&mut ada, "/api/follow", "handle", "ada")
            .await
            .refusal()
            .contains("not_found")
    );
    assert!(
        send(&mut sam, "/api/follow", "handle", "nobody")
            .await
            .refusal()
            .contains("not_found")
    );

    // Who wants no page any more is not shown as somebody to follow, and who is erased is gone.
    mina.post("/api/account_profile", &[LANG]).await;
    assert!(!sam.get("/following").await.text.contains(&second));
    let id = id_in(&sam.get("/following").await.text, "/api/unfollow");
    assert_eq!(
        send(&mut ada, "/api/unfollow", "id", &id).await.refusal(),
        ""
    );
    assert_eq!(
        count(&server, "SELECT COUNT(*) AS n FROM follows").await,
        2,
        "another's"
    );
    close(&mut ada, "now").await;
    housekeeping::round(&server.state).await;
    assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM follows").await, 1);
    let id = id_in(&sam.get("/following").await.text, "/api/unfollow");
    assert_eq!(
        send(&mut sam, "/api/unfollow", "id", &id).await.refusal(),
        ""
    );
    assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM follows").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_maker_is_left_out_of_ones_own_lists_and_of_nobody_elses() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let mut stranger = server.browser();
    with_profile(&mut ada, "ada", "").await;
    let id = published(&mut ada, "a boat").await;
    let lists = ["/gallery", "/", "/fr/gallery", "/following", "/@ada"];
    send(&mut sam, "/api/follow", "handle", "ada").await;
    for list in lists {
        assert!(sam.get(list).await.text.contains(&id), "{list}");
    }
    let page = format!("/i/{id}");
    let told = send(&mut sam, "/api/hide_maker", "picture", &id).await;
    assert_eq!((told.location(), told.refusal()), (&*page, String::new()));
    for list in lists {
        assert!(!sam.get(list).await.text.contains(&id), "{list}");
    }
    // Their pages answer all the same, and say so; what is pressed there is done calmly.
    for path in [&page, "/@ada"] {
        let there = sam.get(path).await;
        assert_eq!(there.status, 200);
        assert!(there.text.contains("You have hidden this maker"), "{path}");
    }
    assert_eq!(super::like(&mut sam, &id, "on").await.refusal(), "");
    assert_eq!(
        send(&mut sam, "/api/hide_maker", "handle", "ada")
            .await
            .refusal(),
        ""
    );
    assert_eq!(
        count(&server, "SELECT COUNT(*) AS n FROM hidden_makers").await,
        1
    );
    assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM follows").await, 0);
    for list in ["/gallery", "/", "/@ada"] {
        assert!(stranger.get(list).await.text.contains(&id), "{list}");
        assert!(ada.get(list).await.text.contains(&id), "{list}");
    }
    assert!(!ada.get("/account").await.text.contains("Sam Rivera"));
    // Shown again from the account's page.
    let account = sam.get("/account").await.text;
    assert!(account.contains("href=\"/@ada\""));
    let told = send(
        &mut sam,
        "/api/show_maker",
        "id",
        &id_in(&account, "/api/show_maker"),
    )
    .await;
    assert_eq!(
        (told.location(), told.refusal()),
        ("/account", String::new())
    );
    assert!(sam.get("/gallery").await.text.contains(&id));
    // Who is followed is to be seen.
    send(&mut sam, "/api/hide_maker", "handle", "ada").await;
    send(&mut sam, "/api/follow", "handle", "ada").await;
    assert!(sam.get("/gallery").await.text.contains(&id));
    // Oneself is not hidden, nor whoever is not there.
    for (name, value) in [("picture", "none"), ("handle", "nobody"), ("handle", "a/b")] {
        let refused = send(&mut sam, "/api/hide_maker", name, value)
            .await
            .refusal();
        assert!(refused.contains("not_found"), "{value}");
    }
    assert!(
        send(&mut ada, "/api/hide_maker", "picture", &id)
            .await
            .refusal()
            .contains("not_found")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_an_end_to_whom_one_follows_and_hides() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    with_profile(&mut ada, "ada", "").await;
    for (table, at, most) in [
        ("follows", "followed_at", FOLLOWS_MAX),
        ("hidden_makers", "hidden_at", HIDDEN_MAX),
    ] {
        let fill: &'static str = format!(
            "INSERT INTO {table} (user_id, maker_id, id, {at})
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most})
            SELECT u.id, 'm' || n.i, 'r' || n.i, 0 FROM n, users u WHERE u.name = 'Sam Rivera'"
        )
        .leak();
        server.state.db.write(Statement::new(fill)).await.unwrap();
    }
    for path in ["/api/follow", "/api/hide_maker"] {
        let refused = send(&mut sam, path, "handle", "ada").await;
        assert!(refused.refusal().contains("too_many"), "{path}");
        let page = sam.get(refused.location()).await;
        assert!(page.text.contains("as many as there may be"), "{path}");
    }
}
