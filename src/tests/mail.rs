//! Mail, through a real conversation with a mail host: what is told to whom, what is not
//! told, and what becomes of it where the host is away or refuses.

mod host;

use crate::{
    harness::{Browser, Page, Server},
    library::person,
    measures::taken_back,
    notices::{case, decide, notice, published},
    operation::imgc,
    rights::{close, until_receipt_says},
    standing,
};
use host::MailHost;
use imgc::{
    housekeeping,
    model::limits::{DAY_MS, HOUR_MS, MAIL_REFUSED_AGAIN_MS, MINUTE_MS, RECEIPTS_PER_DAY},
    server::{AppState, mail},
    store::{
        Statement,
        export::{self, List},
    },
};

const ADMINS: (&str, &str) = (
    "IMGC_ADMINS",
    "mina.okafor@example.com, sam.rivera@example.com",
);
const NO_LIMIT: (&str, &str) = ("IMGC_LIMITS_REPORTS_PER_MINUTE", "1000");
const FROM: &str = "noreply@pictures.example";

/// A server that hands its mails to this port.
async fn mailing(port: u16, more: &[(&str, &str)]) -> Server {
    let port = port.to_string();
    let mut env = vec![
        ADMINS,
        NO_LIMIT,
        ("IMGC_MAIL_HOST", "127.0.0.1"),
        ("IMGC_MAIL_PORT", &port),
        ("IMGC_MAIL_SECURITY", "none"),
        ("IMGC_MAIL_FROM", FROM),
        ("IMGC_CONTACT", "help@pictures.example"),
    ];
    env.extend(more);
    Server::start(&env).await
}

/// Sends everything whose turn it is.
async fn sent(server: &Server) {
    mail::round(&server.state).await.unwrap();
}

/// Reports a picture from this address, in this language; the path of the receipt.
async fn report(server: &Server, image: &str, email: &str, lang: &str) -> Page {
    let mut fields = notice(image, "intimate");
    for (name, value) in [("notice[email]", email), ("lang", lang)] {
        fields.retain(|(known, _)| *known != name);
        fields.push((name, value));
    }
    server.browser().post("/api/report_picture", &fields).await
}

async fn number(server: &Server, sql: &'static str) -> i64 {
    let rows = server.state.db.fetch_all(Statement::new(sql)).await;
    rows.unwrap()[0].int("n").unwrap()
}

async fn waiting(server: &Server) -> i64 {
    number(server, "SELECT COUNT(*) AS n FROM mails").await
}

