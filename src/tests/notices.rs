//! Notices of unlawful pictures, decisions with their reasons, and objections to them.

use crate::{
    harness::{Browser, Page, Server, new_key},
    rights,
};
use imgc::{
    housekeeping,
    model::{
        limits::{APPEAL_MS, DAY_MS, FOREVER_MS, FRESH_SIGN_IN_MS, HOUR_MS, STRIKE_MS},
        notice::{Ground, PictureMeasure},
    },
    store::Statement,
};

const ADMINS: (&str, &str) = (
    "IMGC_ADMINS",
    "mina.okafor@example.com, sam.rivera@example.com",
);
const ONE_ADMIN: (&str, &str) = ("IMGC_ADMINS", "mina.okafor@example.com");
const LANG: (&str, &str) = ("lang", "en");

/// A published picture: its id, and the address of a public file of it.
pub async fn published(ada: &mut Browser) -> (String, String) {
    let id = ada.picture("a boat").await;
    ada.post("/api/publish", &[("id", &id), LANG]).await;
    let page = ada.get("/gallery").await.text;
    let at = page.find("/media/").expect("it is in the gallery");
    let file = page[at..].split(['"', ' ']).next().unwrap();
    (id, file.to_owned())
}

/// The fields of a notice that lacks nothing.
pub fn notice<'a>(image: &'a str, reason: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("notice[image]", image),
        ("notice[reason]", reason),
        ("notice[explanation]", "it shows my aunt"),
        ("notice[name]", "Nora Teller"),
        ("notice[email]", "nora@example.org"),
        ("notice[signature]", "Nora Teller"),
        ("notice[good_faith]", "on"),
        LANG,
    ]
}

/// Sends a notice; the address of its page.
pub async fn report(server: &Server, image: &str, reason: &str) -> String {
    let fields = notice(image, reason);
    let sent = server.browser().post("/api/report_picture", &fields).await;
    let page = sent.location().to_owned();
    assert!(page.starts_with("/notices/"), "{page}");
    page
}

/// The id of the only case that waits.
pub async fn case(admin: &mut Browser) -> String {
    let page = admin.get("/admin").await.text;
    let mut found = page.split("href=\"/admin/cases/").skip(1);
    let id = found.next().expect("a case").split('"').next().unwrap();
    assert!(found.next().is_none(), "one case");
    id.to_owned()
}

/// Decides a case.
pub async fn decide(admin: &mut Browser, case: &str, picture: &str, account: &str) -> Page {
    let fields = [
        ("id", case),
        ("picture", picture),
        ("account", account),
        ("ground", "law"),
        ("rule", "Criminal Code, section 201a"),
        ("facts", "The aunt is to be seen and did not agree."),
        LANG,
    ];
    admin.post("/api/admin_case", &fields).await
}

