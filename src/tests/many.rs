//! Many prompts at once: what is refused is said line by line and starts nothing, what is
//! started is one request.

use crate::harness::{Browser, Page, Server, job_id, new_key};
use imgc::{
    generate::api::Composer,
    model::limits::{MANY_BODY_MAX, MANY_BYTES_MAX, MANY_LINES_MAX},
    store::Statement,
};
use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
    multipart,
};
use scraper::{Html, Selector};
use std::io::{Cursor, Read};

/// Sends the form with this typed, or with this file.
async fn send(
    browser: &mut Browser,
    typed: &str,
    file: Option<&[u8]>,
    more: &[(&str, &str)],
) -> Page {
    let mut form = multipart::Form::new().text("lines", typed.to_owned());
    let (bytes, name) = match file {
        Some(bytes) => (bytes.to_vec(), "prompts.txt"),
        // A file field nobody filled is sent without a name.
        None => (Vec::new(), ""),
    };
    form = form.part("file", multipart::Part::bytes(bytes).file_name(name));
    let lang = ("lang", "en");
    let lang = (!more.iter().any(|(name, _)| *name == "lang")).then_some(lang);
    for (name, value) in more.iter().copied().chain(lang) {
        form = form.text(name.to_owned(), value.to_owned());
    }
    let request = browser.request(Method::POST, "/many").multipart(form);
    let response = browser.send(request).await;
    Page {
        status: response.status(),
        headers: response.headers().clone(),
        text: response.text().await.unwrap(),
    }
}

async fn check(browser: &mut Browser, typed: &str) -> Page {
    send(browser, typed, None, &[]).await
}

/// The second step, as the first one's page offers it.
async fn start(browser: &mut Browser, checked: &Page) -> Page {
    let field = |name: &str| {
        let selector = Selector::parse(&format!("form:has([name=start]) [name={name}]")).unwrap();
        let document = Html::parse_document(&checked.text);
        let field = document.select(&selector).next();
        let field = field.unwrap_or_else(|| panic!("no {name}: {}", checked.text));
        let typed: String = field.text().collect();
        field.attr("value").map_or(typed, str::to_owned)
    };
    let (lines, key, lang) = (field("lines"), field("request_key"), field("lang"));
    let more = [
        ("start", "on"),
        ("request_key", key.as_str()),
        ("age", "on"),
        ("lang", lang.as_str()),
    ];
    send(browser, &lines, None, &more).await
}

async fn jobs(server: &Server) -> i64 {
    let count = Statement::new("SELECT COUNT(*) AS n FROM jobs");
    let row = server.state.db.fetch_optional(count).await.unwrap();
    row.unwrap().int("n").unwrap()
}

