//! What one person may use, and what all may together: limits that hold whatever comes at
//! once, exceptions, limits of one's own, and the administrators' list of people.

use crate::{
    harness::{Browser, Page, Server, new_key, on_d1},
    library::person,
    rights::close,
};
use imgc::{
    error::{AppError, Limit},
    housekeeping,
    model::{
        allowance::Allowance,
        limits::{ADMIN_REASON_CHARS, DAY_MS, FRESH_SIGN_IN_MS, HOUR_MS, PEOPLE_SHOWN},
    },
    server::clock,
    store::{
        Statement, day_budget,
        export::{self, List},
        personal_limits,
    },
    wire,
};
use reqwest::{Method, StatusCode, header::HeaderValue};
use scraper::{Html, Selector};
use std::process::Command;

const ADMIN: (&str, &str) = ("IMGC_ADMINS", "mina.okafor@example.com");
const MONTH: &str = "IMGC_LIMITS_PERSON_SPEND_PER_MONTH_USD";
const LANG: (&str, &str) = ("lang", "en");

/// Limits that are in nobody's way.
const MANY: [(&str, &str); 4] = [
    ("IMGC_LIMITS_PICTURES_PER_DAY", "100000"),
    ("IMGC_LIMITS_ACTIVE_JOBS", "1000"),
    ("IMGC_LIMITS_JOBS_PER_MINUTE", "1000"),
    ("IMGC_LIMITS_REQUESTS_PER_MINUTE", "10000"),
];

/// A number that a statement finds as `n`.
async fn number(server: &Server, sql: &'static str) -> i64 {
    let row = server.state.db.fetch_optional(Statement::new(sql)).await;
    row.unwrap().unwrap().int("n").unwrap()
}

async fn month_micros(server: &Server) -> i64 {
    number(
        server,
        "SELECT COALESCE(SUM(billable_micros), 0) AS n FROM month_sums",
    )
    .await
}

/// What stands in the page's field of this name.
fn typed(page: &Page, name: &str) -> String {
    let field = Selector::parse(&format!("input[name='{name}']")).unwrap();
    let document = Html::parse_document(&page.text);
    let field = document.select(&field).next();
    let field = field.unwrap_or_else(|| panic!("no {name}: {}", page.text));
    field.attr("value").unwrap_or_default().to_owned()
}

