//! Sign-in against every wrong answer a provider or an attacker can send.

mod moods;
mod provider;

use crate::harness::{Browser, Server};
use imgc::model::{Viewer, limits::SIGN_INS_PER_BROWSER};
use imgc_demo::identity::FORGERIES;

/// Forgeries about the person, not the proof: they sign in, harmlessly.
const HARMLESS: [&str; 6] = [
    "hostile-name",
    "long-name",
    "picture-elsewhere",
    "picture-huge",
    "picture-not-image",
    "picture-redirect",
];

fn has_session(browser: &Browser) -> bool {
    browser.cookies.contains_key("imgc")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_is_asked_for_e_mail_name_and_picture_and_nothing_else() {
    let server = Server::start(&[]).await;
    let start = server.browser().get("/auth/start").await;
    let address = reqwest::Url::parse(start.location()).unwrap();
    let scope = address.query_pairs().find(|(name, _)| name == "scope");
    assert_eq!(scope.unwrap().1, "openid email profile");
    let asked = |wanted: &str| address.query_pairs().any(|(name, _)| name == wanted);
    assert!(!asked("access_type"), "a lasting permission was asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_answers_open_no_session_and_say_something_clear() {
    let server = Server::start(&[]).await;
    let mut tried = 0;
    for (name, _) in FORGERIES {
        if HARMLESS.contains(name) || *name == "token-hang" {
            continue;
        }
        let mut browser = server.browser();
        let answer = browser.sign_in(&format!("Ada Martin [demo:{name}]")).await;
        assert!(!has_session(&browser), "{name} opened a session");
        assert!(
            answer.location().starts_with("/sign-in?error="),
            "{name}: {} {}",
            answer.status,
            answer.location()
        );
        let page = browser.get(answer.location()).await;
        assert_eq!(page.status, 200, "{name}");
        assert!(
            page.text.contains("role=\"alert\""),
            "{name} explains nothing"
        );
        assert!(!page.text.contains("<script>alert"), "{name}");
        tried += 1;
    }
    assert!(tried >= 28, "only {tried} forgeries were tried");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_people_are_shown_harmlessly() {
    let server = Server::start(&[]).await;
    for name in HARMLESS {
        let mut browser = server.browser();
        browser
            .sign_in(&format!("Hostile {name} [demo:{name}]"))
            .await;
        assert!(has_session(&browser), "{name}");
        let page = browser.get("/create").await;
        assert!(!page.text.contains("<script>alert"), "{name}");
        assert!(!page.text.contains('\u{202e}'), "{name}");
        assert!(
            !page.text.contains("169.254"),
            "{name}: a foreign address is shown"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_works_once_in_the_browser_that_began_it() {
    let server = Server::start(&[]).await;
    let mut ada = server.browser();
    let start = ada.get("/auth/start").await;
    let callback = ada.choose(start.location(), "Ada Martin").await;

    let mut thief = server.browser();
    thief.get(&callback).await;
    assert!(!has_session(&thief), "another browser's callback");

    // An attacker's own code in the victim's browser: the state is another.
    let mut attacker = server.browser();
    let theirs = attacker.get("/auth/start").await;
    let foreign = attacker.choose(theirs.location(), "Sam Rivera").await;
    let mut victim = server.browser();
    victim.get("/auth/start").await;
    victim.get(&foreign).await;
    assert!(!has_session(&victim), "login by swapped callback");

    ada.get(&callback).await;
    assert!(has_session(&ada));
    ada.cookies.clear();
    ada.get(&callback).await;
    assert!(!has_session(&ada), "a replayed callback");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_sign_in_side_by_side_and_whichever_finishes_is_well() {
    let server = Server::start(&[]).await;
    for first in [0, 1] {
        let mut ada = server.browser();
        let mut callbacks = Vec::new();
        for next in ["/library", "/usage"] {
            let start = ada.get(&format!("/auth/start?next={next}")).await;
            let callback = ada.choose(start.location(), "Ada Martin").await;
            callbacks.push((next, callback));
        }
        callbacks.rotate_left(first);
        for (next, callback) in &callbacks {
            assert_eq!(ada.get(callback).await.location(), *next);
            assert!(has_session(&ada), "{next} did not end well");
            assert_eq!(ada.get(next).await.status, 200);
        }
        // Nothing is under way any more, and nothing of it is left.
        assert_eq!(ada.cookies.len(), 1, "{:?}", ada.cookies);
        // Back, or a reload: the code is used, and the person is signed in.
        for (_, callback) in &callbacks {
            assert_eq!(ada.get(callback).await.location(), "/");
            assert!(has_session(&ada));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_callback_is_explained_to_whoever_is_signed_out() {
    let server = Server::start(&[]).await;
    let mut ada = server.browser();
    let start = ada.get("/auth/start").await;
    let callback = ada.choose(start.location(), "Ada Martin").await;
    ada.get(&callback).await;
    ada.post("/api/sign_out", &[("lang", "en")]).await;
    let request = ada.request(reqwest::Method::GET, &callback);
    let answer = ada.send(request.header("accept-language", "fr-CA")).await;
    let address = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(address.starts_with("/fr/sign-in?error="), "{address}");
    assert!(ada.get(&address).await.text.contains("Recommencez"));
}

#[tokio::test(flavor = "multi_thread")]
async fn words_typed_before_signing_in_go_to_whichever_tab_finishes_first() {
    let server = Server::start(&[]).await;
    let mut ada = server.browser();
    // One tab is at the provider already when the other one sends a form.
    let early = ada.get("/auth/start?next=/create").await;
    let early = ada.choose(early.location(), "Ada Martin").await;
    ada.submit("a lighthouse in the fog", &crate::harness::new_key(), &[])
        .await;
    let late = ada.get("/auth/start?next=/create").await;
    let late = ada.choose(late.location(), "Ada Martin").await;
    ada.get(&early).await;
    assert!(has_session(&ada));
    let composer = ada.get("/create").await;
    assert!(composer.text.contains("a lighthouse in the fog"));
    ada.get(&late).await;
    let composer = ada.get("/create").await;
    assert!(composer.text.contains("a lighthouse in the fog"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_has_so_many_sign_ins_under_way_and_no_more() {
    let server = Server::start(&[]).await;
    let mut ada = server.browser();
    let mut callbacks = Vec::new();
    for _ in 0..=SIGN_INS_PER_BROWSER {
        server.state.clock.advance_ms(10);
        let start = ada.get("/auth/start").await;
        callbacks.push(ada.choose(start.location(), "Ada Martin").await);
        assert_eq!(ada.cookies.len(), 1);
    }
    ada.get(&callbacks[0]).await;
    assert!(!has_session(&ada), "the oldest made room");
    ada.get(&callbacks[1]).await;
    assert!(has_session(&ada));
}

#[tokio::test(flavor = "multi_thread")]
async fn refusing_at_the_provider_is_no_error_of_ours() {
    let server = Server::start(&[]).await;
    let mut browser = server.browser();
    let start = browser.get("/auth/start").await;
    let state = start
        .location()
        .split(['?', '&'])
        .find_map(|pair| pair.strip_prefix("state="))
        .unwrap()
        .to_owned();
    let answer = browser
        .get(&format!("/auth/callback?error=access_denied&state={state}"))
        .await;
    assert!(
        answer.refusal().contains("cancelled"),
        "{}",
        answer.location()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_known_by_subject_and_sessions_end() {
    let server = Server::start(&[]).await;
    let mut first = server.signed_in("Ada Martin").await;
    let id = first.picture("a fox").await;
    let mut second = server.signed_in("Ada Martin").await;
    assert!(
        second.get("/library").await.text.contains(&id),
        "the same person"
    );
    let mut other = server.signed_in("Noé Laurent").await;
    assert!(!other.get("/library").await.text.contains(&id));

    let stolen = first.cookies.clone();
    first.post("/api/sign_out", &[("lang", "en")]).await;
    assert!(!has_session(&first));
    first.cookies = stolen;
    let page = first.get("/library").await;
    assert!(
        page.location().starts_with("/sign-in"),
        "a signed-out token is dead"
    );

    second
        .post("/api/sign_out_everywhere", &[("lang", "en")])
        .await;
    let mut third = server.signed_in("Ada Martin").await;
    let kept = third.cookies.clone();
    let mut fourth = server.signed_in("Ada Martin").await;
    fourth
        .post("/api/sign_out_everywhere", &[("lang", "en")])
        .await;
    third.cookies = kept;
    assert!(
        third
            .get("/library")
            .await
            .location()
            .starts_with("/sign-in")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_idle_out_and_end_at_last() {
    const DAY_MS: i64 = 24 * 3600 * 1000;
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    for _ in 0..4 {
        server.state.clock.advance_ms(6 * DAY_MS);
        assert_eq!(
            ada.get("/library").await.status,
            200,
            "a visit a week keeps it"
        );
    }
    server.state.clock.advance_ms(7 * DAY_MS);
    assert!(ada.get("/library").await.location().starts_with("/sign-in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_signed_out_is_sent_to_sign_in_and_back() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = ada.picture("a harbour").await;

    let mut stranger = server.browser();
    let form = stranger
        .post("/api/publish", &[("id", &id), ("lang", "fr")])
        .await;
    assert_eq!(
        form.location(),
        format!("/fr/sign-in?next=%2Ffr%2Fi%2F{id}")
    );
    // Programs that name no type are redirected as browsers are.
    let crawler = stranger
        .request(reqwest::Method::GET, "/fr/library")
        .header("accept", "*/*");
    let answer = stranger.send(crawler).await;
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], "/fr/sign-in?next=/fr/library");
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_of_people_are_served_by_us_to_themselves() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    for _ in 0..200 {
        let viewer = ada.load::<Option<Viewer>>("/api/viewer").await;
        if let Some(address) = viewer["avatar"].as_str() {
            let picture = ada.get(address).await;
            assert_eq!(picture.header("content-type"), "image/webp");
            assert_eq!(server.browser().get(address).await.status, 404);
            assert_eq!(
                server
                    .signed_in("Sam Rivera")
                    .await
                    .get(address)
                    .await
                    .status,
                404
            );
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the avatar never came");
}
