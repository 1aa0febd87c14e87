//! Finding public pictures: orders and periods, words, tags; and what a picture is called.

use crate::{
    harness::{Browser, Page, Server},
    library::{Given, give, person},
};
use imgc::{housekeeping::rankings, store::Statement};
use scraper::{Html, Selector};

const DAY_MS: i64 = 24 * 3600 * 1000;

fn all(page: &str, selector: &str, attribute: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    let page = Html::parse_document(page);
    let found = page.select(&selector);
    found
        .filter_map(|one| one.attr(attribute).map(str::to_owned))
        .collect()
}

/// What a page is headed.
fn heading(page: &str) -> String {
    let heading = Selector::parse("h1").unwrap();
    let page = Html::parse_document(page);
    page.select(&heading).next().unwrap().text().collect()
}

/// The ids of the pictures on a page, in its order.
fn ids(page: &Page) -> Vec<String> {
    assert_eq!(page.status, 200, "{}", page.text);
    let links = all(&page.text, ".grid a", "href");
    let id = |link: String| link.rsplit('/').next().unwrap().to_owned();
    links.into_iter().map(id).collect()
}

async fn listed(browser: &mut Browser, path: &str) -> Vec<String> {
    ids(&browser.get(path).await)
}

async fn write(server: &Server, sql: &'static str, values: &[&str]) {
    let mut statement = Statement::new(sql);
    for value in values {
        statement = statement.bind(*value);
    }
    server.state.db.write(statement).await.expect(sql);
}

async fn number(server: &Server, sql: &'static str) -> i64 {
    let rows = server.state.db.fetch_all(Statement::new(sql)).await;
    rows.unwrap()[0].int("n").unwrap()
}

/// Ada's public pictures, published so long before now.
async fn public(server: &Server, ages_ms: &[i64]) -> Vec<String> {
    let ada = person(server, "Ada Martin").await;
    let given: Vec<Given<'_>> = ages_ms.iter().map(|_| Given::default()).collect();
    let ids = give(server, &ada, &given).await;
    let now_ms = server.state.clock.now_ms();
    for (id, age) in ids.iter().zip(ages_ms) {
        let publish = Statement::new(
            "UPDATE images SET public_key = 'key' || id, published_at = ?2 WHERE id = ?1",
        );
        let publish = publish.bind(id.as_str()).bind(now_ms - age);
        server.state.db.write(publish).await.unwrap();
    }
    ids
}

