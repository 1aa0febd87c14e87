//! Reports of children's accounts, the administrators' page, and counting
//! without recognising anybody.

use crate::harness::{Server, http_client};
use imgc::{
    model::limits::{ADMIN_REASON_CHARS, FRESH_SIGN_IN_MS},
    store::{
        Statement, account_notices,
        reports::{self, Act},
    },
};
use reqwest::Method;
use scraper::{Html, Selector};

const ADMIN: (&str, &str) = ("IMGC_ADMINS", "MINA.okafor@example.com");

/// What stands in the page's first field of this name.
fn typed(page: &str, name: &str) -> String {
    let document = Html::parse_document(page);
    let field = Selector::parse(&format!("input[name='{name}']")).unwrap();
    let field = document.select(&field).next().unwrap();
    field.attr("value").unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reported_childs_account_is_erased_by_an_administrator() {
    let server = Server::start(&[ADMIN]).await;
    let mut child = server.signed_in("Sam Rivera").await;
    let id = child.picture("a boat").await;
    child
        .post("/api/publish", &[("id", &id), ("lang", "en")])
        .await;
    let about = format!("{}/fr/i/{id}?x=1", server.base);
    let fields = [
        ("about", about.as_str()),
        ("details", "my nephew is nine"),
        ("email", "aunt@example.org"),
        ("lang", "fr"),
    ];
    let mut stranger = server.browser();
    let sent = stranger.post("/api/report_child", &fields).await;
    let thanks = sent.location().to_owned();
    assert!(thanks.starts_with("/fr/notices/"), "{thanks}");
    let number = thanks.rsplit('/').next().unwrap().to_owned();
    let told = stranger.get(&thanks).await.text;
    assert!(
        told.contains(&number) && told.contains("au plus tard"),
        "{told}"
    );
    let too_much = "ü".repeat(2001);
    let too_much = too_much.as_str();
    for (fields, code) in [
        (vec![("about", " ")], "report_empty"),
        (vec![("about", "x"), ("email", "nobody")], "email_invalid"),
        (vec![("about", too_much)], "report_too_long"),
        (
            vec![("about", "x"), ("details", too_much)],
            "report_too_long",
        ),
    ] {
        let refused = stranger.post("/api/report_child", &fields).await;
        assert!(refused.refusal().contains(code), "{}", refused.location());
    }

    // It is a case as every other; to everybody else it does not exist.
    let mut admin = server.signed_in("Mina Okafor").await;
    let page = admin.get("/admin").await;
    assert_eq!(page.status, 200);
    let case = page.text.split("/admin/cases/").nth(1).expect("a case");
    let case = case.split('"').next().unwrap().to_owned();
    let address = format!("/admin/cases/{case}");
    let erase = [
        ("id", case.as_str()),
        ("reason", "the aunt is right"),
        ("lang", "en"),
    ];
    assert_eq!(child.get("/admin").await.status, 404);
    assert_eq!(child.get(&address).await.status, 404);
    let refused = child.post("/api/admin_child", &erase).await;
    assert!(
        refused.refusal().contains("not_found"),
        "{}",
        refused.location()
    );
    assert_eq!(stranger.get(&format!("/i/{id}")).await.status, 200);
    let told = admin.get(&address).await.text;
    for words in ["my nephew is nine", "aunt@example.org", "Sam Rivera"] {
        assert!(told.contains(words), "{words}");
    }
    let silent = [erase[0], erase[2]];
    let refused = admin.post("/api/admin_child", &silent).await;
    assert!(refused.refusal().contains("reason_empty"));
    let done = admin.post("/api/admin_child", &erase).await;
    assert_eq!(done.location(), "/admin");
    assert_eq!(stranger.get(&format!("/i/{id}")).await.status, 404);
    let began = std::time::Instant::now();
    let people = Statement::new("SELECT id FROM users");
    while server
        .state
        .db
        .fetch_all(people.clone())
        .await
        .unwrap()
        .len()
        > 1
    {
        assert!(began.elapsed() < crate::harness::PATIENCE);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    // The record says what was done and why, and no longer of whom.
    let page = admin.get("/admin").await.text;
    assert!(page.contains("the aunt is right") && !page.contains("my nephew is nine"));
    let told = stranger.get(&thanks).await.text;
    assert!(told.contains("est effacé"), "{told}");
    let table = stranger.get("/transparency.csv").await.text;
    for line in ["notice,child_account,1", "account,erased,1"] {
        assert!(table.contains(line), "{line}: {table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_has_to_be_tried_again_is_noted_and_counted_once() {
    let server = Server::start(&[ADMIN]).await;
    let mut child = server.signed_in("Sam Rivera").await;
    let id = child.picture("a boat").await;
    child
        .post("/api/publish", &[("id", &id), ("lang", "en")])
        .await;
    let about = format!("{}/i/{id}", server.base);
    let mut numbers = Vec::new();
    for about in [about.as_str(), "sam.rivera@example.com"] {
        let fields = [("about", about), ("details", "nine"), ("lang", "en")];
        let sent = server.browser().post("/api/report_child", &fields).await;
        numbers.push(sent.location().rsplit('/').next().unwrap().to_owned());
    }
    let db = &server.state.db;
    let first =
        async |sql: &'static str| db.fetch_all(Statement::new(sql)).await.unwrap().remove(0);
    let case = first("SELECT id FROM cases").await.text("id").unwrap();
    // Begun and not come to its end, each of them, twice.
    let act = |at_ms| Act {
        at_ms,
        admin: "an administrator".to_owned(),
        subject: "somebody".to_owned(),
        act: "erased".to_owned(),
        reason: "nine".to_owned(),
    };
    let now_ms = server.state.clock.now_ms();
    for (name, at_ms) in [("one", now_ms), ("two", now_ms + 1)] {
        let act = act(at_ms);
        account_notices::note_erasure(db, &case, (name, &act), Vec::new())
            .await
            .unwrap();
        let name = format!("report {name}");
        reports::note_erasure(db, &numbers[1], (&name, &act))
            .await
            .unwrap();
    }
    let acts = "SELECT COUNT(*) AS n FROM admin_acts WHERE act = 'erased'";
    let sums = "SELECT count AS n FROM notice_sums WHERE kind = 'account' AND word = 'erased'";
    for sql in [acts, sums] {
        assert_eq!(first(sql).await.int("n").unwrap(), 2, "{sql}: one each");
    }
    // The report still waits, because nothing was erased, and is not lost.
    let mut mina = server.signed_in("Mina Okafor").await;
    assert!(mina.get("/admin").await.text.contains(&numbers[1]));
    let wish = [
        ("id", numbers[1].as_str()),
        ("decision", "erase"),
        ("account", "sam.rivera@example.com"),
        ("reason", "nine"),
        ("lang", "en"),
    ];
    let done = mina.post("/api/admin_report", &wish).await;
    assert!(!done.location().contains("error"), "{}", done.location());
    let people = "SELECT COUNT(*) AS n FROM users WHERE name = 'Sam Rivera' AND erasure_id IS NULL";
    assert_eq!(first(people).await.int("n").unwrap(), 0);
    for sql in [acts, sums] {
        assert_eq!(first(sql).await.int("n").unwrap(), 2, "{sql}");
    }
    assert!(!mina.get("/admin").await.text.contains(&numbers[1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_that_wait_are_bounded() {
    let server = Server::start(&[]).await;
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
        INSERT INTO reports (id, about, details, email, created_at)
        SELECT 'r' || i, 'somebody', '', '', 0 FROM n";
    let db = &server.state.db;
    db.write(Statement::new(fill)).await.unwrap();
    let fields = [("about", "@somebody"), ("lang", "en")];
    let report = async || server.browser().post("/api/report_child", &fields).await;
    let refused = report().await;
    assert!(refused.refusal().contains("too_many"), "{}", refused.text);
    // A decision makes room.
    let decide = "UPDATE reports SET decided_at = 1, decision = 'dismissed' WHERE id = 'r1'";
    db.write(Statement::new(decide)).await.unwrap();
    assert!(report().await.location().starts_with("/notices/"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_names_no_account_is_dismissed_or_matched_by_hand() {
    let server = Server::start(&[ADMIN]).await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let mut admin = server.signed_in("Mina Okafor").await;
    let report = async |about: &str| {
        let fields = [("about", about), ("lang", "en")];
        let sent = server.browser().post("/api/report_child", &fields).await;
        sent.location().rsplit('/').next().unwrap().to_owned()
    };
    let id = report("little Sam, on your site").await;
    let fields = [
        ("id", id.as_str()),
        ("decision", "erase"),
        ("reason", "why not"),
        ("lang", "en"),
    ];
    let refused = admin.post("/api/admin_report", &fields).await;
    assert!(refused.refusal().contains("no_such_account"));
    // One that is too long is refused in words, and nothing of the form is lost.
    let long = "ü".repeat(ADMIN_REASON_CHARS as usize + 1);
    let fields = [
        ("id", id.as_str()),
        ("decision", "erase"),
        ("account", "sam.rivera@example.com"),
        ("reason", long.as_str()),
        ("lang", "fr"),
    ];
    let refused = admin.post("/api/admin_report", &fields).await;
    assert!(refused.refusal().contains("reason_too_long"));
    let page = admin.get(refused.location()).await.text;
    assert!(page.contains(&format!("au plus {ADMIN_REASON_CHARS} caractères")));
    assert_eq!(typed(&page, "reason"), long);
    assert_eq!(typed(&page, "account"), fields[2].1);
    assert_eq!(sam.get("/library").await.status, 200, "nothing was erased");
    let fields = [
        ("id", id.as_str()),
        ("decision", "dismiss"),
        ("account", "sam.rivera@example.com"),
        ("reason", "he is thirty"),
        ("lang", "en"),
    ];
    assert_eq!(
        admin.post("/api/admin_report", &fields).await.location(),
        "/admin"
    );
    assert_eq!(sam.get("/library").await.status, 200);
    let told = server.browser().get(&format!("/notices/{id}")).await.text;
    assert!(told.contains("left the account as it is"), "{told}");
    let again = admin.post("/api/admin_report", &fields).await;
    assert!(
        again.refusal().contains("not_found"),
        "it was decided before"
    );
    let id = report("@nobody").await;
    let fields = [
        ("id", id.as_str()),
        ("decision", "erase"),
        ("account", "SAM.rivera@example.com"),
        ("reason", "he is nine after all"),
        ("lang", "en"),
    ];
    assert_eq!(
        admin.post("/api/admin_report", &fields).await.location(),
        "/admin"
    );
    assert!(sam.get("/library").await.location().starts_with("/sign-in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_counted_and_nobody_is_recognised() {
    let server = Server::start(&[ADMIN]).await;
    let canary = "Mozilla/5.0 canary-of-a-browser";
    let mut reader = server.browser();
    for _ in 0..3 {
        let request = reader.request(Method::GET, "/gallery");
        let mut request = request.build().unwrap();
        request
            .headers_mut()
            .insert("user-agent", canary.parse().unwrap());
        http_client().execute(request).await.unwrap();
    }
    reader.get("/fr/privacy").await;
    let mut request = reader.request(Method::GET, "/gallery").build().unwrap();
    let crawler = "Mozilla/5.0 (compatible; Examplebot/1.0)".parse().unwrap();
    request.headers_mut().insert("user-agent", crawler);
    http_client().execute(request).await.unwrap();
    reader.get("/nowhere").await;
    server.state.statistics.write(&server.state).await.unwrap();
    let count = async |what: &'static str| {
        let sql = "SELECT COALESCE(SUM(count), 0) AS n FROM statistics WHERE what = ?1";
        let statement = Statement::new(sql).bind(what);
        let row = server.state.db.fetch_optional(statement).await.unwrap();
        row.unwrap().int("n").unwrap()
    };
    assert_eq!(count("page /gallery").await, 3);
    assert_eq!(count("page /fr/privacy").await, 1);
    assert_eq!(count("visitors").await, 2);
    assert_eq!(count("crawlers").await, 1);
    let mut admin = server.signed_in("Mina Okafor").await;
    let page = admin.get("/admin").await.text;
    assert!(page.contains("page /gallery") && page.contains("polyline"));
    server.state.db.checkpoint_wal().await.unwrap();
    let found = server.holding("canary-of-a-browser").await;
    assert_eq!(found, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_acts_only_after_a_sign_in_of_the_last_minutes() {
    let server = Server::start(&[ADMIN]).await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let fields = [
        ("about", "Sam, who has no address"),
        ("details", "he is nine"),
        ("lang", "fr"),
    ];
    let sent = server.browser().post("/api/report_child", &fields).await;
    let number = sent.location().rsplit('/').next().unwrap().to_owned();
    let mut admin = server.signed_in("Mina Okafor").await;
    assert!(admin.get("/admin").await.text.contains("he is nine"));
    server.state.clock.advance_ms(FRESH_SIGN_IN_MS + 1000);
    let erase = [
        ("id", number.as_str()),
        ("decision", "erase"),
        ("account", "sam.rivera@example.com"),
        ("reason", "a long \"reason\" <typed> by hand"),
        ("lang", "fr"),
    ];
    let refused = admin.post("/api/admin_report", &erase).await;
    assert!(refused.refusal().contains("fresh_sign_in_needed"));
    assert_eq!(sam.get("/library").await.status, 200, "nothing was erased");
    // A program is refused, too, and a stranger learns no more than before.
    assert_eq!(admin.call("/api/admin_report", &erase).await.status, 422);
    let told = sam.post("/api/admin_report", &erase).await;
    assert!(told.refusal().contains("not_found"));

    // What others wrote is not shown to an old session; the way back is.
    let page = admin.get(refused.location()).await;
    assert_eq!(page.status, 200);
    assert!(!page.text.contains("he is nine") && !page.text.contains("/api/admin_report"));
    let link = Selector::parse("a[href*='again=1'][href$='admin']").unwrap();
    let document = Html::parse_document(&page.text);
    let href = document
        .select(&link)
        .next()
        .unwrap()
        .attr("href")
        .unwrap()
        .to_owned();
    drop(document);
    let start = admin.get(&href).await;
    let callback = admin.choose(start.location(), "Mina Okafor").await;
    let back = admin.get(&callback).await;
    assert_eq!(back.location(), "/fr/admin");
    // Nothing is typed twice.
    let page = admin.get("/fr/admin").await;
    assert_eq!(typed(&page.text, "reason"), erase[3].1);
    assert_eq!(typed(&page.text, "account"), erase[2].1);
    let done = admin.post("/api/admin_report", &erase).await;
    assert_eq!(done.location(), "/fr/admin");
    assert!(sam.get("/library").await.location().starts_with("/sign-in"));
}
