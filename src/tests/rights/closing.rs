//! Closing an account: at once, in the grace, and at the end.

use super::{
    DAY_MS, HOUR_MS, close, count, files_below, until_receipt_says, until_receipt_says_within,
};
use crate::{
    harness::{Browser, PATIENCE, Server, on_d1},
    library::person,
};
use imgc::{
    account::erasure,
    housekeeping,
    model::limits::FRESH_SIGN_IN_MS,
    store::{
        Statement,
        erasures::{PERSONAL, Rule},
    },
};
use scraper::{Html, Selector};

const REST: &[(&str, &str)] = &[("sure", "on"), ("lang", "en")];

#[tokio::test(flavor = "multi_thread")]
async fn closing_asks_for_a_fresh_sign_in_and_a_tick() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let refused = ada.post("/api/account_close", &[("lang", "en")]).await;
    assert!(
        refused.refusal().contains("not_confirmed"),
        "{}",
        refused.location()
    );
    server.state.clock.advance_ms(FRESH_SIGN_IN_MS + 1000);
    let page = ada.get("/account").await;
    assert!(!page.text.contains("/api/account_close"));
    let refused = ada.post("/api/account_close", REST).await;
    assert!(
        refused.refusal().contains("fresh_sign_in_needed"),
        "{}",
        refused.location()
    );
    // The page's own link leads through the provider and back to the form.
    let link = Selector::parse("a[href*='again=1'][href$='close']").unwrap();
    let document = Html::parse_document(&page.text);
    let href = document.select(&link).next().unwrap().attr("href").unwrap();
    let start = ada.get(href).await;
    assert!(start.location().contains("prompt=login"));
    let callback = ada.choose(start.location(), "Ada Martin").await;
    let back = ada.get(&callback).await;
    assert_eq!(back.location(), "/account#close");
    assert!(
        ada.get("/account")
            .await
            .text
            .contains("/api/account_close")
    );
    // The session that was replaced is gone.
    assert_eq!(
        count(&server, "SELECT COUNT(*) AS n FROM sessions").await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_account_is_nowhere_and_can_come_back_for_seven_days() {
    let server =
        Server::start(&[("IMGC_DEMO_PACE_MS", "3000"), ("IMGC_JOBS_PER_PERSON", "1")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut phone = server.signed_in("Ada Martin").await;
    let id = ada.picture("a boat").await;
    ada.post("/api/publish", &[("id", &id), ("lang", "en")])
        .await;
    let public = Selector::parse(".picture-stage img").unwrap();
    let mut stranger = server.browser();
    let page = stranger.get(&format!("/i/{id}")).await;
    let rendition = Html::parse_document(&page.text)
        .select(&public)
        .next()
        .unwrap()
        .attr("src")
        .unwrap()
        .to_owned();
    assert_eq!(stranger.get_bytes(&rendition).await.0, 200);
    let under_way = ada.generate("under way").await;
    let queued = ada.generate("waiting").await;
    ada.until(&under_way, &["dispatching"]).await;

    let receipt = close(&mut ada, "").await;
    for address in ["/gallery", "/"] {
        assert!(!stranger.get(address).await.text.contains(&id), "{address}");
    }
    assert!(!stranger.sitemap().await.contains(&id));
    assert_eq!(stranger.get(&format!("/i/{id}")).await.status, 404);
    assert_eq!(stranger.get_bytes(&rendition).await.0, 404);
    for browser in [&mut ada, &mut phone] {
        let location = browser.get("/library").await.location().to_owned();
        assert!(location.starts_with("/sign-in"), "{location}");
    }
    // The receipt is anybody's who has its address, and names nobody.
    let told = stranger.get(&receipt).await;
    assert_eq!(told.status, 200);
    assert!(told.text.contains("Everything will be erased"));
    assert!(!told.text.contains("Ada") && !told.text.contains(&id));
    assert_eq!(stranger.get("/erasure/nonsense").await.status, 404);

    // Signing in leads to the question, and to nothing else.
    server.state.clock.advance_ms(7 * DAY_MS - HOUR_MS);
    housekeeping::round(&server.state).await;
    let back = ada.sign_in("Ada Martin").await;
    assert_eq!(back.location(), "/account");
    let page = ada.get("/account").await.text;
    assert!(page.contains("Your account is being closed"), "{page}");
    assert!(ada.get("/library").await.location().starts_with("/sign-in"));
    let refused = ada.submit("again", &crate::harness::new_key(), &[]).await;
    assert!(refused.location().starts_with("/sign-in"));
    let done = ada.post("/api/account_reopen", &[("lang", "en")]).await;
    assert_eq!(done.location(), "/account");
    assert!(ada.get("/library").await.text.contains(&id));
    assert_eq!(ada.job(&queued).await["state"], "cancelled");
    // What was under way was paid for, and is there.
    ada.until(&under_way, &["ready"]).await;
    assert_eq!(stranger.get(&format!("/i/{id}")).await.status, 404);
    assert!(stranger.get(&receipt).await.text.contains("came back"));
    // It is a live account again, whatever time passes.
    server.state.clock.advance_ms(3 * DAY_MS);
    housekeeping::round(&server.state).await;
    assert!(ada.get("/library").await.text.contains(&id));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_erased_before_its_time_and_everything_after() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let theirs = sam.picture("another boat").await;
    ada.picture("a boat").await;
    let user = person(&server, "Ada Martin").await;
    let receipt = close(&mut ada, "").await;
    let people = "SELECT COUNT(*) AS n FROM users";
    for days in [-40, 40 + 6] {
        server.state.clock.advance_ms(days * DAY_MS);
        housekeeping::round(&server.state).await;
        assert_eq!(count(&server, people).await, 2, "moved by {days} days");
        assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM images").await, 2);
    }
    server.state.clock.advance_ms(DAY_MS + HOUR_MS);
    housekeeping::round(&server.state).await;
    let told = server.browser().get(&receipt).await.text;
    assert!(told.contains("Every file erased"), "{told}");
    assert_eq!(rows_with(&server, &user).await, Vec::<String>::new());
    assert_eq!(count(&server, people).await, 1);
    // Somebody else's are untouched, and nothing but theirs is in the store.
    let objects = server.objects().await;
    assert!(!objects.is_empty());
    for name in objects {
        let sams = name.contains(&theirs) || name.contains("avatars");
        assert!(sams, "{name}");
    }
    assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM images").await, 1);
    // The same person begins anew.
    ada.sign_in("Ada Martin").await;
    assert_ne!(person(&server, "Ada Martin").await, user);
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_now_is_at_once_and_renews_no_allowance() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    ada.picture("a boat").await;
    let receipt = close(&mut ada, "now").await;
    let mut stranger = server.browser();
    until_receipt_says(&mut stranger, &receipt, "Every file erased").await;
    assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM users").await, 0);
    let spent = "SELECT COUNT(*) AS n FROM erased_usage WHERE pictures = 1 AND micros > 0";
    assert_eq!(count(&server, spent).await, 1);
    let refused = ada.sign_in("Ada Martin").await;
    assert!(
        refused.refusal().contains("erased_today"),
        "{}",
        refused.location()
    );
    assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM users").await, 0);
    server.state.clock.advance_ms(DAY_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(
        count(&server, "SELECT COUNT(*) AS n FROM erased_usage").await,
        0
    );
    let welcome = ada.sign_in("Ada Martin").await;
    assert_eq!(welcome.location(), "/create");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_closings_at_once_are_one() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut phone = server.signed_in("Ada Martin").await;
    let (one, two) = tokio::join!(close_quietly(&mut ada), close_quietly(&mut phone));
    let receipts: Vec<&String> = [&one, &two]
        .into_iter()
        .filter(|location| location.starts_with("/erasure/"))
        .collect();
    assert!(!receipts.is_empty(), "{one} {two}");
    assert!(receipts.iter().all(|receipt| *receipt == receipts[0]));
    assert_eq!(
        count(&server, "SELECT COUNT(*) AS n FROM erasures").await,
        1
    );
}

async fn close_quietly(browser: &mut Browser) -> String {
    let page = browser.post("/api/account_close", REST).await;
    page.location().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_under_way_ends_before_its_account_is_erased() {
    let server = Server::start(&[("IMGC_DEMO_PACE_MS", "2500")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = ada.generate("under way").await;
    ada.until(&id, &["dispatching"]).await;
    let receipt = close(&mut ada, "now").await;
    let mut stranger = server.browser();
    let told = stranger.get(&receipt).await.text;
    assert!(told.contains("is being erased"), "{told}");
    let active =
        "SELECT (SELECT COUNT(*) FROM jobs WHERE state IN ('dispatching', 'received', 'stored'))
        + (SELECT COUNT(*) FROM images WHERE renditions_due IS NOT NULL) AS n";
    for _ in 0..200 {
        if count(&server, active).await == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    housekeeping::round(&server.state).await;
    until_receipt_says(&mut stranger, &receipt, "Every file erased").await;
    assert_eq!(server.objects().await, Vec::<String>::new());
    assert_eq!(server.spooled().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_down_delays_an_erasure_and_is_told() {
    if on_d1() {
        // The store is a folder that is moved away. In the bucket is the ledger,
        // too: without it nobody is erased, and the pages say so.
        return;
    }
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    ada.picture("a boat").await;
    let (objects, away) = (
        server.data.path().join("objects"),
        server.data.path().join("away"),
    );
    std::fs::rename(&objects, &away).unwrap();
    std::fs::write(&objects, b"no folder").unwrap();
    let receipt = close(&mut ada, "now").await;
    let mut stranger = server.browser();
    let told = until_receipt_says(
        &mut stranger,
        &receipt,
        "Account, pictures and words erased",
    )
    .await;
    assert!(!told.contains("Every file erased"), "{told}");
    housekeeping::round(&server.state).await;
    let runs = imgc::store::retention::runs(&server.state.db)
        .await
        .unwrap();
    assert!(
        runs.iter()
            .any(|run| run.rule == "deleted objects" && run.failed)
    );
    std::fs::remove_file(&objects).unwrap();
    std::fs::rename(&away, &objects).unwrap();
    housekeeping::round(&server.state).await;
    erasure::erase_due(&server.state).await;
    let told = stranger.get(&receipt).await.text;
    assert!(told.contains("Every file erased"), "{told}");
    assert_eq!(files_below(&objects), vec![]);
}

/// Tables whose rows mention this text in any column.
async fn rows_with(server: &Server, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for table in tables(server).await {
        let sql: &'static str = Box::leak(format!("SELECT * FROM {table}").into_boxed_str());
        let rows = server
            .state
            .db
            .fetch_all(Statement::new(sql))
            .await
            .unwrap();
        let columns = columns(server, &table).await;
        let holds = |row: &imgc::store::Row| {
            let texts = columns.iter().map(|column| row.opt_text(column));
            texts.flatten().flatten().any(|value| value.contains(text))
        };
        if rows.iter().any(holds) {
            found.push(table);
        }
    }
    found
}

async fn tables(server: &Server) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table'
        AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'image_search%'";
    let rows = server
        .state
        .db
        .fetch_all(Statement::new(sql))
        .await
        .unwrap();
    rows.iter().map(|row| row.text("name").unwrap()).collect()
}

async fn columns(server: &Server, table: &str) -> Vec<String> {
    let sql = "SELECT name FROM pragma_table_info(?1)";
    let rows = server
        .state
        .db
        .fetch_all(Statement::new(sql).bind(table))
        .await;
    rows.unwrap()
        .iter()
        .map(|row| row.text("name").unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_with_something_of_a_persons_has_a_rule_of_erasure() {
    let server = Server::start(&[]).await;
    let mut declared: Vec<&str> = Vec::new();
    for table in tables(&server).await {
        let sql = "SELECT \"from\" AS source, on_delete FROM pragma_foreign_key_list(?1)
            WHERE \"table\" = 'users'";
        let keys = server
            .state
            .db
            .fetch_all(Statement::new(sql).bind(table.as_str()));
        let keys = keys.await.unwrap();
        let personal = table == "users"
            || !keys.is_empty()
            || columns(&server, &table)
                .await
                .iter()
                .any(|c| c.contains("user"));
        let rule = PERSONAL.iter().find(|(name, _)| *name == table);
        assert_eq!(
            personal,
            rule.is_some(),
            "{table}: is it in store::erasures::PERSONAL?"
        );
        let Some((name, rule)) = rule else { continue };
        declared.push(name);
        // The person's row takes every other one along.
        if *rule != Rule::Person {
            assert_eq!(keys.len(), 1, "{table} refers to no person");
            assert_eq!(keys[0].text("source").unwrap(), "user_id", "{table}");
            assert_eq!(keys[0].text("on_delete").unwrap(), "CASCADE", "{table}");
        }
    }
    assert_eq!(
        declared.len(),
        PERSONAL.len(),
        "a rule for a table that is not there"
    );
}

/// Rows alone: what counts is that neither the page nor the erasure grows with them.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: make test-all"]
async fn an_account_of_a_hundred_thousand_pictures_is_shown_and_erased() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    ada.picture("the one that is there").await;
    let many = "INSERT INTO images (id, user_id, job_id, position, width, height, format, bytes, sha256,
            placeholder, widths, model, prompt, settings, cost_micros, created_at)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
        SELECT printf('01a00000-0000-7000-8000-%012d', n.i), i.user_id, i.job_id, n.i, 64, 64, 'png', 1, 'x',
            '#000000', '[64]', 'm', 'one of many', i.settings, 0, 0
        FROM n, (SELECT user_id, job_id, settings FROM images LIMIT 1) i";
    server.state.db.write(Statement::new(many)).await.unwrap();
    let page = ada.get("/account").await;
    assert!(page.text.contains("100001 in your library"));
    let receipt = close(&mut ada, "now").await;
    let mut stranger = server.browser();
    // A database compiled for development takes its time.
    until_receipt_says_within(
        PATIENCE * 5,
        &mut stranger,
        &receipt,
        "Account, pictures and words erased",
    )
    .await;
    assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM images").await, 0);
}
