//! Styles of one's own: kept, put on, changed, deleted; by their owner alone.

use crate::harness::{Browser, Server, new_key};
use imgc::{
    generate::api::Composer,
    model::limits::{STYLE_NAME_CHARS, STYLE_WORDS_CHARS, STYLES_MAX},
};
use serde_json::Value;

const LANG: (&str, &str) = ("lang", "en");
const ADMIN: (&str, &str) = ("IMGC_ADMINS", "mina.okafor@example.com");

/// A form of the composer as a browser sends it.
const FORM: [(&str, &str); 7] = [
    ("draft[prompt]", "a fox"),
    ("draft[model]", "gpt-image-2.5-flare"),
    ("draft[size]", "1536x1024"),
    ("draft[quality]", "high"),
    ("draft[count]", "2"),
    ("draft[format]", "webp"),
    LANG,
];

async fn keep(browser: &mut Browser, fields: &[(&str, &str)]) -> String {
    let fields = [fields, &[LANG]].concat();
    let done = browser.post("/api/style", &fields).await;
    match done.refusal() {
        refused if refused.is_empty() => done.location().to_owned(),
        refused => refused,
    }
}

/// The person's styles by name and id, as their page shows them.
async fn styles(browser: &mut Browser) -> Vec<(String, String)> {
    let page = browser.get("/styles").await;
    assert_eq!(page.status, 200);
    let buttons = page.text.split("name=\"style\"").skip(1);
    let attribute = |button: &str, name: &str| {
        let rest = button.split(&format!("{name}=\"")).nth(1).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    buttons
        .map(|button| (attribute(button, "data-name"), attribute(button, "value")))
        .collect()
}

async fn draft(browser: &mut Browser) -> Value {
    browser.load::<Composer>("/api/composer").await["draft"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_style_is_put_on_what_is_typed_and_seen_before_it_is_sent() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    // From the composer, with what is typed, to the styles.
    let opened = ada.post("/api/styles", &FORM).await;
    assert_eq!(opened.location(), "/styles");
    let made = [
        ("name", "Linocut"),
        ("before", "A linocut of"),
        ("after", "two colours <b>"),
        ("settings", "on"),
    ];
    assert_eq!(keep(&mut ada, &made).await, "/styles");
    let page = ada.get("/styles").await.text;
    assert!(
        page.contains("A linocut of … two colours &lt;b&gt;"),
        "escaped, and there"
    );
    let id = styles(&mut ada).await[0].1.clone();

    // Another form: the words that are typed stay, and those of the style stand around
    // them, where anybody can read what will be sent and paid for.
    let mut typed = FORM.to_vec();
    typed[0] = ("draft[prompt]", "a heron at the weir");
    typed[2] = ("draft[size]", "1024x1024");
    typed[3] = ("draft[quality]", "low");
    typed.push(("style", &id));
    let used = ada.post("/api/style_use", &typed).await;
    assert_eq!(used.location(), "/create");
    let worn = "A linocut of a heron at the weir, two colours <b>";
    let now = draft(&mut ada).await;
    assert_eq!(now["prompt"], worn);
    for (field, value) in [
        ("size", "1536x1024"),
        ("quality", "high"),
        ("count", "2"),
        ("format", "webp"),
    ] {
        assert_eq!(now[field], value);
    }

    // Used again from its own page, it is worn once; another one takes its place.
    ada.post("/api/style_use", &[("style", &id), LANG]).await;
    assert_eq!(draft(&mut ada).await["prompt"], worn);
    keep(&mut ada, &[("name", "Fog"), ("after", "in the fog")]).await;
    let fog = styles(&mut ada).await;
    let fog = fog
        .iter()
        .find(|(name, _)| name == "Fog")
        .unwrap()
        .1
        .clone();
    ada.post("/api/style_use", &[("style", &fog), LANG]).await;
    let now = draft(&mut ada).await;
    assert_eq!(now["prompt"], "a heron at the weir, in the fog");
    assert_eq!(
        now["size"], "1536x1024",
        "a style of words alone leaves the settings"
    );

    // What is sent is what was read.
    let words = now["prompt"].as_str().unwrap().to_owned();
    let sent = ada.submit(&words, &new_key(), &[]).await;
    let job = ada.job(&crate::harness::job_id(&sent)).await;
    assert_eq!(job["prompt"], words.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_checked_and_nothing_is_typed_twice() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let long = "x".repeat(STYLE_NAME_CHARS as usize + 1);
    let words = "x".repeat(STYLE_WORDS_CHARS as usize + 1);
    for (name, before, refused) in [
        ("", "kept words", "name_empty"),
        (" \u{200b} ", "kept words", "name_empty"),
        (long.as_str(), "kept words", "name_too_long"),
        ("Fog", words.as_str(), "prompt_too_long"),
    ] {
        let told = keep(&mut ada, &[("name", name), ("before", before)]).await;
        assert!(told.contains(refused), "{name}: {told}");
        let page = ada.get("/styles").await.text;
        assert!(page.contains(before), "{refused}: what was typed is there");
    }
    assert!(styles(&mut ada).await.is_empty());
    assert_eq!(keep(&mut ada, &[("name", "Fog")]).await, "/styles");
    let told = keep(&mut ada, &[("name", "  FÓG ")]).await;
    assert!(told.contains("name_taken"), "{told}");
    let refused = ada.post("/api/style", &[("name", "fog"), LANG]).await;
    let page = ada.get(refused.location()).await.text;
    assert!(page.contains("Another style of yours has this name already."));

    // Renamed, and not to the name of another.
    keep(&mut ada, &[("name", "Rain")]).await;
    let all = styles(&mut ada).await;
    let id = |name: &str| all.iter().find(|(n, _)| n == name).unwrap().1.clone();
    let (fog, rain) = (id("Fog"), id("Rain"));
    let told = keep(&mut ada, &[("id", &rain), ("name", "fog")]).await;
    assert!(told.contains("name_taken"), "{told}");
    keep(
        &mut ada,
        &[("id", &rain), ("name", "Drizzle"), ("after", "wet")],
    )
    .await;
    keep(&mut ada, &[("id", &fog), ("name", "FOG")]).await;
    let names: Vec<String> = styles(&mut ada).await.into_iter().map(|(n, _)| n).collect();
    assert_eq!(names, ["Drizzle", "FOG"]);

    for number in 2..STYLES_MAX {
        keep(&mut ada, &[("name", &format!("Style {number}"))]).await;
    }
    assert_eq!(styles(&mut ada).await.len(), STYLES_MAX as usize);
    let told = keep(&mut ada, &[("name", "One too many")]).await;
    assert!(told.contains("too_many"), "{told}");
    assert!(!ada.get("/styles").await.text.contains("One too many"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_style_with_an_option_that_is_gone_keeps_what_there_is_and_says_so() {
    let server = Server::start(&[ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    ada.post("/api/styles", &FORM).await;
    keep(
        &mut ada,
        &[("name", "Mine"), ("after", "at dawn"), ("settings", "on")],
    )
    .await;
    let id = styles(&mut ada).await[0].1.clone();
    // An option that the model never had, or has lost.
    let odd = [
        ("draft[prompt]", "x"),
        ("draft[model]", "gpt-image-2.5-flare"),
        ("draft[size]", "1536x1024"),
        ("draft[quality]", "sublime"),
        LANG,
    ];
    ada.post("/api/styles", &odd).await;
    keep(&mut ada, &[("name", "Odd"), ("settings", "on")]).await;
    let odd = styles(&mut ada).await[1].1.clone();
    let used = ada
        .post("/api/style_use", &[&FORM[..], &[("style", &odd)]].concat())
        .await;
    assert!(
        used.refusal().contains("quality_not_offered"),
        "{}",
        used.location()
    );
    let now = draft(&mut ada).await;
    assert_eq!(now["prompt"], "a fox");
    assert_eq!(now["size"], "1536x1024");
    assert_ne!(now["quality"], "sublime");

    // Its model is switched off.
    let off = [("id", "gpt-image-2.5-flare"), ("to", "off"), LANG];
    mina.post("/api/admin_model", &off).await;
    let used = ada
        .post("/api/style_use", &[&FORM[..], &[("style", &id)]].concat())
        .await;
    assert!(
        used.refusal().contains("unknown_model"),
        "{}",
        used.location()
    );
    let now = draft(&mut ada).await;
    assert_eq!(now["prompt"], "a fox, at dawn");
    assert_ne!(now["model"], "gpt-image-2.5-flare");
    assert!(ada.get("/create").await.text.contains("a fox, at dawn"));
    assert!(
        ada.get("/styles")
            .await
            .text
            .contains("gpt-image-2.5-flare")
    );

    // Deleted in another tab: what was typed is there.
    ada.post("/api/style_delete", &[("id", &id), LANG]).await;
    let used = ada
        .post("/api/style_use", &[&FORM[..], &[("style", &id)]].concat())
        .await;
    assert!(used.refusal().contains("not_found"), "{}", used.location());
    assert_eq!(draft(&mut ada).await["prompt"], "a fox");
}

#[tokio::test(flavor = "multi_thread")]
async fn styles_are_their_owners_alone() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    keep(&mut ada, &[("name", "Hers"), ("before", "secret words")]).await;
    let id = styles(&mut ada).await[0].1.clone();
    assert!(styles(&mut sam).await.is_empty());
    let used = sam
        .post("/api/style_use", &[&FORM[..], &[("style", &id)]].concat())
        .await;
    assert!(used.refusal().contains("not_found"));
    assert_eq!(draft(&mut sam).await["prompt"], "a fox");
    sam.post("/api/style_delete", &[("id", &id), LANG]).await;
    keep(&mut sam, &[("id", &id), ("name", "His")]).await;
    assert_eq!(styles(&mut ada).await[0].0, "Hers");
    // A stranger signs in first; what they typed waits.
    let mut stranger = server.browser();
    assert!(
        stranger
            .get("/styles")
            .await
            .location()
            .starts_with("/sign-in")
    );
    let sent = stranger.post("/api/styles", &FORM).await;
    assert!(
        sent.location().starts_with("/sign-in"),
        "{}",
        sent.location()
    );
    stranger.sign_in("Lena Park").await;
    assert_eq!(draft(&mut stranger).await["prompt"], "a fox");
}
