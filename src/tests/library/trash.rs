//! Thirty days in the trash, and what shows meanwhile.

use super::{DAY_MS, Given, change, found, give, keep, person, text_of};
use crate::harness::Server;
use imgc::{housekeeping, server::outbox, store::Statement};
use scraper::{Html, Selector};

#[tokio::test(flavor = "multi_thread")]
async fn the_trash_keeps_for_thirty_days_and_shows_nothing() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let me = person(&server, "Ada Martin").await;
    let ids = give(
        &server,
        &me,
        &[Given::default(), Given::default(), Given::default()],
    )
    .await;
    keep(&server, &ids).await;
    for id in &ids {
        ada.post("/api/publish", &[("id", id), ("lang", "en")])
            .await;
    }
    let mut stranger = server.browser();
    let gallery = stranger.get("/gallery").await;
    let media: Vec<String> = {
        let selector = Selector::parse("main img").unwrap();
        Html::parse_document(&gallery.text)
            .select(&selector)
            .map(|img| img.value().attr("src").unwrap().to_owned())
            .collect()
    };
    assert_eq!(media.len(), 3);
    assert_eq!(stranger.get(&media[0]).await.status, 200);

    let picture = [
        ("ids[]", ids[0].as_str()),
        ("action", "trash"),
        ("page", "picture"),
        ("lang", "en"),
    ];
    let done = ada.post("/api/change", &picture).await;
    assert!(
        done.location().starts_with("/library?done="),
        "{}",
        done.location()
    );
    change(&mut ada, "trash", &[&ids[1], &ids[2]], &[]).await;
    for address in &media {
        assert_eq!(stranger.get(address).await.status, 404, "{address}");
    }
    for id in &ids {
        assert_eq!(stranger.get(&format!("/i/{id}")).await.status, 404);
        for page in ["/gallery", "/"] {
            assert!(!stranger.get(page).await.text.contains(id), "{page}");
        }
        assert!(!stranger.sitemap().await.contains(id));
        let refused = ada
            .post("/api/publish", &[("id", id), ("lang", "en")])
            .await;
        assert!(!refused.location().is_empty());
        assert_eq!(stranger.get(&format!("/i/{id}")).await.status, 404);
    }
    assert!(found(&mut ada, "").await.is_empty());
    assert_eq!(found(&mut ada, "trash=1").await.len(), 3);
    let page = ada.get(&format!("/i/{}", ids[0])).await;
    assert!(
        text_of(&page, ".owner").contains("30 days"),
        "{}",
        text_of(&page, ".owner")
    );
    assert_eq!(
        ada.get_bytes(&format!("/files/{}/64.webp", ids[0])).await.0,
        200
    );

    // Restored pictures are private; what is not in the trash cannot be deleted.
    change(&mut ada, "restore", &[&ids[2]], &[("query", "trash=1")]).await;
    assert_eq!(found(&mut ada, "").await, [ids[2].clone()]);
    assert_eq!(stranger.get(&format!("/i/{}", ids[2])).await.status, 404);
    let refused = ada
        .post("/api/delete", &[("id", &ids[2]), ("lang", "en")])
        .await;
    assert!(
        refused.refusal().contains("too_late"),
        "{}",
        refused.location()
    );

    let is_kept = async |id: &str| {
        let kept = server.objects().await;
        kept.contains(&format!("originals/{id}.png"))
    };
    let gone = async |id: &str| {
        let kept = server.objects().await;
        !kept.iter().any(|name| name.contains(id))
    };
    server.state.clock.advance_ms(29 * DAY_MS);
    housekeeping::round(&server.state).await;
    assert!(is_kept(&ids[0]).await && is_kept(&ids[1]).await);
    // Nobody's session is that old.
    ada.sign_in("Ada Martin").await;
    assert!(ada.get("/library?trash=1").await.text.contains("Last day"));
    server.state.clock.advance_ms(DAY_MS + 1);
    housekeeping::round(&server.state).await;
    assert!(
        gone(&ids[0]).await && gone(&ids[1]).await,
        "30 days are over"
    );
    assert!(is_kept(&ids[2]).await, "a restored picture stays");
    ada.sign_in("Ada Martin").await;
    assert!(found(&mut ada, "trash=1").await.is_empty());

    // Emptying the trash ends what is in it and nothing else.
    let more = give(&server, &me, &[Given::default()]).await;
    keep(&server, &more).await;
    change(&mut ada, "trash", &[&ids[2]], &[]).await;
    let emptied = ada
        .post(
            "/api/change",
            &[("action", "delete"), ("all", "on"), ("query", "trash=1")],
        )
        .await;
    assert_eq!(emptied.location(), "/library?trash=1&said=deleted-1");
    outbox::delete_objects(&server.state).await;
    for _ in 0..100 {
        if gone(&ids[2]).await {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(gone(&ids[2]).await);
    assert_eq!(found(&mut ada, "").await, more);
    assert!(is_kept(&more[0]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_go_with_the_last_picture_and_the_costs_stay() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let two = [("draft[count]", "2")];
    let key = crate::harness::new_key();
    let sent = ada.submit("a walrus in confidence", &key, &two).await;
    let job = crate::harness::job_id(&sent);
    let made = ada.until(&job, &["ready"]).await;
    let ids: Vec<String> = (0..2)
        .map(|n| made["images"][n]["id"].as_str().unwrap().to_owned())
        .collect();
    // Asked for once more, and refused: the same words without a picture.
    let refused = ada.generate("a boat [demo:content-policy]").await;
    ada.until(&refused, &["failed"]).await;
    let same = "UPDATE jobs SET prompt = 'a walrus in confidence' WHERE state = 'failed'";
    server.state.db.write(Statement::new(same)).await.unwrap();
    let usage = async || {
        let sql = "SELECT SUM(cost_micros) AS cost, SUM(json_extract(settings, '$.count')) AS n
            FROM jobs WHERE state = 'ready'";
        let row = server.state.db.fetch_optional(Statement::new(sql)).await;
        let row = row.unwrap().unwrap();
        (row.int("cost").unwrap(), row.int("n").unwrap())
    };
    let before = usage().await;
    let page = format!("/jobs/{job}");

    change(&mut ada, "trash", &[&ids[0]], &[]).await;
    ada.post("/api/delete", &[("id", &ids[0]), ("lang", "en")])
        .await;
    assert!(ada.get(&page).await.text.contains("a walrus in confidence"));
    change(&mut ada, "trash", &[&ids[1]], &[]).await;
    assert!(ada.get(&page).await.text.contains("a walrus in confidence"));
    ada.post("/api/delete", &[("id", &ids[1]), ("lang", "en")])
        .await;

    let told = ada.get(&page).await;
    assert_eq!(told.status, 200);
    assert!(!told.text.contains("walrus") && told.text.contains("It was deleted"));
    for address in ["/create", "/account", "/library", "/library?trash=1"] {
        let page = ada.get(address).await;
        assert_eq!(page.status, 200, "{address}");
        assert!(!page.text.contains("walrus"), "{address}");
    }
    assert_eq!(usage().await, before);
    assert_eq!(ada.get("/usage").await.status, 200);
    // Nor are they anywhere else: the log of writes is emptied beside the request.
    let began = std::time::Instant::now();
    loop {
        let found = server.holding("walrus in confidence").await;
        if found.is_empty() {
            break;
        }
        assert!(began.elapsed() < crate::harness::PATIENCE, "{found:?}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}
