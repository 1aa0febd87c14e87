//! What is made, said and booked of answers that are not what was asked for.

use crate::{
    harness::{Browser, Server, job_id, new_key},
    references::{add, samples},
};
use imgc::{
    generate::api::Composer,
    model::{catalogue::midnight_ms, limits::DAY_MS},
    server::config::{Config, retirements},
    ui::format,
};
use scraper::{Html, Selector};
use serde_json::Value;

/// Makes pictures of this prompt and waits for the end.
async fn made(person: &mut Browser, prompt: &str, more: &[(&str, &str)]) -> Value {
    let page = person.submit(prompt, &new_key(), more).await;
    let id = job_id(&page);
    person.until(&id, &["ready", "failed", "unknown"]).await
}

/// The same for several pictures in one call, as a reference makes it.
async fn made_together(person: &mut Browser, prompt: &str, count: &str) -> Value {
    let reference = add(person, "", &samples::plain(64, 64, [255, 0, 255])).await;
    let more = [
        ("draft[references]", reference.as_str()),
        ("draft[count]", count),
    ];
    made(person, prompt, &more).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_came_is_kept_whatever_it_came_in() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    for (name, asked, came) in [
        ("json-instead", "1", 1),
        ("stream-instead", "1", 1),
        ("stream-instead", "2", 2),
        ("data-address", "1", 1),
        ("wrapped", "2", 2),
        ("some-null", "3", 2),
        ("fewer", "3", 1),
        ("truncated", "2", 1),
    ] {
        let prompt = format!("a boat [demo:{name}]");
        let job = match asked {
            "1" => made(&mut ada, &prompt, &[]).await,
            several => made_together(&mut ada, &prompt, several).await,
        };
        assert_eq!(job["state"], "ready", "{name}: {job}");
        let images = job["images"].as_array().unwrap();
        assert_eq!(images.len(), came, "{name}");
        let image = images[0]["id"].as_str().unwrap();
        let original = ada.get_bytes(&format!("/files/{image}/original.png")).await;
        assert!(original.1.starts_with(b"\x89PNG"), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_is_what_is_said_counted_and_priced() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let job = made_together(&mut ada, "boats [demo:fewer]", "4").await;
    assert_eq!((&job["came"], &job["estimated"]), (&1.into(), &true.into()));
    let one = job["cost_micros"].as_i64().unwrap();
    // With the tokens of the reference.
    assert!((6_000..60_000).contains(&one), "the price of one: {one}");
    let page = format!("/jobs/{}", job["id"].as_str().unwrap());
    let html = ada.get(&page).await.text;
    assert!(html.contains("1 of 4 pictures came"), "{html}");
    assert!(html.contains("Cost: about"), "an estimate says so");
    let image = job["images"][0]["id"].as_str().unwrap();
    assert!(
        ada.get(&format!("/i/{image}"))
            .await
            .text
            .contains("≈\u{a0}$")
    );
    let usage = ada.get("/usage").await.text;
    assert!(usage.contains("≈\u{a0}$"), "{usage}");
    let totals = Selector::parse("dl.totals dd").unwrap();
    let pictures = Html::parse_document(&usage);
    let pictures: String = pictures.select(&totals).next().unwrap().text().collect();
    assert_eq!(pictures.trim(), "1");
    let composer = ada.load::<Composer>("/api/composer").await;
    let per_day = composer["pictures_per_day"].as_u64().unwrap();
    assert_eq!(composer["left_today"].as_u64().unwrap(), per_day - 1);

    // Two of three, and counted by the API: that is no estimate.
    let job = made_together(&mut ada, "boats [demo:some-null]", "3").await;
    assert_eq!(
        (&job["came"], &job["estimated"]),
        (&2.into(), &false.into())
    );
    let composer = ada.load::<Composer>("/api/composer").await;
    assert_eq!(composer["left_today"].as_u64().unwrap(), per_day - 3);

    // A count that cannot be is not believed.
    for name in ["zero-usage", "absurd-usage"] {
        let job = made(&mut ada, &format!("a boat [demo:{name}]"), &[]).await;
        let cost = job["cost_micros"].as_i64().unwrap();
        assert!((4_000..40_000).contains(&cost), "{name}: {cost}");
        assert_eq!(job["estimated"], true, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_no_use_still_counts_against_the_budget() {
    // One low picture with its partial pictures reserves about a cent; two cents allow one at a time.
    let server = Server::start(&[
        ("IMGC_LIMITS_SPEND_PER_DAY_USD", "0.02"),
        ("IMGC_JOBS_PARTIALS", "3"),
    ])
    .await;
    let mut ada = server.signed_in("Ada Martin").await;
    let job = made(&mut ada, "a boat [demo:not-an-image]", &[]).await;
    assert_ne!(job["state"], "ready", "{job}");
    let refused = ada.submit("another", &new_key(), &[]).await;
    assert!(refused.refusal().contains("service_budget_reached"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_gave_up_is_asked_once_and_nobody_says_it_was_free() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    for name in ["gateway-timeout", "server-error", "overloaded-html"] {
        let key = new_key();
        let prompt = format!("a boat [demo:{name}] [key:{key}]");
        let job = made_together(&mut ada, &prompt, "2").await;
        assert_eq!(job["state"], "unknown", "{name}");
        let page = format!("/jobs/{}", job["id"].as_str().unwrap());
        let html = ada.get(&page).await.text;
        assert!(html.contains("We do not know whether"), "{name}");
        assert!(!html.contains("othing was charged"), "{name}");
        // Longer than the first retry would wait.
        tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
        assert_eq!(server.painter().await["by_key"][&key], 1, "{name}");
    }
}

/// A model of the operator's own that ends on this day.
fn ending(date: &str) -> String {
    format!(
        r#"
        [[imgc.models]]
        id = "lake-1"
        name = "Lake One"
        qualities = ["low"]
        default_quality = "low"
        count_max = 1
        prompt_max = 1000
        shutdown_date = "{date}"
        sizes = {{ offered = ["1024x1024"] }}
        price = {{ per_image = {{ entries = [{{ quality = "low", size = "1024x1024", micros = 1 }}] }} }}
        "#
    )
}

#[test]
fn the_end_of_a_model_is_read_from_the_catalogue() {
    let config = Config::from_parts(&ending("2026-03-31"), &|_| None).unwrap();
    let end_ms = midnight_ms("2026-03-31").unwrap();
    let of = |now_ms| {
        let offered = config.offered(now_ms);
        let found = offered.iter().find(|model| model.id == "lake-1");
        found.map(|model| model.shutdown_date.is_some())
    };
    assert_eq!(of(end_ms - 61 * DAY_MS), Some(false), "far ahead");
    assert_eq!(of(end_ms - 59 * DAY_MS), Some(true), "warned of");
    assert_eq!(of(end_ms + DAY_MS - 1), Some(true), "its last day");
    assert_eq!(of(end_ms + DAY_MS), None, "gone");
    let told = |now_ms| retirements(&config, now_ms).join("\n");
    assert!(!told(end_ms - 61 * DAY_MS).contains("lake-1"));
    assert!(told(end_ms - DAY_MS).contains("lake-1 is to be shut down on 2026-03-31"));
    assert!(told(end_ms + DAY_MS).contains("lake-1 was shut down"));
    // The built-in dates are OpenAI's: in the demo, as at a gateway, the model goes on.
    let mut offered = config.offered(end_ms + 1000 * DAY_MS).into_iter();
    assert!(offered.any(|model| model.id == "dall-e-3"));
    let error = Config::from_parts(&ending("in spring"), &|_| None)
        .err()
        .unwrap();
    assert!(error.to_string().contains("shutdown_date"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_composer_warns_of_a_models_end_and_then_does_without_it() {
    let soon = imgc::server::clock::Clock::default().now_ms() + 3 * DAY_MS;
    let toml = ending(&format::iso_day(soon));
    let server = Server::start_with(tempfile::tempdir().unwrap(), &toml, &[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let page = ada.get("/create").await.text;
    assert!(page.contains("Lake One – until"), "{page}");
    // Beside the model that is chosen.
    ada.submit(" ", &new_key(), &[("draft[model]", "lake-1")])
        .await;
    let page = ada.get("/create").await.text;
    assert!(page.contains("Lake One is offered until"), "{page}");
    // A session lasts longer than that.
    server.state.clock.advance_ms(5 * DAY_MS);
    assert!(!ada.get("/create").await.text.contains("Lake One"));
    let refused = [("draft[model]", "lake-1")];
    let refused = ada.submit("a lake", &new_key(), &refused).await;
    assert!(refused.refusal().contains("unknown_model"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_compression_is_sent() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let large = [("draft[format]", "jpeg")];
    let small = [("draft[format]", "jpeg"), ("draft[compression]", "25")];
    let bytes = async |ada: &mut Browser, more: &[(&str, &str)]| {
        let job = made(ada, "the same lake [seed:1]", more).await;
        assert_eq!(job["state"], "ready", "{job}");
        let image = job["images"][0]["id"].as_str().unwrap().to_owned();
        ada.get_bytes(&format!("/files/{image}/original.jpeg"))
            .await
            .1
            .len()
    };
    let (large, small) = (bytes(&mut ada, &large).await, bytes(&mut ada, &small).await);
    assert!(small * 2 < large, "{small} and {large}");
    // PNG has none: a field left over from JPEG does no harm, nonsense does.
    let png = made(&mut ada, "a lake", &[("draft[compression]", "25")]).await;
    assert_eq!(png["state"], "ready");
    let refused = [("draft[format]", "webp"), ("draft[compression]", "101")];
    let refused = ada.submit("a lake", &new_key(), &refused).await;
    assert!(refused.refusal().contains("compression_not_offered"));
}
