//! Who may open an account: by invitation, by a list, nobody; whoever has one gets
//! in whatever is chosen, and whoever is turned away leaves nothing.

mod desk;

use crate::harness::{Browser, Page, Server, new_key};
use imgc::{
    housekeeping,
    i18n::Locale,
    model::limits::{DAY_MS, HOUR_MS, MINUTE_MS, WRONG_INVITATIONS_PER_MINUTE},
    server::{
        admission::may_sign_up,
        invitations::{self, Wish},
        secrets,
    },
    store::{Statement, invitations as stored, users::IdentityClaims},
};
use reqwest::Method;
use std::collections::BTreeMap;

const INVITATION: (&str, &str) = ("IMGC_SIGN_UP_MODE", "invitation");
const CONTACT: (&str, &str) = ("IMGC_CONTACT", "help@pictures.example");
const ADMIN: (&str, &str) = ("IMGC_ADMINS", "mina.okafor@example.com");

/// Makes an invitation as the command line does: its id, and the path of its link.
async fn invited(server: &Server, uses: u32) -> (String, String) {
    let wish = Wish {
        mail: None,
        note: "for the choir".into(),
        uses,
        days: 2,
    };
    let id = invitations::make(&server.state, &wish, None).await.unwrap();
    let all = stored::list(&server.state.db).await.unwrap();
    let made = all.iter().find(|one| one.id == id).unwrap();
    let link = invitations::link(&server.state, Locale::en, made).unwrap();
    let path = link.strip_prefix(&server.base).unwrap().to_owned();
    (id, path)
}

/// How often an invitation was used, by its own count and by the accounts it opened.
async fn used(server: &Server, id: &str) -> (i64, i64) {
    let sql =
        "SELECT used, (SELECT COUNT(*) FROM invitation_uses WHERE invitation_id = ?1) AS opened
        FROM invitations WHERE id = ?1";
    let row = server.state.db.fetch_optional(Statement::new(sql).bind(id));
    let row = row.await.unwrap().unwrap();
    (row.int("used").unwrap(), row.int("opened").unwrap())
}

/// From the page at this address to the provider and back, as this person.
async fn come_by(browser: &mut Browser, path: &str, person: &str) -> Page {
    let callback = go_to_provider(browser, path, person).await;
    browser.get(&callback).await
}

async fn go_to_provider(browser: &mut Browser, path: &str, person: &str) -> String {
    let start = browser.get(&format!("/auth/start?next={path}")).await;
    browser.choose(start.location(), person).await
}

fn is_signed_in(browser: &Browser) -> bool {
    browser.cookies.contains_key("imgc")
}

