//! People who publish: pages of their own, likes, whom one follows and hides; and what of
//! all that nobody else learns.

mod decided;
mod follows;
mod handles;
mod likes;
mod profiles;

use crate::harness::{Browser, Page, Server};
use imgc::store::Statement;

const LANG: (&str, &str) = ("lang", "en");

/// A picture that this person published.
async fn published(browser: &mut Browser, prompt: &str) -> String {
    let id = browser.picture(prompt).await;
    let told = browser.post("/api/publish", &[("id", &id), LANG]).await;
    assert_eq!(told.refusal(), "");
    id
}

/// A page for this person, at this handle.
async fn with_profile(browser: &mut Browser, handle: &str, text: &str) {
    for (path, fields) in [
        ("/api/account_handle", vec![("handle", handle), LANG]),
        (
            "/api/account_profile",
            vec![("wanted", "on"), ("text", text), LANG],
        ),
    ] {
        let told = browser.post(path, &fields).await;
        assert_eq!(told.refusal(), "", "{path}");
    }
}

async fn like(browser: &mut Browser, id: &str, on: &str) -> Page {
    browser
        .post("/api/like", &[("id", id), ("on", on), LANG])
        .await
}

async fn count(server: &Server, sql: &'static str) -> i64 {
    let row = server.state.db.fetch_optional(Statement::new(sql)).await;
    row.unwrap().unwrap().int("n").unwrap()
}

/// Suspends somebody, whatever for.
async fn suspend(server: &Server, name: &str, until_ms: i64) {
    let sql = "UPDATE users SET suspended_until = ?2 WHERE name = ?1";
    let suspend = Statement::new(sql).bind(name).bind(until_ms);
    server.state.db.write(suspend).await.unwrap();
}
