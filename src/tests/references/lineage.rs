//! Remixes: who sees which picture came from which.

use crate::harness::{Browser, Server, job_id, new_key};
use imgc::{generate::api::Composer, model::ImageDetail, references::tray::Tray, wire::Sealed};
use serde_json::Value;

async fn detail(browser: &mut Browser, id: &str) -> Value {
    let address = format!("/api/image?id={id}&lang=en");
    browser.load::<ImageDetail>(&address).await
}

/// Remixes a picture as a browser does: the button, then the composer's form.
async fn remix(browser: &mut Browser, id: &str, prompt: &str) -> String {
    let answer = browser
        .post("/api/remix", &[("id", id), ("lang", "en")])
        .await;
    assert_eq!(answer.location(), "/create", "{}", answer.text);
    let page = browser.get("/create").await.text;
    assert!(
        page.contains(&format!("value=\"{id}\"")),
        "the form knows its parent"
    );
    let answer = browser
        .submit(prompt, &new_key(), &[("draft[parent]", id)])
        .await;
    let job = browser
        .until(&job_id(&answer), &["ready", "failed", "unknown"])
        .await;
    job["images"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn references_to_a_parent_show_only_where_both_may_be_seen() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let parent = ada.picture("a lighthouse on its rock").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    // What one may not see cannot be remixed, by any road.
    let answer = sam
        .call("/api/remix", &[("id", &parent), ("lang", "en")])
        .await;
    assert_eq!(answer.status, 404);
    let answer = sam
        .submit("guessed", &new_key(), &[("draft[parent]", &parent)])
        .await;
    let job = sam
        .until(&job_id(&answer), &["ready", "failed", "unknown"])
        .await;
    let guessed = job["images"][0]["id"].as_str().unwrap().to_owned();
    ada.post("/api/publish", &[("id", &parent), ("lang", "en")])
        .await;
    assert!(
        detail(&mut sam, &guessed).await["parent"].is_null(),
        "nor claimed later"
    );

    let child = remix(&mut sam, &parent, "the same in winter").await;
    assert_eq!(
        detail(&mut sam, &child).await["parent"]["id"],
        parent.as_str()
    );
    assert_eq!(
        detail(&mut sam, &parent).await["remixes"][0]["id"],
        child.as_str()
    );
    assert!(
        sam.get(&format!("/i/{child}"))
            .await
            .text
            .contains("Remix of")
    );
    let mut stranger = server.browser();
    for who in [&mut ada, &mut stranger] {
        let seen = detail(who, &parent).await;
        assert_eq!(
            seen["remixes"].as_array().unwrap().len(),
            0,
            "Sam's is private"
        );
    }
    sam.post("/api/publish", &[("id", &child), ("lang", "en")])
        .await;
    for who in [&mut ada, &mut stranger] {
        assert_eq!(
            detail(who, &parent).await["remixes"][0]["id"],
            child.as_str()
        );
        let seen = detail(who, &child).await;
        assert_eq!(seen["parent"]["id"], parent.as_str());
        // Somebody else's picture is shown at its public address.
        let address = seen["parent"]["renditions"][0]["src"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(who.get_bytes(&address).await.0, 200, "{address}");
    }
    assert!(
        stranger
            .get(&format!("/i/{parent}"))
            .await
            .text
            .contains("Remixes")
    );
    // A parent that became private is its owner's alone again.
    ada.post("/api/unpublish", &[("id", &parent), ("lang", "en")])
        .await;
    assert!(detail(&mut sam, &child).await["parent"].is_null());
    assert!(detail(&mut stranger, &child).await["parent"].is_null());
    assert!(!sam.get(&format!("/i/{child}")).await.text.contains(&parent));
    assert_eq!(
        detail(&mut ada, &child).await["parent"]["id"],
        parent.as_str()
    );
    // One in the trash is shown no more; a deleted one is forgotten, and its
    // remixes stay.
    ada.post(
        "/api/change",
        &[("ids[0]", &parent), ("action", "trash"), ("lang", "en")],
    )
    .await;
    assert!(detail(&mut ada, &child).await["parent"].is_null());
    ada.post("/api/delete", &[("id", &parent), ("lang", "en")])
        .await;
    assert!(detail(&mut ada, &child).await["parent"].is_null());
    assert_eq!(sam.get(&format!("/i/{child}")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn references_to_models_that_left_are_adapted() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let dalle = [
        ("draft[model]", "dall-e-3"),
        ("draft[quality]", "hd"),
        ("draft[size]", "1792x1024"),
    ];
    let answer = ada.submit("an old master", &new_key(), &dalle).await;
    let job = ada.until(&job_id(&answer), &["ready"]).await;
    let id = job["images"][0]["id"].as_str().unwrap();
    // Editing it needs a model that can: the first on offer takes its place, and no size of
    // its has that shape.
    let page = ada.get(&format!("/edit/{id}")).await.text;
    assert!(page.contains("GPT Image 2.5 Flare"), "{page}");
    // Remixing keeps the model as long as it is offered.
    ada.post("/api/remix", &[("id", id), ("lang", "en")]).await;
    let form = ada.load::<Composer>("/api/composer").await;
    assert_eq!(form["draft"]["model"], "dall-e-3");
    assert_eq!(form["draft"]["prompt"], "an old master");
    let tray: Sealed<Tray> = serde_json::from_value(form["tray"].clone()).unwrap();
    let tray = tray.open().unwrap();
    assert!(tray.items.is_empty());
    assert_eq!(tray.parent.unwrap().id, id);
    // A stranger signs in first and comes back to the picture.
    ada.post("/api/publish", &[("id", id), ("lang", "en")])
        .await;
    let answer = server
        .browser()
        .post("/api/remix", &[("id", id), ("lang", "en")])
        .await;
    assert_eq!(answer.location(), format!("/sign-in?next=%2Fi%2F{id}"));
}
