//! The library: finding, sorting, choosing, undoing, the trash, and the ZIP.

use crate::harness::{Browser, Page, Server};
use imgc::{
    generate::worker,
    server::{files::FileKey, secrets},
    store::Statement,
};
use scraper::{Html, Selector};

const DAY_MS: i64 = 24 * 3600 * 1000;

/// A picture put straight into the store: a row, and an original of a few bytes.
struct Given<'a> {
    prompt: &'a str,
    size: (i64, i64),
    model: &'a str,
    made_ms: i64,
}

impl Default for Given<'_> {
    fn default() -> Self {
        Given {
            prompt: "a picture",
            size: (64, 64),
            model: "gpt-image-2.5-flare",
            made_ms: 1_790_000_000_000,
        }
    }
}

/// The id of the person with this name.
async fn person(server: &Server, name: &str) -> String {
    let rows = server
        .state
        .db
        .fetch_all(Statement::new("SELECT id FROM users WHERE name = ?1").bind(name))
        .await
        .unwrap();
    rows[0].text("id").unwrap()
}

/// Puts pictures into a person's library, in this order.
async fn give(server: &Server, user: &str, pictures: &[Given<'_>]) -> Vec<String> {
    let job = uuid::Uuid::now_v7().to_string();
    let settings =
        "{\"model\":\"m\",\"size\":\"auto\",\"quality\":\"low\",\"count\":1,\"format\":\"png\"}";
    let mut batch = vec![
        Statement::new(
            "INSERT INTO jobs (id, user_id, request_key, state, model, prompt, settings,
                reserved_micros, created_at) VALUES (?1, ?2, ?1, 'ready', 'm', 'p', ?3, 0, 0)",
        )
        .bind(job.as_str())
        .bind(user)
        .bind(settings),
    ];
    let mut ids = Vec::new();
    for (position, given) in pictures.iter().enumerate() {
        let id = uuid::Uuid::now_v7().to_string();
        let bytes = original(&id);
        let statement = Statement::new(
            "INSERT INTO images (id, user_id, job_id, position, width, height, format, bytes, sha256,
                placeholder, widths, model, prompt, settings, cost_micros, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'png', ?7, ?8, '#336699', '[64]', ?9, ?10, ?11, 0, ?12)",
        )
        .bind(id.as_str())
        .bind(user)
        .bind(job.as_str())
        .bind(i64::try_from(position).unwrap())
        .bind(given.size.0)
        .bind(given.size.1)
        .bind(i64::try_from(bytes.len()).unwrap())
        .bind(secrets::sha256(&bytes))
        .bind(given.model)
        .bind(given.prompt)
        .bind(settings)
        .bind(given.made_ms);
        batch.push(statement);
        ids.push(id);
    }
    server.state.db.batch(batch).await.unwrap();
    ids
}

/// The bytes of a given picture's original.
fn original(id: &str) -> Vec<u8> {
    format!("the original of {id}").repeat(40).into_bytes()
}

/// Keeps the originals of given pictures, and a rendition.
async fn keep(server: &Server, ids: &[String]) {
    for id in ids {
        let key = FileKey::Original {
            image: id,
            format: "png",
        };
        let files = &server.state.files;
        files.put(key, original(id).into()).await.unwrap();
        let key = FileKey::Rendition {
            image: id,
            width: 64,
        };
        files.put(key, vec![1, 2, 3].into()).await.unwrap();
    }
}

/// The ids on a page of the library, in its order.
async fn found(browser: &mut Browser, query: &str) -> Vec<String> {
    let page = browser.get(&format!("/library?{query}")).await;
    assert_eq!(page.status, 200, "{query}: {}", page.text);
    picked(&page)
}

fn picked(page: &Page) -> Vec<String> {
    let selector = Selector::parse("input[name='ids[]']").unwrap();
    Html::parse_document(&page.text)
        .select(&selector)
        .map(|input| input.value().attr("value").unwrap().to_owned())
        .collect()
}

fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The text of the first element that matches.
fn text_of(page: &Page, selector: &str) -> String {
    let document = Html::parse_document(&page.text);
    let selector = Selector::parse(selector).unwrap();
    let element = document.select(&selector).next();
    element.map_or(String::new(), |e| e.text().collect())
}