pub async fn count(server: &Server, sql: &'static str) -> i64 {
    let rows = server.state.db.fetch_all(Statement::new(sql)).await;
    rows.unwrap()[0].int("n").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reported_picture_is_withdrawn_with_reasons_and_comes_back_by_an_appeal() {
    let server = Server::start(&[ADMINS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, file) = published(&mut ada).await;
    let mut stranger = server.browser();
    let page = stranger.get(&format!("/i/{id}")).await.text;
    assert!(page.contains(&format!("/report/{id}")), "the way to report");
    let form = stranger.get(&format!("/fr/report/{id}")).await;
    assert_eq!(form.status, 200);
    assert!(form.text.contains("Signaler une image"));
    let receipt = report(&server, &id, "intimate").await;
    let told = stranger.get(&receipt).await.text;
    assert!(told.contains("A person will look at it by"), "{told}");

    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    let address = format!("/admin/cases/{number}");
    let page = mina.get(&address).await.text;
    for told in ["it shows my aunt", "nora@example.org", "Ada Martin"] {
        assert!(page.contains(told), "{told}");
    }
    // To everybody else the case does not exist.
    for path in [address.clone(), format!("{address}/picture")] {
        assert_eq!(ada.get(&path).await.status, 404, "{path}");
    }
    assert_eq!(
        stranger.get(&format!("{address}/picture")).await.status,
        404
    );
    let refused = decide(&mut ada, &number, "withdrawn", "none").await;
    assert!(refused.refusal().contains("not_found"));

    assert_eq!(
        decide(&mut mina, &number, "withdrawn", "strike")
            .await
            .location(),
        address
    );
    // Gone for every reader: page, file, gallery, map of the site.
    assert_eq!(stranger.get(&format!("/i/{id}")).await.status, 404);
    assert_eq!(stranger.get(&file).await.status, 404);
    assert!(!stranger.get("/gallery").await.text.contains(&id));
    assert!(!stranger.sitemap().await.contains(&id));
    assert_eq!(stranger.get(&format!("/report/{id}")).await.status, 404);
    let told = stranger.get(&receipt).await.text;
    assert!(told.contains("The picture was withdrawn"), "{told}");
    // The owner reads what, where, how long, facts, ground, what led to it, whether a
    // machine took part and how to object, in both languages; and not who told of it.
    for (path, wanted) in [
        (
            "/decisions",
            [
                "cannot be published",
                "counts as a strike",
                "Everywhere on this site",
                "Without an end",
                "The aunt is to be seen",
                "Criminal Code, section 201a",
                "were received about this picture: 1",
                "None: a person found",
                "Article 21",
                "Go to a court",
            ],
        ),
        (
            "/fr/decisions",
            [
                "ne peut pas être publiée",
                "compte comme une infraction",
                "Partout sur ce site",
                "Sans limite",
                "The aunt is to be seen",
                "Contraire à la loi",
                "reçus au sujet de cette image : 1",
                "Aucun : une personne",
                "article 21",
                "Saisissez un tribunal",
            ],
        ),
    ] {
        let page = ada.get(path).await.text;
        for words in wanted {
            assert!(page.contains(words), "{path} lacks {words}: {page}");
        }
        assert!(!page.contains("Nora") && !page.contains("nora@"), "{path}");
    }
    let page = ada.get(&format!("/i/{id}")).await.text;
    assert!(page.contains("was withdrawn by a decision"), "{page}");
    assert!(ada.get("/account").await.text.contains("/decisions"));
    let refused = ada.post("/api/publish", &[("id", &id), LANG]).await;
    assert!(
        refused.refusal().contains("suspended"),
        "{}",
        refused.location()
    );

    let appeal = [
        ("id", number.as_str()),
        ("words", "She agreed in writing."),
        LANG,
    ];
    let empty = [("id", number.as_str()), ("words", " \u{200b} "), LANG];
    let refused = ada.post("/api/appeal_decision", &empty).await;
    assert!(refused.refusal().contains("notice_empty"));
    let mut other = server.signed_in("Sam Rivera").await;
    let refused = other.post("/api/appeal_decision", &appeal).await;
    assert!(
        refused.refusal().contains("too_late"),
        "not Sam's to object"
    );
    assert_eq!(
        ada.post("/api/appeal_decision", &appeal).await.location(),
        "/decisions"
    );
    let again = ada.post("/api/appeal_decision", &appeal).await;
    assert!(again.refusal().contains("too_late"), "once");

    // Another administrator decides than the one whose decision it is about.
    let page = mina.get(&address).await.text;
    assert!(page.contains("another administrator decides"), "{page}");
    let appeal_id = page
        .split("appeal-")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let answer = [
        ("id", number.as_str()),
        ("appeal", appeal_id),
        ("decision", "uphold"),
        ("answer", "We have seen the letter."),
        LANG,
    ];
    let refused = mina.post("/api/admin_appeal", &answer).await;
    assert!(refused.refusal().contains("too_late"), "her own decision");
    assert_eq!(
        other.post("/api/admin_appeal", &answer).await.location(),
        address
    );
    // It is back at its place: the addresses others know work again.
    assert_eq!(stranger.get(&file).await.status, 200);
    assert!(stranger.get("/gallery").await.text.contains(&id));
    let page = ada.get("/decisions").await.text;
    for words in ["Upheld", "We have seen the letter.", "was taken back on"] {
        assert!(page.contains(words), "{words}");
    }
    let page = stranger.get(&receipt).await.text;
    assert!(page.contains("The decision was taken back"), "{page}");
    assert_eq!(
        count(&server, "SELECT COUNT(*) AS n FROM cases WHERE strike = 1").await,
        0
    );
    let acts =
        "SELECT COUNT(*) AS n FROM admin_acts WHERE act IN ('case decided', 'appeal decided')";
    assert_eq!(count(&server, acts).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reported_may_object_and_the_case_opens_again() {
    let server = Server::start(&[ONE_ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, _) = published(&mut ada).await;
    let receipt = report(&server, &id, "rights").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "kept", "none").await;
    let mut stranger = server.browser();
    let page = stranger.get(&receipt).await.text;
    assert!(
        page.contains("leave it as it is") && page.contains("Article 21"),
        "{page}"
    );
    assert!(page.contains("The aunt is to be seen"), "the reasons");
    // Nothing is asked of the owner, so there is no decision about them.
    assert!(!ada.get("/decisions").await.text.contains(&number));

    let notice = receipt.rsplit('/').next().unwrap();
    let appeal = [
        ("id", number.as_str()),
        ("notice", notice),
        ("words", "Look at the left corner."),
        LANG,
    ];
    let wrong = [appeal[0], ("notice", "nobodys"), appeal[2], LANG];
    let refused = stranger.post("/api/appeal_notice", &wrong).await;
    let told = refused.location();
    assert!(refused.refusal().contains("too_late"), "{told}");
    assert_eq!(
        stranger
            .post("/api/appeal_notice", &appeal)
            .await
            .location(),
        receipt
    );
    let page = mina.get(&format!("/admin/cases/{number}")).await.text;
    let appeal_id = page
        .split("appeal-")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let answer = [
        ("id", number.as_str()),
        ("appeal", appeal_id),
        ("decision", "uphold"),
        ("answer", "You are right."),
        LANG,
    ];
    // Where there is nobody else, one looks again oneself.
    mina.post("/api/admin_appeal", &answer).await;
    assert_eq!(case(&mut mina).await, number, "it waits again");
    decide(&mut mina, &number, "withdrawn", "none").await;
    let page = stranger.get(&receipt).await.text;
    assert!(page.contains("The picture was withdrawn"), "{page}");
    assert!(page.contains("You are right."));
    // What was done about it is for the owner to object to, for six months.
    let again = stranger.post("/api/appeal_notice", &appeal).await;
    assert!(again.refusal().contains("too_late"));
    server.state.clock.advance_ms(APPEAL_MS + HOUR_MS);
    ada.sign_in("Ada Martin").await;
    let late = [("id", number.as_str()), ("words", "It is mine."), LANG];
    let late = ada.post("/api/appeal_decision", &late).await;
    assert!(late.refusal().contains("too_late"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_suspended_read_why_and_make_nothing_and_erasing_lifts_nothing() {
    let server = Server::start(&[ONE_ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, _) = published(&mut ada).await;
    let waiting = ada.generate("a boat [demo:slow=30]").await;
    ada.until(&waiting, &["dispatching"]).await;
    report(&server, &id, "hate").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "kept", "suspend_30").await;
    // Sessions end; whoever signs in again reads why first.
    assert_eq!(ada.get("/decisions").await.status, 302, "signed out");
    let welcome = ada.sign_in("Ada Martin").await;
    assert_eq!(welcome.location(), "/decisions");
    assert!(
        ada.get("/decisions")
            .await
            .text
            .contains("is suspended until")
    );
    let refused = ada.submit("a boat", &new_key(), &[]).await;
    assert!(
        refused.refusal().contains("suspended"),
        "{}",
        refused.location()
    );
    let create = ada.get(refused.location()).await.text;
    assert!(create.contains("A decision stands in the way"), "{create}");
    let jobs = "SELECT COUNT(*) AS n FROM jobs";
    assert_eq!(
        count(&server, jobs).await,
        2,
        "what was sent before, and nothing more"
    );
    // What was public stays, and what is taken back does not come back by Undo.
    let taken = ada.post("/api/unpublish", &[("id", &id), LANG]).await;
    let done = taken.location().split("done=").nth(1).unwrap().to_owned();
    let publish = ada.post("/api/publish", &[("id", &id), LANG]).await;
    assert!(publish.refusal().contains("suspended"));
    ada.post("/api/undo", &[("id", &done), ("picture", &id), LANG])
        .await;
    assert_eq!(server.browser().get(&format!("/i/{id}")).await.status, 404);
    // They may look, take everything along and leave.
    assert_eq!(ada.get("/library").await.status, 200);
    let export = ada.post("/account/export", &[LANG]).await;
    assert_eq!(export.status, 200);

    ada.until(&waiting, &["ready", "failed", "unknown"]).await;
    let receipt = rights::close(&mut ada, "now").await;
    let mut stranger = server.browser();
    rights::until_receipt_says(&mut stranger, &receipt, "Every file erased").await;
    let kept = "SELECT COUNT(*) AS n FROM suspended_sign_ins";
    assert_eq!(count(&server, kept).await, 1);
    server.state.clock.advance_ms(DAY_MS);
    let welcome = ada.sign_in("Ada Martin").await;
    assert_eq!(
        welcome.location(),
        "/decisions",
        "erasing lifts no suspension"
    );
    let refused = ada.submit("a boat", &new_key(), &[("age", "on")]).await;
    assert!(
        refused.refusal().contains("suspended"),
        "{}",
        refused.location()
    );
    // It ends by itself, and is forgotten then.
    server.state.clock.advance_ms(30 * DAY_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(count(&server, kept).await, 0);
    ada.sign_in("Ada Martin").await;
    ada.picture("a boat").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_suspended_have_queued_is_cancelled_and_costs_nothing() {
    let server = Server::start(&[ONE_ADMIN, ("IMGC_JOBS_PER_PERSON", "1")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, _) = published(&mut ada).await;
    let under_way = ada.generate("a boat [demo:slow=30]").await;
    ada.until(&under_way, &["dispatching"]).await;
    for _ in 0..3 {
        ada.generate("a boat that waits").await;
    }
    let queued = "SELECT COUNT(*) AS n FROM jobs WHERE state = 'queued'";
    assert_eq!(count(&server, queued).await, 3);
    report(&server, &id, "hate").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "kept", "suspend_7").await;
    let cancelled = "SELECT COUNT(*) AS n FROM jobs WHERE state = 'cancelled'";
    assert_eq!(count(&server, queued).await, 0);
    assert_eq!(count(&server, cancelled).await, 3);
    ada.sign_in("Ada Martin").await;
    ada.until(&under_way, &["ready", "failed", "unknown"]).await;
    // Only what was under way is paid for, and nobody called for the rest.
    let spent = "SELECT (SELECT SUM(billable_micros) FROM month_sums)
        - (SELECT SUM(cost_micros) FROM jobs WHERE state <> 'cancelled') AS n";
    assert_eq!(count(&server, spent).await, 0);
    let called =
        "SELECT COUNT(*) AS n FROM jobs WHERE state = 'cancelled' AND dispatched_at IS NOT NULL";
    assert_eq!(count(&server, called).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_reported_is_not_and_nothing_typed_is_lost() {
    let server = Server::start(&[ONE_ADMIN, ("IMGC_LIMITS_REPORTS_PER_MINUTE", "100")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let private = ada.picture("a quiet boat").await;
    let (id, _) = published(&mut ada).await;
    // A private picture and none at all are answered alike.
    for image in [private.as_str(), "0190-none", ""] {
        let fields = notice(image, "hate");
        let refused = server.browser().post("/api/report_picture", &fields).await;
        assert!(
            refused.refusal().contains("not_found"),
            "{image}: {}",
            refused.location()
        );
        let page = server.browser().get(&format!("/report/{image}")).await;
        assert_eq!(
            page.status,
            if image.is_empty() { 308 } else { 404 },
            "{image}"
        );
    }
    let own = ada.get(&format!("/report/{id}")).await.text;
    assert!(own.contains("This picture is yours") && !own.contains("report_picture"));
    let refused = ada.post("/api/report_picture", &notice(&id, "hate")).await;
    assert!(refused.refusal().contains("not_found"), "one's own");

    let long = "ü".repeat(2001);
    for (field, value, code) in [
        ("notice[reason]", "", "notice_empty"),
        ("notice[reason]", "nonsense", "notice_empty"),
        ("notice[explanation]", " \u{200b}", "notice_empty"),
        ("notice[explanation]", long.as_str(), "notice_too_long"),
        ("notice[name]", "", "contact_missing"),
        ("notice[email]", "", "contact_missing"),
        ("notice[email]", "nobody", "email_invalid"),
        ("notice[signature]", "", "signature_missing"),
        ("notice[good_faith]", "", "not_confirmed"),
    ] {
        let mut fields = notice(&id, "intimate");
        let changed = fields.iter_mut().find(|(name, _)| *name == field).unwrap();
        changed.1 = value;
        let mut browser = server.browser();
        let refused = browser.post("/api/report_picture", &fields).await;
        assert!(
            refused.refusal().contains(code),
            "{field}: {}",
            refused.location()
        );
        let form = browser.get(refused.location()).await.text;
        for (name, value) in &fields {
            let shown = ["notice[explanation]", "notice[name]", "notice[email]"].contains(name);
            if shown && !value.trim_matches([' ', '\u{200b}']).is_empty() {
                assert!(form.contains(value), "{name} is lost after {code}");
            }
        }
        // Nobody else's form has it.
        let other = server.browser().get(&format!("/report/{id}")).await.text;
        assert!(!other.contains("nora@example.org"));
    }
    assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM notices").await, 0);

    // Whoever tells of the abuse of a child is asked for nothing; it comes first, and the
    // other notices of the picture are in the same case.
    let bare = [
        ("notice[image]", id.as_str()),
        ("notice[reason]", "child_abuse"),
        ("notice[explanation]", "look"),
        ("notice[good_faith]", "on"),
        LANG,
    ];
    report(&server, &id, "rights").await;
    let sent = server.browser().post("/api/report_picture", &bare).await;
    assert!(
        sent.location().starts_with("/notices/"),
        "{}",
        sent.location()
    );
    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    server.state.clock.advance_ms(60_000);
    let page = mina.get("/admin").await.text;
    assert!(page.contains("Overdue since"), "{page}");
    let page = mina.get(&format!("/admin/cases/{number}")).await.text;
    assert!(page.contains("it shows my aunt") && page.contains("look"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_goes_on_whatever_its_owner_does() {
    let server = Server::start(&[ADMINS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, _) = published(&mut ada).await;
    let receipt = report(&server, &id, "fraud").await;
    ada.post("/api/unpublish", &[("id", &id), LANG]).await;
    let (mut mina, mut sam) = (
        server.signed_in("Mina Okafor").await,
        server.signed_in("Sam Rivera").await,
    );
    let number = case(&mut mina).await;
    // A private picture opens inside its case alone, and that it was opened is recorded.
    let opened = "SELECT COUNT(*) AS n FROM admin_acts WHERE act = 'case opened'";
    let picture = format!("/admin/cases/{number}/picture");
    assert_eq!(mina.get(&format!("/files/{id}/640.webp")).await.status, 404);
    assert_eq!(count(&server, opened).await, 0);
    let (status, bytes) = mina.get_bytes(&picture).await;
    assert!(status == 200 && bytes.starts_with(b"\x89PNG"), "{status}");
    assert_eq!(count(&server, opened).await, 1);
    // Two decide at once: one decision.
    let (one, two) = tokio::join!(
        decide(&mut mina, &number, "withdrawn", "warn"),
        decide(&mut sam, &number, "kept", "none"),
    );
    let late = [one, two]
        .iter()
        .filter(|page| page.location().contains("error="))
        .count();
    assert_eq!(late, 1);
    let decided = "SELECT COUNT(*) AS n FROM admin_acts WHERE act = 'case decided'";
    assert_eq!(count(&server, decided).await, 1);
    // An old sign-in decides nothing, and what was typed waits for the new one.
    ada.post("/api/publish", &[("id", &id), LANG]).await;
    let (other, _) = published(&mut ada).await;
    report(&server, &other, "fraud").await;
    let number = case(&mut mina).await;
    server.state.clock.advance_ms(FRESH_SIGN_IN_MS + 1000);
    let refused = decide(&mut mina, &number, "withdrawn", "suspend").await;
    assert!(refused.refusal().contains("fresh_sign_in_needed"));
    let address = format!("/admin/cases/{number}");
    assert!(!mina.get(&address).await.text.contains("it shows my aunt"));
    mina.sign_in("Mina Okafor").await;
    let page = mina.get(&address).await.text;
    assert!(page.contains("The aunt is to be seen"), "{page}");
    // Who leaves takes the case along; whoever reported it is told.
    ada.sign_in("Ada Martin").await;
    let erased = rights::close(&mut ada, "now").await;
    let mut stranger = server.browser();
    rights::until_receipt_says(&mut stranger, &erased, "Every file erased").await;
    assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM cases").await, 0);
    let page = stranger.get(&receipt).await.text;
    assert!(
        page.contains("is erased, and the picture with it"),
        "{page}"
    );
    server.state.clock.advance_ms(191 * DAY_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM notices").await, 0);
    assert_eq!(stranger.get(&receipt).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_judges_their_own_picture_nor_learns_who_told_of_it() {
    let server = Server::start(&[ADMINS]).await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let (id, _) = published(&mut mina).await;
    report(&server, &id, "hate").await;
    assert!(!mina.get("/admin").await.text.contains("/admin/cases/"));
    let mut sam = server.signed_in("Sam Rivera").await;
    let number = case(&mut sam).await;
    for path in ["", "/picture"] {
        let path = format!("/admin/cases/{number}{path}");
        assert_eq!(mina.get(&path).await.status, 404, "{path}");
    }
    let refused = decide(&mut mina, &number, "kept", "none").await;
    assert!(refused.refusal().contains("not_found"));
    // Words that somebody else sends do not appear in the owner's form.
    decide(&mut sam, &number, "withdrawn", "none").await;
    let planted = [
        ("id", number.as_str()),
        ("notice", number.as_str()),
        ("words", "planted words"),
        LANG,
    ];
    server.browser().post("/api/appeal_notice", &planted).await;
    assert!(!mina.get("/decisions").await.text.contains("planted words"));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_who_object_are_answered_together() {
    let server = Server::start(&[ONE_ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, _) = published(&mut ada).await;
    let receipts = [
        report(&server, &id, "rights").await,
        report(&server, &id, "fraud").await,
    ];
    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "kept", "none").await;
    for receipt in &receipts {
        let fields = [
            ("id", number.as_str()),
            ("notice", receipt.rsplit('/').next().unwrap()),
            ("words", "Look again."),
            LANG,
        ];
        let sent = server.browser().post("/api/appeal_notice", &fields).await;
        assert_eq!(sent.location(), receipt);
    }
    // What waits for an answer is not forgotten meanwhile.
    server.state.clock.advance_ms(191 * DAY_MS);
    housekeeping::round(&server.state).await;
    mina.sign_in("Mina Okafor").await;
    let page = mina.get(&format!("/admin/cases/{number}")).await.text;
    let appeal_id = page
        .split("appeal-")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let answer = [
        ("id", number.as_str()),
        ("appeal", appeal_id),
        ("decision", "uphold"),
        ("answer", "You are all right."),
        LANG,
    ];
    mina.post("/api/admin_appeal", &answer).await;
    for receipt in &receipts {
        let page = server.browser().get(receipt).await.text;
        assert!(page.contains("You are all right."), "{receipt}");
    }
    assert_eq!(case(&mut mina).await, number);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strike_counts_for_twelve_months_and_no_longer() {
    let server = Server::start(&[ONE_ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let suspended = "SELECT COUNT(*) AS n FROM users WHERE suspended_until IS NOT NULL";
    for (day, suspends) in [
        (0, 0),
        (200, 0),
        (STRIKE_MS / DAY_MS + 1, 0),
        (STRIKE_MS / DAY_MS + 2, 1),
    ] {
        let at_ms = day * DAY_MS;
        let now_ms = server.state.clock.now_ms() - server.state.clock.system_ms();
        server.state.clock.advance_ms(at_ms - now_ms);
        ada.sign_in("Ada Martin").await;
        mina.sign_in("Mina Okafor").await;
        let (id, _) = published(&mut ada).await;
        report(&server, &id, "terms").await;
        let number = case(&mut mina).await;
        decide(&mut mina, &number, "withdrawn", "strike").await;
        assert_eq!(count(&server, suspended).await, suspends, "day {day}");
    }
}

/// The part of a page that is about this case.
fn part_about<'a>(page: &'a str, case: &str) -> &'a str {
    let part = page
        .split(&format!("aria-labelledby=\"case-{case}\""))
        .nth(1);
    part.unwrap_or_else(|| panic!("no {case}: {page}"))
        .split("</section>")
        .next()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_statement_of_reasons_holds_every_field_in_both_languages() {
    let server = Server::start(&[ONE_ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = ada.picture("a boat").await;
    let now_ms = server.state.clock.now_ms();
    let insert = "INSERT INTO cases (id, user_id, image_id, about, opened_at, due_at, decided_at, act_id,
            decided_by, picture, measure, account, strike, until, ground, rule, facts, automatic)
        SELECT ?1, i.user_id, i.id, i.id, ?2, ?2, ?2, ?1, 'x', ?3, ?4, ?5, ?6, ?7, ?8, 'Section 201a',
            'The aunt did not agree.', ?9 FROM images i";
    let accounts = [
        ("none", None, "", ""),
        ("warned", None, "You are warned", "C’est un avertissement"),
        (
            "strike",
            None,
            "counts as a strike",
            "compte comme une infraction",
        ),
        (
            "suspended",
            Some(now_ms + 7 * DAY_MS),
            "is suspended until",
            "est suspendu jusqu’au",
        ),
        (
            "suspended",
            Some(FOREVER_MS),
            "suspended for good",
            "suspendu définitivement",
        ),
    ];
    let mut cases = Vec::new();
    for picture in PictureMeasure::ALL {
        for (account, until_ms, english, french) in accounts {
            for ground in [Ground::Law, Ground::Terms] {
                for automatic in [false, true] {
                    if picture == PictureMeasure::Kept && account == "none" {
                        continue;
                    }
                    let case = format!("c{}", cases.len());
                    let (column, measure) = picture.columns();
                    let statement = Statement::new(insert)
                        .bind(case.as_str())
                        .bind(now_ms)
                        .bind(column)
                        .bind(measure)
                        .bind(account)
                        .bind(i64::from(account == "strike"))
                        .bind(until_ms)
                        .bind(ground.as_str())
                        .bind(i64::from(automatic));
                    server.state.db.write(statement).await.unwrap();
                    let done = match picture {
                        PictureMeasure::Kept => ["stays as it is", "reste telle quelle"],
                        PictureMeasure::Sensitive => ["sensitive", "sensible"],
                        PictureMeasure::Unlisted => ["out of the gallery", "retirée de la galerie"],
                        PictureMeasure::Withdrawn => {
                            ["cannot be published", "ne peut pas être publiée"]
                        }
                    };
                    cases.push((case, done, [english, french], ground, automatic));
                }
            }
        }
    }
    assert!(cases.len() > 70, "{}", cases.len());
    for (index, path) in ["/decisions", "/fr/decisions"].into_iter().enumerate() {
        let page = ada.get(path).await.text;
        for (case, done, account, ground, automatic) in &cases {
            let part = part_about(&page, case);
            let ground = match (ground, index) {
                (Ground::Law, 0) => "Against the law: Section 201a",
                (Ground::Law, _) => "Contraire à la loi : Section 201a",
                (Ground::Terms, 0) => "Against our terms of use: Section 201a",
                (Ground::Terms, _) => "Contraire à nos conditions d’utilisation : Section 201a",
            };
            let means = match (automatic, index) {
                (false, 0) => "None: a person found",
                (false, _) => "Aucun : une personne",
                (true, 0) => "A comparison with removed pictures found it",
                (true, _) => "Une comparaison automatique",
            };
            let english = [
                "Everywhere on this site",
                "How long",
                "What led to it",
                "Object here, free of charge, until",
                "Article 21",
                "Go to a court",
            ];
            let french = [
                "Partout sur ce site",
                "Combien de temps",
                "Ce qui y a conduit",
                "Formez un recours ici, gratuitement, jusqu’au",
                "article 21",
                "Saisissez un tribunal",
            ];
            let always = [english, french][index];
            let of_it = [
                done[index],
                account[index],
                ground,
                means,
                "The aunt did not agree.",
                &id,
            ];
            for words in of_it.into_iter().chain(always) {
                assert!(part.contains(words), "{path} {case} lacks {words}: {part}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_third_strike_suspends_and_a_dismissed_case_is_forgotten() {
    let server = Server::start(&[ONE_ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    for strike in 1..=3 {
        let (id, _) = published(&mut ada).await;
        report(&server, &id, "terms").await;
        let number = case(&mut mina).await;
        decide(&mut mina, &number, "withdrawn", "strike").await;
        let suspended = "SELECT COUNT(*) AS n FROM users WHERE suspended_until IS NOT NULL";
        assert_eq!(
            count(&server, suspended).await,
            i64::from(strike == 3),
            "{strike}"
        );
    }
    let mut sam = server.signed_in("Sam Rivera").await;
    let (id, _) = published(&mut sam).await;
    report(&server, &id, "terms").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "kept", "none").await;
    server.state.clock.advance_ms(191 * DAY_MS);
    housekeeping::round(&server.state).await;
    let cases = "SELECT COUNT(*) AS n FROM cases";
    assert_eq!(
        count(&server, cases).await,
        3,
        "what asked something of somebody stays"
    );
    assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM notices").await, 0);
}
