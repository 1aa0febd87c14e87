//! Two nodes are one service: what is done at one is known at the other, what is
//! limited is limited for both together, and one of them keeps house.

use super::{
    asks_to_sign_in, counted, has_stand,
    nodes::{Cluster, Node},
    submit, within,
};
use crate::{
    harness::{Browser, PATIENCE, job_id, new_key, refusal, stand::text},
    notices::{case, decide, notice},
    rights::close,
};
use futures::future::join_all;
use imgc::{generate::api::Composer, server::objects::ObjectKey};
use reqwest::{Method, StatusCode};
use scraper::{Html, Selector};
use serde_json::json;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::task::JoinHandle;

/// How long pages that are kept in memory may say what was so before.
const KNOWS: Duration = Duration::from_secs(2);
/// How long a stream may outlive its session: two seconds, and what a machine full
/// of tests takes.
const ENDS: Duration = Duration::from_millis(2_500);
/// How long nobody may keep house after the node that did was killed.
const HOUSE: Duration = Duration::from_secs(75);
/// Submissions, and sign-ins, at the same time.
const AT_ONCE: usize = 50;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stand: make test-all"]
async fn a_model_switched_off_at_one_node_is_offered_by_none() {
    if !has_stand() {
        return;
    }
    let cluster = Cluster::start(&[("IMGC_ADMINS", "mina.okafor@example.com")]).await;
    let (a, b) = (cluster.node(0, &[]).await, cluster.node(1, &[]).await);
    let mut mina = a.signed_in("Mina Okafor").await;
    let mut other = b.browser();
    let model = "gpt-image-2.5-flare";
    for (to, is_offered) in [("off", false), ("on", true)] {
        let fields = [("id", model), ("to", to), ("lang", "en")];
        mina.post("/api/admin_model", &fields).await;
        let mut known = async || {
            let composer = other.load::<Composer>("/api/composer").await;
            let models = composer["models"].as_array().unwrap().iter();
            models.into_iter().any(|one| one["id"] == model) == is_offered
        };
        let began = Instant::now();
        while !known().await {
            assert!(began.elapsed() < PATIENCE, "{to} is not known elsewhere");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stand: make test-all"]
async fn a_request_of_several_pictures_is_stopped_from_any_node() {
    if !has_stand() {
        return;
    }
    let cluster = Cluster::start(&[]).await;
    let (a, b) = (cluster.node(0, &[]).await, cluster.node(1, &[]).await);
    let mut ada = a.signed_in("Ada Martin").await;
    let mut elsewhere = b.browser_of(&ada);
    let slow = async |browser: &mut Browser| {
        let three = [("draft[count]", "3")];
        let page = browser.submit("boats [demo:slow=120]", &new_key(), &three);
        let id = job_id(&page.await);
        browser.until(&id, &["dispatching"]).await;
        id
    };
    // Whichever node has them in hand, one of the two who stop is the other.
    let ids = [slow(&mut ada).await, slow(&mut elsewhere).await];
    for id in &ids {
        let fields = [("id", id.as_str()), ("lang", "en")];
        let began = Instant::now();
        assert_eq!(elsewhere.post("/api/stop", &fields).await.refusal(), "");
        let ended = ada.until(id, &["failed"]).await;
        assert_eq!(ended["failure"]["kind"], "stopped");
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{:?}",
            began.elapsed()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stand: make test-all"]
async fn what_is_decided_at_one_node_the_other_shows() {
    if !has_stand() {
        return;
    }
    let cluster = Cluster::start(&[("IMGC_ADMINS", "mina.okafor@example.com")]).await;
    let (a, b) = (cluster.node(0, &[]).await, cluster.node(1, &[]).await);
    let mut ada = a.signed_in("Ada Martin").await;
    let mut mina = b.signed_in("Mina Okafor").await;
    for measure in ["sensitive", "unlisted", "withdrawn"] {
        let id = ada.picture(&format!("a boat to be {measure}")).await;
        ada.post("/api/publish", &[("id", &id), ("lang", "en")])
            .await;
        let page = format!("/i/{id}");
        within(KNOWS, "it is there", async || {
            b.text("/gallery").await.contains(&id) && b.status(&page).await == Some(200)
        })
        .await;
        // A file of it, as somebody who has its page open knows it.
        let shown = a.text(&page).await;
        let file = shown.split("/media/").nth(1).expect("a file of it");
        let file = file.split(['"', ' ', '?']).next().unwrap();
        let file = format!("/media/{file}");
        assert_eq!(a.status(&file).await, Some(200), "{file}");
        let sent = b
            .browser()
            .post("/api/report_picture", &notice(&id, "terms"))
            .await;
        assert!(sent.location().starts_with("/notices/"), "{}", sent.text);
        let number = case(&mut mina).await;
        decide(&mut mina, &number, measure, "none").await;
        within(KNOWS, measure, async || {
            let (gallery, page) = (a.text("/gallery").await, a.text(&page).await);
            match measure {
                "sensitive" => gallery.contains("Sensitive") && page.contains("show=1"),
                "unlisted" => !gallery.contains(&id) && page.contains("noindex"),
                _ => {
                    let map = a.text("/sitemaps/0.xml").await;
                    let home = a.text("/").await;
                    [&gallery, &map, &home]
                        .iter()
                        .all(|page| !page.contains(&id))
                        && a.status(&format!("/i/{id}")).await == Some(404)
                        && a.status(&format!("/fr/i/{id}")).await == Some(404)
                        && a.status(&file).await == Some(404)
                }
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stand: make test-all"]
async fn what_is_shown_elsewhere_ends_at_every_node() {
    if !has_stand() {
        return;
    }
    let cluster = Cluster::start(&[]).await;
    let (a, b) = (cluster.node(0, &[]).await, cluster.node(1, &[]).await);
    let mut ada = a.signed_in("Ada Martin").await;
    let id = ada.picture("a boat").await;
    let mut show = async |shown: &str| {
        let fields = [("id", id.as_str()), ("shown", shown), ("lang", "en")];
        ada.post("/api/visibility", &fields).await;
        ada.get(&format!("/i/{id}")).await.text
    };
    let file_in = |page: &str| {
        let file = page.split("/media/").nth(1).expect("a file of it");
        let file = file.split(['"', ' ', '?']).next().unwrap();
        format!("/media/{file}")
    };
    // Unlisted: its page and its files, in the other node's memory by then.
    let own = show("unlisted").await;
    let key = own.split("/u/").nth(1).expect("an address");
    let unlisted = format!("/u/{}", key.split(['"', '<']).next().unwrap());
    within(KNOWS, "it is there", async || {
        b.text(&unlisted).await.contains("/media/")
    })
    .await;
    let file = file_in(&b.text(&unlisted).await);
    for _ in 0..2 {
        assert_eq!(b.status(&file).await, Some(200), "{file}");
    }
    // Public: its frame, and the feed.
    show("public").await;
    within(KNOWS, "the unlisted address ended", async || {
        b.status(&unlisted).await == Some(404) && b.status(&file).await == Some(404)
    })
    .await;
    let frame = format!("/embed/{id}");
    within(KNOWS, "it may be framed", async || {
        b.text(&frame).await.contains("/media/") && b.text("/gallery.atom").await.contains(&id)
    })
    .await;
    let file = file_in(&b.text(&frame).await);
    assert_eq!(b.status(&file).await, Some(200), "{file}");
    show("private").await;
    within(KNOWS, "it is private", async || {
        b.status(&frame).await == Some(404)
            && b.status(&file).await == Some(404)
            && b.status(&format!("/i/{id}")).await == Some(404)
            && !b.text("/gallery.atom").await.contains(&id)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stand: make test-all"]
async fn what_is_announced_at_one_node_is_read_at_the_other() {
    if !has_stand() {
        return;
    }
    let cluster = Cluster::start(&[("IMGC_ADMINS", "mina.okafor@example.com")]).await;
    let (a, b) = (cluster.node(0, &[]).await, cluster.node(1, &[]).await);
    let mut mina = a.signed_in("Mina Okafor").await;
    assert!(!b.text("/gallery").await.contains("at rest"));
    let fields = [
        ("en", "The site is at rest."),
        ("fr", "Le site se repose."),
        ("days", "1"),
        ("lang", "en"),
    ];
    mina.post("/api/admin_announce", &fields).await;
    within(KNOWS, "it is read", async || {
        b.text("/gallery").await.contains("at rest")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stand: make test-all"]
async fn what_one_node_publishes_and_takes_down_the_other_knows() {
    if !has_stand() {
        return;
    }
    let cluster = Cluster::start(&[]).await;
    let (a, b) = (cluster.node(0, &[]).await, cluster.node(1, &[]).await);
    let mut ada = a.signed_in("Ada Martin").await;
    let id = ada.picture("a boat").await;
    let page = format!("/i/{id}");
    let fields = [("id", id.as_str()), ("lang", "en")];
    assert_eq!(b.status(&page).await, Some(404));
    assert!(!b.text("/gallery").await.contains(&id));

    ada.post("/api/publish", &fields).await;
    within(KNOWS, "its page is there", async || {
        b.status(&page).await == Some(200)
    })
    .await;
    let in_gallery = async || b.text("/gallery").await.contains(&id);
    within(KNOWS, "the gallery has it", in_gallery).await;
    let source = picture_in(&b.text(&page).await);
    assert_eq!(b.status(&source).await, Some(200));

    ada.post("/api/unpublish", &fields).await;
    within(KNOWS, "its public address ends", async || {
        b.status(&source).await == Some(404)
    })
    .await;
    within(KNOWS, "its page is gone", async || {
        b.status(&page).await == Some(404)
    })
    .await;
    let not_in_gallery = async || !b.text("/gallery").await.contains(&id);
    within(KNOWS, "the gallery has it no more", not_in_gallery).await;
    // It is private, and its owner's at either node.
    assert_eq!(b.browser_of(&ada).get(&page).await.status, 200);
}

/// The address of the picture that a page shows.
fn picture_in(page: &str) -> String {
    let selector = Selector::parse(".picture-stage img").unwrap();
    let document = Html::parse_document(page);
    let image = document.select(&selector).next().unwrap();
    image.attr("src").unwrap().to_owned()
}

/// Follows a person's jobs at a node; when the stream ends.
async fn followed(browser: &Browser) -> JoinHandle<Instant> {
    let mut answer = browser
        .request(Method::GET, "/jobs/events")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.chunk().await.unwrap().is_some(), "an event at once");
    tokio::spawn(async move {
        while let Ok(Some(_)) = answer.chunk().await {}
        Instant::now()
    })
}

/// The stream ends soon after now.
async fn assert_ends(stream: JoinHandle<Instant>, why: &str) {
    let done = Instant::now();
    let ended = tokio::time::timeout(PATIENCE, stream).await;
    let ended = ended
        .unwrap_or_else(|_| panic!("{why}: it goes on"))
        .unwrap();
    let took = ended.saturating_duration_since(done);
    assert!(took <= ENDS, "{why}: it ended after {took:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stand: make test-all"]
async fn a_session_that_ends_at_one_node_ends_at_the_other() {
    if !has_stand() {
        return;
    }
    let cluster = Cluster::start(&[]).await;
    let (a, b) = (cluster.node(0, &[]).await, cluster.node(1, &[]).await);
    let mut ada = a.signed_in("Ada Martin").await;
    let mut phone = b.signed_in("Ada Martin").await;
    let mut sam = b.signed_in("Sam Rivera").await;
    let sams = followed(&sam).await;

    // Revoked at A, from the list of devices.
    let stream = followed(&phone).await;
    let other = other_session(&mut ada).await;
    let end = [("id", other.as_str()), ("lang", "en")];
    ada.post("/api/session_end", &end).await;
    assert!(asks_to_sign_in(&phone.get("/library").await));
    assert_ends(stream, "revoked").await;

    // Signed out at A by its own browser, which has a tab at B.
    let mut tablet = a.signed_in("Ada Martin").await;
    let mut tab = b.browser_of(&tablet);
    let stream = followed(&tab).await;
    tablet.post("/api/sign_out", &[("lang", "en")]).await;
    assert!(asks_to_sign_in(&tab.get("/library").await));
    assert_ends(stream, "signed out").await;

    // The account closed at A.
    let mut tab = b.browser_of(&ada);
    let stream = followed(&tab).await;
    close(&mut ada, "").await;
    assert!(asks_to_sign_in(&tab.get("/library").await));
    assert_ends(stream, "closed").await;

    // Nobody else's ended.
    assert_eq!(sam.get("/library").await.status, 200);
    assert!(!sams.is_finished());
    sams.abort();
}

/// The id of a person's one session that is not this browser's.
async fn other_session(browser: &mut Browser) -> String {
    let page = browser.get("/account").await.text;
    let document = Html::parse_document(&page);
    let selector = |text| Selector::parse(text).unwrap();
    let (row, here) = (selector(".account-devices li"), selector(".account-here"));
    let id = selector("input[name=id]");
    let mut others = document
        .select(&row)
        .filter(|row| row.select(&here).next().is_none())
        .filter_map(|row| Some(row.select(&id).next()?.attr("value")?.to_owned()));
    others.next().unwrap()
}

/// Submits fifty jobs at once, at two nodes in turn; where each answer leads.
async fn burst(nodes: &[Node; 2], people: &[Browser]) -> Vec<String> {
    join_all((0..AT_ONCE).map(|number| submit_slow(nodes, people, number))).await
}

/// None of these ends, and so costs less than was set aside, while others are sent.
async fn submit_slow(nodes: &[Node; 2], people: &[Browser], number: usize) -> String {
    let browser = nodes[number % 2].browser_of(&people[number / 2 % people.len()]);
    let (prompt, key) = counted("a slow boat [demo:slow=60]");
    let location = submit(&browser, &prompt, &key).await;
    location.expect("an answer")
}

/// How many were taken; the others were refused for this reason.
fn taken(answers: &[String], reason: &str) -> usize {
    let (taken, refused): (Vec<_>, Vec<_>) = answers
        .iter()
        .partition(|location| location.contains("/jobs/"));
    for location in refused {
        assert!(refusal(location).contains(reason), "{location}");
    }
    taken.len()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stand: make test-all"]
async fn fifty_at_once_at_two_nodes_pass_neither_quota_nor_budget() {
    if !has_stand() {
        return;
    }
    let cluster = Cluster::start(&[("IMGC_LIMITS_PICTURES_PER_DAY", "7")]).await;
    let nodes = [cluster.node(0, &[]).await, cluster.node(1, &[]).await];
    let ada = [nodes[0].signed_in("Ada Martin").await];
    let answers = burst(&nodes, &ada).await;
    assert_eq!(taken(&answers, "quota_reached"), 7);
    let jobs = cluster.rows("SELECT id FROM jobs", &[]).await;
    assert_eq!(jobs.len(), 7);

    // Ten cents, and a picture for which more than one is set aside.
    let cluster = Cluster::start(&[("IMGC_LIMITS_SPEND_PER_DAY_USD", "0.1")]).await;
    let nodes = [cluster.node(0, &[]).await, cluster.node(1, &[]).await];
    let people = [
        nodes[0].signed_in("Ada Martin").await,
        nodes[1].signed_in("Sam Rivera").await,
        nodes[1].signed_in("Kim Okafor").await,
    ];
    let answers = burst(&nodes, &people).await;
    let taken = taken(&answers, "service_budget_reached");
    let sql = "SELECT COUNT(*) AS n, SUM(reserved_micros) AS total, MAX(reserved_micros) AS one FROM jobs";
    let rows = cluster.rows(sql, &[]).await;
    let [n, total, one] = ["n", "total", "one"].map(|name| rows[0][name].as_u64().unwrap());
    assert_eq!(n, taken as u64);
    assert!(total <= 100_000, "{total} micro-dollars are set aside");
    assert!(
        total + one > 100_000,
        "another would have fitted: {total} and {one}"
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stand: make test-all"]
async fn the_twenty_first_sign_in_of_a_minute_is_refused_wherever_it_lands() {
    if !has_stand() {
        return;
    }
    let cluster = Cluster::start(&[("IMGC_LIMITS_SIGN_INS_PER_MINUTE", "20")]).await;
    let nodes = [cluster.node(0, &[]).await, cluster.node(1, &[]).await];
    early_in_a_minute().await;
    let all = (0..AT_ONCE).map(|number| begin_sign_in(&nodes[number % 2]));
    let answers = join_all(all).await;
    let begun = answers.iter().filter(|(begun, _)| *begun).count();
    assert_eq!(begun, 20);
    let mut others = answers.iter().filter(|(begun, _)| !begun);
    assert!(others.all(|(_, status)| *status == 429), "{answers:?}");
    for node in &nodes {
        assert_eq!(begin_sign_in(node).await.1, 429);
    }
}

/// Whether a sign-in was begun, and the answer's status.
async fn begin_sign_in(node: &Node) -> (bool, StatusCode) {
    let answer = node.browser().get("/auth/start?next=/create").await;
    (answer.location().contains("/authorize"), answer.status)
}

/// Waits for a moment after which most of a minute is left.
async fn early_in_a_minute() {
    let into = || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        now.as_secs() % 60
    };
    while into() > 30 {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long, and needs the stand: make test-all"]
async fn one_node_keeps_house_and_after_its_death_the_other_does() {
    if !has_stand() {
        return;
    }
    let cluster = Cluster::start(&[]).await;
    let keeper = async || {
        let sql = "SELECT owner FROM leases WHERE name = 'housekeeping'";
        let rows = cluster.rows(sql, &[]).await;
        rows.first().map(|row| text(row, "owner"))
    };
    let mut a = cluster.node(0, &[]).await;
    within(PATIENCE, "somebody keeps house", async || {
        keeper().await.is_some()
    })
    .await;
    let first = keeper().await;
    let _b = cluster.node(1, &[]).await;
    // More than a round: the one who has it keeps it.
    for _ in 0..20 {
        assert_eq!(keeper().await, first);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    a.kill();
    // What only a housekeeper does: an object is deleted that was ordered to be.
    let stray = uuid::Uuid::now_v7().to_string();
    let key = ObjectKey::Original {
        image: &stray,
        format: "png",
    };
    let objects = cluster.take.objects();
    objects.put(key, "stray".into()).await.unwrap();
    let order = "INSERT INTO object_deletions (object_key, requested_at) VALUES (?1, 1)";
    cluster.take.write(&[(order, &[json!(key.path())])]).await;
    let another = async || keeper().await.is_some_and(|now| Some(now) != first);
    let took = within(HOUSE, "the other keeps house", another).await;
    println!("the other kept house after {took:?}");
    let is_gone = async || objects.get_at(&key.path()).await.is_err();
    within(PATIENCE, "what was ordered is done", is_gone).await;
}
