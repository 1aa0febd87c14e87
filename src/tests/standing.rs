//! How accounts and those who report stand: suspensions outside of a picture's case,
//! authorities' orders, unfounded reports, and the figures that everybody may read.

use crate::{
    harness::{Browser, Page, Server, new_key, on_d1},
    rights,
};
use imgc::{
    housekeeping,
    model::{
        calendar,
        limits::{DAY_MS, FRESH_SIGN_IN_MS, HOUR_MS, NOTICES_PER_CASE, UNREAD_MS},
        notice::Reason,
    },
    store::{
        Statement,
        notices::{self, Kept, Written},
    },
};
use std::process::Command;

const ADMIN: (&str, &str) = ("IMGC_ADMINS", "mina.okafor@example.com");
const MANY_REPORTS: (&str, &str) = ("IMGC_LIMITS_REPORTS_PER_MINUTE", "1000");
const LANG: (&str, &str) = ("lang", "en");

/// A published picture's id.
async fn published(ada: &mut Browser) -> String {
    let id = ada.picture("a boat").await;
    ada.post("/api/publish", &[("id", &id), LANG]).await;
    id
}

/// Sends a notice; where that led.
async fn report(server: &Server, image: &str, reason: &str, email: &str) -> Page {
    let fields = [
        ("notice[image]", image),
        ("notice[reason]", reason),
        ("notice[explanation]", "look at it"),
        ("notice[name]", "Nora Teller"),
        ("notice[email]", email),
        ("notice[signature]", "Nora Teller"),
        ("notice[good_faith]", "on"),
        LANG,
    ];
    server.browser().post("/api/report_picture", &fields).await
}

