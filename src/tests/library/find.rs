//! Finding pictures: words, filters, pages.

use super::{DAY_MS, Given, change, escaped, found, give, links, person, picked, text_of};
use crate::harness::Server;
use imgc::store::Statement;

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
