//! Finding pictures: words, filters, pages.

use super::{DAY_MS, Given, change, escaped, found, give, links, person, picked, text_of};
use crate::{
    harness::{Browser, Server},
    store::sums,
};
use imgc::store::{Statement, library};

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
    library::prepare(&server.state.db, 100).await.unwrap();
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
    sums::hold(&server.state.db, "deleting a picture").await;
    // A person who is forgotten leaves no word behind.
    let forget = Statement::new("DELETE FROM users WHERE id = ?1").bind(me.as_str());
    server.state.db.write(forget).await.unwrap();
    sums::hold(&server.state.db, "forgetting a person").await;
    let all = "SELECT rowid FROM image_search WHERE image_search MATCH 'prompt : l* OR mer OR odd'";
    let left = server
        .state
        .db
        .fetch_all(Statement::new(all))
        .await
        .unwrap();
    assert_eq!(left.len(), theirs.len());
    let hers = format!("\"p{}\"*", me.replace('-', ""));
    let left = "SELECT rowid FROM image_search_terms WHERE image_search_terms MATCH ?1";
    let left = server.state.db.fetch_all(Statement::new(left).bind(hers));
    assert!(left.await.unwrap().is_empty());
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
    let date = imgc::ui::format::iso_day;
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
            let Some(next) = links(&page, "a[rel~=next]").pop() else {
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

/// Every page of a selection, by its links.
async fn all_pages(browser: &mut Browser, query: &str) -> Vec<String> {
    let (mut seen, mut address) = (Vec::new(), format!("/library?{query}"));
    loop {
        let page = browser.get(&address).await;
        seen.extend(picked(&page));
        let Some(next) = links(&page, "a[rel~=next]").pop() else {
            return seen;
        };
        address = next;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_into_a_library_shows_every_picture_once_and_in_order() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let _sam = server.signed_in("Sam Rivera").await;
    let me = person(&server, "Ada Martin").await;
    let words = |n: usize| {
        if n.is_multiple_of(3) {
            "a walrus"
        } else {
            "a boat"
        }
    };
    let given: Vec<Given> = (0..90)
        .map(|n| Given {
            prompt: words(n),
            ..Given::default()
        })
        .collect();
    let ids = give(&server, &me, &given).await;
    // Somebody else has the same words, between hers.
    give(&server, &person(&server, "Sam Rivera").await, &given).await;
    let walruses: Vec<&String> = ids.iter().step_by(3).collect();
    change(&mut ada, "tag", &walruses, &[("about[tag]", "Été")]).await;
    change(&mut ada, "collect", &walruses, &[("about[name]", "Ice")]).await;
    let page = ada.get("/library").await;
    let collection = links(&page, "a[href*='collection=']")
        .into_iter()
        .find_map(|link| Some(link.split_once("collection=")?.1.to_owned()));
    let collection = format!("collection={}", collection.expect("a collection"));
    let newest: Vec<String> = walruses.iter().rev().map(|id| (*id).clone()).collect();
    for query in ["q=walr", "tag=ete", &collection, "q=walrus&tag=ete"] {
        assert_eq!(all_pages(&mut ada, query).await, newest, "{query}");
        let oldest: Vec<String> = newest.iter().rev().cloned().collect();
        let sorted = format!("{query}&sort=oldest");
        assert_eq!(all_pages(&mut ada, &sorted).await, oldest, "{sorted}");
        // The picture after which the next page begins goes meanwhile.
        let page = ada.get(&format!("/library?{query}")).await;
        let next = links(&page, "a[rel~=next]").pop().expect("a next page");
        let last = picked(&page).pop().expect("pictures");
        let gone = Statement::new("UPDATE images SET trashed_at = 1 WHERE id = ?1");
        server
            .state
            .db
            .write(gone.bind(last.as_str()))
            .await
            .unwrap();
        assert_eq!(picked(&ada.get(&next).await), newest[24..], "{query}");
        let back = Statement::new("UPDATE images SET trashed_at = NULL WHERE id = ?1");
        server
            .state
            .db
            .write(back.bind(last.as_str()))
            .await
            .unwrap();
    }
    // Deleted for good, so that the place itself is gone.
    let page = ada.get("/library?q=walrus").await;
    let next = links(&page, "a[rel~=next]").pop().expect("a next page");
    change(&mut ada, "trash", &[&newest[23]], &[]).await;
    change(&mut ada, "delete", &[&newest[23]], &[]).await;
    assert_eq!(picked(&ada.get(&next).await), newest[24..]);
    assert!(text_of(&ada.get("/library?q=walrus").await, ".quiet").contains("29 pictures"));
    sums::hold(&server.state.db, "all of it").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_thousand_are_said_to_be_more() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let me = person(&server, "Ada Martin").await;
    give(&server, &me, &[Given::default()]).await;
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
        INSERT INTO images (id, user_id, job_id, position, width, height, format, bytes, sha256,
            placeholder, widths, model, prompt, settings, cost_micros, created_at, search_text)
        SELECT substr(g.id, 1, 32) || printf('%04d', 9999 - i), g.user_id, g.job_id, i, 64, 64, 'png', 1, 'x',
            '#336699', '[64]', g.model, 'a walrus', g.settings, 0, 1, 'a walrus'
        FROM n, images g";
    server.state.db.write(Statement::new(many)).await.unwrap();
    let said = async |browser: &mut Browser, address: &str| {
        let page = browser.get(address).await;
        text_of(&page, "main .quiet[role=status]") + &text_of(&page, ".select-all")
    };
    // What is kept as a sum is exact, what has to be looked for is not looked for to the end.
    let all = said(&mut ada, "/library").await;
    assert!(
        all.contains("1101 pictures") && all.contains("(1101)"),
        "{all}"
    );
    let found = said(&mut ada, "/library?q=walrus").await;
    assert!(
        found.contains("More than 1000 pictures") && found.contains("(1000+)"),
        "{found}"
    );
    let french = said(&mut ada, "/fr/library?q=walrus").await;
    assert!(french.contains("Plus de 1000 images"), "{french}");
    // Though the last that came has the oldest id, each is shown once.
    for sort in ["", "&sort=oldest"] {
        let mut ids = all_pages(&mut ada, &format!("q=walrus{sort}")).await;
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 1100, "{sort}");
    }
    // An id is no place in a search, and a number none in a library.
    let page = ada.get(&format!("/library?q=walrus&cursor={me}")).await;
    assert_eq!(picked(&page).len(), 24);
    for nonsense in ["q=walrus&cursor=-1", "q=walrus&cursor=x", "cursor=7"] {
        let page = ada.get(&format!("/library?{nonsense}")).await;
        assert_eq!(page.status, 422, "{nonsense}");
    }
    // All of them are meant all the same.
    let all = [("all", "on"), ("query", "q=walrus")];
    let told = change(&mut ada, "favourite", &[], &all).await;
    let notice = text_of(&ada.get(&told).await, ".notice");
    assert!(notice.contains("1100 pictures"), "{notice}");
}