/// So many people like this picture.
async fn like(server: &Server, id: &str, people: usize) {
    for n in 0..people {
        let fan = format!("fan-{n}");
        write(
            server,
            "INSERT INTO users (id, issuer, subject, email, name, created_at, last_sign_in_at)
                VALUES (?1, 'i', ?1, 'e', 'Fan', 1, 1) ON CONFLICT DO NOTHING",
            &[&fan],
        )
        .await;
        write(
            server,
            "INSERT INTO likes (image_id, user_id, liked_at) VALUES (?1, ?2, 1)",
            &[id, &fan],
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_is_of_its_period_and_what_is_taken_back_leaves_it_at_once() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let ages = [
        500 * DAY_MS,
        200 * DAY_MS,
        20 * DAY_MS,
        3 * DAY_MS,
        3_600_000,
    ];
    let made = public(&server, &ages).await;
    let [ever, year, month, week, day] = [0, 1, 2, 3, 4].map(|n: usize| made[n].clone());
    for (id, people) in [(&ever, 5), (&year, 1), (&month, 4), (&week, 2)] {
        like(&server, id, people).await;
    }
    // Two remixes of somebody else's picture are public.
    write(
        &server,
        "UPDATE users SET name = 'Fan 0' WHERE id = 'fan-0'",
        &[],
    )
    .await;
    let remixes = give(&server, "fan-0", &[Given::default(), Given::default()]).await;
    for remix in &remixes {
        write(
            &server,
            "UPDATE images SET parent_id = ?2 WHERE id = ?1",
            &[remix, &month],
        )
        .await;
        write(
            &server,
            "UPDATE images SET public_key = 'key' || id, published_at = 1 WHERE id = ?1",
            &[remix],
        )
        .await;
    }
    rankings::make(&server.state).await.unwrap();
    let mut stranger = server.browser();
    for prefix in ["", "/fr"] {
        for (query, expected) in [
            ("?period=day", vec![&day]),
            ("?period=week", vec![&day, &week]),
            ("?period=month", vec![&day, &week, &month]),
            ("?period=year", vec![&day, &week, &month, &year]),
            ("?sort=liked&period=day", vec![]),
            ("?sort=liked&period=week", vec![&week]),
            ("?sort=liked&period=month", vec![&month, &week]),
            ("?sort=liked&period=year", vec![&month, &week, &year]),
            ("?sort=liked", vec![&ever, &month, &week, &year]),
            ("?sort=remixed", vec![&month]),
            ("?sort=remixed&period=month", vec![&month]),
            ("?sort=remixed&period=week", vec![]),
        ] {
            let found = listed(&mut stranger, &format!("{prefix}/gallery{query}")).await;
            let expected: Vec<String> = expected.into_iter().cloned().collect();
            assert_eq!(found, expected, "{query}");
        }
    }
    // Where one is, is marked; every other state is a link.
    let page = stranger.get("/gallery?sort=liked&period=week").await.text;
    let here = all(&page, ".orders a[aria-current]", "href");
    assert_eq!(here, ["/gallery?sort=liked&period=week"; 2]);
    assert!(page.contains("href=\"/gallery?period=week\""));
    assert!(page.contains("href=\"/gallery?sort=liked\""));
    let canonical = all(&page, "link[rel=canonical]", "href");
    assert!(
        canonical[0].ends_with("/gallery?sort=liked&amp;period=week")
            || canonical[0].ends_with("/gallery?sort=liked&period=week")
    );

    let fields = [("id", week.as_str()), ("lang", "en")];
    ada.post("/api/unpublish", &fields).await;
    for query in ["?sort=liked&period=week", "?sort=liked", "?period=week", ""] {
        let found = listed(&mut stranger, &format!("/gallery{query}")).await;
        assert!(!found.contains(&week), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_leads_through_its_own_list_and_through_no_other() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    // Half of them in one millisecond, which many likes make alike as well.
    let ages: Vec<i64> = (0..60)
        .map(|n| if n % 2 == 0 { 5_000 } else { 60_000 + n })
        .collect();
    let made = public(&server, &ages).await;
    for id in &made {
        like(&server, id, 1).await;
    }
    rankings::make(&server.state).await.unwrap();
    let mut stranger = server.browser();
    let mut cursors = Vec::new();
    for list in ["", "?period=day", "?sort=liked", "?sort=liked&period=day"] {
        let (mut path, mut seen) = (format!("/gallery{list}"), Vec::new());
        loop {
            let page = stranger.get(&path).await;
            seen.extend(ids(&page));
            let Some(next) = all(&page.text, ".pager a[rel=next]", "href").pop() else {
                break;
            };
            let (_, cursor) = next.rsplit_once("cursor=").unwrap();
            cursors.push((list, cursor.to_owned()));
            path = next;
        }
        assert_eq!(seen.len(), 60, "{list}");
        let mut each = seen.clone();
        each.sort();
        each.dedup();
        assert_eq!(each.len(), 60, "{list}: some came twice");
    }
    for (list, cursor) in &cursors {
        for other in [
            "",
            "?period=week",
            "?sort=liked",
            "?sort=liked&period=day",
            "?sort=remixed",
        ] {
            let joint = if other.is_empty() { "?" } else { "&" };
            let page = stranger
                .get(&format!("/gallery{other}{joint}cursor={cursor}"))
                .await;
            let expected = if other == *list { 200 } else { 422 };
            assert_eq!(page.status, expected, "{cursor} in {other}");
        }
    }
    for wrong in ["sort=best", "period=hour", "cursor=new-all-x", "cursor=%00"] {
        assert_eq!(
            stranger.get(&format!("/gallery?{wrong}")).await.status,
            422,
            "{wrong}"
        );
    }
    // An address of an earlier release is the first page.
    let old = format!("/gallery?cursor=1764500000000-{}", made[0]);
    assert_eq!(listed(&mut stranger, &old).await.len(), 24);
    assert_eq!(ids(&ada.get("/gallery?sort=liked").await).len(), 24);
}

/// What is in the index, read past everything that asks it.
async fn indexed(server: &Server, word: &str) -> i64 {
    let sql = "SELECT (SELECT COUNT(*) FROM public_words WHERE title || ' ' || tags || ' ' || prompt LIKE '%' || ?1 || '%')
        + (SELECT COUNT(*) FROM image_search_public WHERE image_search_public MATCH ?1) AS n";
    let rows = server
        .state
        .db
        .fetch_all(Statement::new(sql).bind(word))
        .await;
    rows.unwrap()[0].int("n").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn shown_words_are_found_and_hidden_ones_are_nowhere() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = ada.picture("a zebrafish in 京都の庭園").await;
    let other = ada.picture("a lighthouse").await;
    let mut stranger = server.browser();
    let lang = ("lang", "en");
    // Nothing of a private picture.
    assert!(
        listed(&mut stranger, "/gallery?q=zebrafish")
            .await
            .is_empty()
    );
    for id in [&id, &other] {
        ada.post("/api/publish", &[("id", id), lang]).await;
    }
    for words in [
        "zebrafish",
        "ZEBRA",
        "zébrafish",
        "%E5%BA%AD%E5%9C%92",
        "zebrafish+a",
        "zeb",
    ] {
        let found = listed(&mut stranger, &format!("/gallery?q={words}")).await;
        assert_eq!(found, std::slice::from_ref(&id), "{words}");
    }
    assert!(
        listed(&mut stranger, "/gallery?q=zebrafish+lighthouse")
            .await
            .is_empty()
    );
    let page = stranger.get("/gallery?q=zebrafish").await;
    assert!(page.text.contains("1 picture"), "counted");
    assert_eq!(all(&page.text, "meta[name=robots]", "content"), ["noindex"]);
    assert_eq!(page.header("set-cookie"), "");

    // Its words are hidden: a title is what it is found by.
    let words = [
        ("id", id.as_str()),
        ("title", "Silver stripes"),
        ("tags[]", "Aquarium"),
        lang,
    ];
    assert_eq!(ada.post("/api/words", &words).await.refusal(), "");
    write(
        &server,
        "UPDATE images SET shows_prompt = 0 WHERE id = ?1",
        &[&id],
    )
    .await;
    assert_eq!(indexed(&server, "zebrafish").await, 0);
    for words in ["zebrafish", "zeb", "zebrafish+silver", "%E5%BA%AD%E5%9C%92"] {
        let page = stranger.get(&format!("/gallery?q={words}")).await;
        assert!(ids(&page).is_empty(), "{words}");
        assert!(!page.text.contains("1 picture"), "{words}");
        assert!(page.text.contains("No public picture was found"), "{words}");
    }
    for words in ["silver", "stripes+silver", "aquarium"] {
        let found = listed(&mut stranger, &format!("/gallery?q={words}")).await;
        assert_eq!(found, std::slice::from_ref(&id), "{words}");
    }
    // Shown again, found again; taken back, gone.
    write(
        &server,
        "UPDATE images SET shows_prompt = 1 WHERE id = ?1",
        &[&id],
    )
    .await;
    assert_eq!(
        listed(&mut stranger, "/gallery?q=zebrafish").await,
        std::slice::from_ref(&id)
    );
    ada.post("/api/unpublish", &[("id", &id), lang]).await;
    for word in ["zebrafish", "silver", "aquarium"] {
        assert_eq!(indexed(&server, word).await, 0, "{word}");
        assert!(
            listed(&mut stranger, &format!("/gallery?q={word}"))
                .await
                .is_empty()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_looked_for_is_words_and_finds_a_plain_sentence() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    public(&server, &[1_000]).await;
    let (long, marks) = ("word ".repeat(2_000), "\u{301}".repeat(300));
    for browser in [&mut server.browser(), &mut ada] {
        for text in [
            "\"%_*(",
            "NEAR(a b)",
            "title:x",
            "a OR b",
            "^x",
            "-",
            "* *",
            "'; DROP TABLE images; --",
            "\u{200b}\u{200b}",
            "\u{3164}",
            "\u{202e}",
            &marks,
            &long,
            "\0",
            "{x y}: z",
            "\u{feff}\"",
        ] {
            let query: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
            let page = browser.get(&format!("/gallery?q={query}")).await;
            assert_eq!(page.status, 200, "{text:.20}");
            assert!(ids(&page).is_empty(), "{text:.20}");
            assert!(
                page.text.contains("No public picture was found"),
                "{text:.20}"
            );
        }
    }
    // An empty search is none.
    assert_eq!(listed(&mut server.browser(), "/gallery?q=").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_published_with_its_words_which_stay_when_they_are_refused() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let id = ada.picture("a quiet harbour").await;
    let (address, form) = (format!("/i/{id}"), format!("/words/{id}"));
    assert!(ada.get(&address).await.text.contains(&form));
    assert_eq!(sam.get(&form).await.status, 404);
    let page = ada.get(&form).await.text;
    assert!(
        page.contains("a quiet harbour</textarea>"),
        "offered from the prompt"
    );

    let long = "x".repeat(101);
    let mut fields = vec![
        ("id", id.as_str()),
        ("title", long.as_str()),
        ("alt", "Boats <b>at</b> rest"),
        ("tags[]", "Sea"),
        ("more", "night, \u{200b}, Été"),
        ("act", "publish"),
        ("lang", "en"),
    ];
    let refused = ada.post("/api/words", &fields).await;
    let page = ada.get(refused.location()).await.text;
    assert!(page.contains("more than 100 characters"), "{page}");
    for kept in [
        long.as_str(),
        "Boats &lt;b&gt;at&lt;/b&gt; rest",
        "night, \u{200b}, Été",
    ] {
        assert!(page.contains(kept), "{kept} is gone");
    }
    assert_eq!(
        server.browser().get(&address).await.status,
        404,
        "not published"
    );

    fields[1].1 = "javascript:alert(1) & <script>";
    assert_ne!(sam.post("/api/words", &fields).await.refusal(), "");
    let done = ada.post("/api/words", &fields).await;
    assert!(done.location().contains("done="), "{}", done.location());
    let mut stranger = server.browser();
    let page = stranger.get(&address).await.text;
    assert_eq!(heading(&page), "javascript:alert(1) & <script>");
    assert_eq!(
        all(&page, ".picture-stage img", "alt")[0],
        "Boats <b>at</b> rest"
    );
    assert!(!page.contains("href=\"javascript:"));
    let tags = all(&page, ".picture-tags a", "href");
    assert_eq!(
        tags,
        ["/gallery/tag/ete", "/gallery/tag/night", "/gallery/tag/sea"]
    );
    let gallery = stranger.get("/gallery").await.text;
    assert_eq!(all(&gallery, ".grid img", "alt"), ["Boats <b>at</b> rest"]);

    // Edited later; kept pages say so at once, and what was the prompt is no description.
    fields[2].1 = "a  quiet harbour";
    fields[4].1 = "";
    fields[5].1 = "save";
    ada.post("/api/words", &fields).await;
    assert_eq!(
        number(
            &server,
            "SELECT COUNT(*) AS n FROM images WHERE alt IS NOT NULL"
        )
        .await,
        0
    );
    assert_eq!(
        number(&server, "SELECT COUNT(*) AS n FROM public_tags").await,
        1
    );
    assert_eq!(stranger.get("/gallery/tag/night").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_has_a_page_as_long_as_a_public_picture_has_it() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let made = public(&server, &[4_000, 3_000, 2_000]).await;
    let lang = ("lang", "en");
    for id in &made[..2] {
        let fields = [("id", id.as_str()), ("more", "Été à la mer, 京都"), lang];
        assert_eq!(ada.post("/api/words", &fields).await.refusal(), "");
    }
    // Of the library, and nobody's but hers.
    let private = [
        ("ids[]", made[2].as_str()),
        ("action", "tag"),
        ("about[tag]", "secret"),
        lang,
    ];
    ada.post("/api/change", &private).await;
    let mut stranger = server.browser();
    let page = stranger.get("/fr/gallery/tag/ete%20a%20la%20mer").await;
    assert_eq!(ids(&page), [made[1].clone(), made[0].clone()]);
    assert_eq!(heading(&page.text), "#Été à la mer");
    assert_eq!(all(&page.text, "link[hreflang]", "hreflang").len(), 3);
    assert!(all(&page.text, "script[src]", "src").is_empty());
    let other = stranger
        .get("/gallery/tag/%C3%89T%C3%89%20a%20la%20mer")
        .await;
    assert_eq!(
        (other.status.as_u16(), other.location()),
        (302, "/gallery/tag/ete%20a%20la%20mer")
    );
    for none in ["secret", "nothing", "%20", "%00", &"x".repeat(3_000)] {
        let page = stranger.get(&format!("/gallery/tag/{none}")).await;
        assert_eq!(page.status, 404, "{none:.20}");
    }
    assert_eq!(
        listed(&mut stranger, "/gallery/tag/%E4%BA%AC%E9%83%BD")
            .await
            .len(),
        2
    );
    // Taken out of lists by a decision, in the trash, erased.
    write(
        &server,
        "UPDATE images SET unlisted_by = 'case' WHERE id = ?1",
        &[&made[1]],
    )
    .await;
    let tag = "/gallery/tag/ete%20a%20la%20mer";
    assert_eq!(listed(&mut stranger, tag).await, [made[0].clone()]);
    let trash = [("ids[]", made[0].as_str()), ("action", "trash"), lang];
    ada.post("/api/change", &trash).await;
    assert_eq!(stranger.get(tag).await.status, 404);
    assert_eq!(
        stranger
            .get("/gallery?q=mer")
            .await
            .text
            .matches("<article")
            .count(),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn likes_and_remixes_that_are_wrong_are_repaired() {
    let server = Server::start(&[]).await;
    let _ada = server.signed_in("Ada Martin").await;
    let made = public(&server, &[3_000, 2_000, 1_000]).await;
    like(&server, &made[0], 2).await;
    assert_eq!(rankings::count(&server.state).await, Ok(0));
    write(
        &server,
        "UPDATE public_pictures SET likes = 7, remixes = 9 WHERE image_id = ?1",
        &[&made[0]],
    )
    .await;
    write(
        &server,
        "UPDATE public_pictures SET likes = 1 WHERE image_id = ?1",
        &[&made[2]],
    )
    .await;
    assert_eq!(rankings::count(&server.state).await, Ok(2));
    assert_eq!(rankings::count(&server.state).await, Ok(0));
    let sum = "SELECT SUM(likes) * 100 + SUM(remixes) AS n FROM public_pictures";
    assert_eq!(number(&server, sum).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_looked_for_takes_no_room_in_memory() {
    let server = Server::start(&[]).await;
    let _ada = server.signed_in("Ada Martin").await;
    public(&server, &[1_000]).await;
    let mut stranger = server.browser();
    stranger.get("/gallery").await;
    stranger.get("/gallery?sort=liked&period=week").await;
    let kept = server.state.kept.pages.figures().entries;
    for n in 0..20 {
        stranger.get(&format!("/gallery?q=word{n}")).await;
        stranger
            .get(&format!("/gallery?sort=liked&period=week&utm={n}"))
            .await;
        stranger
            .get(&format!("/gallery?period=week&sort=liked&cursor=&x={n}"))
            .await;
        stranger.get(&format!("/gallery/tag/nothing{n}")).await;
        stranger.get(&format!("/gallery?sort=x{n}")).await;
    }
    let now = server.state.kept.pages.figures();
    // A tag's missing pages are kept, and what a node that has not looked yet did not keep at
    // first; of the other eighty nothing.
    let bound = kept + 26;
    assert!(
        now.entries <= bound,
        "{} entries, {kept} before",
        now.entries
    );
}