/// Sets the form's quality and size, which prompts at once go by.
async fn with_settings(browser: &mut Browser) {
    let fields = [
        ("draft[prompt]", "something else"),
        ("draft[model]", "gpt-image-2.5-flare"),
        ("draft[size]", "1024x640"),
        ("draft[quality]", "low"),
        ("draft[count]", "4"),
        ("draft[format]", "png"),
    ];
    browser.post("/api/draft", &fields).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_checked_priced_and_started_as_one_request() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    with_settings(&mut ada).await;
    assert_eq!(ada.get("/create/many").await.status, 200);
    let key = new_key();
    // As a file of Windows has them, and one that says the same twice.
    let text =
        format!("\u{feff}a boat [key:{key}]\r\n\r\n  a fox [key:{key}]\r\na fox [key:{key}]\r\n");
    let checked = send(&mut ada, "typed, and not meant", Some(text.as_bytes()), &[]).await;
    assert_eq!(checked.status, 200, "{}", checked.text);
    assert!(
        checked.text.contains("3 pictures for about"),
        "{}",
        checked.text
    );
    assert!(
        checked.text.contains("1024\u{202f}×\u{202f}640") && !checked.text.contains("not meant")
    );
    assert_eq!(jobs(&server).await, 0, "nothing before it is started");
    let started = start(&mut ada, &checked).await;
    let id = job_id(&started);
    // Twice, and in another tab, it is the same request.
    assert_eq!(job_id(&start(&mut ada, &checked).await), id);
    assert_eq!(jobs(&server).await, 3);
    let done = ada.until(&id, &["ready", "failed", "unknown"]).await;
    assert_eq!(done["state"], "ready", "{done}");
    let images = done["images"].as_array().unwrap();
    assert_eq!(images.len(), 3);
    assert_eq!(images[0]["height"], 640);
    let words: Vec<String> = (0..3).map(|n| images[n]["prompt"].to_string()).collect();
    assert!(
        words[0].contains("a boat") && words[1].contains("a fox"),
        "{words:?}"
    );
    // The form in the composer is as it was.
    let form = ada.load::<Composer>("/api/composer").await;
    assert_eq!(form["draft"]["prompt"], "something else");
    assert_eq!(form["draft"]["count"], "4");
    // One file has them all, by the page's own form.
    let page = ada.get(&format!("/jobs/{id}")).await.text;
    let hidden = Selector::parse("form[action='/library/zip'] [name='ids[]']").unwrap();
    let document = Html::parse_document(&page);
    let ids: Vec<String> = document
        .select(&hidden)
        .map(|field| field.attr("value").unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 3);
    let fields: Vec<(&str, &str)> = ids.iter().map(|id| ("ids[]", id.as_str())).collect();
    let request = ada.form("/library/zip", &fields);
    let zip = ada.send(request).await.bytes().await.unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    let pictures = zip
        .file_names()
        .filter(|name| name.as_ref().is_ok_and(|name| name.ends_with(".png")))
        .count();
    assert_eq!(pictures, 3);
    let mut words = String::new();
    zip.by_name("pictures.json")
        .unwrap()
        .read_to_string(&mut words)
        .unwrap();
    assert!(words.contains("a boat") && words.contains("a fox"));
    // Again is all of it, each with its own words.
    let press = [("id", id.as_str()), ("request_key", "abc"), ("lang", "en")];
    let again = job_id(&ada.post("/api/retry", &press).await);
    ada.until(&again, &["ready"]).await;
    let painter = server.painter().await;
    assert_eq!(painter["by_key"][&key], 6);
    // What was deleted is not made again, and that is said before somebody asks for it.
    let page = ada.get(&format!("/jobs/{again}")).await.text;
    assert!(!page.contains("leaves it out"));
    let made = ada.job(&again).await["images"][1]["id"].clone();
    let made = made.as_str().unwrap();
    let trash = [("ids[]", made), ("action", "trash"), ("lang", "en")];
    ada.post("/api/change", &trash).await;
    ada.post("/api/delete", &[("id", made), ("lang", "en")])
        .await;
    let page = ada.get(&format!("/jobs/{again}")).await.text;
    let said = "The prompt of one picture was deleted with it";
    assert!(page.contains(said) && ada.get("/create").await.text.contains(said));
    let press = [
        ("id", again.as_str()),
        ("request_key", "def"),
        ("lang", "en"),
    ];
    let fewer = job_id(&ada.post("/api/retry", &press).await);
    let fewer = ada.until(&fewer, &["ready"]).await;
    assert_eq!(fewer["images"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_lines_are_named_and_nothing_is_started() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let long = "a".repeat(32_001);
    let mut lines: Vec<String> = (1..=MANY_LINES_MAX).map(|n| format!("boat {n}")).collect();
    for bad in [6, 49, 99] {
        lines[bad].clone_from(&long);
    }
    let checked = check(&mut ada, &lines.join("\n")).await;
    assert_eq!(checked.status, 422);
    for number in [7, 50, 100] {
        assert!(
            checked.text.contains(&format!("Line {number}: ")),
            "{number}"
        );
    }
    assert!(!checked.text.contains("Line 8: ") && !checked.text.contains("Start all"));
    assert!(checked.text.contains("boat 42"), "what was typed stays");
    let french = send(&mut ada, &lines.join("\n"), None, &[("lang", "fr")]).await;
    assert!(french.text.contains("Ligne 7 : "), "{}", french.text);
    // Somebody who makes up the second step gets no further.
    let forged = [
        ("start", "on"),
        ("request_key", "00000000-0000-4000-8000-000000000000"),
        ("age", "on"),
    ];
    for (text, file, said) in [
        (lines.join("\n"), None, "Line 7: "),
        ("a\n".repeat(MANY_LINES_MAX + 1), None, "101 prompts"),
        ("\r\n \t\n".to_owned(), None, "no prompt in it"),
        (
            String::new(),
            Some(&b"a boat \xff\xfe"[..]),
            "no text in UTF-8",
        ),
        (
            String::new(),
            Some(&b"\xff\xfea\0 \0"[..]),
            "no text in UTF-8",
        ),
        ("a".repeat(MANY_BYTES_MAX + 1), None, "more than 256"),
    ] {
        for more in [&[][..], &forged] {
            let answer = send(&mut ada, &text, file, more).await;
            assert_eq!(answer.status, 422, "{said}");
            assert!(answer.text.contains(said), "{said}: {}", answer.text);
        }
    }
    let mut unnamed = forged;
    unnamed[1].1 = "none";
    assert_eq!(send(&mut ada, "a boat", None, &unnamed).await.status, 422);
    let huge = "a".repeat(MANY_BODY_MAX);
    let form = multipart::Form::new().text("lines", huge);
    let refused = ada.request(Method::POST, "/many").multipart(form).send();
    // It is refused by its head, and the connection may close while the rest is on its way.
    if let Ok(answer) = refused.await {
        assert_eq!(answer.status(), 413);
    }
    assert_eq!(jobs(&server).await, 0);
    // Words that would be markup are words.
    let markup = check(&mut ada, "</textarea><script>alert(1)</script>").await;
    assert!(!markup.text.contains("<script>alert(1)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_fit_into_the_allowance_or_none_is_started() {
    let server = Server::start(&[
        ("IMGC_LIMITS_PICTURES_PER_DAY", "5"),
        ("IMGC_JOBS_PER_PERSON", "1"),
        ("IMGC_MINIMUM_AGE", "15"),
    ])
    .await;
    let mut ada = server.signed_in("Ada Martin").await;
    with_settings(&mut ada).await;
    let six = check(&mut ada, &"a boat [demo:slow=60]\n".repeat(6)).await;
    assert!(six.text.contains("at least 15"), "{}", six.text);
    let refused = start(&mut ada, &six).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("more than your limit of"),
        "{}",
        refused.text
    );
    assert!(
        refused.text.contains("a boat [demo:slow=60]"),
        "what was typed stays"
    );
    assert_eq!(jobs(&server).await, 0);
    let five = check(&mut ada, &"a boat [demo:slow=60]\n".repeat(5)).await;
    assert!(!five.text.contains("at least 15"), "stated once");
    let id = job_id(&start(&mut ada, &five).await);
    ada.until(&id, &["dispatching"]).await;
    // One act takes all of it back.
    let stop = [("id", id.as_str()), ("lang", "en")];
    assert_eq!(ada.post("/api/stop", &stop).await.refusal(), "");
    ada.until(&id, &["failed"]).await;
    let form = ada.load::<Composer>("/api/composer").await;
    assert_eq!(form["left_today"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stranger_typed_stays_in_front_of_them() {
    let server = Server::start(&[]).await;
    let mut stranger = server.browser();
    let page = stranger.get("/create/many").await;
    assert!(page.text.contains("/sign-in?next="), "{}", page.text);
    let answer = check(&mut stranger, "a heron at the weir").await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("a heron at the weir"));
    assert!(answer.text.contains("/sign-in?next="));
    assert_eq!(jobs(&server).await, 0);
    // And no other site sends this form.
    let mut ada = server.signed_in("Ada Martin").await;
    let form = multipart::Form::new().text("lines", "a boat");
    let request = ada.request(Method::POST, "/many").multipart(form);
    let site = HeaderValue::from_static("cross-site");
    let from_elsewhere = HeaderMap::from_iter([(HeaderName::from_static("sec-fetch-site"), site)]);
    assert_eq!(
        ada.send(request.headers(from_elsewhere)).await.status(),
        403
    );
}
