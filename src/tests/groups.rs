//! Several pictures asked for at once: a group of jobs of one picture each, queued all or
//! none, told of as one.

use crate::{
    harness::{Browser, Page, Server, job_id, new_key},
    library::person,
    references::{add, samples},
};
use imgc::{
    generate::api::Composer,
    model::{Settings, catalogue::Model},
    store::{
        Statement,
        export::{self, List},
    },
};
use serde_json::Value;
use std::time::Duration;

async fn ask(browser: &mut Browser, prompt: &str, count: &str) -> Page {
    let fields = [("draft[count]", count)];
    browser.submit(prompt, &new_key(), &fields).await
}

async fn number(server: &Server, sql: &'static str) -> i64 {
    let row = server.state.db.fetch_optional(Statement::new(sql)).await;
    row.unwrap().unwrap().int("n").unwrap()
}

async fn left(browser: &mut Browser) -> i64 {
    let page = browser.load::<Composer>("/api/composer").await;
    page["left_today"].as_i64().unwrap()
}

/// The ids of all jobs, in order.
async fn jobs(server: &Server) -> Vec<String> {
    let rows = server
        .state
        .db
        .fetch_all(Statement::new("SELECT id FROM jobs ORDER BY id"));
    let rows = rows.await.unwrap();
    rows.iter().map(|row| row.text("id").unwrap()).collect()
}

fn images(job: &Value) -> usize {
    job["images"].as_array().unwrap().len()
}

/// The model that forms of these tests ask, and what one of their pictures is.
fn model(server: &Server) -> (Model, Settings) {
    let offered = server.state.offered();
    let model = offered.into_iter().find(|m| m.id == "gpt-image-2.5-flare");
    let model = model.unwrap();
    let settings = Settings {
        quality: "low".into(),
        size: "1024x1024".into(),
        ..model.defaults()
    };
    (model, settings)
}