/// The cases that wait.
async fn cases(admin: &mut Browser) -> Vec<String> {
    let page = admin.get("/admin").await.text;
    let section = page.split("id=\"cases\"").nth(1).unwrap();
    let section = section.split("</section>").next().unwrap();
    let found = section.split("href=\"/admin/cases/").skip(1);
    found
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

async fn decide(admin: &mut Browser, case: &str, picture: &str, account: &str) {
    let fields = [
        ("id", case),
        ("picture", picture),
        ("account", account),
        ("ground", "law"),
        ("rule", "Criminal Code"),
        ("facts", "We looked."),
        LANG,
    ];
    let done = admin.post("/api/admin_case", &fields).await;
    assert_eq!(done.refusal(), "", "{}", done.location());
}

async fn count(server: &Server, sql: &'static str) -> i64 {
    let rows = server.state.db.fetch_all(Statement::new(sql)).await;
    rows.unwrap()[0].int("n").unwrap()
}

async fn id_of(server: &Server, name: &str) -> String {
    let find = Statement::new("SELECT id FROM users WHERE name = ?1").bind(name);
    let rows = server.state.db.fetch_all(find).await.unwrap();
    rows[0].text("id").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_of_a_year_name_nobody_and_outlive_accounts() {
    let server = Server::start(&[ADMIN, MANY_REPORTS]).await;
    let mut stranger = server.browser();
    for (path, words) in [
        ("/transparency", "Nothing has been reported"),
        ("/fr/transparency", "Rien n’a encore été signalé"),
    ] {
        let page = stranger.get(path).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains(words), "{path}");
    }
    assert_eq!(
        stranger.get("/transparency.csv").await.text,
        "year,kind,word,count\r\n"
    );
    for page in ["/", "/fr/terms"] {
        assert!(stranger.get(page).await.text.contains("/transparency"));
    }
    let mut ada = server.signed_in("Ada Martin").await;
    let id = published(&mut ada).await;
    report(&server, &id, "hate", "nora@example.org").await;
    report(&server, &id, "rights", "nora@example.org").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    server.state.clock.advance_ms(5 * 60_000);
    let case = cases(&mut mina).await.remove(0);
    decide(&mut mina, &case, "withdrawn", "strike").await;
    let appeal = [("id", case.as_str()), ("words", "It is mine."), LANG];
    ada.post("/api/appeal_decision", &appeal).await;
    let page = mina.get(&format!("/admin/cases/{case}")).await.text;
    let appeal_id = page.split("appeal-").nth(1).unwrap();
    let answer = [
        ("id", case.as_str()),
        ("appeal", appeal_id.split('"').next().unwrap()),
        ("decision", "uphold"),
        ("answer", "You are right."),
        LANG,
    ];
    let done = mina.post("/api/admin_appeal", &answer).await;
    assert_eq!(done.refusal(), "");

    let year = calendar::year(server.state.clock.now_ms());
    let table = stranger.get("/transparency.csv").await;
    assert_eq!(
        table.header("content-type"),
        "text/csv; charset=utf-8; header=present"
    );
    for line in [
        "notice,hate,1",
        "notice,rights,1",
        "picture,withdrawn,1",
        "account,strike,1",
        "ground,law,1",
        "appeal,owner,1",
        "answer,upheld,1",
        "decision,median_minutes,5",
        "decision,automatic,0",
    ] {
        let line = format!("{year},{line}\r\n");
        assert!(table.text.contains(&line), "{line}: {}", table.text);
    }
    for path in ["/transparency", "/fr/transparency"] {
        let page = stranger.get(path).await.text;
        assert!(page.contains(&year.to_string()), "{page}");
        for name in ["Ada", "Nora", "Mina", id.as_str(), case.as_str()] {
            assert!(!page.contains(name), "{name} on {path}");
        }
    }
    let page = stranger.get("/transparency").await.text;
    for words in [
        "Hatred or a threat",
        "5 minutes",
        "Objections that were upheld",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    // What is gone with its account is counted all the same.
    let receipt = rights::close(&mut ada, "now").await;
    rights::until_receipt_says(&mut stranger, &receipt, "Every file erased").await;
    assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM cases").await, 0);
    assert_eq!(stranger.get("/transparency.csv").await.text, table.text);
    // A spreadsheet carries nothing of it out.
    let planted =
        "INSERT INTO notice_sums (year, kind, word, count) VALUES (2020, '@x', '=1+1', 1)";
    server
        .state
        .db
        .write(Statement::new(planted))
        .await
        .unwrap();
    let table = stranger.get("/transparency.csv").await.text;
    assert!(table.contains("2020,\"'@x\",\"'=1+1\",1\r\n"), "{table}");
}

/// The form that suspends.
pub fn suspend<'a>(id: &'a str, measure: &'a str) -> [(&'static str, &'a str); 6] {
    [
        ("id", id),
        ("measure", measure),
        ("ground", "terms"),
        ("rule", "Going around limits"),
        ("facts", "Twelve accounts of one person."),
        LANG,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_suspended_with_reasons_objects_and_is_let_off_early() {
    let server = Server::start(&[ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    ada.picture("a boat").await;
    let id = id_of(&server, "Ada Martin").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let page = format!("/admin/people/{id}");
    assert!(mina.get(&page).await.text.contains("/api/admin_suspend"));
    // Nobody else may, and a refusal loses nothing of what was typed.
    let refused = ada
        .post("/api/admin_suspend", &suspend(&id, "suspend_7"))
        .await;
    assert!(refused.refusal().contains("not_found"));
    let mut empty = suspend(&id, "suspend_7");
    empty[3].1 = " ";
    let refused = mina.post("/api/admin_suspend", &empty).await;
    assert!(refused.refusal().contains("reason_empty"));
    assert!(mina.get(&page).await.text.contains("Twelve accounts"));
    server.state.clock.advance_ms(FRESH_SIGN_IN_MS + 1000);
    let refused = mina
        .post("/api/admin_suspend", &suspend(&id, "suspend_7"))
        .await;
    assert!(refused.refusal().contains("fresh_sign_in_needed"));
    mina.sign_in("Mina Okafor").await;
    for odd in ["strike", "none", ""] {
        let refused = mina.post("/api/admin_suspend", &suspend(&id, odd)).await;
        assert!(refused.refusal().contains("malformed"), "{odd}");
    }
    let done = mina
        .post("/api/admin_suspend", &suspend(&id, "suspend_7"))
        .await;
    assert_eq!(done.location(), page);
    assert!(mina.get(&page).await.text.contains("is suspended until"));

    // The same effects as those of a picture's decision, and the reasons.
    assert_eq!(ada.get("/library").await.status, 302, "signed out");
    assert_eq!(ada.sign_in("Ada Martin").await.location(), "/decisions");
    for (path, wanted) in [
        (
            "/decisions",
            [
                "The account itself",
                "Twelve accounts",
                "Going around limits",
                "we found it ourselves",
                "Article 21",
            ],
        ),
        (
            "/fr/decisions",
            [
                "Le compte lui-même",
                "Twelve accounts",
                "Contraire à nos conditions",
                "nous l’avons constaté",
                "article 21",
            ],
        ),
    ] {
        let told = ada.get(path).await.text;
        for words in wanted {
            assert!(told.contains(words), "{path} lacks {words}: {told}");
        }
        assert!(!told.contains("The picture stays") && !told.contains("L’image reste"));
    }
    let refused = ada.submit("a boat", &new_key(), &[]).await;
    assert!(refused.refusal().contains("suspended"));
    let case = "SELECT id FROM cases WHERE about = user_id";
    let rows = server.state.db.fetch_all(Statement::new(case)).await;
    let case = rows.unwrap()[0].text("id").unwrap();
    let appeal = [("id", case.as_str()), ("words", "It was my school."), LANG];
    let sent = ada.post("/api/appeal_decision", &appeal).await;
    assert_eq!(sent.location(), "/decisions");
    assert_eq!(cases(&mut mina).await, [case.as_str()]);
    let told = mina.get(&format!("/admin/cases/{case}")).await.text;
    assert!(told.contains("It was my school."), "{told}");

    // Let off early: nothing brings it back, and both stand in the record.
    let lift = [("id", id.as_str()), ("reason", "a misunderstanding"), LANG];
    let refused = ada.post("/api/admin_lift", &lift).await;
    assert!(refused.refusal().contains("not_found"));
    let done = mina.post("/api/admin_lift", &lift).await;
    assert_eq!(done.location(), page);
    let again = mina.post("/api/admin_lift", &lift).await;
    assert!(again.refusal().contains("too_late"));
    ada.picture("a boat again").await;
    let told = mina.get("/admin").await.text;
    for words in ["suspension ended", "a misunderstanding", "7 days"] {
        assert!(told.contains(words), "{words}");
    }
    assert!(
        !told.contains("Twelve accounts"),
        "the facts go with the account"
    );
    let year = calendar::year(server.state.clock.now_ms());
    let table = server.browser().get("/transparency.csv").await.text;
    for line in ["own,suspended,1", "account,suspended,1", "ground,terms,1"] {
        assert!(table.contains(&format!("{year},{line}")), "{line}: {table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_carried_over_from_an_erased_account_can_be_lifted() {
    let server = Server::start(&[ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = id_of(&server, "Ada Martin").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let done = mina
        .post("/api/admin_suspend", &suspend(&id, "suspend"))
        .await;
    assert_eq!(done.refusal(), "");
    ada.sign_in("Ada Martin").await;
    let receipt = rights::close(&mut ada, "now").await;
    rights::until_receipt_says(&mut server.browser(), &receipt, "Every file erased").await;
    server.state.clock.advance_ms(DAY_MS);
    assert_eq!(ada.sign_in("Ada Martin").await.location(), "/decisions");
    mina.sign_in("Mina Okafor").await;
    let id = id_of(&server, "Ada Martin").await;
    let lift = [("id", id.as_str()), ("reason", "a year ago"), LANG];
    let done = mina.post("/api/admin_lift", &lift).await;
    assert_eq!(done.refusal(), "");
    assert_eq!(
        count(&server, "SELECT COUNT(*) AS n FROM suspended_sign_ins").await,
        0
    );
    // The next sign-in does not find it again.
    ada.sign_in("Ada Martin").await;
    ada.picture("a boat").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_administrator_is_suspended_and_named_twice_one_is_alone() {
    let twice = ("IMGC_ADMINS", "mina.okafor@example.com, sub:demo-mina");
    let server = Server::start(&[twice]).await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let mina_id = id_of(&server, "Mina Okafor").await;
    let page = mina.get(&format!("/admin/people/{mina_id}")).await.text;
    assert!(!page.contains("/api/admin_suspend"), "{page}");
    let refused = mina
        .post("/api/admin_suspend", &suspend(&mina_id, "suspend"))
        .await;
    assert!(refused.refusal().contains("not_found"));
    assert_eq!(mina.get("/admin").await.status, 200);
    // There is no second person: she answers the objection to her own decision.
    let mut ada = server.signed_in("Ada Martin").await;
    let id = published(&mut ada).await;
    report(&server, &id, "hate", "nora@example.org").await;
    let case = cases(&mut mina).await.remove(0);
    decide(&mut mina, &case, "withdrawn", "none").await;
    let appeal = [("id", case.as_str()), ("words", "It is mine."), LANG];
    ada.post("/api/appeal_decision", &appeal).await;
    let page = mina.get(&format!("/admin/cases/{case}")).await.text;
    assert!(page.contains("/api/admin_appeal"), "{page}");
    // And she sees the case of a picture of her own.
    let id = published(&mut mina).await;
    report(&server, &id, "hate", "nora@example.org").await;
    assert_eq!(cases(&mut mina).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_suspends_and_lets_off() {
    // It works on a file: on D1 by the nodes' configuration.
    if on_d1() {
        return;
    }
    let server = Server::start(&[ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    server.signed_in("Mina Okafor").await;
    let data = server.data.path().to_owned();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_imgc"))
            .args(arguments)
            .env("IMGC_DATA_DIR", &data)
            .env(ADMIN.0, ADMIN.1)
            .current_dir(&data)
            .output()
            .unwrap();
        let both = [&output.stdout[..], &output.stderr[..]].concat();
        (output.status.code(), String::from_utf8(both).unwrap())
    };
    let ada_is = "ADA.martin@example.com";
    let why = [
        "--reason",
        "Twelve accounts.",
        "--rule",
        "Going around limits",
    ];
    let suspend = |who: &str, more: &[&str]| {
        let mut arguments = vec!["suspend", who];
        arguments.extend(more);
        arguments.extend(why);
        run(&arguments)
    };
    let (code, said) = suspend("mina.okafor@example.com", &["--for-good"]);
    assert!(code == Some(1) && said.contains("administrator"), "{said}");
    let (code, said) = suspend(ada_is, &["--days", "7"]);
    assert!(
        code == Some(0) && said.contains("is suspended until"),
        "{said}"
    );
    assert_eq!(ada.get("/library").await.status, 302, "signed out");
    ada.sign_in("Ada Martin").await;
    let told = ada.get("/decisions").await.text;
    assert!(told.contains("Twelve accounts."), "{told}");
    let lift = ["suspend", ada_is, "--lift", "--reason", "an error"];
    let (code, said) = run(&lift);
    assert!(code == Some(0) && said.contains("no more"), "{said}");
    let (code, said) = run(&lift);
    assert!(
        code == Some(1) && said.contains("is not suspended"),
        "{said}"
    );
    ada.picture("a boat").await;
    for (odd, code) in [
        (&["suspend", ada_is, "--days", "7", "--reason", "x"][..], 2),
        (
            &[
                "suspend", ada_is, "--days", "8", "--reason", "x", "--rule", "y",
            ],
            2,
        ),
        (&["suspend", ada_is, "--reason", "x", "--rule", "y"], 2),
        (
            &["suspend", ada_is, "--lift", "--for-good", "--reason", "x"],
            2,
        ),
        (
            &[
                "suspend", ada_is, "--days", "7", "--reason", " ", "--rule", "y",
            ],
            1,
        ),
        (
            &[
                "suspend", "nobody", "--days", "7", "--reason", "x", "--rule", "y",
            ],
            1,
        ),
    ] {
        assert_eq!(run(odd).0, Some(code), "{odd:?}");
    }
}

/// The fields of an order that lacks nothing.
fn order<'a>(kind: &'a str, pictures: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("order[kind]", kind),
        ("order[authority]", "Parquet de Paris"),
        ("order[reference]", "2026/4711"),
        ("order[basis]", "Regulation (EU) 2021/784, Article 3"),
        ("order[pictures]", pictures),
        ("order[words]", "Remove these."),
        ("order[name]", "Jeanne Juge"),
        ("order[email]", "juge@parquet.example"),
        LANG,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authoritys_order_comes_first_and_is_answered_by_hand() {
    let server = Server::start(&[ADMIN, MANY_REPORTS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (first, second) = (published(&mut ada).await, published(&mut ada).await);
    let private = ada.picture("a quiet boat").await;
    // One has been reported for what waits until its end and is overdue.
    report(&server, &second, "child_abuse", "").await;
    server.state.clock.advance_ms(HOUR_MS);
    let mut court = server.browser();
    for path in ["/contact", "/fr/contact"] {
        let page = court.get(path).await;
        assert!(
            page.status == 200 && page.text.contains("/orders"),
            "{path}"
        );
    }
    assert!(court.get("/imprint").await.text.contains("/contact"));
    for path in ["/orders", "/fr/orders"] {
        let page = court.get(path).await;
        assert!(page.text.contains("/api/order"), "{path}");
    }
    // What lacks something is refused, and nothing typed is lost.
    let long = "ü".repeat(2001);
    for (field, value, code) in [
        ("order[kind]", "everything", "notice_empty"),
        ("order[authority]", " ", "notice_empty"),
        ("order[reference]", "", "notice_empty"),
        ("order[words]", long.as_str(), "notice_too_long"),
        ("order[pictures]", "", "notice_empty"),
        ("order[email]", "nobody", "email_invalid"),
        ("order[email]", "", "contact_missing"),
    ] {
        let mut fields = order("removal", &first);
        fields
            .iter_mut()
            .find(|(name, _)| *name == field)
            .unwrap()
            .1 = value;
        let refused = court.post("/api/order", &fields).await;
        assert!(
            refused.refusal().contains(code),
            "{field}: {}",
            refused.location()
        );
        let form = court.get(refused.location()).await.text;
        assert!(form.contains("Jeanne Juge"), "{field}");
    }
    let kept = "SELECT COUNT(*) AS n FROM authority_orders";
    assert_eq!(count(&server, kept).await, 0);

    let pictures = format!("{0}/i/{first}\n{0}/fr/i/{private}", server.base);
    let sent = court
        .post("/api/order", &order("terrorism", &pictures))
        .await;
    let receipt = sent.location().to_owned();
    assert!(receipt.starts_with("/orders/"), "{receipt}");
    let page = court.get(&receipt).await.text;
    for words in [
        "Parquet de Paris",
        "2026/4711",
        "to be answered by",
        "not decided yet",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(page.contains(&first) && !page.contains(&private), "{page}");
    let due = "SELECT due_at - opened_at AS n FROM cases WHERE decided_at IS NULL ORDER BY opened_at DESC";
    assert_eq!(count(&server, due).await, HOUR_MS);
    // The private one stays private, and is in no case.
    assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM cases").await, 2);
    let mut mina = server.signed_in("Mina Okafor").await;
    let admin = mina.get("/admin").await.text;
    let (orders, rest) = admin.split_once("id=\"cases\"").unwrap();
    assert!(orders.contains("Parquet de Paris") && orders.contains("juge@parquet.example"));
    assert!(rest.contains("Order of an authority."), "{rest}");
    let waiting = cases(&mut mina).await;
    assert!(
        orders.contains(&waiting[0]),
        "the order's case is the first"
    );
    decide(&mut mina, &waiting[0], "withdrawn", "none").await;
    assert!(court.get(&receipt).await.text.contains(">decided<"));

    // Information is noted and handed over by nobody but a person.
    let sent = court
        .post("/api/order", &order("information", &first))
        .await;
    let asked = sent.location().to_owned();
    let page = court.get(&asked).await.text;
    assert!(!page.contains(&first) && !page.contains("Ada"), "{page}");
    assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM cases").await, 2);
    let number = asked.rsplit('/').next().unwrap();
    let answer = [("id", number), ("answer", "Sent by post."), LANG];
    let refused = ada.post("/api/admin_order", &answer).await;
    assert!(refused.refusal().contains("not_found"));
    let empty = [("id", number), ("answer", " "), LANG];
    let refused = mina.post("/api/admin_order", &empty).await;
    assert!(refused.refusal().contains("reason_empty"));
    assert_eq!(
        mina.post("/api/admin_order", &answer).await.location(),
        "/admin"
    );
    let again = mina.post("/api/admin_order", &answer).await;
    assert!(again.refusal().contains("too_late"));
    assert!(court.get(&asked).await.text.contains("Sent by post."));
    assert!(!mina.get("/admin").await.text.contains(number));
    let year = calendar::year(server.state.clock.now_ms());
    let table = court.get("/transparency.csv").await.text;
    for line in [
        "order,terrorism,1",
        "order,information,1",
        "notice,child_abuse,1",
    ] {
        assert!(table.contains(&format!("{year},{line}")), "{line}: {table}");
    }
    assert!(
        !table.contains("notice,terrorism"),
        "an order is no notice: {table}"
    );
    // It is forgotten when its time has come, whether or not somebody answered.
    server.state.clock.advance_ms(100 * DAY_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(count(&server, kept).await, 2);
    server.state.clock.advance_ms(91 * DAY_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(count(&server, kept).await, 0);
    assert_eq!(court.get(&asked).await.status, 404);
    assert_eq!(court.get("/orders/nobodys").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_throttled_as_reports_are() {
    let server = Server::start(&[("IMGC_LIMITS_REPORTS_PER_MINUTE", "2")]).await;
    let mut court = server.browser();
    let mut refused = 0;
    for _ in 0..6 {
        let sent = court.post("/api/order", &order("information", "")).await;
        refused += u32::from(sent.refusal().contains("too_many"));
    }
    assert!(refused >= 3, "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_unfounded_reports_is_warned_and_then_unread_for_a_time() {
    let contact = ("IMGC_CONTACT", "help@pictures.example");
    let server = Server::start(&[ADMIN, MANY_REPORTS, contact]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = published(&mut ada).await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let mut stranger = server.browser();
    let mut receipts = Vec::new();
    for (round, email) in ["nora@example.org", "NORA@example.org "]
        .into_iter()
        .enumerate()
    {
        server.state.clock.advance_ms(60_000);
        let receipt = report(&server, &id, "hate", email.trim()).await;
        let receipt = receipt.location().to_owned();
        let case = cases(&mut mina).await.remove(0);
        let notice = receipt.rsplit('/').next().unwrap();
        let mark = [("id", case.as_str()), ("notice", notice), LANG];
        // Only what was dismissed, and by nobody else.
        let early = mina.post("/api/admin_unfounded", &mark).await;
        assert!(early.refusal().contains("too_late"));
        decide(&mut mina, &case, "kept", "none").await;
        let refused = ada.post("/api/admin_unfounded", &mark).await;
        assert!(refused.refusal().contains("not_found"));
        assert!(
            mina.get(&format!("/admin/cases/{case}"))
                .await
                .text
                .contains("/api/admin_unfounded")
        );
        let done = mina.post("/api/admin_unfounded", &mark).await;
        assert_eq!(done.refusal(), "", "{round}");
        let again = mina.post("/api/admin_unfounded", &mark).await;
        assert!(again.refusal().contains("too_late"), "once");
        receipts.push(receipt);
    }
    let told = stranger.get(&receipts[0]).await.text;
    assert!(told.contains("This is a warning"), "{told}");
    let told = stranger.get(&receipts[1]).await.text;
    assert!(told.contains("not the first one"), "{told}");
    let rows = "SELECT COUNT(*) AS n FROM unfounded_reporters WHERE person LIKE '%nora%'";
    assert_eq!(count(&server, rows).await, 0, "no address is kept for it");

    // Received, and in no case; what is about a child or terrorism is read all the same,
    // and so is everybody else.
    let unread = report(&server, &id, "fraud", "Nora@Example.org").await;
    let told = stranger.get(unread.location()).await.text;
    assert!(told.contains("will not be read"), "{told}");
    assert_eq!(cases(&mut mina).await.len(), 0);
    let read = report(&server, &id, "terrorism", "nora@example.org").await;
    let told = stranger.get(read.location()).await.text;
    assert!(told.contains("A person will look at it"), "{told}");
    let case = cases(&mut mina).await.remove(0);
    decide(&mut mina, &case, "kept", "none").await;
    let notice = read.location().rsplit('/').next().unwrap();
    let mark = [("id", case.as_str()), ("notice", notice), LANG];
    let never = mina.post("/api/admin_unfounded", &mark).await;
    assert!(
        never.refusal().contains("too_late"),
        "that is never held against anybody"
    );
    report(&server, &id, "fraud", "sam@example.org").await;
    assert_eq!(cases(&mut mina).await.len(), 1);
    let case = cases(&mut mina).await.remove(0);
    decide(&mut mina, &case, "kept", "none").await;
    let table = stranger.get("/transparency.csv").await.text;
    assert!(table.contains("unread,reporter,1"), "{table}");
    let terms = stranger.get("/terms").await.text;
    let promised = format!("not read for {} days", UNREAD_MS / DAY_MS);
    assert!(terms.contains(&promised), "{terms}");
    // It ends by itself, and is forgotten after a year.
    server.state.clock.advance_ms(30 * DAY_MS);
    mina.sign_in("Mina Okafor").await;
    report(&server, &id, "fraud", "nora@example.org").await;
    assert_eq!(cases(&mut mina).await.len(), 1);
    server.state.clock.advance_ms(336 * DAY_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(
        count(&server, "SELECT COUNT(*) AS n FROM unfounded_reporters").await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_reports_of_a_picture_are_one_case_and_a_page_that_stays_short() {
    let server = Server::start(&[ADMIN, MANY_REPORTS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = published(&mut ada).await;
    let now_ms = server.state.clock.now_ms();
    let mut kept = 0;
    for number in 0..10_000 {
        let written = Written {
            id: &format!("notice-{number}"),
            case_id: &format!("case-{number}"),
            image_id: &id,
            reason: Reason::Hate,
            explanation: &"long ".repeat(100),
            name: "Nora Teller",
            email: "nora@example.org",
            signature: "",
            due_at_ms: now_ms + DAY_MS,
            order_id: None,
            most: NOTICES_PER_CASE,
        };
        let one = notices::insert(&server.state.db, &written, Vec::new(), now_ms)
            .await
            .unwrap();
        kept += i64::from(one == Kept::Kept);
        // The rest is refused alike, without a row: on a far database some are enough.
        if on_d1() && number > 1_100 {
            break;
        }
    }
    assert_eq!(kept, NOTICES_PER_CASE);
    assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM cases").await, 1);
    assert_eq!(
        count(&server, "SELECT COUNT(*) AS n FROM notices").await,
        NOTICES_PER_CASE
    );
    let refused = report(&server, &id, "fraud", "sam@example.org").await;
    assert!(
        refused.refusal().contains("too_many"),
        "{}",
        refused.location()
    );
    let mut mina = server.signed_in("Mina Okafor").await;
    let case = cases(&mut mina).await.remove(0);
    let began = std::time::Instant::now();
    let page = mina.get(&format!("/admin/cases/{case}")).await.text;
    assert!(page.len() < 200_000, "{} bytes", page.len());
    assert!(page.contains("1000"), "how many there are");
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    // Each is on one of the pages that follow, once.
    let (mut read, mut page) = (std::collections::BTreeSet::new(), page);
    loop {
        for found in page.split(" · <!>notice-").skip(1) {
            let number: u32 = found.split('<').next().unwrap().trim().parse().unwrap();
            assert!(read.insert(number), "{number} again");
        }
        let next = page
            .split("href=\"")
            .skip(1)
            .map(|link| link.split('"').next().unwrap());
        let Some(next) = next.into_iter().find(|link| link.ends_with("#notices")) else {
            break;
        };
        let next = next.split('#').next().unwrap().to_owned();
        page = mina.get(&next).await.text;
    }
    assert_eq!(read.len() as i64, NOTICES_PER_CASE);
    // Whatever else an address says leads to the beginning.
    for odd in ["x", "1", "1.x", "9999999999999999999.1"] {
        let page = mina.get(&format!("/admin/cases/{case}?after={odd}")).await;
        assert!(
            page.status == 200 && page.text.contains("notice-0<"),
            "{odd}"
        );
    }
    // An authority is not asked to come later.
    let sent = server
        .browser()
        .post("/api/order", &order("removal", &id))
        .await;
    let receipt = server.browser().get(sent.location()).await.text;
    assert!(receipt.contains("not decided yet"), "{receipt}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_private_trashed_or_ones_own_cannot_be_reported() {
    let server = Server::start(&[ADMIN, MANY_REPORTS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let private = ada.picture("private").await;
    let (trashed, deleted) = (published(&mut ada).await, published(&mut ada).await);
    for id in [&trashed, &deleted] {
        let trash = [("ids[]", id.as_str()), ("action", "trash"), LANG];
        ada.post("/api/change", &trash).await;
    }
    ada.post("/api/delete", &[("id", &deleted), LANG]).await;
    for id in [&private, &trashed, &deleted] {
        let refused = report(&server, id, "hate", "nora@example.org").await;
        assert!(
            refused.refusal().contains("not_found"),
            "{}",
            refused.location()
        );
        assert_eq!(
            server.browser().get(&format!("/report/{id}")).await.status,
            404
        );
    }
    // An order that names them is kept for a person to look at, and opens nothing.
    let pictures = [private, trashed, deleted].join("\n");
    let sent = server
        .browser()
        .post("/api/order", &order("removal", &pictures))
        .await;
    let page = server.browser().get(sent.location()).await.text;
    assert!(
        page.contains("None of these addresses is a public"),
        "{page}"
    );
    assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM cases").await, 0);
    assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM notices").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_refused_by_moderation_again_and_again_waits_and_is_looked_at() {
    let server = Server::start(&[ADMIN, ("IMGC_LIMITS_JOBS_PER_MINUTE", "1000")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    for _ in 0..10 {
        assert!(!mina.get("/admin").await.text.contains("Look at these"));
        let job = ada.generate("no [demo:moderation-prompt]").await;
        ada.until(&job, &["failed"]).await;
    }
    let refused = ada.submit("a harmless boat", &new_key(), &[]).await;
    assert!(
        refused.refusal().contains("too_many"),
        "{}",
        refused.location()
    );
    let told = ada.get(refused.location()).await.text;
    assert!(told.contains("Please wait"), "how long: {told}");
    let id = id_of(&server, "Ada Martin").await;
    for (path, words) in [("/admin", "Look at these"), ("/fr/admin", "À regarder")] {
        let page = mina.get(path).await.text;
        assert!(
            page.contains(words) && page.contains(&format!("/people/{id}")),
            "{path}"
        );
    }
    // Nobody is suspended by that, and nobody else waits.
    assert!(!ada.get("/decisions").await.text.contains("is suspended"));
    mina.picture("a boat").await;
    server.state.clock.advance_ms(DAY_MS);
    ada.sign_in("Ada Martin").await;
    ada.picture("a boat").await;
    mina.sign_in("Mina Okafor").await;
    assert!(!mina.get("/admin").await.text.contains("Look at these"));
}
