//! Erased is erased, on every node, in the bucket and in the database; and when an
//! older database is put back, again before anybody is answered.

use super::{
    asks_to_sign_in, has_stand,
    nodes::{Cluster, Node},
    within,
};
use crate::{
    harness::{
        Browser, PATIENCE,
        folder::files_below,
        stand::{holds_bytes, text},
    },
    references::samples,
    rights::{close, until_receipt_says},
};
use reqwest::{Method, multipart};
use serde_json::json;

/// Puts a word into what a person can write, through two nodes; the id of a
/// picture, which is published.
async fn write_everywhere(ada: &mut Browser, word: &str) -> String {
    let lang = ("lang", "en");
    let id = ada.picture(&format!("a boat named {word}")).await;
    ada.post("/api/publish", &[("id", &id), lang]).await;
    for (action, field) in [("tag", "about[tag]"), ("collect", "about[name]")] {
        let fields = [
            ("ids[]", id.as_str()),
            ("action", action),
            (field, word),
            lang,
        ];
        ada.post("/api/change", &fields).await;
    }
    ada.post("/api/account_handle", &[("handle", word), lang])
        .await;
    let failed = ada.generate(&format!("{word} [demo:content-policy]")).await;
    ada.until(&failed, &["failed"]).await;
    let file = multipart::Part::bytes(samples::plain(64, 48, [1, 2, 3]));
    let form = multipart::Form::new()
        .text("lang", "en")
        .text("draft[prompt]", word.to_owned())
        .part("files[]", file.file_name(format!("{word}.png")));
    let request = ada.request(Method::POST, "/uploads").multipart(form);
    assert!(ada.send(request).await.status().as_u16() < 400);
    id
}

/// Where the word is on a node's disk.
fn on_disk(node: &Node, word: &str) -> Vec<String> {
    let files = files_below(&node.data).into_iter();
    let found = files.filter(|(path, bytes)| {
        holds_bytes(bytes, word) || path.display().to_string().contains(word)
    });
    found.map(|(path, _)| path.display().to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stand: make test-all"]
async fn who_is_erased_is_nowhere_and_an_older_database_brings_nobody_back() {
    if !has_stand() {
        return;
    }
    // The provider keeps all that it can: then closing an account erases it at once.
    let cluster = Cluster::start(&[("IMGC_DATABASE_HISTORY_DAYS", "30")]).await;
    let (mut a, mut b) = (cluster.node(0, &[]).await, cluster.node(1, &[]).await);
    let word = format!("zq{}", &uuid::Uuid::new_v4().simple().to_string()[..12]);
    let name = format!("Ada {word}");
    let mut ada = a.signed_in(&name).await;
    let mut sam = b.signed_in("Sam Rivera").await;
    let his = sam.picture("a boat that stays").await;
    let id = write_everywhere(&mut ada, &word).await;
    // The other node has worked for her as well.
    b.browser_of(&ada).picture(&format!("another {word}")).await;
    let places = cluster.take.holding(&word).await;
    for place in [
        "users",
        "images",
        "jobs",
        "image_tags",
        "library_sums",
        "image_search",
        "image_search_terms",
    ] {
        assert!(
            places.iter().any(|found| found == place),
            "{place}: {places:?}"
        );
    }
    let before = cluster.take.snapshot().await;

    let receipt = close(&mut ada, "").await;
    until_receipt_says(&mut b.browser(), &receipt, "Every file erased").await;
    for trace in [&word, &id] {
        assert_eq!(cluster.take.holding(trace).await, Vec::<String>::new());
        for node in [&a, &b] {
            assert_eq!(on_disk(node, trace), Vec::<String>::new());
        }
    }
    assert_eq!(b.status(&format!("/i/{id}")).await, Some(404));
    assert_eq!(sam.get(&format!("/i/{his}")).await.status, 200);

    // The database of an hour ago, under a node that starts.
    a.kill();
    b.kill();
    cluster.take.restore(&before).await;
    let people = "SELECT name FROM users WHERE name = ?1";
    assert_eq!(cluster.rows(people, &[json!(name)]).await.len(), 1);
    let again = cluster.node(0, &[]).await;
    // The node has answered: by now she is gone, to everybody and from the rows.
    assert_eq!(again.status(&format!("/i/{id}")).await, Some(404));
    assert!(asks_to_sign_in(
        &again.browser_of(&ada).get("/library").await
    ));
    let left = cluster.rows(people, &[json!(name)]).await;
    assert_eq!(left, Vec::new(), "she was there when the node answered");
    let is_gone = async || cluster.take.holding(&word).await.is_empty();
    within(PATIENCE, "the word is in no row and no object", is_gone).await;
    // He is who he was, and his picture is there.
    let rows = cluster.rows("SELECT name FROM users", &[]).await;
    assert_eq!(
        rows.iter().map(|row| text(row, "name")).collect::<Vec<_>>(),
        ["Sam Rivera"]
    );
    let mut sam = again.browser_of(&sam);
    let original = format!("/files/{his}/original.png");
    assert_eq!(sam.get_bytes(&original).await.0, 200);
}