/// The addresses of the links that match.
fn links(page: &Page, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    Html::parse_document(&page.text)
        .select(&selector)
        .map(|link| link.value().attr("href").unwrap().to_owned())
        .collect()
}

/// Posts a change of these pictures and returns where it leads.
async fn change(
    browser: &mut Browser,
    action: &str,
    ids: &[&String],
    more: &[(&str, &str)],
) -> String {
    let mut fields: Vec<(&str, &str)> = ids.iter().map(|id| ("ids[]", id.as_str())).collect();
    fields.push(("action", action));
    fields.push(("lang", "en"));
    fields.extend(more);
    let page = browser.post("/api/change", &fields).await;
    assert_eq!(page.status, 302, "{}", page.text);
    page.location().to_owned()
}

/// Presses Undo on the page at this address.
async fn undo(browser: &mut Browser, address: &str) -> Page {
    let page = browser.get(address).await;
    let selector = Selector::parse("form[action='/api/undo'] input").unwrap();
    let fields: Vec<(String, String)> = Html::parse_document(&page.text)
        .select(&selector)
        .map(|input| {
            let attribute = |name| input.value().attr(name).unwrap_or_default().to_owned();
            (attribute("name"), attribute("value"))
        })
        .collect();
    assert!(!fields.is_empty(), "no Undo at {address}: {}", page.text);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (&**n, &**v)).collect();
    let answer = browser.post("/api/undo", &fields).await;
    let next = answer.location().to_owned();
    browser.get(&next).await
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_found_whatever_their_case_and_accents() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let _sam = server.signed_in("Sam Rivera").await;
    let (me, sam) = (
        person(&server, "Ada Martin").await,
        person(&server, "Sam Rivera").await,
    );
    let prompts = [
        "Un été à la mer",
        "A lighthouse in a storm, 100% grey",
        "An \"odd\" (fox) NOT-hing under_score",
        "Ėtė in Łódź, well-known harbour",
    ];
    let given: Vec<Given> = prompts
        .iter()
        .map(|prompt| Given {
            prompt,
            ..Given::default()
        })
        .collect();
    let ids = give(&server, &me, &given).await;
    let theirs = give(
        &server,
        &sam,
        &[Given {
            prompt: "the lighthouse of another person, été",
            ..Given::default()
        }],
    )
    .await;
    let cases: &[(&str, &[usize])] = &[
        ("ete", &[3, 0]),
        ("ÉTÉ", &[3, 0]),
        ("e\u{301}te\u{301} MER", &[0]),
        ("light", &[1]),
        ("storm lighthouse", &[1]),
        ("lighthouse fox", &[]),
        ("100%", &[1]),
        ("well-known", &[3]),
        ("\"odd\"", &[2]),
        ("(fox)", &[2]),
        ("NOT-hing", &[2]),
        ("under_score", &[2]),
        ("house", &[]),
    ];
    for (words, expected) in cases {
        let seen = found(&mut ada, &format!("q={}", escaped(words))).await;
        let expected: Vec<&String> = expected.iter().map(|n| &ids[*n]).collect();
        assert_eq!(seen.iter().collect::<Vec<_>>(), expected, "{words}");
        assert!(!seen.contains(&theirs[0]));
    }
    let hostile = [
        "\"%_*(",
        "\"",
        "*",
        "a AND",
        "OR",
        "NOT",
        "NEAR(a b, 5)",
        "prompt:x",
        "user_id : \"x\" OR prompt : light",
        "{prompt} : x",
        "-light",
        "^light",
        "light + house",
        "'; DROP TABLE images; --",
        "\u{0}\u{1}light",
        "))))((((",
        "\u{301}",
        "😀",
    ];
    for words in hostile {
        let page = ada.get(&format!("/library?q={}", escaped(words))).await;
        assert_eq!(page.status, 200, "{words:?}");
        assert!(!page.text.contains("role=\"alert\""), "{words:?}");
        assert!(!page.text.contains(&theirs[0]), "{words:?} finds another's");
    }
    // What is deleted leaves the index.
    change(&mut ada, "trash", &[&ids[1]], &[]).await;
    assert!(found(&mut ada, "q=lighthouse").await.is_empty());
    assert_eq!(
        found(&mut ada, "q=lighthouse&trash=1").await,
        [ids[1].clone()]
    );
    change(&mut ada, "delete", &[&ids[1]], &[]).await;
    assert!(found(&mut ada, "q=lighthouse&trash=1").await.is_empty());
    let check = "INSERT INTO image_search (image_search, rank) VALUES ('integrity-check', 1)";
    server.state.db.write(Statement::new(check)).await.unwrap();
    // A person who is forgotten leaves no word behind.
    let forget = Statement::new("DELETE FROM users WHERE id = ?1").bind(me.as_str());
    server.state.db.write(forget).await.unwrap();
    server.state.db.write(Statement::new(check)).await.unwrap();
    let all = "SELECT rowid FROM image_search WHERE image_search MATCH 'prompt : l* OR mer OR odd'";
    let left = server
        .state
        .db
        .fetch_all(Statement::new(all))
        .await
        .unwrap();
    assert_eq!(left.len(), theirs.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_live_in_the_address_and_pages_keep_them() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let me = person(&server, "Ada Martin").await;
    let day = 1_790_035_200_000 - 1_790_035_200_000 % DAY_MS;
    let given: Vec<Given> = (0..60)
        .map(|n| Given {
            prompt: if n % 2 == 0 { "even" } else { "odd" },
            size: [(64, 64), (96, 64), (64, 96)][n % 3],
            model: if n < 50 {
                "gpt-image-2.5-flare"
            } else {
                "gone"
            },
            made_ms: day + n as i64 * DAY_MS / 10,
        })
        .collect();
    let ids = give(&server, &me, &given).await;
    let expect = |keep: &dyn Fn(usize) -> bool| -> Vec<String> {
        (0..60)
            .rev()
            .filter(|n| keep(*n))
            .map(|n| ids[n].clone())
            .collect()
    };
    assert_eq!(found(&mut ada, "model=gone").await, expect(&|n| n >= 50));
    assert_eq!(
        found(&mut ada, "shape=landscape&q=odd").await,
        expect(&|n| n % 3 == 1 && n % 2 == 1)
    );
    let date = |ms| imgc::ui::format::iso(ms)[..10].to_owned();
    let range = format!("from={}&to={}", date(day + DAY_MS), date(day + DAY_MS));
    assert_eq!(
        found(&mut ada, &range).await,
        expect(&|n| (10..20).contains(&n))
    );
    // Nonsense filters nothing, and says nothing.
    assert_eq!(found(&mut ada, "shape=round&from=x&sort=y").await.len(), 24);

    for sort in ["", "&sort=oldest"] {
        let mut seen = Vec::new();
        let mut address = format!("/library?q=even{sort}");
        loop {
            let page = ada.get(&address).await;
            seen.extend(picked(&page));
            let Some(next) = links(&page, "a[rel=next]").pop() else {
                break;
            };
            assert!(next.contains("q=even") && next.contains(sort), "{next}");
            address = next;
        }
        let mut expected = expect(&|n| n % 2 == 0);
        if !sort.is_empty() {
            expected.reverse();
        }
        assert_eq!(seen, expected, "{sort}");
    }

    let page = ada
        .get("/library?q=nowhere&shape=square&from=2026-01-01")
        .await;
    let names = text_of(&page, ".active-filters");
    for name in ["nowhere", "Square", "January", "Clear all"] {
        assert!(names.contains(name), "{name}: {names}");
    }
    assert!(text_of(&page, ".empty").contains("No picture matches"));
    let chips = links(&page, ".active-filters li a");
    assert_eq!(
        chips,
        [
            "/library?shape=square&from=2026-01-01",
            "/library?q=nowhere&from=2026-01-01",
            "/library?q=nowhere&shape=square"
        ]
    );
    assert_eq!(links(&page, ".active-filters > a"), ["/library"]);
    let french = ada.get("/fr/library?shape=square&q=x").await;
    assert!(text_of(&french, ".active-filters").contains("Carré"));
    assert_eq!(links(&french, ".active-filters > a"), ["/fr/library"]);
}

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
    assert!(full.contains("too_many_tags"), "{full}");
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
        taken.location().contains("name_taken"),
        "{}",
        taken.location()
    );
    let long = ada
        .post("/api/collection", &[("name", &"x".repeat(10_000))])
        .await;
    assert!(long.location().contains("name_too_long"));
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
        assert!(back.contains("not_found"), "{action}: {back}");
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
    assert!(back.contains("not_found"), "{back}");
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
    assert!(everything.location().contains("not_found"));
    assert!(
        !ada.get(&format!("/library?done={id}"))
            .await
            .text
            .contains("note-good")
    );
    assert_eq!(found(&mut sam, "favourite=1").await, theirs);
    let (status, bytes) = sam.get_bytes(&format!("/library/zip?q=x")).await;
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
        twice.location().contains("not_found"),
        "{}",
        twice.location()
    );
    assert_eq!(total(&mut ada, "favourite=1").await, 1);
    let nothing = ada
        .post("/api/change", &[("action", "trash"), ("query", "q=fox")])
        .await;
    assert!(nothing.location().starts_with("/library?q=fox&error="));
    assert!(nothing.location().contains("nothing_chosen"));
    // "All" of one place is never taken for all of another.
    for (action, query) in [("trash", "trash=1"), ("delete", ""), ("restore", "q=fox")] {
        let fields = [("action", action), ("all", "on"), ("query", query)];
        let refused = ada.post("/api/change", &fields).await;
        assert!(refused.location().contains("malformed"), "{action} {query}");
    }
    // After a day it is too late.
    let done = change(&mut ada, "unfavourite", &[&ids[3]], &[]).await;
    server.state.clock.advance_ms(DAY_MS + 1);
    worker::keep_house(&server.state).await;
    assert!(!ada.get(&done).await.text.contains("/api/undo"));
}