#[tokio::test(flavor = "multi_thread")]
async fn several_pictures_are_one_request_and_a_call_each() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let before = left(&mut ada).await;
    let (key, three) = (new_key(), [("draft[count]", "3")]);
    let prompt = format!("three boats [key:{key}]");
    // From two tabs at once, and once more when the answer was lost.
    let mut tab = server.browser();
    tab.cookies = ada.cookies.clone();
    let (one, other) = tokio::join!(
        ada.submit(&prompt, &key, &three),
        tab.submit(&prompt, &key, &three)
    );
    let id = job_id(&one);
    assert_eq!(job_id(&other), id);
    assert_eq!(job_id(&ada.submit(&prompt, &key, &three).await), id);
    let members = jobs(&server).await;
    assert_eq!(members.len(), 3);
    assert_eq!(members[0], id);
    let of_one = "SELECT COUNT(*) AS n FROM jobs WHERE json_extract(settings, '$.count') = 1";
    assert_eq!(number(&server, of_one).await, 3);

    let done = ada.until(&id, &["ready", "failed", "unknown"]).await;
    assert_eq!(done["state"], "ready", "{done}");
    assert_eq!((images(&done), &done["came"]), (3, &3.into()));
    assert_eq!(done["settings"]["count"], 3);
    assert_eq!(done["outcome"], "Your 3 pictures are ready.");
    assert_eq!(server.painter().await["by_key"][&key], 3);
    assert_eq!(left(&mut ada).await, before - 3);
    let cost = number(&server, "SELECT SUM(cost_micros) AS n FROM jobs").await;
    assert_eq!(done["cost_micros"], cost);
    // The pictures are three, and not thrice the same.
    let different = "SELECT COUNT(DISTINCT sha256) AS n FROM images";
    assert_eq!(number(&server, different).await, 3);
    // Whichever of them an address names, it is the whole; to others it is nothing.
    let mut sam = server.signed_in("Sam Rivera").await;
    for member in &members {
        let page = ada.get(&format!("/jobs/{member}")).await.text;
        assert_eq!(page.matches("href=\"/i/").count(), 3, "{member}");
        assert_eq!(ada.job(member).await["id"], id);
        assert_eq!(sam.get(&format!("/jobs/{member}")).await.status, 404);
    }
    // One row in the feed.
    let feed = ada.get("/create").await.text;
    assert_eq!(feed.matches("class=\"job-card\"").count(), 1);
    // The export says what belongs together.
    let me = person(&server, "Ada Martin").await;
    let held = export::list(&server.state.db, List::Jobs, &me, "").await;
    for (_, job) in held.unwrap() {
        let job: Value = serde_json::from_str(&job).unwrap();
        assert_eq!(job["group"], id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_refused_ends_by_itself_and_all_are_made_again() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let before = left(&mut ada).await;
    let key = new_key();
    let prompt = format!("boats [key:{key}] [demo:moderation-prompt=3]");
    let id = job_id(&ask(&mut ada, &prompt, "4").await);
    let done = ada.until(&id, &["ready", "failed", "unknown"]).await;
    assert_eq!((&done["state"], images(&done)), (&"ready".into(), 3));
    assert_eq!(done["failure"]["kind"], "prompt_refused");
    assert_eq!(done["outcome"], "3 of 4 pictures came.");
    let tiles = done["tiles"].as_array().unwrap();
    let said: Vec<&Value> = tiles.iter().map(|tile| &tile["said"]).collect();
    assert_eq!(said.len(), 4);
    let refused = |said: &&&Value| **said == "The safety system refused this prompt";
    assert_eq!(said.iter().filter(refused).count(), 1, "{said:?}");
    // What was refused is free, in money and in pictures.
    assert_eq!(left(&mut ada).await, before - 3);
    let billed = number(&server, "SELECT SUM(billable_micros) AS n FROM day_sums").await;
    assert_eq!(done["cost_micros"], billed);
    let page = ada.get(&format!("/jobs/{id}")).await.text;
    assert!(page.contains("3 of 4 pictures came."), "{page}");
    assert!(page.contains("The safety system refused this prompt"));
    let french = ada.get(&format!("/fr/jobs/{id}")).await.text;
    assert!(french.contains("3 images sur 4 sont arrivées."));
    // Again, in haste and by whichever of them: all four, once.
    let last = jobs(&server).await.pop().unwrap();
    let press = [
        ("id", last.as_str()),
        ("request_key", "abc"),
        ("lang", "en"),
    ];
    let again = job_id(&ada.post("/api/retry", &press).await);
    assert_eq!(job_id(&ada.post("/api/retry", &press).await), again);
    assert_ne!(again, id);
    let done = ada.until(&again, &["ready"]).await;
    assert_eq!((images(&done), jobs(&server).await.len()), (4, 8));
    // The form takes the whole, too.
    ada.post("/api/edit", &[("id", &last), ("lang", "en")])
        .await;
    let form = ada.load::<Composer>("/api/composer").await;
    assert_eq!(form["draft"]["count"], "4");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_met_in_the_middle_queues_none_of_them() {
    let server = Server::start(&[
        ("IMGC_LIMITS_PICTURES_PER_DAY", "6"),
        ("IMGC_LIMITS_SPEND_PER_DAY_USD", "0.04"),
    ])
    .await;
    let (model, one) = model(&server);
    let price = model.quote(&one, 0).reserve_micros;
    let room = 40_000 / price;
    assert!((2..6).contains(&room), "{price} leaves room for {room}");
    let mut ada = server.signed_in("Ada Martin").await;
    let waits = "boat [demo:slow=60]";
    // The service's money of the day.
    let refused = ask(&mut ada, waits, &(room + 1).to_string()).await;
    assert!(refused.refusal().contains("service_budget_reached"));
    assert_eq!(jobs(&server).await.len(), 0);
    // The person's pictures of the day.
    let refused = ask(&mut ada, waits, "7").await;
    assert!(
        refused.refusal().contains("quota_reached"),
        "{}",
        refused.refusal()
    );
    assert_eq!(jobs(&server).await.len(), 0);
    // What fits is queued, and what is set aside is what was shown.
    let two = Settings { count: 2, ..one };
    let shown = model.quote(&two, waits.chars().count()).reserve_micros;
    job_id(&ask(&mut ada, waits, "2").await);
    assert_eq!(
        number(&server, "SELECT SUM(reserved_micros) AS n FROM jobs").await,
        shown
    );
    let aside = "SELECT SUM(billable_micros) AS n FROM day_sums";
    assert_eq!(number(&server, aside).await, shown);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_where_requests_are_limited() {
    let server = Server::start(&[
        ("IMGC_LIMITS_ACTIVE_JOBS", "2"),
        ("IMGC_LIMITS_JOBS_PER_MINUTE", "3"),
    ])
    .await;
    let mut ada = server.signed_in("Ada Martin").await;
    for _ in 0..2 {
        job_id(&ask(&mut ada, "boats [demo:slow=60]", "4").await);
    }
    let third = ask(&mut ada, "boats [demo:slow=60]", "1").await;
    assert!(third.refusal().contains("too_many"), "{}", third.refusal());
    assert_eq!(jobs(&server).await.len(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_ends_all_of_it_and_what_was_not_sent_is_given_back() {
    let server = Server::start(&[("IMGC_JOBS_PER_PERSON", "1")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let before = left(&mut ada).await;
    let id = job_id(&ask(&mut ada, "boats [demo:slow=60]", "3").await);
    ada.until(&id, &["dispatching"]).await;
    assert_eq!(left(&mut ada).await, before - 3);
    // Another waits behind it: cancelled by its last member's address, all of it goes.
    let waiting = job_id(&ask(&mut ada, "waiting [demo:slow=60]", "2").await);
    assert_eq!(ada.job(&waiting).await["state"], "queued");
    let last = jobs(&server).await.pop().unwrap();
    let of = |id: &str| [("id", id.to_owned()), ("lang", "en".to_owned())];
    let post = async |browser: &mut Browser, address: &str, id: &str| {
        let fields = of(id);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        browser.post(address, &fields).await.refusal()
    };
    assert!(
        post(&mut sam, "/api/stop", &last)
            .await
            .contains("not_found")
    );
    assert_eq!(post(&mut ada, "/api/cancel", &last).await, "");
    assert_eq!(ada.job(&waiting).await["state"], "cancelled");
    assert_eq!(left(&mut ada).await, before - 3);
    // The page offers one button for the whole.
    let page = ada.get(&format!("/jobs/{id}")).await.text;
    assert_eq!(page.matches("Stop (may still be billed)").count(), 1);
    let second = jobs(&server).await.remove(1);
    assert_eq!(post(&mut ada, "/api/stop", &second).await, "");
    let ended = ada.until(&id, &["failed"]).await;
    assert_eq!(ended["failure"]["kind"], "stopped");
    // One was on its way, and counts; two were not.
    assert_eq!(left(&mut ada).await, before - 1);
    let states = "SELECT SUM(state = 'cancelled') * 10 + SUM(state = 'failed') AS n FROM jobs";
    assert_eq!(number(&server, states).await, 41);
    assert_eq!(post(&mut ada, "/api/stop", &id).await, "", "twice is once");
    // Its slot is free again.
    ada.picture("a boat").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_references_it_stays_one_call_and_says_so() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let reference = add(&mut ada, "", &samples::plain(64, 64, [255, 0, 255])).await;
    let fields = [
        ("draft[references]", reference.as_str()),
        ("draft[count]", "3"),
    ];
    let key = new_key();
    let prompt = format!("variations [key:{key}] [demo:slow=3]");
    let id = job_id(&ada.submit(&prompt, &key, &fields).await);
    let job = ada.job(&id).await;
    let tiles = job["tiles"].as_array().unwrap();
    assert_eq!(tiles.len(), 3);
    for tile in tiles {
        assert_eq!(tile["said"], "All of them arrive together");
        assert_eq!(
            (&tile["busy"], &tile["width"]),
            (&true.into(), &1024.into())
        );
    }
    let done = ada.until(&id, &["ready", "failed", "unknown"]).await;
    assert_eq!((images(&done), jobs(&server).await.len()), (3, 1));
    assert_eq!(server.painter().await["by_key"][&key], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_comes_by_itself_and_the_stream_ends_with_the_last() {
    let server =
        Server::start(&[("IMGC_DEMO_PACE_MS", "1200"), ("IMGC_JOBS_PER_PERSON", "1")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = job_id(&ask(&mut ada, "a whale under the moon", "2").await);
    let last = jobs(&server).await.pop().unwrap();
    let events = ada.request(reqwest::Method::GET, &format!("/jobs/{last}/events"));
    let events = events.send().await.unwrap();
    let text = tokio::time::timeout(Duration::from_secs(30), events.text()).await;
    let text = text
        .expect("the stream ends with the last of them")
        .unwrap();
    let views: Vec<imgc::model::JobView> = text
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| imgc::wire::from_text(data).unwrap())
        .collect();
    assert!(views.iter().all(|view| view.id == id));
    let there = |view: &imgc::model::JobView| {
        let there = view.tiles.iter().filter(|tile| tile.image.is_some());
        there.count()
    };
    let half = views.iter().find(|view| there(view) == 1);
    assert!(!half.expect("one, and then the other").state.is_final());
    // Each sharpens at its own place.
    for place in 0..2 {
        let glimpse = |view: &imgc::model::JobView| {
            view.tiles[place].file.is_some() && view.tiles[place].image.is_none()
        };
        assert!(views.iter().any(glimpse), "a partial picture of {place}");
    }
    assert_eq!(views.last().map(there), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn partial_pictures_are_asked_for_and_paid_for_as_configured() {
    // $30 a million output tokens, and a hundred of them each.
    const PARTIAL_MICROS: i64 = 3_000;
    let mut prices = Vec::new();
    for partials in ["0", "1", "3"] {
        let server = Server::start(&[("IMGC_JOBS_PARTIALS", partials)]).await;
        let (model, one) = model(&server);
        let four = Settings {
            count: 4,
            ..one.clone()
        };
        let (one, four) = (model.quote(&one, 8), model.quote(&four, 8));
        assert_eq!(four.micros, 4 * one.micros);
        assert_eq!(four.reserve_micros, 4 * one.reserve_micros);
        prices.push(one.micros);
        // What is set aside suffices for what the API counts.
        let mut ada = server.signed_in("Ada Martin").await;
        let id = job_id(&ask(&mut ada, "two boats", "2").await);
        let aside = number(&server, "SELECT SUM(reserved_micros) AS n FROM jobs").await;
        let done = ada.until(&id, &["ready"]).await;
        let cost = done["cost_micros"].as_i64().unwrap();
        assert!(
            cost <= aside && done["estimated"] == false,
            "{cost} of {aside}"
        );
    }
    assert_eq!(prices[1] - prices[0], PARTIAL_MICROS);
    assert_eq!(prices[2] - prices[0], 3 * PARTIAL_MICROS);
}