/// The number of rows of every table, but for what counts without recognising anybody.
async fn rows(server: &Server) -> BTreeMap<String, i64> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
        AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'image_search%'
        AND name NOT IN ('d1_migrations', 'statistics', 'retention_runs', 'clock_watch', 'leases',
            'service_state')";
    let db = &server.state.db;
    let mut counts = BTreeMap::new();
    for row in db.fetch_all(Statement::new(sql)).await.unwrap() {
        let table = row.text("name").unwrap();
        let sql: &'static str = format!("SELECT COUNT(*) AS n FROM {table}").leak();
        let row = db.fetch_optional(Statement::new(sql)).await.unwrap();
        counts.insert(table, row.unwrap().int("n").unwrap());
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_kept_through_the_sign_in_and_opens_one_account() {
    let server = Server::start(&[INVITATION]).await;
    let (id, path) = invited(&server, 1).await;
    let mut ada = server.browser();
    let page = ada.get(&format!("/fr{path}")).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("cache-control"), "private, no-store");
    assert!(page.headers.get("set-cookie").is_none());
    assert!(page.text.contains("noindex") && page.text.contains("Vous êtes invité"));
    // The page's own link, as a browser without a script follows it.
    let link = page.text.split("href=\"/auth/start?").nth(1).unwrap();
    let link = link.split('"').next().unwrap().replace("&amp;", "&");
    let start = ada.get(&format!("/auth/start?{link}")).await;
    let callback = ada.choose(start.location(), "Ada Martin").await;
    let token = path.rsplit('/').next().unwrap();
    server.state.db.checkpoint_wal().await.unwrap();
    assert_eq!(server.holding(token).await, Vec::<String>::new());
    assert!(
        !server
            .holding(&secrets::sha256(token.as_bytes()))
            .await
            .is_empty()
    );
    assert_eq!(used(&server, &id).await, (0, 0));
    assert_eq!(ada.get(&callback).await.location(), "/fr/create");
    assert!(is_signed_in(&ada));
    assert_eq!(used(&server, &id).await, (1, 1));
    // Signing in again, by the link or not, uses nothing more.
    for next in [path.as_str(), "/create"] {
        let mut again = server.browser();
        come_by(&mut again, next, "Ada Martin").await;
        assert!(is_signed_in(&again));
    }
    assert_eq!(used(&server, &id).await, (1, 1));
    assert!(ada.get(&path).await.text.contains("you need no invitation"));
    // Its forms are sent with an origin, and its address with nothing.
    for address in [&path, &format!("/sign-in?next={path}")] {
        let page = ada.get(address).await;
        assert_eq!(page.header("referrer-policy"), "strict-origin");
        assert_eq!(page.header("cache-control"), "private, no-store");
    }

    // It was for one.
    let page = server.browser().get(&path).await;
    assert_eq!(page.status, 410);
    let mut sam = server.browser();
    let answer = come_by(&mut sam, &path, "Sam Rivera").await;
    assert_eq!(answer.location(), "/turned-away?why=used-up");
    assert!(sam.cookies.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_come_at_once_one_use_lets_one_in() {
    let server = Server::start(&[INVITATION]).await;
    for uses in [1_u32, 3] {
        let (id, path) = invited(&server, uses).await;
        let mut waiting = Vec::new();
        for number in 0..8 {
            let mut browser = server.browser();
            let person = format!("Guest {uses} {number}");
            let callback = go_to_provider(&mut browser, &path, &person).await;
            waiting.push((browser, callback));
        }
        let all = waiting
            .into_iter()
            .map(|(mut browser, callback)| async move {
                let answer = browser.get(&callback).await;
                (is_signed_in(&browser), answer.location().to_owned())
            });
        let came = futures::future::join_all(all).await;
        let inside = came.iter().filter(|(inside, _)| *inside).count();
        assert_eq!(inside, uses as usize, "{came:?}");
        for (inside, location) in &came {
            assert!(
                *inside || location == "/turned-away?why=used-up",
                "{location}"
            );
        }
        let uses = i64::from(uses);
        assert_eq!(used(&server, &id).await, (uses, uses));
    }
    assert_eq!(rows(&server).await["users"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_no_good_says_so_and_lets_nobody_in() {
    let server = Server::start(&[INVITATION, CONTACT, ADMIN]).await;
    let (revoked, taken_back) = invited(&server, 5).await;
    let (_, ended) = invited(&server, 5).await;
    assert!(
        invitations::revoke(&server.state, &revoked, None)
            .await
            .unwrap()
    );
    assert!(
        !invitations::revoke(&server.state, &revoked, None)
            .await
            .unwrap()
    );
    server.state.clock.advance_ms(2 * DAY_MS);
    let forged = format!("/invitation/{}", secrets::token());
    let cases = [
        (taken_back.as_str(), 410, "was taken back", "revoked"),
        (&ended, 410, "ended on", "ended"),
        (&forged, 404, "no such invitation", "unknown"),
        ("/invitation/x", 404, "no such invitation", "unknown"),
        ("/create", 200, "", "not-invited"),
    ];
    for (path, status, words, why) in cases {
        let page = server.browser().get(path).await;
        assert_eq!(page.status, status, "{path}");
        assert!(page.text.contains(words), "{path}: {words}");
        let mut ada = server.browser();
        let answer = come_by(&mut ada, path, "Ada Martin").await;
        assert_eq!(
            answer.location(),
            format!("/turned-away?why={why}"),
            "{path}"
        );
        assert!(ada.cookies.is_empty(), "{path}: {:?}", ada.cookies);
        let page = ada.get(answer.location()).await;
        assert_eq!(page.status, 403);
        for told in [
            "help@pictures.example",
            "again=1",
            "noindex",
            "role=\"alert\"",
        ] {
            assert!(page.text.contains(told), "{path}: {told}");
        }
        assert!(page.headers.get("set-cookie").is_none());
    }
    // Whoever signs in from there has no wish to come back to it.
    let mut mina = server.browser();
    let answer = come_by(&mut mina, "/fr/turned-away&lang=fr", "Mina Okafor").await;
    assert_eq!(answer.location(), "/fr/create");
    assert_eq!(rows(&server).await["users"], 1);
    let french = server.browser().get("/fr/turned-away?why=ended").await;
    assert_eq!(french.status, 403);
    assert!(french.text.contains("a expiré"));
    let odd = server.browser().get("/turned-away?why=<script>").await;
    assert!(odd.text.contains("by invitation only"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_does_not_work_out_uses_nothing_up() {
    let server = Server::start(&[INVITATION]).await;
    let (id, path) = invited(&server, 1).await;
    for forgery in ["unverified-email", "no-email", "wrong-nonce"] {
        let mut ada = server.browser();
        let person = format!("Ada Martin [demo:{forgery}]");
        let answer = come_by(&mut ada, &path, &person).await;
        assert!(
            answer.location().starts_with("/sign-in?error="),
            "{forgery}"
        );
        assert!(!is_signed_in(&ada));
    }
    // Whatever fetches a link for a preview, however often.
    for _ in 0..5 {
        let crawler = server.browser();
        for method in [Method::GET, Method::HEAD] {
            let request = crawler.request(method, &path).header("accept", "*/*");
            assert_eq!(request.send().await.unwrap().status(), 200);
        }
        let start = crawler.request(Method::GET, &format!("/auth/start?next={path}"));
        assert_eq!(start.send().await.unwrap().status(), 303);
    }
    assert_eq!(used(&server, &id).await, (0, 0));
    let mut sam = server.browser();
    come_by(&mut sam, &path, "Sam Rivera").await;
    assert!(is_signed_in(&sam));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_waits_while_a_sign_in_fails() {
    let server = Server::start(&[INVITATION]).await;
    let (id, path) = invited(&server, 3).await;
    let mut ada = server.browser();
    ada.submit("a boat in the fog", &new_key(), &[]).await;
    let start = ada.get(&format!("/auth/start?next={path}")).await;
    let state = start.location().split("state=").nth(1).unwrap();
    let state = state.split('&').next().unwrap();
    let cancelled = format!("/auth/callback?error=access_denied&state={state}");
    let answer = ada.get(&cancelled).await;
    assert!(
        answer.refusal().contains("cancelled"),
        "{}",
        answer.location()
    );
    come_by(&mut ada, "/create", "Ada Martin [demo:unverified-email]").await;
    assert!(!is_signed_in(&ada));
    // What was typed waits beside it.
    come_by(&mut ada, "/create", "Ada Martin").await;
    assert!(is_signed_in(&ada));
    assert!(!ada.cookies.contains_key("imgc-sign-in"));
    assert!(ada.get("/create").await.text.contains("a boat in the fog"));
    assert_eq!(used(&server, &id).await, (1, 1));
    assert_eq!(rows(&server).await["sign_ins"], 0);
    // It waits in that browser, and for ten minutes.
    for minutes in [9, 11] {
        let mut guest = server.browser();
        guest.get(&format!("/auth/start?next={path}")).await;
        server.state.clock.advance_ms(minutes * MINUTE_MS);
        come_by(&mut guest, "/create", &format!("Guest {minutes}")).await;
        assert_eq!(is_signed_in(&guest), minutes == 9);
    }
    assert!(!is_signed_in(&server.signed_in("Sam Rivera").await));
    assert_eq!(used(&server, &id).await, (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_told_to_nobody_who_counts_visits() {
    // The demo's visits are counted by nobody else.
    let server = Server::start(&[
        INVITATION,
        CONTACT,
        ("IMGC_OIDC_CLIENT_ID", "id"),
        ("IMGC_OIDC_CLIENT_SECRET", "secret"),
        ("IMGC_OPENAI_API_KEY", "key"),
        ("IMGC_OPERATOR_NAME", "Pictures Ltd"),
        ("IMGC_ANALYTICS_CLOUDFLARE_TOKEN", "0123"),
    ])
    .await;
    let mut reader = server.browser();
    let token = secrets::token();
    for (page, told) in [
        ("/gallery".to_owned(), true),
        ("/sign-in?next=/create".to_owned(), true),
        (format!("/invitation/{token}"), false),
        (format!("/fr/invitation/{token}"), false),
        ("/invitation/forged".to_owned(), false),
        (format!("/fr/sign-in?next=/fr/invitation/{token}"), false),
        (format!("/sign-in?next=%2Finvitation%2F{token}"), false),
    ] {
        let answer = reader.get(&page).await;
        let policy = answer.header("content-security-policy");
        assert_eq!(policy.contains("cloudflareinsights"), told, "{page}");
        assert_eq!(answer.text.contains("cloudflareinsights"), told, "{page}");
        let private = answer.header("cache-control") == "private, no-store";
        let silent = answer.header("referrer-policy") == "no-referrer";
        assert_eq!((private, silent), (!told, !told), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_means_addresses_and_their_domains_as_they_are_written() {
    let list = |list| {
        [
            ("IMGC_SIGN_UP_MODE", "list"),
            ("IMGC_SIGN_UP_LIST", list),
            CONTACT,
        ]
    };
    let server = Server::start(&list("ADA.Martin@EXAMPLE.com, a.example")).await;
    for (person, inside) in [
        ("Ada Martin", true),
        ("Ada Martin [demo:unverified-email]", false),
        ("Sam Rivera", false),
    ] {
        let browser = server.signed_in(person).await;
        assert_eq!(is_signed_in(&browser), inside, "{person}");
    }
    let mut sam = server.browser();
    let answer = sam.sign_in("Sam Rivera").await;
    let page = sam.get(answer.location()).await;
    assert_eq!(page.status, 403);
    assert!(
        page.text.contains("by their e-mail address"),
        "{}",
        page.text
    );
    assert!(
        server
            .browser()
            .get("/sign-in")
            .await
            .text
            .contains("chosen e-mail addresses")
    );
    // An invitation is no way around it.
    let (id, path) = invited(&server, 1).await;
    assert!(
        server
            .browser()
            .get(&path)
            .await
            .text
            .contains("change nothing at present")
    );
    come_by(&mut sam, &path, "Sam Rivera").await;
    assert!(!is_signed_in(&sam));
    assert_eq!(used(&server, &id).await, (0, 0));

    // Not even an address whose owner the provider is silent about would do.
    for email_assumed in [false, true] {
        let identity = IdentityClaims {
            issuer: &server.demo,
            subject: "1",
            email: "anybody@a.example",
            email_assumed,
            name: "Anybody",
        };
        assert_eq!(may_sign_up(&server.state, &identity), !email_assumed);
    }

    let whole = Server::start(&list("example.com")).await;
    assert!(is_signed_in(&whole.signed_in("Sam Rivera").await));
    // Everybody's addresses are below it, none is in it.
    let above = Server::start(&list("com.example, www.example.com")).await;
    assert!(!is_signed_in(&above.signed_in("Sam Rivera").await));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_an_account_gets_in_whatever_is_chosen() {
    for mode in ["closed", "invitation", "list"] {
        let list = ("IMGC_SIGN_UP_LIST", "nobody.example");
        let server = Server::start(&[("IMGC_SIGN_UP_MODE", mode), list, ADMIN]).await;
        let insert =
            "INSERT INTO users (id, issuer, subject, email, name, created_at, last_sign_in_at)
            VALUES (?1, ?2, 'demo-ada', 'before@example.com', 'Ada by her own hand', 0, 0)";
        let insert = Statement::new(insert)
            .bind(uuid::Uuid::now_v7().to_string())
            .bind(server.demo.as_str());
        server.state.db.write(insert).await.unwrap();
        let mut ada = server.signed_in("Ada Martin").await;
        assert!(is_signed_in(&ada), "{mode}");
        let account = ada.get("/account").await.text;
        assert!(account.contains("ada.martin@example.com") && account.contains("by her own hand"));
        // The configured administrators get in, nobody else does.
        let mut mina = server.signed_in("Mina Okafor").await;
        assert_eq!(mina.get("/admin").await.status, 200, "{mode}");
        assert!(
            !is_signed_in(&server.signed_in("Sam Rivera").await),
            "{mode}"
        );
        // Whoever leaves may come back within the days for it, and is a stranger then.
        let closed = crate::rights::close(&mut ada, "").await;
        assert!(
            is_signed_in(&server.signed_in("Ada Martin").await),
            "{mode}"
        );
        server.state.clock.advance_ms(7 * DAY_MS + HOUR_MS);
        housekeeping::round(&server.state).await;
        assert!(
            !is_signed_in(&server.signed_in("Ada Martin").await),
            "{mode} {closed}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_who_is_not_invited_costs_no_call_and_leaves_nothing() {
    let server = Server::start(&[INVITATION, CONTACT]).await;
    let (id, path) = invited(&server, 1).await;
    let mut ada = server.browser();
    come_by(&mut ada, &path, "Ada Martin").await;
    let (mut before, painter) = (rows(&server).await, server.painter().await);
    // Among many nodes sign-ins are counted in rows, which are gone within the hour.
    before.insert("rate_windows".into(), 0);
    let objects = server.objects().await.len();
    let name = "Zacharias Quill";
    for next in ["/create", path.as_str(), "/invitation/x"] {
        let mut stranger = server.browser();
        stranger
            .submit("a prompt of somebody unknown", &new_key(), &[])
            .await;
        assert!(!stranger.cookies.is_empty());
        let answer = come_by(&mut stranger, next, name).await;
        assert!(answer.location().starts_with("/turned-away"), "{next}");
        assert!(stranger.cookies.is_empty());
        // A form of whoever was turned away makes nothing either.
        let sent = stranger.submit("once more", &new_key(), &[]).await;
        assert!(
            sent.location().starts_with("/sign-in"),
            "{}",
            sent.location()
        );
    }
    server.state.clock.advance_ms(HOUR_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(rows(&server).await, before);
    assert_eq!(server.painter().await, painter, "the image API was called");
    let objects_after = server.objects().await.len();
    assert!(objects_after <= objects.max(1), "a portrait was fetched");
    server.state.db.checkpoint_wal().await.unwrap();
    for word in [name, "zacharias.quill", "of somebody unknown", "once more"] {
        assert_eq!(server.holding(word).await, Vec::<String>::new(), "{word}");
    }
    assert_eq!(used(&server, &id).await, (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_is_made_to_wait_even_with_the_right_one() {
    let server = Server::start(&[INVITATION]).await;
    let (_, path) = invited(&server, 1).await;
    let mut guesser = server.browser();
    for n in 0..WRONG_INVITATIONS_PER_MINUTE {
        let guess = format!("/invitation/{}", secrets::token());
        assert_eq!(guesser.get(&guess).await.status, 404, "{n}");
    }
    let guess = format!("/invitation/{}", secrets::token());
    assert_eq!(guesser.get(&guess).await.status, 429);
    assert_eq!(guesser.get(&path).await.status, 429, "it was looked up");
    let start = guesser.get(&format!("/auth/start?next={path}")).await;
    assert!(start.refusal().contains("too_many"), "{}", start.location());
    // Everything else goes on as ever.
    assert_eq!(guesser.get("/gallery").await.status, 200);
    assert_eq!(guesser.get("/auth/start").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_site_turns_nobody_away_and_says_who_may_come() {
    let server = Server::start(&[]).await;
    let (id, path) = invited(&server, 1).await;
    let mut ada = server.browser();
    assert!(
        ada.get(&path)
            .await
            .text
            .contains("change nothing at present")
    );
    come_by(&mut ada, &path, "Ada Martin").await;
    assert!(is_signed_in(&ada));
    assert_eq!(used(&server, &id).await, (0, 0), "none was needed");
    assert_eq!(ada.get("/turned-away").await.status, 404);
    let robots = ada.get("/robots.txt").await.text;
    assert!(robots.contains("Disallow: /invitation/") && robots.contains("/fr/invitation/"));
    for (mode, terms, policy) in [
        ("open", "signs in with an account of their own.", false),
        ("invitation", "New ones are opened by invitation.", true),
        ("list", "opened for chosen e-mail addresses.", true),
        ("closed", "No new ones are opened", true),
    ] {
        let list = ("IMGC_SIGN_UP_LIST", "a.example");
        let server = Server::start(&[("IMGC_SIGN_UP_MODE", mode), list]).await;
        let mut reader = server.browser();
        assert!(reader.get("/terms").await.text.contains(terms), "{mode}");
        let said = reader.get("/privacy").await.text;
        assert_eq!(said.contains("Not everybody may open"), policy, "{mode}");
        let by_rule = said.contains("follows from a rule that the operator chose");
        assert_eq!(by_rule, policy, "{mode}");
    }
}
