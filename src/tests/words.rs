//! What people type, in any script: counted as the page counts, empty where
//! there is nothing to see, found again, laid out in its own direction, cut
//! where a reader would cut it.

use crate::{
    harness::{Browser, Server, new_key, refusal},
    library::{Given, give, person},
    store::sums,
};
use imgc::{housekeeping, store::Statement};
use scraper::{ElementRef, Html, Node, Selector};

/// Texts in which there is nothing to see.
const NOTHING: [&str; 10] = [
    "\u{200b}\u{200b}",
    "\u{200d}\u{feff}",
    " \u{3000}\u{2003}\u{a0}",
    "\u{2060}\u{ad}\u{34f}",
    "\u{3164}\u{115f}",
    "\u{2800}\u{2800}",
    "\u{fe0f}\u{e0101}",
    "\u{e0041}\u{e007f}",
    "\u{202e}\u{2066}\u{200f}",
    "\u{301}\u{308}",
];

async fn prompt_of(browser: &mut Browser, page: &crate::harness::Page) -> String {
    let job = browser.job(&crate::harness::job_id(page)).await;
    job["prompt"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_counts_what_the_page_counts() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    // What the page shows as 32,000 characters, as a browser sends it.
    let text = format!("{}\n", "x".repeat(31)).repeat(1000);
    let sent = ada
        .submit(&text.replace('\n', "\r\n"), &new_key(), &[])
        .await;
    assert_eq!(prompt_of(&mut ada, &sent).await, text);
    let more = ada
        .submit(&format!("{text}x"), &new_key(), &[])
        .await
        .refusal();
    assert!(more.contains("prompt_too_long"), "{more}");
    // Characters, not bytes and not the halves of a surrogate pair.
    let emoji = "🐱".repeat(32_000);
    let sent = ada.submit(&emoji, &new_key(), &[]).await;
    assert_eq!(prompt_of(&mut ada, &sent).await, emoji);

    // Every line break is one; what nobody sees and no keyboard types is left out.
    for (typed, kept) in [
        ("first line\u{b}second line", "first line\nsecond line"),
        ("a\u{2028}b\u{2029}c\u{85}d\u{c}e\rf", "a\nb\nc\nd\ne\nf"),
        ("a\0b\u{7}c\u{1b}[31md", "abc[31md"),
        (
            "می\u{200c}خواهم 👩\u{200d}🚀",
            "می\u{200c}خواهم 👩\u{200d}🚀",
        ),
    ] {
        let sent = ada.submit(typed, &new_key(), &[]).await;
        assert_eq!(prompt_of(&mut ada, &sent).await, kept, "{typed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_sees_is_empty_everywhere() {
    let server = Server::start(&[("IMGC_LIMITS_REPORTS_PER_MINUTE", "1000")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let me = person(&server, "Ada Martin").await;
    let id = give(&server, &me, &[Given::default()]).await.remove(0);
    for nothing in NOTHING {
        let looks: [&[(&str, &str)]; 2] = [&[], &[("draft[look]", "ink")]];
        for more in looks {
            let refused = ada.submit(nothing, &new_key(), more).await.refusal();
            assert!(refused.contains("empty_prompt"), "{nothing:?}: {refused}");
        }
        for (fields, code) in [
            ([("action", "tag"), ("about[tag]", nothing)], "tag_empty"),
            ([("action", ""), ("about[tag]", nothing)], ""),
        ] {
            let mut fields = fields.to_vec();
            fields.extend([("ids[]", id.as_str()), ("lang", "en")]);
            let page = ada.post("/api/change", &fields).await;
            let refused = refusal(page.location());
            assert!(
                !refused.is_empty() && refused.contains(code),
                "{nothing:?}: {refused}"
            );
        }
        for (form, field, code) in [
            ("/api/collection", "name", "name_empty"),
            ("/api/account_name", "name", "person_name_empty"),
            ("/api/report_child", "about", "report_empty"),
        ] {
            let page = ada.post(form, &[(field, nothing), ("lang", "en")]).await;
            let refused = refusal(page.location());
            assert!(refused.contains(code), "{form} {nothing:?}: {refused}");
        }
    }
    let left = "SELECT (SELECT COUNT(*) FROM image_tags) + (SELECT COUNT(*) FROM collections)
        + (SELECT COUNT(*) FROM jobs WHERE prompt <> 'p') AS made";
    let rows = server.state.db.fetch_all(Statement::new(left)).await;
    assert_eq!(rows.unwrap()[0].int("made").unwrap(), 0);
}

async fn found(browser: &mut Browser, words: &str) -> Vec<String> {
    let words: String = url::form_urlencoded::byte_serialize(words.as_bytes()).collect();
    let page = browser.get(&format!("/library?q={words}")).await;
    assert_eq!(page.status, 200);
    let selector = Selector::parse("input[name='ids[]']").unwrap();
    Html::parse_document(&page.text)
        .select(&selector)
        .map(|input| input.value().attr("value").unwrap().to_owned())
        .collect()
}

const SENTENCES: [(&str, &[&str]); 10] = [
    (
        "夕暮れの港に停泊する帆船、水彩画風",
        &["港", "帆船", "停泊", "水彩画風", "帆船 港"],
    ),
    ("一只黑猫坐在窗台上", &["猫", "黑猫", "窗台"]),
    ("ภาพกระท่อมริมทะเลสาบ", &["ทะเล", "กระท่อม", "ม"]),
    (
        "ヘ\u{309a}ンキ\u{3099}ンの親子",
        &["ペンギン", "ﾍﾟﾝｷﾞﾝ", "親"],
    ),
    ("빨간의자에 앉은 강아지가", &["의자", "강아지"]),
    ("قِطٌّ صَغِيرٌ نَائِمٌ", &["قط", "صغير"]),
    ("בַּיִת לָבָן", &["בית", "לבן"]),
    ("नीली झोपड़ी, हिमालय", &["झोपड़ी", "हिमालय", "हिमा"]),
    (
        "Straße im Frühling 🌷 4K画質",
        &["strasse", "fruhling", "🌷", "画質", "4k"],
    ),
    (
        "Hawai\u{2bb}i, м’ята, ≈ 5€ カ\u{309b}ム, \u{1a12}\u{1a1a}\u{1a04}\u{1a17}",
        &[
            "hawaii",
            "м\u{2bc}ята",
            "≈",
            "€",
            "ガム",
            "\u{1a04}\u{1a17}",
        ],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn words_are_found_in_every_script() {
    let server = Server::start(&[("IMGC_LIMITS_PICTURES_PER_DAY", "100")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let _sam = server.signed_in("Sam Rivera").await;
    let sam = person(&server, "Sam Rivera").await;
    // One through the whole pipeline, the rest as an earlier version left them.
    let painted = ada.picture(SENTENCES[0].0).await;
    assert_eq!(
        found(&mut ada, "帆船").await,
        std::slice::from_ref(&painted)
    );
    let me = person(&server, "Ada Martin").await;
    let prompts: Vec<Given> = SENTENCES[1..]
        .iter()
        .map(|(prompt, _)| Given {
            prompt,
            ..Given::default()
        })
        .collect();
    // Tags and collections as an earlier version compared them.
    let tags = "INSERT INTO image_tags (user_id, image_id, folded, name)
        SELECT user_id, id, 'ハハ', 'パパ' FROM images";
    server.state.db.write(Statement::new(tags)).await.unwrap();
    let unprepared = include_str!("../../migrations/0015_search_again.sql");
    server
        .state
        .db
        .write(Statement::new(unprepared))
        .await
        .unwrap();
    let mut ids = vec![painted];
    ids.extend(give(&server, &me, &prompts).await);
    give(&server, &sam, &prompts).await;
    // What the migration leaves is an index that agrees with its rows.
    sums::hold(&server.state.db, "the migration").await;
    housekeeping::round(&server.state).await;
    for (n, (sentence, parts)) in SENTENCES.iter().enumerate() {
        for part in *parts {
            let seen = found(&mut ada, part).await;
            assert_eq!(seen, [ids[n].clone()], "{part} in {sentence}");
        }
    }
    for (tag, count) in [("%E3%83%91%E3%83%91", 1), ("%E3%83%8F%E3%83%8F", 0)] {
        let page = ada.get(&format!("/library?tag={tag}")).await.text;
        assert_eq!(page.matches("name=\"ids[]\"").count(), count, "{tag}");
    }
    for absent in ["犬", "猫黑", "ハンキン", "งม", "นที", "house"] {
        assert!(found(&mut ada, absent).await.is_empty(), "{absent}");
    }
    // A prompt that goes takes with it what was made of it.
    let forget =
        Statement::new("UPDATE images SET prompt = '' WHERE id = ?1").bind(ids[1].as_str());
    server.state.db.write(forget).await.unwrap();
    assert!(found(&mut ada, "黑猫").await.is_empty());
    let delete = Statement::new("DELETE FROM images WHERE id = ?1").bind(ids[0].as_str());
    server.state.db.write(delete).await.unwrap();
    assert!(found(&mut ada, "帆船").await.is_empty());
    sums::hold(&server.state.db, "forgetting and deleting").await;
}

fn is_arabic(text: &str) -> bool {
    text.chars().any(|c| ('\u{600}'..='\u{6ff}').contains(&c))
}

/// Words of the page in Arabic that stand in no element of their own direction.
fn misdirected(html: &str) -> Vec<String> {
    let document = Html::parse_document(html);
    let mut found = Vec::new();
    for node in document.tree.nodes() {
        let above = || node.ancestors().filter_map(ElementRef::wrap);
        let unseen = || {
            above().any(|e| matches!(e.value().name(), "head" | "script" | "style" | "template"))
        };
        let directed = || {
            let own = |e: ElementRef| match e.value().name() {
                "bdi" => true,
                // Whatever stands in it, code goes from left to right.
                "code" => e.value().attr("dir") == Some("ltr"),
                _ => e.value().attr("dir") == Some("auto"),
            };
            above().any(own)
        };
        match node.value() {
            Node::Text(words) if is_arabic(words) && !unseen() => {
                let text: &str = words;
                let isolated = text.contains('\u{2068}') && text.contains('\u{2069}');
                if !isolated && !directed() {
                    found.push(text.to_owned());
                }
            }
            Node::Element(element) if matches!(element.name(), "input" | "option") => {
                let shown = element.attr("type") != Some("hidden");
                let words = element.attr("value").is_some_and(is_arabic);
                if words && shown && element.attr("dir") != Some("auto") {
                    found.push(format!("{element:?}"));
                }
            }
            _ => {}
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn words_from_right_to_left_have_their_own_direction_on_every_page() {
    let name = "ليلى حداد";
    let server = Server::start(&[("IMGC_ADMINS", "mina.okafor@example.com")]).await;
    let mut layla = server.signed_in("Layla").await;
    let post = async |browser: &mut Browser, form: &str, fields: &[(&str, &str)]| {
        let mut fields = fields.to_vec();
        fields.push(("lang", "en"));
        let page = browser.post(form, &fields).await;
        assert!(page.refusal().is_empty(), "{form}: {}", page.location());
        page.location().to_owned()
    };
    post(&mut layla, "/api/account_name", &[("name", name)]).await;
    let job = layla.generate("قط صغير نائم على كرسي أخضر, 4K").await;
    let made = layla.until(&job, &["ready"]).await;
    let id = made["images"][0]["id"].as_str().unwrap().to_owned();
    let id = id.as_str();
    let refused = layla.generate("قط كبير [demo:moderation-prompt]").await;
    layla.until(&refused, &["failed"]).await;
    let revise = "UPDATE images SET revised_prompt = 'قط صغير جدا'";
    server.state.db.write(Statement::new(revise)).await.unwrap();
    let tag = [("action", "tag"), ("about[tag]", "قطط"), ("ids[]", id)];
    let tagged = post(&mut layla, "/api/change", &tag).await;
    let collect = [
        ("action", "collect"),
        ("about[name]", "الأجمل"),
        ("ids[]", id),
    ];
    post(&mut layla, "/api/change", &collect).await;
    let publish = post(&mut layla, "/api/publish", &[("id", id)]).await;
    post(&mut layla, "/api/remix", &[("id", id)]).await;
    let report = [("about", "حساب طفل"), ("details", "هذا طفل")];
    post(&mut server.browser(), "/api/report_child", &report).await;

    let library = layla.get("/library").await;
    let selector = Selector::parse("a.place[href*='collection=']").unwrap();
    let collection = Html::parse_document(&library.text)
        .select(&selector)
        .next()
        .and_then(|a| a.value().attr("href").map(str::to_owned))
        .unwrap();
    let pages = [
        "/create".to_owned(),
        "/library".into(),
        "/library?q=%D9%82%D8%B7".into(),
        "/library?tag=%D9%82%D8%B7%D8%B7".into(),
        tagged,
        collection,
        format!("/i/{id}"),
        publish,
        format!("/jobs/{job}"),
        format!("/jobs/{refused}"),
        "/account".into(),
        "/usage".into(),
        "/gallery".into(),
        "/".into(),
    ];
    let mut stranger = server.browser();
    let mut seen = 0;
    for address in pages {
        for language in ["", "/fr"] {
            let address = match address.strip_prefix("/fr") {
                Some(_) => address.clone(),
                None if address == "/" && !language.is_empty() => language.to_owned(),
                None => format!("{language}{address}"),
            };
            let page = layla.get(&address).await;
            assert_eq!(page.status, 200, "{address}");
            seen += usize::from(is_arabic(&page.text));
            assert_eq!(misdirected(&page.text), [""; 0], "{address}");
        }
        if address.starts_with("/i/") || address == "/gallery" || address == "/" {
            let page = stranger.get(&address).await;
            assert_eq!(misdirected(&page.text), [""; 0], "{address} for a stranger");
        }
    }
    assert!(seen >= 24, "only {seen} pages held Arabic words");
    let mut admin = server.signed_in("Mina Okafor").await;
    let page = admin.get("/admin").await;
    assert!(is_arabic(&page.text));
    assert_eq!(misdirected(&page.text), [""; 0]);
    // Where people write, the field follows what they write.
    for (address, field) in [
        ("/create", "textarea[name='draft[prompt]'][dir=auto]"),
        ("/library", "input[name=q][dir=auto]"),
        ("/account", "input[name=name][dir=auto]"),
        ("/report-child", "textarea[name=details][dir=auto]"),
        ("/report-child", "input[name=about][dir=auto]"),
    ] {
        let page = layla.get(address).await;
        let selector = Selector::parse(field).unwrap();
        let there = Html::parse_document(&page.text).select(&selector).count();
        assert_eq!(there, 1, "{field} on {address}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn titles_and_file_names_are_cut_between_what_is_seen_as_characters() {
    use unicode_segmentation::UnicodeSegmentation;
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let me = person(&server, "Ada Martin").await;
    let long = [
        "👩\u{200d}👩\u{200d}👧\u{200d}👦".repeat(60),
        "🇫🇷🇩🇪".repeat(80),
        "👍🏽".repeat(120),
        "e\u{301}".repeat(300),
        "ที่".repeat(120),
        "\u{1112}\u{1161}\u{11ab}".repeat(120),
        "क्षि".repeat(120),
    ];
    for text in &long {
        // Shifted, so that a cut by characters falls inside at one of them.
        for shift in 0..4 {
            let text = format!("{}{text}", "x".repeat(shift));
            let whole: Vec<&str> = text.graphemes(true).collect();
            let prompt = Given {
                prompt: &text,
                ..Given::default()
            };
            let id = give(&server, &me, &[prompt]).await.remove(0);
            let page = ada.get(&format!("/i/{id}")).await;
            let document = Html::parse_document(&page.text);
            for selector in ["h1", "title"] {
                let element = Selector::parse(selector).unwrap();
                let shown: String = document.select(&element).next().unwrap().text().collect();
                let cut = shown.split('…').next().unwrap();
                let seen: Vec<&str> = cut.graphemes(true).collect();
                assert_eq!(seen, whole[..seen.len()], "{selector} of {text}");
            }
            let mut image = imgc::store::images::by_owner(&server.state.db, &id, &me)
                .await
                .unwrap()
                .unwrap();
            image.prompt.0 = "語".repeat(500);
            assert!(imgc::server::archive::file_name(&image).len() <= 255);
        }
    }
}

#[test]
fn the_guides_name_the_limits_of_the_code() {
    use imgc::model::{limits as of, retention::RetentionRule};
    let read = |path: &str| {
        std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    };
    let script = read("scripts/size");
    let kilobytes = |name: &str| {
        let limit = script.lines().find_map(|line| line.strip_prefix(name));
        limit.unwrap().parse::<u32>().unwrap() / 1000
    };
    let (create, all) = (kilobytes("CREATE_BYTES="), kilobytes("ALL_BYTES="));
    let days = |rule: RetentionRule| rule.kept_ms() / of::DAY_MS;
    let mebibytes = |bytes: usize| bytes.div_ceil(1024 * 1024);
    for (path, said) in [
        ("Makefile", format!("fails above {create} and {all} kB")),
        ("README.md", format!("fails above {create} and {all} kB")),
        (
            "README.md",
            format!("a {}-day trash", of::TRASH_MS / of::DAY_MS),
        ),
        (
            "README.md",
            format!("older than {} days", days(RetentionRule::Backups)),
        ),
        (
            "docs/operate.md",
            format!("sixteen pictures of {} MiB", of::UPLOAD_MAX_MB),
        ),
        (
            "docs/operate.md",
            format!("so {} MiB in all", mebibytes(of::UPLOADS_BODY_MAX)),
        ),
        (
            "docs/operate.md",
            format!(
                "the composer's forms have {} KiB",
                of::COMPOSER_BODY_MAX / 1024
            ),
        ),
        (
            "docs/operate.md",
            format!("all others {} KiB", of::FORM_BODY_MAX / 1024),
        ),
        (
            "docs/operate.md",
            format!("removes after {} days", days(RetentionRule::Logs)),
        ),
        (
            "ARCHITECTURE.md",
            format!("at most {} MiB of it", of::UPLOAD_MAX_MB),
        ),
    ] {
        assert!(read(path).contains(&said), "{path} does not say: {said}");
    }
    assert_eq!(of::UPLOADS_PER_FORM, 16);
}