/// Ada, who reads French, with a published picture.
async fn ada(server: &Server) -> (Browser, String) {
    let mut ada = server.signed_in("Ada Martin").await;
    let french = "UPDATE users SET language = 'fr' WHERE name = 'Ada Martin'";
    server.state.db.write(Statement::new(french)).await.unwrap();
    let (id, _) = published(&mut ada).await;
    (ada, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_told_in_their_language_and_no_more_than_they_may_know() {
    let host = MailHost::start().await;
    let server = mailing(host.port, &[]).await;
    let (mut ada, id) = ada(&server).await;
    let english = report(&server, &id, " nora@example.org ", "en").await;
    let french = report(&server, &id, "paul@example.org", "fr").await;
    sent(&server).await;
    let told = host.only_to("nora@example.org");
    assert_eq!(told.from, FROM);
    assert!(told.field("subject").ends_with(": your report has arrived"));
    let link = format!("{}{}\n", server.base, english.location());
    assert!(told.body.contains(&link), "{}", told.body);
    assert!(told.field("from").contains(FROM));
    assert_eq!(told.field("to"), "nora@example.org");
    assert_eq!(told.field("reply-to"), "help@pictures.example");
    assert_eq!(told.field("auto-submitted"), "auto-generated");
    assert_eq!(told.field("content-language"), "en");
    assert!(told.field("content-type").starts_with("text/plain"));
    assert!(told.field("message-id").ends_with("@pictures.example>"));
    assert!(told.field("date").contains("20"));
    let page = server.browser().get(english.location()).await;
    assert_eq!(page.status, 200, "the link leads there");
    let told = host.only_to("paul@example.org");
    assert!(
        told.field("subject")
            .ends_with(" : votre signalement est arrivé")
    );
    assert!(french.location().starts_with("/fr/notices/"));
    let link = format!("{}{}\n", server.base, french.location());
    assert!(told.body.contains(&link), "{}", told.body);
    assert!(
        told.body.contains("Une personne l’examinera"),
        "{}",
        told.body
    );

    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "withdrawn", "none").await;
    sent(&server).await;
    assert_eq!(host.taken().len(), 5);
    let all = host.taken();
    let of = |address: &str, subject: &str| {
        let mut found = all.iter().filter(|mail| mail.to == [address]);
        let found = found.find(|mail| mail.field("subject").ends_with(subject));
        found.unwrap_or_else(|| panic!("{address}: {subject}: {all:?}"))
    };
    let decided = of("nora@example.org", "your report has been decided");
    assert!(decided.body.contains(english.location()));
    of("paul@example.org", "une décision sur votre signalement");
    let owner = of("ada.martin@example.com", "une décision qui vous concerne");
    assert!(
        owner
            .body
            .contains(&format!("{}/fr/decisions\n", server.base))
    );
    // Neither words that anybody typed, nor who told, nor of what.
    for mail in &all {
        let whole = format!("{mail:?}");
        for secret in [
            "my aunt",
            "Nora Teller",
            "Criminal Code",
            "The aunt",
            id.as_str(),
        ] {
            assert!(!whole.contains(secret), "{secret}: {whole}");
        }
    }
    assert!(!format!("{owner:?}").contains("nora"));

    // The objection, its answer, and a suspension.
    host.forget();
    let appeal = [
        ("id", number.as_str()),
        ("words", "She agreed."),
        ("lang", "fr"),
    ];
    ada.post("/api/appeal_decision", &appeal).await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let page = sam.get(&format!("/admin/cases/{number}")).await.text;
    let appeal = page.split("appeal-").nth(1).unwrap();
    let appeal = appeal.split('"').next().unwrap();
    let answer = [
        ("id", number.as_str()),
        ("appeal", appeal),
        ("decision", "uphold"),
        ("answer", "We have seen the letter."),
        ("lang", "en"),
    ];
    sam.post("/api/admin_appeal", &answer).await;
    sent(&server).await;
    let told = host.only_to("ada.martin@example.com");
    assert!(
        told.field("subject")
            .ends_with("la réponse à votre recours")
    );
    assert!(told.body.contains("/fr/decisions") && !told.body.contains("letter"));
    // What the two who reported it had read was taken back.
    host.only_to("nora@example.org");
    host.only_to("paul@example.org");
    assert_eq!(host.taken().len(), 3);
    host.forget();
    report(&server, &id, "rosa@example.org", "en").await;
    let second = case(&mut mina).await;
    decide(&mut mina, &second, "kept", "suspend_7").await;
    sent(&server).await;
    let told = host.only_to("ada.martin@example.com");
    assert!(told.field("subject").ends_with("votre compte est suspendu"));
    assert_eq!(waiting(&server).await, 0, "what was sent is forgotten");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reported_is_told_of_the_answer_to_their_objection() {
    let host = MailHost::start().await;
    let server = mailing(host.port, &[]).await;
    let (_ada, id) = ada(&server).await;
    let receipt = report(&server, &id, "nora@example.org", "en").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "kept", "none").await;
    sent(&server).await;
    // Nothing is asked of the owner, who is told nothing.
    assert!(
        host.taken()
            .iter()
            .all(|mail| mail.to == ["nora@example.org"])
    );
    assert_eq!(host.taken().len(), 2);
    host.forget();
    let notice = receipt.location().rsplit('/').next().unwrap();
    let appeal = [
        ("id", number.as_str()),
        ("notice", notice),
        ("words", "Look again."),
        ("lang", "en"),
    ];
    server.browser().post("/api/appeal_notice", &appeal).await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let page = sam.get(&format!("/admin/cases/{number}")).await.text;
    let appeal = page.split("appeal-").nth(1).unwrap();
    let appeal = appeal.split('"').next().unwrap();
    let answer = [
        ("id", number.as_str()),
        ("appeal", appeal),
        ("decision", "reject"),
        ("answer", "It stays."),
        ("lang", "en"),
    ];
    sam.post("/api/admin_appeal", &answer).await;
    sent(&server).await;
    let told = host.only_to("nora@example.org");
    assert!(
        told.field("subject")
            .ends_with("the answer to your objection")
    );
    assert!(told.body.contains(receipt.location()) && !told.body.contains("It stays"));
}

/// Reports an account as a child's; the path of the receipt.
async fn report_child(server: &Server, about: &str, email: &str) -> Page {
    let fields = [
        ("about", about),
        ("details", "my nephew is nine"),
        ("email", email),
        ("lang", "en"),
    ];
    server.browser().post("/api/report_child", &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reports_a_childs_account_is_told_and_learns_nothing_of_who_has_one() {
    let host = MailHost::start().await;
    let server = mailing(host.port, &[]).await;
    let (_ada, id) = ada(&server).await;
    let picture = format!("{}/i/{id}", server.base);
    let known = report_child(&server, &picture, "aunt@example.org").await;
    let unknown = report_child(&server, "somebody@example.com", "uncle@example.org").await;
    let nobody = report_child(&server, "ada.martin@example.com", "").await;
    sent(&server).await;
    for (address, receipt) in [
        ("aunt@example.org", &known),
        ("uncle@example.org", &unknown),
    ] {
        let told = host.only_to(address);
        assert!(told.field("subject").ends_with("your report has arrived"));
        let link = format!("{}{}\n", server.base, receipt.location());
        assert!(told.body.contains(&link), "{}", told.body);
        assert!(!format!("{told:?}").contains("nephew") && !told.body.contains("picture"));
    }
    assert_eq!(host.taken().len(), 2, "without an address there is none");
    host.forget();

    let mut mina = server.signed_in("Mina Okafor").await;
    let reports = unknown.location().rsplit('/').next().unwrap().to_owned();
    let other = nobody.location().rsplit('/').next().unwrap().to_owned();
    for report in [&reports, &other] {
        let dismiss = [
            ("id", report.as_str()),
            ("decision", "dismiss"),
            ("reason", "we know nobody of that name"),
            ("lang", "en"),
        ];
        let done = mina.post("/api/admin_report", &dismiss).await;
        assert!(!done.location().contains("error"), "{}", done.location());
    }
    let number = case(&mut mina).await;
    let erase = [("id", number.as_str()), ("reason", "nine"), ("lang", "en")];
    let done = mina.post("/api/admin_child", &erase).await;
    assert!(!done.location().contains("error"), "{}", done.location());
    sent(&server).await;
    for (address, receipt) in [
        ("aunt@example.org", &known),
        ("uncle@example.org", &unknown),
    ] {
        let told = host.only_to(address);
        assert!(
            told.field("subject")
                .ends_with("your report has been decided")
        );
        assert!(told.body.contains(receipt.location()));
        let page = server.browser().get(receipt.location()).await;
        assert_eq!(page.status, 200, "the link leads there");
    }
    assert_eq!((host.taken().len(), waiting(&server).await), (2, 0));
    // As with every other report: a few a day to one box, whoever typed it.
    host.forget();
    for turn in 0..RECEIPTS_PER_DAY + 4 {
        let about = format!("somebody{turn}@example.com");
        report_child(&server, &about, &format!("v.ictim+{turn}@example.org")).await;
    }
    sent(&server).await;
    assert_eq!(host.taken().len() as u32, RECEIPTS_PER_DAY);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_gets_a_receipt_and_is_told_that_it_was_answered() {
    let host = MailHost::start().await;
    let server = mailing(host.port, &[]).await;
    let order = |lang: &'static str, email: String| {
        let fields = [
            ("order[kind]", "information".to_owned()),
            ("order[authority]", "Parquet de Paris".to_owned()),
            ("order[reference]", "2026/4711".to_owned()),
            ("order[basis]", "Article 10".to_owned()),
            ("order[words]", "Who is it?".to_owned()),
            ("order[name]", "Jeanne Juge".to_owned()),
            ("order[email]", email),
            ("lang", lang.to_owned()),
        ];
        let mut court = server.browser();
        async move {
            let fields = fields.iter().map(|(name, value)| (*name, value.as_str()));
            let fields: Vec<_> = fields.collect();
            let sent = court.post("/api/order", &fields).await;
            sent.location().to_owned()
        }
    };
    let receipt = order("fr", "juge@parquet.example".to_owned()).await;
    assert!(receipt.starts_with("/fr/orders/"), "{receipt}");
    sent(&server).await;
    let told = host.only_to("juge@parquet.example");
    assert!(
        told.field("subject")
            .ends_with("votre injonction est arrivée")
    );
    let link = format!("{}{receipt}\n", server.base);
    assert!(told.body.contains(&link), "{}", told.body);
    host.forget();
    let mut mina = server.signed_in("Mina Okafor").await;
    let answer = [
        ("id", receipt.rsplit('/').next().unwrap()),
        ("answer", "We sent it by letter."),
        ("lang", "en"),
    ];
    mina.post("/api/admin_order", &answer).await;
    mina.post("/api/admin_order", &answer).await;
    sent(&server).await;
    let told = host.only_to("juge@parquet.example");
    assert!(
        told.field("subject")
            .ends_with("une réponse à votre injonction")
    );
    assert!(told.body.contains(&link) && !told.body.contains("letter"));
    assert!(!format!("{told:?}").contains("4711"));
    assert_eq!((host.taken().len(), waiting(&server).await), (1, 0));
    // The form floods nobody either.
    host.forget();
    for turn in 0..RECEIPTS_PER_DAY + 3 {
        order("en", format!("victim+{turn}@example.org")).await;
    }
    sent(&server).await;
    assert_eq!(host.taken().len() as u32, RECEIPTS_PER_DAY);
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_copy_comes_back_with_a_picture_is_told_and_so_is_who_reported_it() {
    let host = MailHost::start().await;
    let server = mailing(host.port, &[]).await;
    let (mut ada, id) = ada(&server).await;
    let mut jo = server.signed_in("Jo Lindqvist").await;
    let copy = jo.picture("a castle").await;
    jo.post("/api/publish", &[("id", &copy), ("lang", "en")])
        .await;
    let same = "UPDATE images SET sha256 = (SELECT sha256 FROM images WHERE id = ?2) WHERE id = ?1";
    let same = Statement::new(same).bind(copy.as_str()).bind(id.as_str());
    server.state.db.write(same).await.unwrap();
    let receipt = report(&server, &id, "nora@example.org", "en").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "withdrawn", "none").await;
    sent(&server).await;
    assert_eq!(
        server.browser().get(&format!("/i/{copy}")).await.status,
        404
    );
    host.forget();
    let mut sam = server.signed_in("Sam Rivera").await;
    taken_back(&mut ada, &number, &mut sam).await;
    sent(&server).await;
    assert_eq!(
        server.browser().get(&format!("/i/{copy}")).await.status,
        200
    );
    host.only_to("ada.martin@example.com");
    let address = Statement::new("SELECT email FROM users WHERE name = 'Jo Lindqvist'");
    let address = server.state.db.fetch_optional(address).await.unwrap();
    let told = host.only_to(&address.unwrap().text("email").unwrap());
    assert!(told.body.contains("/decisions"), "{}", told.body);
    let told = host.only_to("nora@example.org");
    assert!(told.body.contains(receipt.location()), "{}", told.body);
    assert_eq!((host.taken().len(), waiting(&server).await), (3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_away_for_a_day_loses_nothing_and_gets_each_mail_once() {
    let port = MailHost::free_port().await;
    let server = mailing(port, &[]).await;
    let (_ada, id) = ada(&server).await;
    for name in ["nora", "paul", "rosa"] {
        report(&server, &id, &format!("{name}@example.org"), "en").await;
    }
    assert!(mail::round(&server.state).await.is_err(), "nobody is there");
    server.state.clock.advance_ms(DAY_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(waiting(&server).await, 3);
    let mut mina = server.signed_in("Mina Okafor").await;
    let page = mina.get("/admin").await.text;
    assert!(page.contains("Mails that wait: 3"), "{page}");
    let host = MailHost::start_on(port, None).await;
    sent(&server).await;
    sent(&server).await;
    for name in ["nora", "paul", "rosa"] {
        host.only_to(&format!("{name}@example.org"));
    }
    assert_eq!(host.taken().len(), 3);
    assert!(!mina.get("/admin").await.text.contains("Mails that wait:"));

    // One that is away for longer is given up on, and that is said.
    drop(host);
    report(&server, &id, "late@example.org", "en").await;
    server.state.clock.advance_ms(3 * DAY_MS + HOUR_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(waiting(&server).await, 0);
    housekeeping::round(&server.state).await;
    mina.sign_in("Mina Okafor").await;
    let page = mina.get("/admin").await.text;
    assert!(page.contains("for three days: 1"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_refused_waits_and_holds_up_no_other() {
    let host = MailHost::start().await;
    let server = mailing(host.port, &[]).await;
    let (_ada, id) = ada(&server).await;
    host.refuse("nora@", Some("550 5.1.1 nobody of that name"));
    host.refuse("paul@", Some("450 4.2.0 come back later"));
    for name in ["nora", "paul", "rosa"] {
        report(&server, &id, &format!("{name}@example.org"), "en").await;
    }
    sent(&server).await;
    host.only_to("rosa@example.org");
    assert_eq!((host.taken().len(), waiting(&server).await), (1, 2));
    for name in ["nora@", "paul@"] {
        host.refuse(name, None);
    }
    sent(&server).await;
    assert_eq!(host.taken().len(), 1, "not yet");
    server.state.clock.advance_ms(MINUTE_MS + 1_000);
    sent(&server).await;
    host.only_to("paul@example.org");
    server.state.clock.advance_ms(MAIL_REFUSED_AGAIN_MS);
    sent(&server).await;
    host.only_to("nora@example.org");
    assert_eq!(waiting(&server).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_floods_nobody_with_mails() {
    let host = MailHost::start().await;
    let server = mailing(
        host.port,
        &[("IMGC_LIMITS_REPORTS_PER_MINUTE_IN_ALL", "1000")],
    )
    .await;
    let (_ada, id) = ada(&server).await;
    let addresses = [
        "victim@example.org",
        "vic.tim@example.org",
        "Victim+1@example.org",
    ];
    for turn in 0..9 {
        let sent = report(&server, &id, addresses[turn % 3], "en").await;
        assert!(sent.location().starts_with("/notices/"), "each is taken");
    }
    sent(&server).await;
    let most = RECEIPTS_PER_DAY as usize;
    assert_eq!(host.taken().len(), most);
    // Nor by what is decided about them.
    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "kept", "none").await;
    sent(&server).await;
    assert_eq!(host.taken().len(), 2 * most);
    host.forget();
    report(&server, &id, addresses[0], "en").await;
    sent(&server).await;
    assert_eq!(host.taken().len(), 0, "still the same day");
    server.state.clock.advance_ms(DAY_MS + HOUR_MS);
    housekeeping::round(&server.state).await;
    let counted = "SELECT COUNT(*) AS n FROM mail_receipts";
    assert_eq!(self::number(&server, counted).await, 0);
    report(&server, &id, addresses[0], "en").await;
    sent(&server).await;
    assert_eq!(host.taken().len(), 1);
    // What is counted names nobody.
    assert_eq!(self::number(&server, counted).await, 1);
    let named = "SELECT COUNT(*) AS n FROM mail_receipts WHERE address LIKE '%victim%'";
    assert_eq!(self::number(&server, named).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stranger_types_ends_no_line_of_a_mail() {
    let host = MailHost::start().await;
    let server = mailing(host.port, &[]).await;
    let (_ada, id) = ada(&server).await;
    for odd in [
        "nora@example.org\r\nBcc: eve@example.org",
        "nora@example.org\nRCPT TO:<eve@example.org>",
        "nora@example.org, eve@example.org",
        "nora eve@example.org",
    ] {
        let refused = report(&server, &id, odd, "en").await;
        assert!(refused.refusal().contains("email_invalid"), "{odd}");
    }
    // What is an address by the form alone, and none that a mail can go to, gets none.
    for odd in [
        "<nora@example.org>",
        "nora@[127.0.0.1]",
        "\"a\"@example.org",
        "a@b@c",
    ] {
        let taken = report(&server, &id, odd, "en").await;
        assert!(taken.location().starts_with("/notices/"), "{odd}");
    }
    let mut fields = notice(&id, "intimate");
    for (name, value) in [
        ("notice[name]", "Nora\r\nBcc: eve@example.org\r\n\r\nBuy!"),
        ("notice[explanation]", "\r\n.\r\nRCPT TO:<eve@example.org>"),
        ("notice[signature]", "Nora\r\nSubject: hello"),
    ] {
        fields.retain(|(known, _)| *known != name);
        fields.push((name, value));
    }
    server.browser().post("/api/report_picture", &fields).await;
    sent(&server).await;
    let told = host.only_to("nora@example.org");
    assert_eq!(host.taken().len(), 1);
    assert!(told.head.iter().all(|(name, _)| name != "bcc"));
    assert!(!format!("{told:?}").contains("eve"));
    assert!(!host.said().iter().any(|line| line.contains("eve")));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_to_whoever_is_erased() {
    let port = MailHost::free_port().await;
    let server = mailing(port, &[]).await;
    let (mut ada, id) = ada(&server).await;
    report(&server, &id, "nora@example.org", "en").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "withdrawn", "strike").await;
    // What waits is theirs to see.
    let me = person(&server, "Ada Martin").await;
    let held = export::list(&server.state.db, List::Mails, &me, "")
        .await
        .unwrap();
    assert_eq!(held.len(), 1);
    let held: serde_json::Value = serde_json::from_str(&held[0].1).unwrap();
    assert_eq!(held["tells_of"], "decided");
    assert!(held["queued_at"].is_string());
    assert_eq!(waiting(&server).await, 3);
    let receipt = close(&mut ada, "now").await;
    until_receipt_says(&mut server.browser(), &receipt, "Every file erased").await;
    assert_eq!(waiting(&server).await, 2);
    let host = MailHost::start_on(port, None).await;
    sent(&server).await;
    // Whoever told of it is told still, and names nobody.
    assert!(
        host.taken()
            .iter()
            .all(|mail| mail.to == ["nora@example.org"])
    );
    assert_eq!(host.taken().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_goes_to_an_address_that_is_then_forgotten() {
    let port = MailHost::free_port().await;
    let server = mailing(port, &[("IMGC_SIGN_UP_MODE", "invitation")]).await;
    let mut mina = server.signed_in("Mina Okafor").await;
    assert!(mina.get("/admin").await.text.contains("name=\"mail\""));
    let fields = |address: &'static str, lang| {
        [
            ("note", "the choir"),
            ("uses", "1"),
            ("days", "9"),
            ("mail", address),
            ("lang", lang),
        ]
    };
    for odd in [
        "carla",
        "carla@example.org\r\nBcc: eve@example.org",
        "a b@example.org",
    ] {
        let refused = mina.post("/api/admin_invite", &fields(odd, "en")).await;
        assert!(refused.refusal().contains("email_invalid"), "{odd}");
    }
    for (address, lang) in [("carla@example.org", "fr"), ("dan@example.org", "en")] {
        let made = mina.post("/api/admin_invite", &fields(address, lang)).await;
        assert!(made.location().ends_with("/admin#invitations"));
    }
    mina.post("/api/admin_invite", &fields("", "en")).await;
    assert_eq!(waiting(&server).await, 2);
    assert!(!server.holding("carla@example.org").await.is_empty());
    // One is taken back before it is sent.
    let dans = "SELECT invitation_id AS id FROM mails WHERE address LIKE 'dan@%'";
    let rows = server
        .state
        .db
        .fetch_all(Statement::new(dans))
        .await
        .unwrap();
    let dans = rows[0].text("id").unwrap();
    let revoke = [("id", dans.as_str()), ("lang", "en")];
    mina.post("/api/admin_invitation_revoke", &revoke).await;
    let host = MailHost::start_on(port, None).await;
    sent(&server).await;
    assert_eq!(host.taken().len(), 1);
    let told = host.only_to("carla@example.org");
    assert!(told.field("subject").ends_with("vous êtes invité"));
    assert!(!told.body.contains("choir") && !told.body.contains("Mina"));
    let start = told.body.find(&server.base).expect("a link");
    let link = told.body[start..].lines().next().unwrap();
    let mut carla = server.browser();
    let page = carla.get(link.strip_prefix(&server.base).unwrap()).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Vous êtes invité"), "{}", page.text);
    // What was deleted lies in the log of writes until that is emptied.
    server.state.db.checkpoint_wal().await.unwrap();
    for address in ["carla@example.org", "dan@example.org"] {
        assert_eq!(server.holding(address).await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_suspended_by_hand_is_told_where_the_reasons_are() {
    let host = MailHost::start().await;
    let server = mailing(host.port, &[]).await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let (_, _) = ada(&server).await;
    let id = person(&server, "Ada Martin").await;
    let form = standing::suspend(&id, "suspend_7");
    let done = mina.post("/api/admin_suspend", &form).await;
    assert_eq!(done.refusal(), "");
    sent(&server).await;
    let told = host.only_to("ada.martin@example.com");
    assert!(
        told.body
            .contains(&format!("{}/fr/decisions\n", server.base))
    );
    assert!(!told.body.contains("Twelve accounts"), "{}", told.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_host_nothing_is_queued_and_nothing_is_said_of_mail() {
    let server = Server::start(&[ADMINS, NO_LIMIT]).await;
    let (_ada, id) = ada(&server).await;
    report(&server, &id, "nora@example.org", "en").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "withdrawn", "suspend_7").await;
    assert_eq!(waiting(&server).await, 0);
    let languages = "SELECT COUNT(*) AS n FROM notices WHERE mail_language IS NOT NULL";
    assert_eq!(self::number(&server, languages).await, 0);
    let page = mina.get("/admin").await.text;
    assert!(!page.contains("name=\"mail\"") && !page.contains("Mails that wait"));
    let (policy, terms) = ("a mail to you waits", "tell you by mail");
    let mut reader = server.browser();
    assert!(!reader.get("/privacy").await.text.contains(policy));
    assert!(!reader.get("/terms").await.text.contains(terms));
    let host = MailHost::start().await;
    let server = mailing(host.port, &[]).await;
    let mut reader = server.browser();
    let page = reader.get("/privacy").await.text;
    assert!(
        page.contains(policy) && page.contains("3 days at most"),
        "{page}"
    );
    assert!(reader.get("/terms").await.text.contains(terms));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_send_each_mail_once() {
    let port = MailHost::free_port().await;
    let server = mailing(port, &[("IMGC_LIMITS_REPORTS_PER_MINUTE_IN_ALL", "1000")]).await;
    let (_ada, id) = ada(&server).await;
    for turn in 0..12 {
        report(&server, &id, &format!("reader{turn}@example.org"), "en").await;
    }
    let other = AppState::open(server.state.config.clone()).await.unwrap();
    let host = MailHost::start_on(port, None).await;
    for _ in 0..3 {
        let rounds = tokio::join!(mail::round(&server.state), mail::round(&other));
        assert!(rounds.0.is_ok() && rounds.1.is_ok(), "{rounds:?}");
    }
    for turn in 0..12 {
        host.only_to(&format!("reader{turn}@example.org"));
    }
    assert_eq!((host.taken().len(), waiting(&server).await), (12, 0));
    other.db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn to_a_host_that_does_not_encrypt_or_know_us_nothing_is_said() {
    let host = MailHost::start_on(0, Some(("imgc", "a password"))).await;
    let known = [
        ("IMGC_MAIL_USER", "imgc"),
        ("IMGC_MAIL_PASSWORD", "a password"),
    ];
    let starttls = ("IMGC_MAIL_SECURITY", "starttls");
    let server = mailing(host.port, &[known[0], known[1], starttls]).await;
    let (_ada, id) = ada(&server).await;
    report(&server, &id, "nora@example.org", "en").await;
    let refused = mail::round(&server.state).await.unwrap_err().to_string();
    assert!(refused.contains("STARTTLS"), "{refused}");
    let said = host.said();
    let quiet = |line: &String| line.starts_with("EHLO") || line == "QUIT";
    assert!(said.iter().all(quiet), "{said:?}");

    let wrong = [
        ("IMGC_MAIL_USER", "imgc"),
        ("IMGC_MAIL_PASSWORD", "another"),
    ];
    let server = mailing(host.port, &wrong).await;
    let (_ada, id) = ada(&server).await;
    report(&server, &id, "nora@example.org", "en").await;
    let refused = mail::round(&server.state).await.unwrap_err().to_string();
    assert!(refused.contains("mail.password"), "{refused}");
    assert_eq!(waiting(&server).await, 1, "it waits until that is mended");

    let server = mailing(host.port, &known).await;
    let (_ada, id) = self::ada(&server).await;
    report(&server, &id, "nora@example.org", "en").await;
    sent(&server).await;
    host.only_to("nora@example.org");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_and_the_command_line_know_of_mail() {
    let folder = tempfile::tempdir().unwrap();
    let host = MailHost::start().await;
    let port = host.port.to_string();
    let env = [
        ("IMGC_SIGN_UP_MODE", "invitation"),
        ("IMGC_MAIL_HOST", "127.0.0.1"),
        ("IMGC_MAIL_PORT", port.as_str()),
        ("IMGC_MAIL_SECURITY", "none"),
        ("IMGC_MAIL_FROM", FROM),
    ];
    let path = folder.path().to_owned();
    let run = async |arguments: &'static [&'static str], with_mail: bool| {
        let (path, env) = (path.clone(), env.map(|(k, v)| (k.to_owned(), v.to_owned())));
        let ran = tokio::task::spawn_blocking(move || {
            let env: Vec<(&str, &str)> =
                env.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            imgc(&path, arguments, if with_mail { &env } else { &env[..1] })
        });
        let output = ran.await.unwrap();
        let both = [&output.stdout[..], &output.stderr[..]].concat();
        (output.status.code(), String::from_utf8(both).unwrap())
    };
    let (code, said) = run(&["doctor"], true).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("✓ mail host"), "{said}");
    assert!(host.taken().is_empty(), "nothing is sent to try it");
    let create = &[
        "invite",
        "create",
        "--mail",
        "carla@example.org",
        "--language",
        "fr",
    ];
    let (code, said) = run(create, true).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("/fr/invitation/") && said.contains("sends it"),
        "{said}"
    );
    let (code, said) = run(create, false).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("mail.host"), "{said}");
    let odd = &["invite", "create", "--mail", "carla"];
    assert_eq!(run(odd, true).await.0, Some(1));
    drop(host);
    let (code, said) = run(&["doctor"], true).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("✗ mail host") && said.contains("mail.port"),
        "{said}"
    );
}