/// How many pictures the library says there are under a query.
async fn total(browser: &mut Browser, query: &str) -> u64 {
    let page = browser
        .ask(&format!("/api/library?query={}", escaped(query)))
        .await;
    let view: serde_json::Value = serde_json::from_str(&page.text).unwrap();
    view["total"]
        .as_u64()
        .unwrap_or_else(|| panic!("{}", page.text))
}

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
        for page in ["/gallery", "/sitemap.xml", "/"] {
            assert!(!stranger.get(page).await.text.contains(id), "{page}");
        }
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
        refused.location().contains("too_late"),
        "{}",
        refused.location()
    );

    let folder = server.data.path().join("objects");
    let file = |id: &str| folder.join(format!("originals/{id}.png"));
    let gone =
        |id: &str| !file(id).exists() && !folder.join(format!("renditions/{id}/64.webp")).exists();
    server.state.clock.advance_ms(29 * DAY_MS);
    worker::keep_house(&server.state).await;
    assert!(file(&ids[0]).exists() && file(&ids[1]).exists());
    // Nobody's session is that old.
    ada.sign_in("Ada Martin").await;
    assert!(ada.get("/library?trash=1").await.text.contains("Last day"));
    server.state.clock.advance_ms(DAY_MS + 1);
    worker::keep_house(&server.state).await;
    assert!(gone(&ids[0]) && gone(&ids[1]), "30 days are over");
    assert!(file(&ids[2]).exists(), "a restored picture stays");
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
    worker::delete_objects(&server.state).await;
    for _ in 0..100 {
        if gone(&ids[2]) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(gone(&ids[2]));
    assert_eq!(found(&mut ada, "").await, more);
    assert!(file(&more[0]).exists());
}

