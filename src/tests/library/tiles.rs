//! The library's tiles: days, marks, and what one press does to one picture.

use super::{DAY_MS, Given, found, give, links, person, text_of};
use crate::harness::{Server, refusal};
use scraper::{Html, Selector};

/// The texts, or an attribute, of everything that matches.
fn all(text: &str, selector: &str, attribute: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    Html::parse_document(text)
        .select(&selector)
        .map(|element| match attribute {
            "" => element.text().collect(),
            name => element.value().attr(name).unwrap_or_default().to_owned(),
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_stand_below_the_day_they_were_made_on() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let me = person(&server, "Ada Martin").await;
    // The last moment of a day and the first of the next; then, two days later, one more.
    let midnight = 1_790_035_200_000 - 1_790_035_200_000 % DAY_MS;
    let made = [midnight - 1, midnight, midnight + 5, midnight + 2 * DAY_MS];
    let given = made.map(|made_ms| Given {
        made_ms,
        ..Given::default()
    });
    let ids = give(&server, &me, &given).await;
    let page = ada.get("/library").await;
    assert_eq!(all(&page.text, ".day h2", "").len(), 3);
    let days = all(&page.text, ".day", "data-day");
    let mut sorted = days.clone();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    sorted.dedup();
    assert_eq!(days, sorted, "each day once, the newest first");
    let of_middle = format!(".day[data-day='{}'] input[name='ids[]']", days[1]);
    assert_eq!(
        all(&page.text, &of_middle, "value"),
        [ids[2].clone(), ids[1].clone()]
    );
    // In French the same days are written as the French do.
    let french = ada.get("/fr/library").await;
    assert_eq!(all(&french.text, ".day", "data-day"), days);
    assert_ne!(
        all(&french.text, ".day h2", ""),
        all(&page.text, ".day h2", "")
    );
    // The order decides, not the headings.
    let oldest = ada.get("/library?sort=oldest").await;
    let reversed: Vec<String> = days.iter().rev().cloned().collect();
    assert_eq!(all(&oldest.text, ".day", "data-day"), reversed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_becomes_a_reference_without_leaving_the_library() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let id = ada.picture("a boat").await;
    let typed = [("draft[prompt]", "typed, not sent"), ("lang", "en")];
    ada.post("/api/draft", &typed).await;
    let one = format!("reference {id}");
    let fields = [
        ("about[one]", one.as_str()),
        ("query", "q=boat"),
        ("lang", "en"),
    ];
    let theirs = sam.post("/api/change", &fields).await;
    assert!(
        theirs.refusal().contains("not_found"),
        "{}",
        theirs.refusal()
    );
    let done = ada.post("/api/change", &fields).await;
    let page = ada.get(done.location()).await;
    assert!(done.location().contains("q=boat"), "{}", done.location());
    assert_eq!(
        all(&page.text, ".told [role=status]", ""),
        ["Added to your reference pictures."]
    );
    assert_eq!(all(&page.text, ".told a", "href"), ["/create"]);
    // Nothing that was typed is lost, and there are no more than any model takes.
    let composer = ada.get("/create").await.text;
    assert!(composer.contains("typed, not sent"));
    assert_eq!(all(&composer, ".reference-list > li", "").len(), 1);
    let mut last = done;
    for _ in 1..17 {
        last = ada.post("/api/change", &fields).await;
    }
    assert!(last.refusal().contains("too_many"), "{}", last.refusal());
    let composer = ada.get("/create").await.text;
    assert_eq!(all(&composer, ".reference-list > li", "").len(), 16);
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_of_pages_are_files_and_a_reader_loads_none() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = ada.picture("a boat").await;
    ada.post("/api/publish", &[("id", &id), ("lang", "en")])
        .await;
    let library = ada.get("/library").await.text;
    let scripts = all(&library, "script[src]", "src");
    assert_eq!(scripts, ["/pkg/library.js", "/pkg/arrows.js"]);
    assert!(!library.contains("#selection .pick"));
    // The form's page loads them once somebody goes there.
    let create = ada.get("/create").await.text;
    assert!(all(&create, "script[src]", "src").is_empty());
    assert!(create.contains("import('/pkg/library.js')"));
    let edit = ada.get(&format!("/edit/{id}")).await.text;
    assert_eq!(all(&edit, "script[src]", "src"), ["/pkg/easel.js"]);
    for page in ["/", "/gallery", &format!("/i/{id}"), "/terms"] {
        let page = server.browser().get(page).await.text;
        assert!(all(&page, "script[src]", "src").is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_of_a_tile_acts_on_its_picture_and_on_no_other() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let me = person(&server, "Ada Martin").await;
    let ids = give(&server, &me, &[Given::default(), Given::default()]).await;
    let buttons = |text: &str, id: &str| -> Vec<String> {
        let values = all(text, "button[name='about[one]']", "value");
        let of_it = values.iter().filter_map(|one| one.split_once(' '));
        of_it
            .filter(|(_, of)| *of == id)
            .map(|(act, _)| act.to_owned())
            .collect()
    };
    let page = ada.get("/library").await;
    assert_eq!(
        buttons(&page.text, &ids[0]),
        ["favourite", "publish", "reference", "trash"]
    );
    assert!(
        all(&page.text, ".pick .badge", "").is_empty(),
        "private is the rule"
    );
    let original = format!("/files/{}/original.png", ids[0]);
    assert!(links(&page, ".quick-acts a[download]").contains(&original));

    // The other picture is chosen, too: the button means its own alone.
    let press = |act: &str| format!("{act} {}", ids[0]);
    for (act, query, then) in [
        ("favourite", "favourite=1", "unfavourite"),
        ("publish", "shown=public", "unpublish"),
    ] {
        let one = press(act);
        let fields = [
            ("ids[]", ids[1].as_str()),
            ("action", ""),
            ("about[one]", &*one),
            ("lang", "en"),
        ];
        let answer = ada.post("/api/change", &fields).await;
        assert!(answer.location().starts_with("/library?done="), "{act}");
        assert_eq!(found(&mut ada, query).await, [ids[0].clone()], "{act}");
        let page = ada.get("/library").await;
        assert!(buttons(&page.text, &ids[0]).contains(&then.to_owned()));
    }
    let page = ada.get("/library").await;
    assert_eq!(text_of(&page, ".badge-public"), "Public");
    assert_eq!(
        all(
            &page.text,
            "[data-tile-key='.'][aria-pressed=true]",
            "value"
        )
        .len(),
        1
    );

    // Somebody else's picture is none, and words that say nothing are refused.
    let one = press("trash");
    let theirs = sam.post("/api/change", &[("about[one]", &*one)]).await;
    assert!(
        refusal(theirs.location()).contains("not_found"),
        "{}",
        theirs.location()
    );
    for one in ["trash", "launch x", " ", "trash "] {
        let refused = ada.post("/api/change", &[("about[one]", one)]).await;
        assert!(refused.location().contains("error="), "{one:?}");
    }
    assert_eq!(found(&mut ada, "").await.len(), 2);
    let trashed = ada.post("/api/change", &[("about[one]", &*one)]).await;
    assert!(trashed.location().contains("done="));
    assert_eq!(found(&mut ada, "").await, [ids[1].clone()]);
    let trash = ada.get("/library?trash=1").await;
    assert_eq!(buttons(&trash.text, &ids[0]), ["restore"]);
    assert!(all(&trash.text, ".day h2", "").is_empty());
}
