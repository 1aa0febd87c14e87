//! What administrators tell everybody, on every page and for a time.

use crate::harness::{Browser, Server};
use imgc::{
    model::limits::{ANNOUNCEMENTS_MAX, DAY_MS, FRESH_SIGN_IN_MS},
    store::Statement,
    ui::format,
};

const ADMIN: (&str, &str) = ("IMGC_ADMINS", "mina.okafor@example.com");
const EN: &str = "The site rests on Friday.";
const FR: &str = "Le site se repose vendredi.";

/// What came of announcing these words: an error's word, or where it leads.
async fn announce(browser: &mut Browser, en: &str, fr: &str, from: &str, days: &str) -> String {
    let fields = [
        ("en", en),
        ("fr", fr),
        ("from", from),
        ("days", days),
        ("lang", "en"),
    ];
    let done = browser.post("/api/admin_announce", &fields).await;
    match done.refusal() {
        refused if refused.is_empty() => done.location().to_owned(),
        refused => refused,
    }
}

/// Whether everybody reads the words, each in their language: on kept pages, on those of
/// the studio, on those of errors.
async fn is_read(server: &Server, known: &mut Browser, en: &str, fr: &str) -> bool {
    let mut stranger = server.browser();
    let mut found = Vec::new();
    for (path, words) in [
        ("/", en),
        ("/fr", fr),
        ("/gallery", en),
        ("/fr/privacy", fr),
        ("/create", en),
        ("/no-such-page", en),
    ] {
        found.push(stranger.get(path).await.text.contains(words));
    }
    for (path, words) in [("/library", en), ("/fr/account", fr), ("/fr/create", fr)] {
        found.push(known.get(path).await.text.contains(words));
    }
    let all = found.iter().all(|read| *read);
    assert_eq!(all, found.iter().any(|read| *read), "{found:?}");
    all
}

async fn acts(server: &Server) -> Vec<String> {
    let all = Statement::new("SELECT act FROM admin_acts ORDER BY id");
    let rows = server.state.db.fetch_all(all).await.unwrap();
    rows.iter().map(|row| row.text("act").unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_reads_an_announcement_until_it_is_over_or_removed() {
    let server = Server::start(&[ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    assert!(!is_read(&server, &mut ada, EN, FR).await);
    let page = "/admin/announcements";
    assert_eq!(announce(&mut mina, EN, FR, "", "2").await, page);
    assert!(is_read(&server, &mut ada, EN, FR).await);
    let written = mina.get(page).await.text;
    assert!(written.contains(EN) && written.contains(FR) && written.contains("Shown now"));
    let id = written.split("name=\"id\" value=\"").nth(1).unwrap();
    let id = id.split('"').next().unwrap().to_owned();
    let fields = [("id", id.as_str()), ("lang", "en")];
    mina.post("/api/admin_announcement_remove", &fields).await;
    assert!(!is_read(&server, &mut ada, EN, FR).await);
    let again = mina.post("/api/admin_announcement_remove", &fields).await;
    assert!(again.refusal().contains("not_found"));
    assert_eq!(acts(&server).await, ["announced", "announcement removed"]);
    let record = mina.get("/admin").await.text;
    assert!(record.contains("Announcement made") && record.contains("Announcement removed"));

    // One that begins tomorrow, for a day. What is kept for strangers may lag a minute.
    let now_ms = server.state.clock.now_ms();
    let tomorrow = format::iso_day(now_ms + DAY_MS);
    assert_eq!(announce(&mut mina, EN, FR, &tomorrow, "1").await, page);
    assert!(mina.get(page).await.text.contains("Shown later"));
    assert!(!ada.get("/library").await.text.contains(EN));
    server.state.clock.advance_ms(DAY_MS);
    assert!(ada.get("/library").await.text.contains(EN));
    server.state.clock.advance_ms(DAY_MS);
    assert!(!ada.get("/library").await.text.contains(EN));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_announce_and_nothing_of_it_is_markup() {
    let server = Server::start(&[ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let refused = announce(&mut ada, EN, FR, "", "1").await;
    assert!(refused.contains("not_found"), "{refused}");
    assert_eq!(ada.get("/admin/announcements").await.status, 404);
    for (en, fr, from, days, why) in [
        ("", FR, "", "1", "notice_empty"),
        (EN, " \u{200b}", "", "1", "notice_empty"),
        (&"long ".repeat(70), FR, "", "1", "notice_too_long"),
        (EN, FR, "", "3", "malformed"),
        (EN, FR, "", "", "malformed"),
        (EN, FR, "2026-02-30", "1", "malformed"),
    ] {
        let refused = announce(&mut mina, en, fr, from, days).await;
        assert!(refused.contains(why), "{en} {from} {days}: {refused}");
    }
    assert!(!is_read(&server, &mut ada, EN, FR).await);
    let kept = mina.get("/admin/announcements").await.text;
    assert!(kept.contains(EN), "nothing is typed twice");
    let script = "<script>alert(1)</script> <b>now</b>";
    announce(&mut mina, script, FR, "", "30").await;
    let shown = server.browser().get("/").await.text;
    assert!(!shown.contains("<script>alert") && shown.contains("&lt;b"));
    for number in 1..ANNOUNCEMENTS_MAX {
        announce(&mut mina, &format!("Number {number}."), FR, "", "1").await;
    }
    let refused = announce(&mut mina, "One too many.", FR, "", "1").await;
    assert!(refused.contains("malformed"), "{refused}");
    let page = mina.get("/admin/announcements").await.text;
    assert!(page.contains("Remove one first") && !page.contains("/api/admin_announce\""));
    assert_eq!(acts(&server).await.len(), ANNOUNCEMENTS_MAX as usize);

    server.state.clock.advance_ms(FRESH_SIGN_IN_MS + 1000);
    let refused = announce(&mut mina, EN, FR, "", "1").await;
    assert!(refused.contains("fresh_sign_in_needed"), "{refused}");
}