/// The page's text without its elements.
fn text(page: &Page) -> String {
    let document = Html::parse_document(&page.text);
    let words: Vec<&str> = document.root_element().text().collect();
    words
        .join(" ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

async fn own(browser: &mut Browser, pictures: &str, dollars: &str) -> Page {
    let fields = [("pictures", pictures), ("dollars", dollars), LANG];
    browser.post("/api/own_limits", &fields).await
}

/// The administrators' form as a browser sends it.
async fn except(browser: &mut Browser, id: &str, [pictures, dollars, reason]: [&str; 3]) -> Page {
    let fields = [
        ("id", id),
        ("pictures", pictures),
        ("dollars", dollars),
        ("reason", reason),
        LANG,
    ];
    browser.post("/api/admin_limits", &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_at_once_spend_no_more_than_a_months_dollar() {
    let server = Server::start(&[&MANY[..], &[(MONTH, "1")]].concat()).await;
    let ada = server.signed_in("Ada Martin").await;
    let mut sent = Vec::new();
    for n in 0..100 {
        let mut tab = server.browser();
        tab.cookies = ada.cookies.clone();
        sent.push(tokio::spawn(async move {
            // None of these ends, and so costs less than was set aside, meanwhile.
            let prompt = format!("burst {n} [demo:slow=60]");
            let four = [("draft[count]", "4")];
            tab.submit(&prompt, &new_key(), &four).await
        }));
    }
    let mut accepted = 0;
    for answer in sent {
        let answer = answer.await.unwrap();
        match answer.location().starts_with("/jobs/") {
            true => accepted += 1,
            false => assert!(
                answer.refusal().contains("month_spent"),
                "{}",
                answer.location()
            ),
        }
    }
    let all = "SELECT SUM(reserved_micros) AS n FROM jobs";
    let one = "SELECT MAX(reserved_micros) AS n FROM jobs";
    let (all, one) = (number(&server, all).await, number(&server, one).await);
    assert!((1..100).contains(&accepted), "{accepted}");
    assert!(all <= 1_000_000, "{all} micro-dollars are set aside");
    assert!(
        all + 4 * one > 1_000_000,
        "another would have fitted: {all} and {one}"
    );
    assert_eq!(month_micros(&server).await, all);
    // Somebody else has a dollar of their own.
    let mut sam = server.signed_in("Sam Rivera").await;
    sam.generate("mine [demo:slow=60]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_pictures_are_made_together_or_not_at_all() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut ask = async |count: &str| {
        let fields = [("draft[count]", count)];
        ada.submit("several [demo:slow=60]", &new_key(), &fields)
            .await
    };
    assert!(ask("2").await.location().starts_with("/jobs/"));
    let price = number(&server, "SELECT SUM(reserved_micros) AS n FROM jobs").await;
    let spent = month_micros(&server).await;
    assert!(price > 0 && spent == price, "{spent} of {price}");
    let me = person(&server, "Ada Martin").await;
    // Enough for two more, and not for three.
    let allowed = Allowance {
        pictures_per_day: None,
        micros_per_month: Some(spent + price),
    };
    let set = personal_limits::set_own(&server.state.db, &me, &allowed).await;
    assert_eq!(set, Ok(true));
    let refused = ask("3").await;
    assert!(
        refused.refusal().contains("month_spent"),
        "{}",
        refused.location()
    );
    assert_eq!(month_micros(&server).await, spent, "nothing was set aside");
    assert!(ask("2").await.location().starts_with("/jobs/"));
    assert!(ask("1").await.refusal().contains("month_spent"));
    // The same for the day.
    let set = Allowance {
        pictures_per_day: Some(6),
        micros_per_month: None,
    };
    let set = personal_limits::set_own(&server.state.db, &me, &set).await;
    assert_eq!(set, Ok(true));
    assert!(ask("3").await.refusal().contains("\"limit\":6"));
    assert!(ask("2").await.location().starts_with("/jobs/"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_meets_a_limit_reads_which_how_much_and_until_when() {
    let server = Server::start(&[(MONTH, "0.02"), ("IMGC_JOBS_PARTIALS", "3")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    ada.generate("first [demo:slow=60]").await;
    // Without a script: the address has figures, and the page has the words.
    for (lang, told) in [
        ("en", ["$0.020 a month", "on the 1st, at midnight UTC"]),
        ("fr", ["0,020 $ par mois", "le 1er, à minuit UTC"]),
    ] {
        let more = [("lang", lang)];
        let refused = ada.submit("second one", &new_key(), &more).await;
        let page = ada.get(refused.location()).await;
        let words = text(&page).replace(['\u{a0}', '\u{202f}'], " ");
        for told in told {
            assert!(words.contains(told), "{told}: {words}");
        }
        assert!(
            page.text.contains("second one"),
            "what was typed is still there"
        );
    }
    // With one: the answer brings them.
    let key = new_key();
    let fields = [
        ("draft[prompt]", "third"),
        ("draft[model]", "gpt-image-2.5-flare"),
        ("draft[size]", "1024x1024"),
        ("draft[quality]", "low"),
        ("draft[count]", "1"),
        ("draft[format]", "png"),
        ("request_key", &key),
        ("age", "on"),
        LANG,
    ];
    let mut request = ada.form("/api/generate", &fields).build().unwrap();
    let ours = HeaderValue::from_static(wire::CONTENT_TYPE);
    request.headers_mut().insert("accept", ours);
    let answer = crate::harness::http_client()
        .execute(request)
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    let error = wire::from_bytes::<AppError>(answer.bytes().await.unwrap().to_vec());
    let Some(AppError::MonthSpent(Limit { limit: 2, words })) = error else {
        panic!("{error:?}");
    };
    assert!(words.contains("$0.020 a month"), "{words}");
    // Nobody's address puts words there.
    let forged = AppError::MonthSpent(Limit {
        limit: 2,
        words: "Call 0900".into(),
    });
    let page = ada
        .get(&format!("/create?error={}", forged.to_query()))
        .await;
    assert!(!page.text.contains("Call 0900"));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_allow_themselves_less_and_never_more() {
    let server = Server::start(&[("IMGC_LIMITS_PICTURES_PER_DAY", "3"), (MONTH, "5")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let page = ada.get("/usage").await;
    let words = text(&page);
    for told in [
        "3 of 3 left",
        "$0.00 of $5.00",
        "This site’s limit for everybody.",
    ] {
        assert!(words.contains(told), "{told}: {words}");
    }
    // What is refused stays in the form, and is said on it.
    for (pictures, dollars) in [("two", "1"), ("1", "1.999"), ("-1", ""), ("", "1e9")] {
        let refused = own(&mut ada, pictures, dollars).await;
        assert!(
            refused.refusal().contains("limit_invalid"),
            "{pictures} {dollars}"
        );
        let page = ada.get(refused.location()).await;
        assert!(text(&page).contains("A limit is a whole number"));
        assert_eq!(typed(&page, "pictures"), pictures);
        assert_eq!(typed(&page, "dollars"), dollars);
    }
    let limits = "SELECT COUNT(*) AS n FROM personal_limits";
    assert_eq!(number(&server, limits).await, 0);

    // At once, and in either language.
    assert_eq!(own(&mut ada, " 1 ", "0,50 $").await.location(), "/usage");
    let page = ada.get("/fr/usage").await;
    let words = text(&page).replace(['\u{a0}', '\u{202f}'], " ");
    for told in [
        "1 sur 1 restantes",
        "0,00 $ sur 0,50 $",
        "Votre propre limite.",
    ] {
        assert!(words.contains(told), "{told}: {words}");
    }
    assert_eq!(typed(&page, "dollars"), "0.50");
    assert!(
        ada.get("/create")
            .await
            .text
            .contains("One picture left today.")
    );
    ada.generate("first [demo:slow=60]").await;
    let refused = ada.submit("second", &new_key(), &[]).await;
    assert!(
        refused.refusal().contains("quota_reached"),
        "{}",
        refused.location()
    );
    assert!(refused.refusal().contains("\"limit\":1"));
    // Somebody else's is theirs.
    let mut sam = server.signed_in("Sam Rivera").await;
    sam.generate("mine [demo:slow=60]").await;

    // A higher one raises nothing.
    own(&mut ada, "1000", "1000").await;
    let words = text(&ada.get("/usage").await);
    assert!(
        words.contains("2 of 3 left") && words.contains("of $5.00"),
        "{words}"
    );
    let three = [("draft[count]", "3")];
    let refused = ada.submit("three", &new_key(), &three).await;
    assert!(
        refused.refusal().contains("\"limit\":3"),
        "{}",
        refused.refusal()
    );

    // The export has it; what is removed is nowhere.
    let me = person(&server, "Ada Martin").await;
    let held = export::list(&server.state.db, List::Limits, &me, "").await;
    let held: serde_json::Value = serde_json::from_str(&held.unwrap()[0].1).unwrap();
    assert_eq!(held["set_by"], "you");
    assert_eq!(held["pictures_per_day"], 1000);
    assert_eq!(held["micro_dollars_per_month"], 1_000_000_000_i64);
    let remove = [("pictures", "7"), ("remove", "on"), LANG];
    ada.post("/api/own_limits", &remove).await;
    assert_eq!(number(&server, limits).await, 0);
    ada.generate("second [demo:slow=60]").await;
    // Strangers sign in first, and nothing of theirs is kept.
    let sent = own(&mut server.browser(), "1", "1").await;
    assert!(
        sent.location().starts_with("/sign-in?next="),
        "{}",
        sent.location()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrators_exception_holds_higher_or_lower_until_it_is_removed() {
    let server = Server::start(&[ADMIN, ("IMGC_LIMITS_PICTURES_PER_DAY", "1"), (MONTH, "0")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = person(&server, "Ada Martin").await;
    let refused = ada.submit("nothing may be spent", &new_key(), &[]).await;
    assert!(
        refused.refusal().contains("month_spent"),
        "{}",
        refused.location()
    );
    let mut mina = server.signed_in("Mina Okafor").await;
    let address = format!("/admin/people/{id}");

    // Each field counts, and a reason is given; what is refused stays in the form.
    let long = "ü".repeat(ADMIN_REASON_CHARS as usize + 1);
    for (form, code) in [
        (["two", "1", "she asked"], "limit_invalid"),
        (["2", "one", "she asked"], "limit_invalid"),
        (["2", "1", " "], "reason_empty"),
        (["2", "1", &long], "reason_too_long"),
    ] {
        let refused = except(&mut mina, &id, form).await;
        assert!(refused.refusal().contains(code), "{form:?}");
        let page = mina.get(refused.location()).await;
        for (field, value) in ["pictures", "dollars", "reason"].iter().zip(form) {
            assert_eq!(typed(&page, field), value, "{code}");
        }
    }
    let acts = "SELECT COUNT(*) AS n FROM admin_acts";
    assert_eq!(number(&server, acts).await, 0);

    let set = except(&mut mina, &id, ["2", "0.50", "she asked <b>"]).await;
    assert_eq!(set.location(), address);
    let words = text(&mina.get(&address).await);
    assert!(
        words.contains("2 (exception)") && words.contains("$0.50 (exception)"),
        "{words}"
    );
    let record = text(&mina.get("/admin").await);
    assert!(record.contains("limits of a person set"), "{record}");
    assert!(record.contains("she asked <b>"), "{record}");
    ada.generate("two a day [demo:slow=60]").await;
    let words = text(&ada.get("/usage").await);
    assert!(
        words.contains("1 of 2 left") && words.contains("of $0.50"),
        "{words}"
    );
    assert!(
        words.contains("A limit that an administrator set for you."),
        "{words}"
    );
    let held = export::list(&server.state.db, List::Limits, &id, "")
        .await
        .unwrap();
    assert!(
        held.len() == 1 && held[0].1.contains("administrator"),
        "{held:?}"
    );
    // Her own lowers it, and the administrator's form leaves hers alone.
    own(&mut ada, "1", "").await;
    let refused = ada.submit("her own", &new_key(), &[]).await;
    assert!(
        refused.refusal().contains("\"limit\":1"),
        "{}",
        refused.refusal()
    );
    except(&mut mina, &id, ["", "", "no longer"]).await;
    let words = text(&mina.get(&address).await);
    assert!(!words.contains("exception)"), "{words}");
    let remove = [
        ("id", id.as_str()),
        ("pictures", "9"),
        ("remove", "on"),
        ("reason", "r"),
        LANG,
    ];
    assert_eq!(
        mina.post("/api/admin_limits", &remove).await.location(),
        address
    );
    let held = export::list(&server.state.db, List::Limits, &id, "")
        .await
        .unwrap();
    assert!(held.len() == 1 && held[0].1.contains("you"), "{held:?}");
    assert_eq!(number(&server, acts).await, 3);
    let refused = ada.submit("nothing again", &new_key(), &[]).await;
    assert!(!refused.refusal().is_empty());

    // Of nobody, and of whoever closes their account, nothing is set or noted.
    close(&mut ada, "").await;
    for id in [id.as_str(), "01930000-0000-7000-8000-000000000000"] {
        assert_eq!(mina.get(&format!("/admin/people/{id}")).await.status, 404);
        let refused = except(&mut mina, id, ["1", "1", "r"]).await;
        assert!(
            refused.refusal().contains("not_found"),
            "{}",
            refused.location()
        );
    }
    assert_eq!(number(&server, acts).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_for_administrators_who_signed_in_just_now() {
    let server = Server::start(&[ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let picture = ada.picture("a secret lighthouse").await;
    ada.post("/api/account_handle", &[("handle", "ada-m"), LANG])
        .await;
    let id = person(&server, "Ada Martin").await;
    let one = format!("/admin/people/{id}");
    // To everybody else there is nothing there, whatever the form says.
    for path in ["/admin/people", "/fr/admin/people?q=mina", &one] {
        assert_eq!(ada.get(path).await.status, 404, "{path}");
        let stranger = server.browser().get(path).await;
        assert!(stranger.location().contains("/sign-in?next="), "{path}");
    }
    for form in [["9", "9", "mine"], ["x", "x", ""]] {
        let refused = except(&mut ada, &id, form).await;
        assert!(
            refused.refusal().contains("not_found"),
            "{}",
            refused.location()
        );
    }
    let fields = [
        ("id", id.as_str()),
        ("pictures", "9"),
        ("reason", "r"),
        LANG,
    ];
    assert_eq!(ada.call("/api/admin_limits", &fields).await.status, 404);
    assert_eq!(
        server
            .browser()
            .call("/api/admin_limits", &fields)
            .await
            .status,
        401
    );
    assert_eq!(
        number(&server, "SELECT COUNT(*) AS n FROM personal_limits").await,
        0
    );

    let mut mina = server.signed_in("Mina Okafor").await;
    assert!(
        mina.get("/admin")
            .await
            .text
            .contains("href=\"/admin/people\"")
    );
    for (search, found) in [
        ("", ["Ada Martin", "Mina Okafor"].as_slice()),
        ("ADA.MARTIN%40", &["Ada Martin"]),
        ("a-m", &["Ada Martin"]),
        ("%40ada", &["Ada Martin"]),
        ("okaf", &["Mina Okafor"]),
        ("nobody", &[]),
        ("%25", &[]),
    ] {
        let page = mina.get(&format!("/admin/people?q={search}")).await;
        assert_eq!(page.status, 200);
        for name in ["Ada Martin", "Mina Okafor"] {
            let row = format!("dir=\"auto\">{name}</a>");
            let shown = page.text.replace("<!>", "").contains(&row);
            assert_eq!(
                shown,
                found.contains(&name),
                "{search}: {name}: {}",
                page.text
            );
        }
    }
    // What she made is a number and money, and nothing else.
    for path in ["/admin/people", "/fr/admin/people", &one] {
        let page = mina.get(path).await;
        let words = text(&page);
        let told = if path.starts_with("/fr") {
            "images : 1"
        } else {
            "pictures: 1"
        };
        assert!(
            words.contains(told) && words.contains("@ada-m"),
            "{path}: {words}"
        );
        for private in ["lighthouse", &picture, "/files/"] {
            assert!(!page.text.contains(private), "{path}: {private}");
        }
        assert!(page.text.contains("noindex"));
        assert_eq!(page.header("cache-control"), "private, no-store");
        assert!(!page.text.contains("imgc.wasm"), "no script is needed");
    }
    // After an old sign-in nobody is shown, and what was typed waits.
    server.state.clock.advance_ms(FRESH_SIGN_IN_MS + 1000);
    for path in ["/admin/people", &one] {
        let page = mina.get(path).await;
        assert_eq!(page.status, 200);
        assert!(!page.text.contains("Ada Martin") && page.text.contains("again=1"));
    }
    let refused = except(&mut mina, &id, ["4", "2", "for the fair"]).await;
    assert!(refused.refusal().contains("fresh_sign_in_needed"));
    mina.sign_in("Mina Okafor").await;
    let page = mina.get(&one).await;
    let kept = ["pictures", "dollars", "reason"].map(|name| typed(&page, name));
    assert_eq!(kept, ["4", "2", "for the fair"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_goes_on_from_page_to_page() {
    let server = Server::start(&[ADMIN]).await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
        INSERT INTO users (id, issuer, subject, email, name, created_at, last_sign_in_at)
        SELECT 'a' || substr('00' || i, -3), 'i', i, 'e' || i || '@choir.example', 'Éva ' || i, 1, 1
        FROM n";
    server.state.db.write(Statement::new(fill)).await.unwrap();
    let (mut seen, mut pages) = (Vec::new(), 0);
    let mut next = Some("/admin/people?q=%C3%A9VA".to_owned());
    while let Some(address) = next {
        let page = mina.get(&address).await;
        let document = Html::parse_document(&page.text);
        let people = Selector::parse("tbody th a").unwrap();
        let found: Vec<String> = document
            .select(&people)
            .map(|a| a.text().collect())
            .collect();
        assert!(found.len() <= PEOPLE_SHOWN as usize);
        seen.extend(found);
        pages += 1;
        let more = Selector::parse("a[rel=next]").unwrap();
        let more = document.select(&more).next();
        next = more.map(|a| a.attr("href").unwrap().to_owned());
    }
    let wanted: Vec<String> = (1..=120).rev().map(|n| format!("Éva {n}")).collect();
    assert_eq!((seen, pages), (wanted, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_the_calendars_and_begins_anew() {
    let server = Server::start(&[ADMIN, (MONTH, "0.02")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    ada.picture("this month").await;
    let spent = month_micros(&server).await;
    let mut more = 0;
    while ada
        .submit("until it is spent [demo:slow=60]", &new_key(), &[])
        .await
        .refusal()
        .is_empty()
    {
        more += 1;
    }
    assert!((0..3).contains(&more), "{more}");
    let now_ms = server.state.clock.now_ms();
    // To the last hour of the month, and then over.
    let left_ms = clock::next_month_ms(now_ms) - now_ms;
    if left_ms > 2 * HOUR_MS {
        server.state.clock.advance_ms(left_ms - HOUR_MS);
        ada.sign_in("Ada Martin").await;
        let refused = ada.submit("the last hour", &new_key(), &[]).await;
        assert!(
            refused.refusal().contains("month_spent"),
            "{}",
            refused.location()
        );
    }
    let now_ms = server.state.clock.now_ms();
    server
        .state
        .clock
        .advance_ms(clock::next_month_ms(now_ms) - now_ms + 1000);
    ada.sign_in("Ada Martin").await;
    let words = text(&ada.get("/usage").await);
    assert!(words.contains("$0.00 of $0.020"), "{words}");
    ada.generate("a new month [demo:slow=60]").await;
    let months = "SELECT COUNT(*) AS n FROM month_sums WHERE billable_micros > 0";
    assert_eq!(number(&server, months).await, 2);
    let mut mina = server.signed_in("Mina Okafor").await;
    let id = person(&server, "Ada Martin").await;
    let words = text(&mina.get(&format!("/admin/people/{id}")).await);
    let before = words.split("Last month").nth(1).unwrap();
    assert!(spent > 0 && before.contains("pictures: 1"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_go_with_whoever_they_are_of() {
    let server = Server::start(&[ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    ada.picture("a boat").await;
    own(&mut ada, "5", "5").await;
    let id = person(&server, "Ada Martin").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    except(&mut mina, &id, ["6", "6", "r"]).await;
    let held =
        "SELECT (SELECT COUNT(*) FROM personal_limits) + (SELECT COUNT(*) FROM month_sums) AS n";
    assert_eq!(number(&server, held).await, 2);
    close(&mut ada, "").await;
    server.state.clock.advance_ms(7 * DAY_MS + HOUR_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(number(&server, held).await, 0);
    assert_eq!(server.holding(&id).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_are_warned_of_the_days_money_once_a_threshold_and_day() {
    let server = Server::start(&[
        ADMIN,
        ("IMGC_LIMITS_SPEND_PER_DAY_USD", "0.02"),
        ("IMGC_JOBS_PARTIALS", "3"),
    ])
    .await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let words = text(&mina.get("/admin").await);
    assert!(
        words.contains("$0.00 of $0.020 spent or reserved"),
        "{words}"
    );
    assert!(!words.contains("of today’s money is used"), "{words}");
    // One picture is more than half of it, and there is none for another.
    mina.generate("dear [demo:slow=60]").await;
    let words = text(&mina.get("/admin").await);
    assert!(words.contains("% of today’s money is used."), "{words}");
    let warned = "SELECT COALESCE(MAX(value % 86400000), 0) AS n FROM service_state
        WHERE name = 'budget_warned'";
    until(&server, warned, 50).await;
    let refused = mina.submit("too dear", &new_key(), &[]).await;
    assert!(refused.refusal().contains("service_budget_reached"));
    until(&server, warned, 100).await;
    let words = text(&mina.get("/fr/admin").await);
    assert!(
        words.contains("n’a pas suffi pour une image demandée"),
        "{words}"
    );
    // Whoever sees it later, or after a restart, finds it said.
    let db = &server.state.db;
    let day_ms = server.state.clock.day_start_ms();
    for (day_ms, percent, mine) in [
        (day_ms, 50, false),
        (day_ms, 100, false),
        (day_ms + DAY_MS, 50, true),
        (day_ms + DAY_MS, 50, false),
        (day_ms + DAY_MS, 80, true),
        // By a clock that was a day ahead.
        (day_ms, 80, true),
    ] {
        assert_eq!(
            day_budget::warn(db, day_ms, percent).await,
            Ok(mine),
            "{percent}"
        );
    }
}

/// Waits until a statement finds this number at least.
async fn until(server: &Server, sql: &'static str, least: i64) {
    let began = std::time::Instant::now();
    while number(server, sql).await < least {
        assert!(began.elapsed() < crate::harness::PATIENCE, "{sql}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_listed_and_limited_by_hand() {
    if on_d1() {
        // The command finds its database in a folder.
        return;
    }
    let server = Server::start(&[ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    ada.post("/api/account_handle", &[("handle", "ada-m"), LANG])
        .await;
    let id = person(&server, "Ada Martin").await;
    let data = server.data.path().to_owned();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_imgc"))
            .args(arguments)
            .env("IMGC_DATA_DIR", &data)
            .env("IMGC_LIMITS_PICTURES_PER_DAY", "50")
            .current_dir(&data)
            .output()
            .unwrap();
        let both = [&output.stdout[..], &output.stderr[..]].concat();
        (output.status.code(), String::from_utf8(both).unwrap())
    };
    let (code, said) = run(&["people", "list"]);
    assert_eq!(code, Some(0), "{said}");
    for told in [
        id.as_str(),
        "@ada-m",
        "ada.martin@example.com",
        "pictures a day: 50;",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
    assert!(
        run(&["people", "list", "--search", "zebra"])
            .1
            .contains("Nobody is found.")
    );
    let limit = [
        "people",
        "limit",
        "@ada-m",
        "--pictures",
        "7",
        "--reason",
        "the fair",
    ];
    let (code, said) = run(&limit);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("pictures a day: 7 (exception)"), "{said}");
    let (_, said) = run(&[
        "people",
        "limit",
        "ADA.martin@example.com",
        "--dollars",
        "2.5",
    ]);
    for told in ["7 (exception)", "$2.50 (exception)"] {
        assert!(said.contains(told), "{told}: {said}");
    }
    // It holds beside the running server, and is on the record.
    assert!(text(&ada.get("/usage").await).contains("7 of 7 left"));
    let mut mina = server.signed_in("Mina Okafor").await;
    let record = text(&mina.get("/admin").await);
    assert!(
        record.contains("by the command line") && record.contains("the fair"),
        "{record}"
    );
    let none = [
        "people",
        "limit",
        &id,
        "--pictures",
        "none",
        "--dollars",
        "none",
    ];
    assert!(!run(&none).1.contains("exception"));
    assert_eq!(
        number(&server, "SELECT COUNT(*) AS n FROM personal_limits").await,
        0
    );
    for (odd, code) in [
        (&["people"][..], 2),
        (&["people", "limit"], 2),
        (&["people", "limit", "nobody", "--pictures", "1"], 1),
        (&["people", "limit", &id, "--pictures", "many"], 1),
        (&["people", "limit", &id, "--dollars", "1.234"], 1),
    ] {
        assert_eq!(run(odd).0, Some(code), "{odd:?}");
    }
    let man = run(&["man"]).1;
    assert!(man.contains("people limit") && man.contains(MONTH), "{man}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_says_what_is_kept_of_limits() {
    let server = Server::start(&[]).await;
    let mut stranger = server.browser();
    for (path, told) in [
        ("/privacy", "Limits that you set for yourself"),
        ("/fr/privacy", "Les limites que vous vous fixez"),
    ] {
        let request = stranger.request(Method::GET, path);
        let page = stranger.send(request).await.text().await.unwrap();
        assert!(page.contains(told), "{path}");
    }
}
