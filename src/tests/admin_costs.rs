//! What administrators see of the service's health, and its costs as a table.

use crate::harness::{Server, http_client};
use imgc::{
    model::limits::{DAY_MS, FRESH_SIGN_IN_MS},
    store::Statement,
    ui::format,
};
use reqwest::Method;
use scraper::{Html, Selector};

const ADMIN: (&str, &str) = ("IMGC_ADMINS", "mina.okafor@example.com");
const COSTS: &str = "/admin/costs.csv";

/// Notes costs of a person's that nobody had.
async fn add(server: &Server, name: &str, day_ms: i64, model: &str, micros: i64) {
    let add = "INSERT INTO job_sums (user_id, day, model, pictures, cost_micros, estimates, booked)
        SELECT id, ?2, ?3, 2, ?4, 1, 2 FROM users WHERE name = ?1";
    let add = Statement::new(add).bind(name).bind(day_ms);
    server
        .state
        .db
        .write(add.bind(model).bind(micros))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn costs_are_for_administrators_who_signed_in_just_now() {
    let server = Server::start(&[ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    assert_eq!(ada.get(COSTS).await.status, 404);
    assert_eq!(ada.ask(COSTS).await.status, 404);
    let mut stranger = server.browser();
    assert_eq!(stranger.ask(COSTS).await.status, 404);
    let sent = stranger.get(&format!("{COSTS}?lang=fr")).await;
    assert_eq!(sent.location(), "/fr/sign-in?next=/fr/admin");
    let mut mina = server.signed_in("Mina Okafor").await;
    let page = mina.get("/admin").await.text;
    assert!(page.contains(&format!("action=\"{COSTS}\"")), "{page}");
    let table = mina.get(COSTS).await;
    assert_eq!(table.status, 200);
    assert_eq!(
        table.header("content-type"),
        "text/csv; charset=utf-8; header=present"
    );
    assert_eq!(table.header("cache-control"), "private, no-store");
    let today = format::iso_day(server.state.clock.day_start_ms());
    let name = table.header("content-disposition").to_owned();
    assert!(
        name.starts_with("attachment; filename=\"imgc-costs-"),
        "{name}"
    );
    assert!(name.ends_with(&format!("-{today}.csv\"")), "{name}");
    assert_eq!(
        table.text,
        "day,person,model,pictures,cost_usd,estimated\r\n"
    );

    server.state.clock.advance_ms(FRESH_SIGN_IN_MS + 1000);
    let refused = mina.get(COSTS).await;
    assert!(refused.refusal().contains("fresh_sign_in_needed"));
    assert!(refused.location().starts_with("/admin?error="));
    assert_eq!(mina.ask(COSTS).await.status, 422);
    let page = mina.get("/admin").await.text;
    assert!(!page.contains(COSTS), "the form waits for the sign-in");
    assert_eq!(ada.get(COSTS).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn costs_say_who_spent_what_and_carry_nothing_out() {
    let server = Server::start(&[ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    ada.picture("a dear picture").await;
    server.signed_in("Sam Rivera").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let today_ms = server.state.clock.day_start_ms();
    let long_ago_ms = today_ms - 400 * DAY_MS;
    let evil = "=HYPERLINK(\"https://evil.example\",\"click\")";
    add(&server, "Sam Rivera", today_ms, evil, 1_234_567).await;
    add(&server, "Sam Rivera", today_ms, "été, \"fort\"", 5).await;
    add(&server, "Sam Rivera", long_ago_ms, "old-model", 7).await;
    let named = "UPDATE users SET handle = ?2, name = ?2 WHERE name = ?1";
    let named = Statement::new(named)
        .bind("Sam Rivera")
        .bind("=HYPERLINK(1)");
    server.state.db.write(named).await.unwrap();

    let today = format::iso_day(today_ms);
    let table = mina.get(&format!("{COSTS}?from={today}&to={today}")).await;
    assert_eq!(table.status, 200);
    let lines: Vec<&str> = table.text.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    let sam = format!("{today},\"'=HYPERLINK(1)\"");
    for expected in [
        format!("{sam},\"'=HYPERLINK(\"\"https://evil.example\"\",\"\"click\"\")\",2,1.234567,yes"),
        format!("{sam},\"été, \"\"fort\"\"\",2,0.000005,yes"),
    ] {
        assert!(
            lines.contains(&expected.as_str()),
            "{expected} in {lines:?}"
        );
    }
    // Whoever has no handle is named by their id, and by nothing else.
    let by_id = Statement::new("SELECT id FROM users WHERE name = 'Ada Martin'");
    let row = server
        .state
        .db
        .fetch_optional(by_id)
        .await
        .unwrap()
        .unwrap();
    let id = row.text("id").unwrap();
    let hers = lines.iter().find(|line| line.contains(&id)).unwrap();
    let begin = format!("{today},{id},gpt-image-2.5-flare,1,0.");
    assert!(hers.starts_with(&begin) && hers.ends_with(",no"), "{hers}");
    assert!(!table.text.contains("Ada") && !table.text.contains("example.com"));
    let risky = |cell: &str| cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cells = lines.iter().flat_map(|line| line.split(','));
    assert!(!cells.map(|cell| cell.trim_matches('"')).any(risky));

    let day = format::iso_day(long_ago_ms);
    let old = mina.get(&format!("{COSTS}?from={day}&to={day}")).await.text;
    assert!(old.contains(",old-model,2,0.000007,yes\r\n"), "{old}");
    for query in [
        format!("from={day}"),
        "from=2026-02-30".to_owned(),
        "from=yesterday".to_owned(),
        format!("from={today}&to={day}"),
    ] {
        let refused = mina.get(&format!("{COSTS}?{query}")).await;
        assert!(refused.refusal().contains("malformed"), "{query}");
        assert_eq!(mina.ask(&format!("{COSTS}?{query}")).await.status, 422);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_table_comes_whole() {
    let server = Server::start(&[ADMIN]).await;
    let mina = server.signed_in("Mina Okafor").await;
    let today_ms = server.state.clock.day_start_ms();
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
        INSERT INTO job_sums (user_id, day, model, pictures, cost_micros, estimates, booked)
        SELECT (SELECT id FROM users), ?1, 'model-' || i, 1, 1000, 0, 1 FROM n";
    let fill = Statement::new(fill).bind(today_ms);
    server.state.db.write(fill).await.unwrap();
    let request = mina
        .request(Method::GET, COSTS)
        .header("accept-encoding", "gzip");
    let packed = http_client()
        .execute(request.build().unwrap())
        .await
        .unwrap();
    assert_eq!(packed.status(), 200);
    let mut mina = mina;
    let today = format::iso_day(today_ms);
    let table = mina.get(&format!("{COSTS}?from={today}&to={today}")).await;
    let mut lines: Vec<&str> = table.text.split_terminator("\r\n").skip(1).collect();
    assert_eq!(lines.len(), 2500);
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), 2500, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_administrators_page_says_how_the_service_stands() {
    let server = Server::start(&[ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    for prompt in ["x [demo:moderation-prompt]", "y [demo:moderation-prompt]"] {
        let job = ada.generate(prompt).await;
        ada.until(&job, &["failed"]).await;
    }
    ada.picture("a picture that costs").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    // Facts of the service are no secrets of people's: an old sign-in does.
    server.state.clock.advance_ms(FRESH_SIGN_IN_MS + 1000);
    let page = mina.get("/admin").await.text;
    for said in [
        "id=\"health\"",
        "Jobs that wait",
        "of $20.00",
        "Room left (data folder)",
    ] {
        assert!(page.contains(said), "{said} in {page}");
    }
    let document = Html::parse_document(&page);
    let rows = Selector::parse("section[aria-labelledby='health'] tr").unwrap();
    let rows = document
        .select(&rows)
        .map(|row| row.text().collect::<String>());
    let rows: Vec<String> = rows.collect();
    let refused = "The safety system refused this prompt2".to_owned();
    assert!(rows.contains(&refused), "{rows:?}");
    assert!(mina.get("/fr/admin").await.text.contains("Espace libre"));

    // A job that nobody works on waits, and somebody is told of it.
    let stuck = "UPDATE jobs SET state = 'queued', not_before = 9000000000000000,
        created_at = ?1, finished_at = NULL WHERE state = 'failed' RETURNING id";
    let hours_ago_ms = server.state.clock.now_ms() - DAY_MS / 8;
    let stuck = Statement::new(stuck).bind(hours_ago_ms);
    server.state.db.write(stuck).await.unwrap();
    let page = mina.get("/admin").await.text;
    assert!(page.contains("2, the oldest for 3\u{a0}h"), "{page}");
    assert!(page.contains("The oldest job has waited for 3\u{a0}h"));
    assert!(!page.contains("Nothing needs you."));
}
