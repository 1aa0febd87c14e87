//! What looks like abuse: whoever does too much of it waits, and stands on a list for a
//! person to look at.

use crate::harness::{Browser, Server};
use imgc::{
    model::limits::{
        FAILED_SIGN_INS_MAX, FAILED_SIGN_INS_MS, NEW_ACCOUNTS_MAX, NEW_ACCOUNTS_MS, NEW_BURST_MIN,
        NEW_BURST_MS,
    },
    server::{
        AppState,
        abuse::{self, Sign},
    },
};

const ADMIN: (&str, &str) = ("IMGC_ADMINS", "mina.okafor@example.com");
const PROXY: (&str, &str) = ("IMGC_TRUSTED_PROXIES", "127.0.0.0/8");
const MANY: [(&str, &str); 2] = [
    ("IMGC_LIMITS_SIGN_INS_PER_MINUTE", "1000"),
    ("IMGC_LIMITS_SIGN_INS_PER_MINUTE_IN_ALL", "1000"),
];
const NETWORK: &str = "198.51.100.7";
const ANOTHER: &str = "203.0.113.9";

/// What the administrators’ page says is to be looked at.
async fn to_look_at(admin: &mut Browser, path: &str) -> String {
    let page = admin.get(path).await.text;
    let section = page.split("id=\"look\"").nth(1).unwrap_or_default();
    section.split("</section>").next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_opens_many_accounts_waits_and_whoever_has_one_does_not() {
    let server = Server::start(&[ADMIN, PROXY, MANY[0], MANY[1]]).await;
    let mut mina = server.signed_in("Mina Okafor").await;
    for number in 0..NEW_ACCOUNTS_MAX {
        let mut person = Browser::behind(&server.base, NETWORK);
        let back = person.sign_in(&format!("Person Number{number}")).await;
        assert_eq!(back.refusal(), "", "{number}: {}", back.location());
    }
    let mut late = Browser::behind(&server.base, NETWORK);
    let refused = late.sign_in("Person Late").await;
    assert!(
        refused.refusal().contains("too_many"),
        "{}",
        refused.location()
    );
    assert_eq!(
        late.get("/library").await.status,
        302,
        "nobody is signed in"
    );
    // Whoever has an account, and another network, are as before.
    let mut known = Browser::behind(&server.base, NETWORK);
    assert_eq!(known.sign_in("Person Number0").await.refusal(), "");
    let mut elsewhere = Browser::behind(&server.base, ANOTHER);
    assert_eq!(elsewhere.sign_in("Person Elsewhere").await.refusal(), "");
    for (path, words) in [
        ("/admin", "Many new accounts from one network"),
        ("/fr/admin", "De nombreux nouveaux comptes"),
    ] {
        let page = to_look_at(&mut mina, path).await;
        assert!(page.contains(words) && !page.contains(NETWORK), "{page}");
    }
    server.state.clock.advance_ms(NEW_ACCOUNTS_MS);
    assert_eq!(late.sign_in("Person Late").await.refusal(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_whose_sign_ins_fail_waits_before_the_next() {
    let server = Server::start(&[ADMIN, PROXY, MANY[0], MANY[1]]).await;
    let mut mina = server.signed_in("Mina Okafor").await;
    for number in 0..FAILED_SIGN_INS_MAX {
        let mut guesser = Browser::behind(&server.base, NETWORK);
        let start = guesser.get("/auth/start").await;
        assert_eq!(start.status, 303, "{number}: {}", start.location());
        let callback = guesser.choose(start.location(), "Person One").await;
        let (before, code) = callback.split_once("code=").unwrap();
        let rest = code.split_once('&').map_or("", |(_, rest)| rest);
        let wrong = format!("{before}code=guessed&{rest}");
        let told = guesser.get(&wrong).await;
        assert!(
            told.refusal().contains("sign_in_failed"),
            "{}",
            told.location()
        );
    }
    let mut guesser = Browser::behind(&server.base, NETWORK);
    let told = guesser.get("/auth/start").await;
    assert!(told.refusal().contains("too_many"), "{}", told.location());
    let mut elsewhere = Browser::behind(&server.base, ANOTHER);
    assert_eq!(elsewhere.sign_in("Person Elsewhere").await.refusal(), "");
    let page = to_look_at(&mut mina, "/admin").await;
    assert!(
        page.contains("Many sign-ins of one network that failed"),
        "{page}"
    );
    server.state.clock.advance_ms(FAILED_SIGN_INS_MS);
    assert_eq!(guesser.sign_in("Person One").await.refusal(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_a_new_account_is_slowed_down_and_seen() {
    let server = Server::start(&[ADMIN]).await;
    // In the demo everybody is new, so that it is not counted there.
    let mut config = server.state.config.clone();
    config.demo = false;
    config.imgc.limits.pictures_per_day = 4;
    let state = AppState::open(config).await.unwrap();
    let new = uuid::Uuid::now_v7().to_string();
    let old = "01890000-0000-7000-8000-000000000000";
    for number in 0..NEW_BURST_MIN {
        for person in [new.as_str(), old] {
            assert_eq!(abuse::may_make(&state, person), Ok(()), "{number}");
            abuse::made(&state, person);
        }
    }
    let waits = abuse::may_make(&state, &new).unwrap_err();
    assert!((1..=NEW_BURST_MS as u32 / 1000).contains(&waits), "{waits}");
    assert_eq!(abuse::may_make(&state, old), Ok(()));
    let noticed = state.abuse.noticed(state.clock.now_ms());
    let noticed: Vec<_> = noticed
        .into_iter()
        .map(|one| (one.sign, one.whose))
        .collect();
    assert_eq!(noticed, [(Sign::Burst, new.clone())]);
    state.clock.advance_ms(NEW_BURST_MS);
    assert_eq!(abuse::may_make(&state, &new), Ok(()));
    state.db.close().await;
}
