//! Favourites, tags, collections, other people’s ids, bulk changes and their undo.

use super::{
    DAY_MS, Given, change, escaped, found, give, links, person, picked, text_of, total, undo,
};
use crate::harness::{Server, refusal};
use imgc::housekeeping;
use imgc::store::Statement;

#[tokio::test(flavor = "multi_thread")]
async fn favourites_tags_and_collections() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let me = person(&server, "Ada Martin").await;
    let ids = give(
        &server,
        &me,
        &[Given::default(), Given::default(), Given::default()],
    )
    .await;

    change(&mut ada, "favourite", &[&ids[0], &ids[2]], &[]).await;
    assert_eq!(
        found(&mut ada, "favourite=1").await,
        [ids[2].clone(), ids[0].clone()]
    );

    // One tag, however it is written; the first way of writing it stays.
    change(&mut ada, "tag", &[&ids[0]], &[("about[tag]", "  Été ")]).await;
    change(&mut ada, "tag", &[&ids[1]], &[("about[tag]", "ETE")]).await;
    for tag in ["Été", "ete", "ÉTÉ"] {
        let seen = found(&mut ada, &format!("tag={}", escaped(tag))).await;
        assert_eq!(seen, [ids[1].clone(), ids[0].clone()], "{tag}");
    }
    let page = ada.get(&format!("/i/{}", ids[1])).await;
    assert_eq!(text_of(&page, ".kept a"), "Été");

    let long = "x".repeat(10_000);
    for tag in [long.as_str(), &"語".repeat(10_000)] {
        let back = change(
            &mut ada,
            "tag",
            &[&ids[2]],
            &[("about[tag]", tag), ("query", "favourite=1")],
        )
        .await;
        assert!(back.starts_with("/library?favourite=1&error="), "{back}");
        let page = ada.get(&back).await;
        assert!(text_of(&page, "[role=alert]").contains("at most 40 characters"));
        assert_eq!(picked(&page).len(), 2, "nothing is lost");
    }
    for n in 0..30 {
        let tag = format!("tag {n}");
        change(&mut ada, "tag", &[&ids[2]], &[("about[tag]", &tag)]).await;
    }
    let full = change(&mut ada, "tag", &[&ids[2]], &[("about[tag]", "one more")]).await;
    assert!(refusal(&full).contains("too_many_tags"), "{full}");
    change(&mut ada, "untag", &[&ids[2]], &[("about[tag]", "TAG 7")]).await;
    assert!(found(&mut ada, "tag=tag+7").await.is_empty());

    // A collection is made by its name, and found again by it.
    change(&mut ada, "collect", &[&ids[0]], &[("about[name]", "Noël")]).await;
    change(&mut ada, "collect", &[&ids[1]], &[("about[name]", "NOEL")]).await;
    let page = ada.get("/library").await;
    assert!(
        text_of(&page, ".places").contains("Noël (2)"),
        "{}",
        text_of(&page, ".places")
    );
    let collections = links(&page, "a.place[href*='collection=']");
    assert_eq!(collections.len(), 1);
    let noel = collections[0]
        .split("collection=")
        .nth(1)
        .unwrap()
        .to_owned();
    assert_eq!(
        found(&mut ada, &format!("collection={noel}&favourite=1")).await,
        [ids[0].clone()]
    );
    let renamed = ada
        .post(
            "/api/collection",
            &[("id", &noel), ("name", "Winter"), ("lang", "fr")],
        )
        .await;
    assert_eq!(renamed.location(), format!("/fr/library?collection={noel}"));
    let page = ada.get(renamed.location()).await;
    assert_eq!(text_of(&page, ".collection-header h2"), "Winter");
    let other = ada.post("/api/collection", &[("name", "Summer")]).await;
    let summer = other
        .location()
        .split("collection=")
        .nth(1)
        .unwrap()
        .to_owned();
    let taken = ada
        .post("/api/collection", &[("id", &summer), ("name", "WINTER")])
        .await;
    assert!(
        taken.refusal().contains("name_taken"),
        "{}",
        taken.location()
    );
    let long = ada
        .post("/api/collection", &[("name", &"x".repeat(10_000))])
        .await;
    assert!(long.refusal().contains("name_too_long"));
    ada.post("/api/collection_delete", &[("id", &noel)]).await;
    assert_eq!(
        ada.get(&format!("/library?collection={noel}")).await.status,
        404
    );
    assert_eq!(found(&mut ada, "").await.len(), 3, "its pictures stay");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_peoples_ids_do_nothing() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let (me, other) = (
        person(&server, "Ada Martin").await,
        person(&server, "Sam Rivera").await,
    );
    let mine = give(&server, &me, &[Given::default()]).await;
    let theirs = give(&server, &other, &[Given::default()]).await;
    let made = ada.post("/api/collection", &[("name", "Ada's")]).await;
    let adas = made
        .location()
        .split("collection=")
        .nth(1)
        .unwrap()
        .to_owned();

    for action in [
        "favourite",
        "publish",
        "trash",
        "restore",
        "delete",
        "untag",
    ] {
        let back = change(&mut sam, action, &[&mine[0]], &[]).await;
        assert!(refusal(&back).contains("not_found"), "{action}: {back}");
    }
    // Among others, a foreign id changes nothing and counts for nothing.
    let done = change(&mut sam, "trash", &[&mine[0], &theirs[0]], &[]).await;
    assert!(sam.get(&done).await.text.contains("1 picture"));
    assert_eq!(found(&mut ada, "").await, mine);
    let back = change(&mut sam, "restore", &[&theirs[0]], &[]).await;
    assert!(back.contains("done="), "{back}");
    let back = change(
        &mut sam,
        "collect",
        &[&theirs[0]],
        &[("about[collection]", &adas)],
    )
    .await;
    assert!(refusal(&back).contains("not_found"), "{back}");
    assert_eq!(
        sam.get(&format!("/library?collection={adas}")).await.status,
        404
    );
    let mut everything = sam
        .post(
            "/api/change",
            &[("action", "favourite"), ("all", "on"), ("query", "")],
        )
        .await;
    assert!(everything.location().contains("done="));
    assert!(found(&mut ada, "favourite=1").await.is_empty());
    // Nor can anybody else take a change back, or read of it.
    let id = everything
        .location()
        .split("done=")
        .nth(1)
        .unwrap()
        .to_owned();
    everything = ada.post("/api/undo", &[("id", &id)]).await;
    assert!(everything.refusal().contains("not_found"));
    assert!(
        !ada.get(&format!("/library?done={id}"))
            .await
            .text
            .contains("note-good")
    );
    assert_eq!(found(&mut sam, "favourite=1").await, theirs);
    let (status, bytes) = sam.get_bytes("/library/zip?q=x").await;
    assert_eq!(status, 200);
    assert!(
        !bytes
            .windows(mine[0].len())
            .any(|w| w == mine[0].as_bytes())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bulk_change_can_be_undone() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let me = person(&server, "Ada Martin").await;
    let given: Vec<Given> = (0..1_203)
        .map(|n| Given {
            prompt: if n % 3 == 0 {
                "a red fox"
            } else {
                "a blue bird"
            },
            ..Given::default()
        })
        .collect();
    let ids = give(&server, &me, &given).await;
    change(&mut ada, "favourite", &[&ids[3]], &[]).await;
    change(&mut ada, "publish", &[&ids[6]], &[]).await;
    let published = |server: &Server| {
        let db = server.state.db.clone();
        async move {
            let sql =
                "SELECT id, public_key, published_at FROM images WHERE public_key IS NOT NULL";
            db.fetch_all(Statement::new(sql)).await.unwrap()
        }
    };
    let before = published(&server).await;
    let cases: &[(&str, &str, &str, u32)] = &[
        ("favourite", "", "favourite=1", 400),
        ("tag", "about[tag]", "tag=here", 401),
        ("collect", "about[name]", "", 401),
        ("publish", "", "shown=public", 400),
        ("trash", "", "trash=1", 401),
    ];
    for (action, field, query, count) in cases {
        let mut fields = vec![("action", *action), ("all", "on"), ("query", "q=fox")];
        if !field.is_empty() {
            fields.push((field, "here"));
        }
        let done = ada.post("/api/change", &fields).await;
        let page = ada.get(done.location()).await;
        let notice = text_of(&page, ".notice p");
        assert!(
            notice.ends_with(&format!("{count} pictures")),
            "{action}: {notice}"
        );
        let held = total(&mut ada, query).await;
        let after = undo(&mut ada, done.location()).await;
        assert!(
            text_of(&after, ".notice p").contains(&count.to_string()),
            "{action}"
        );
        if !query.is_empty() {
            let left = held - u64::from(*count);
            assert_eq!(total(&mut ada, query).await, left, "{action} is undone");
        }
        assert_eq!(total(&mut ada, "q=fox").await, 401, "{action}");
    }
    // The published one is public again, at its place and at a new address.
    let after = published(&server).await;
    assert_eq!(after.len(), 1);
    let (old, new) = (&before[0], &after[0]);
    assert_eq!(old.text("id").unwrap(), new.text("id").unwrap());
    assert_eq!(
        old.int("published_at").unwrap(),
        new.int("published_at").unwrap()
    );
    assert_ne!(
        old.text("public_key").unwrap(),
        new.text("public_key").unwrap()
    );
    // Doing it again changes nothing, and says so; an undo happens once.
    let done = change(&mut ada, "favourite", &[&ids[3]], &[("query", "q=fox")]).await;
    assert_eq!(done, "/library?q=fox&said=nothing-0");
    let done = change(&mut ada, "unfavourite", &[&ids[3]], &[]).await;
    let id = done.split("done=").nth(1).unwrap().to_owned();
    ada.post("/api/undo", &[("id", &id)]).await;
    let twice = ada.post("/api/undo", &[("id", &id)]).await;
    assert!(
        twice.refusal().contains("not_found"),
        "{}",
        twice.location()
    );
    assert_eq!(total(&mut ada, "favourite=1").await, 1);
    let nothing = ada
        .post("/api/change", &[("action", "trash"), ("query", "q=fox")])
        .await;
    assert!(nothing.location().starts_with("/library?q=fox&error="));
    assert!(nothing.refusal().contains("nothing_chosen"));
    // "All" of one place is never taken for all of another.
    for (action, query) in [("trash", "trash=1"), ("delete", ""), ("restore", "q=fox")] {
        let fields = [("action", action), ("all", "on"), ("query", query)];
        let refused = ada.post("/api/change", &fields).await;
        assert!(refused.refusal().contains("malformed"), "{action} {query}");
    }
    // After a day it is too late.
    let done = change(&mut ada, "unfavourite", &[&ids[3]], &[]).await;
    server.state.clock.advance_ms(DAY_MS + 1);
    housekeeping::round(&server.state).await;
    assert!(!ada.get(&done).await.text.contains("/api/undo"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_to_one_pictures_gallery_place_can_be_undone_on_its_page() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let me = person(&server, "Ada Martin").await;
    let id = give(&server, &me, &[Given::default()]).await.remove(0);
    let here = format!("/i/{id}");
    let standing = async || {
        let sql = "SELECT public_key, published_at FROM images WHERE public_key IS NOT NULL";
        let rows = server
            .state
            .db
            .fetch_all(Statement::new(sql))
            .await
            .unwrap();
        let row = rows.first()?;
        Some((
            row.text("public_key").unwrap(),
            row.int("published_at").unwrap(),
        ))
    };
    let fields = [("id", id.as_str()), ("lang", "en")];

    let done = ada.post("/api/publish", &fields).await;
    assert!(done.location().starts_with(&format!("{here}?done=")));
    let page = ada.get(done.location()).await;
    assert!(text_of(&page, ".owner .notice p").contains("1 picture"));
    let seen_by_others = server.browser().get(done.location()).await;
    assert_eq!(seen_by_others.status, 200);
    assert!(!seen_by_others.text.contains("/api/undo"));
    undo(&mut ada, done.location()).await;
    assert_eq!(standing().await, None);

    // Back in the gallery at its old place, but never at an old address.
    ada.post("/api/publish", &fields).await;
    let (slug, published_ms) = standing().await.unwrap();
    assert_eq!(slug.len(), 22, "128 bits: {slug}");
    server.state.clock.advance_ms(60_000);
    let done = ada.post("/api/unpublish", &fields).await;
    assert_eq!(standing().await, None);
    let page = undo(&mut ada, done.location()).await;
    assert_eq!(page.status, 200);
    let (again, again_ms) = standing().await.unwrap();
    assert_eq!(again_ms, published_ms);
    assert!(again != slug && again.len() == 22, "{again}");

    // What is so already needs no undo.
    let done = ada.post("/api/publish", &fields).await;
    assert_eq!(done.location(), here);
}