/// Runs Python's own reader over an archive: a second opinion on the format.
fn python(path: &std::path::Path, code: &str) -> String {
    let output = std::process::Command::new("python3")
        .args(["-c", code])
        .arg(path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zip_holds_the_originals_byte_for_byte_and_their_words() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let me = person(&server, "Ada Martin").await;
    let prompts = ["Été: ../../etc/passwd \\ *?<>|\u{7}", "a boat", "a boat"];
    let given: Vec<Given> = prompts
        .iter()
        .map(|prompt| Given {
            prompt,
            ..Given::default()
        })
        .collect();
    let ids = give(&server, &me, &given).await;
    keep(&server, &ids).await;
    let nothing = ada
        .post("/library/zip", &[("query", "q=x"), ("lang", "fr")])
        .await;
    assert!(nothing.location().starts_with("/fr/library?q=x&error="));
    assert_eq!(server.browser().get("/library/zip").await.status, 303);

    let request = ada
        .request(reqwest::Method::POST, "/library/zip")
        .form_of(&[("ids[]", &ids[0]), ("ids[]", &ids[2]), ("lang", "en")]);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/zip");
    assert!(answer.headers().get("content-encoding").is_none());
    let disposition = answer.headers()["content-disposition"].to_str().unwrap();
    assert!(disposition.contains(".zip"), "{disposition}");
    let file = server.data.path().join("selection.zip");
    std::fs::write(&file, answer.bytes().await.unwrap()).unwrap();
    let said = python(
        &file,
        "import zipfile, sys, hashlib, json
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
words = json.loads(z.read('pictures.json'))
names = [i.filename for i in z.infolist()]
assert sorted(names) == sorted(['pictures.json'] + [w['file'] for w in words]), names
for w in words: assert hashlib.sha256(z.read(w['file'])).hexdigest() == w['sha256']
print(json.dumps([words, names]))",
    );
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let words = said[0].as_array().unwrap();
    assert_eq!(words.len(), 2);
    assert_eq!(words[0]["prompt"], prompts[0]);
    let name = words[0]["file"].as_str().unwrap();
    assert!(name.starts_with("2026-09-21-Été-etc-passwd-"), "{name}");
    assert!(
        !name.contains(['/', '\\', '*', '?', '<', ':', '|']),
        "{name}"
    );
    if std::process::Command::new("unzip")
        .arg("-v")
        .output()
        .is_ok()
    {
        let tested = std::process::Command::new("unzip")
            .arg("-tq")
            .arg(&file)
            .output()
            .unwrap();
        assert!(
            tested.status.success(),
            "{}",
            String::from_utf8_lossy(&tested.stdout)
        );
    }
}

/// This process's resident memory in kibibytes.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zip_of_five_thousand_pictures_takes_no_memory_to_speak_of() {
    let server = Server::start(&[]).await;
    let ada = server.signed_in("Ada Martin").await;
    let me = person(&server, "Ada Martin").await;
    let given: Vec<Given> = (0..5_000).map(|_| Given::default()).collect();
    let ids = give(&server, &me, &given).await;
    // Written past the store, which would sync each; 40 kB each, 200 MB together.
    let folder = server.data.path().join("objects/originals");
    std::fs::create_dir_all(&folder).unwrap();
    for id in &ids {
        std::fs::write(folder.join(format!("{id}.png")), original(id).repeat(20)).unwrap();
    }
    let whole = original(&ids[0]).len() * 20 * 5_000;
    assert!(whole > 150_000_000, "{whole}");
    let before = resident_kib();
    let mut answer = ada
        .request(reqwest::Method::GET, "/library/zip")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert!(
        answer.headers().get("content-length").is_none(),
        "it is streamed"
    );
    let file = server.data.path().join("all.zip");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&file).unwrap());
    let (mut most, mut pieces) = (before, 0_u32);
    while let Some(piece) = answer.chunk().await.unwrap() {
        std::io::Write::write_all(&mut out, &piece).unwrap();
        pieces += 1;
        if pieces % 100 == 0 {
            most = most.max(resident_kib());
        }
    }
    std::io::Write::flush(&mut out).unwrap();
    let grown = most.saturating_sub(before) / 1024;
    assert!(grown < 48, "{grown} MiB more for {whole} bytes");
    let said = python(
        &file,
        "import zipfile, sys
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(len(z.infolist()))",
    );
    assert_eq!(said.trim(), "5001");
}

/// A form as the body of a request whose answer is read by the test itself.
trait FormOf {
    fn form_of(self, fields: &[(&str, &str)]) -> Self;
}

impl FormOf for reqwest::RequestBuilder {
    fn form_of(self, fields: &[(&str, &str)]) -> Self {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        self.header("content-type", "application/x-www-form-urlencoded")
            .body(body.finish())
    }
}
