//! Jobs as their owner meets them: once only, cancelled, refused, retried, lost.

mod answers;
mod stopped;

use crate::{
    harness::{Server, job_id, new_key, refusal},
    library::{Given, give, person},
    references::{add, samples},
};
use imgc::{
    error::AppError,
    generate::{api::Composer, pipeline},
    i18n::Locale,
    model::{JobState, JobView, limits::BUDGET_BREAK_MS},
    store::Statement,
    wire,
};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_double_click_is_one_job() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let key = new_key();
    let prompt = format!("twice [key:{key}]");
    let first = job_id(&ada.submit(&prompt, &key, &[]).await);
    let second = job_id(&ada.submit(&prompt, &key, &[]).await);
    assert_eq!(first, second);
    ada.until(&first, &["ready"]).await;
    assert_eq!(server.painter().await["by_key"][&key], 1);
    // The same key of another person is another job.
    let mut sam = server.signed_in("Sam Rivera").await;
    assert_ne!(job_id(&sam.submit(&prompt, &key, &[]).await), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_of_the_api_has_its_end_and_its_words() {
    let server =
        Server::start(&[("IMGC_JOBS_ATTEMPTS", "1"), ("IMGC_OPENAI_TIMEOUT_S", "15")]).await;
    let table = [
        ("moderation-prompt", "failed", "prompt_refused"),
        ("moderation-result", "failed", "result_refused"),
        ("content-policy", "failed", "prompt_refused"),
        ("invalid-value", "failed", "request_rejected"),
        ("unauthorized", "failed", "misconfigured"),
        ("country", "failed", "misconfigured"),
        ("unverified", "failed", "misconfigured"),
        ("model-not-found", "failed", "model_unavailable"),
        ("rate-limit", "failed", "rate_limited"),
        ("overloaded", "failed", "overloaded"),
        ("server-error", "unknown", "answer_lost"),
        ("bad-gateway-html", "unknown", "answer_lost"),
        ("gateway-timeout", "unknown", "answer_lost"),
        ("overloaded-html", "unknown", "answer_lost"),
        ("payment-required", "failed", "out_of_budget"),
        ("refused-in-200", "failed", "prompt_refused"),
        ("not-an-image", "failed", "bad_answer"),
        ("empty", "failed", "bad_answer"),
        ("garbage", "unknown", "answer_lost"),
        ("truncated", "unknown", "answer_lost"),
        ("break", "unknown", "answer_lost"),
        ("stream-error", "unknown", "answer_lost"),
        ("hang", "unknown", "answer_lost"),
        ("huge", "unknown", "answer_lost"),
    ];
    let mut ada = server.signed_in("Ada Martin").await;
    let reference = add(&mut ada, "", &samples::plain(64, 64, [255, 0, 255])).await;
    for (name, state, kind) in table {
        // Several in one call are not streamed, one is: each failure in the shape it has.
        let several = [
            ("draft[references]", reference.as_str()),
            ("draft[count]", "2"),
        ];
        let more = match ["break", "stream-error", "truncated"].contains(&name) {
            true => &[][..],
            false => &several,
        };
        let prompt = format!("a boat [demo:{name}]");
        let page = ada.submit(&prompt, &new_key(), more).await;
        let id = job_id(&page);
        let job = ada.until(&id, &["ready", "failed", "unknown"]).await;
        assert_eq!(job["state"], state, "{name}: {job}");
        assert_eq!(job["failure"]["kind"], kind, "{name}");
        // The next ones are made as if somebody had filled the account up again.
        if kind == "out_of_budget" {
            server.state.clock.advance_ms(BUDGET_BREAK_MS + 1);
        }
        let html = ada.get(&format!("/jobs/{id}")).await.text;
        assert!(
            !html.contains("moderation_blocked") && !html.contains("\"error\""),
            "{name}"
        );
        assert!(html.contains(name), "the prompt is kept for editing");
        // What would end in the same way is changed first; everything else is tried again.
        let [edit, retry] = ["/api/edit", "/api/retry"].map(|address| {
            let form = format!("action=\"{address}\"");
            html.find(&form).expect("a button")
        });
        let same = ["prompt_refused", "request_rejected", "model_unavailable"];
        assert_eq!(edit < retry, same.contains(&kind), "{name}");
    }
    // Nothing was made, so nothing of the day's allowance is used.
    let composer = ada.load::<Composer>("/api/composer").await;
    assert_eq!(composer["left_today"], composer["pictures_per_day"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_demo_an_empty_account_is_played_for_the_one_who_asked() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    for marker in ["insufficient-quota", "billing-limit", "credit-exhausted"] {
        let id = ada.generate(&format!("a boat [demo:{marker}]")).await;
        let job = ada.until(&id, &["failed"]).await;
        assert_eq!(job["failure"]["kind"], "out_of_budget");
        sam.picture("another boat").await;
        ada.picture("and one more").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_account_of_the_operator_pauses_new_jobs_and_says_how_long() {
    let outside = Server::start(&[]).await;
    let issuer = outside.demo.clone();
    let server = Server::start(&[
        ("IMGC_OIDC_ISSUER", &issuer),
        ("IMGC_OIDC_CLIENT_ID", imgc::server::oidc::DEMO_CLIENT_ID),
        (
            "IMGC_OIDC_CLIENT_SECRET",
            imgc::server::oidc::DEMO_CLIENT_SECRET,
        ),
        ("IMGC_OPENAI_BASE_URL", &format!("{issuer}/v1")),
        ("IMGC_OPENAI_API_KEY", imgc::server::image_api::DEMO_API_KEY),
        ("IMGC_CONTACT", "help@example.com"),
        ("IMGC_OPERATOR_NAME", "Pictures Ltd"),
        ("IMGC_SIGN_UP_MODE", "open"),
        ("IMGC_PUBLIC_URL", &outside.base),
    ])
    .await;
    let mut ada = server.browser();
    let start = ada.get("/auth/start").await;
    let callback = ada.choose(start.location(), "Ada Martin").await;
    let path = callback.strip_prefix(&outside.base).unwrap();
    ada.get(path).await;
    let slow = ada.generate("a slow boat [demo:slow=6]").await;
    ada.until(&slow, &["dispatching"]).await;
    let id = ada.generate("a boat [demo:insufficient-quota]").await;
    let job = ada.until(&id, &["failed"]).await;
    assert_eq!(job["failure"]["kind"], "out_of_budget");
    let refused = ada.submit("another boat", &new_key(), &[]).await;
    let codes = refused.refusal();
    assert!(codes.contains("service_paused"), "{codes}");
    let page = ada.get(refused.location()).await.text;
    assert!(page.contains("min") && page.contains("out of funds"));
    assert!(!page.contains("tomorrow"));
    // A picture that arrives shows that there is money again.
    ada.until(&slow, &["ready"]).await;
    ada.picture("a boat after it").await;
    // Without one, the pause ends as it was said.
    let id = ada.generate("a boat [demo:billing-limit]").await;
    ada.until(&id, &["failed"]).await;
    let refused = ada.submit("another boat", &new_key(), &[]).await;
    assert!(refused.refusal().contains("service_paused"));
    server.state.clock.advance_ms(5 * 60 * 1000);
    ada.picture("a later boat").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_api_is_asked_again_and_a_broken_one_is_not() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let key = new_key();
    let id = ada
        .generate(&format!("patience [demo:rate-limit=1] [key:{key}]"))
        .await;
    ada.until(&id, &["ready"]).await;
    assert_eq!(server.painter().await["by_key"][&key], 2);

    let key = new_key();
    let lost = ada
        .generate(&format!("lost [demo:break] [key:{key}]"))
        .await;
    ada.until(&lost, &["unknown"]).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(
        server.painter().await["by_key"][&key],
        1,
        "no silent second call"
    );

    let again = ada
        .post("/api/retry", &[("id", &lost), ("lang", "en")])
        .await;
    let twice = ada
        .post("/api/retry", &[("id", &lost), ("lang", "en")])
        .await;
    assert_eq!(
        job_id(&again),
        job_id(&twice),
        "pressing twice is one retry"
    );
    ada.until(&job_id(&again), &["unknown"]).await;
    assert_eq!(server.painter().await["by_key"][&key], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_of_the_same_is_made_as_often_as_it_is_asked_for() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let first = ada.generate("a tram on a steep street").await;
    ada.until(&first, &["ready"]).await;
    // The page's form has a key of its own, another one each time it is drawn.
    let key = |page: &str| {
        let selector = "form[action=\"/api/retry\"] [name=request_key]";
        let selector = scraper::Selector::parse(selector).unwrap();
        let page = scraper::Html::parse_document(page);
        let field = page.select(&selector).next().expect("the form's key");
        field.attr("value").unwrap().to_owned()
    };
    let page = format!("/jobs/{first}");
    let one = key(&ada.get(&page).await.text);
    let two = key(&ada.get(&page).await.text);
    assert_ne!(one, two);
    let mut made = Vec::new();
    for key in [&one, &one, &two] {
        let fields = [("id", &*first), ("request_key", key), ("lang", "en")];
        made.push(job_id(&ada.post("/api/retry", &fields).await));
    }
    assert_eq!(made[0], made[1], "pressing twice is one");
    assert_ne!(made[0], made[2]);
    assert!(!made.contains(&first));
    let (was, is) = (ada.job(&first).await, ada.until(&made[2], &["ready"]).await);
    assert_eq!(was["prompt"], is["prompt"]);
    assert_eq!(was["settings"], is["settings"]);

    // Without a key nobody can tell how often it was meant.
    for key in ["", "no key", &"a".repeat(41)] {
        let fields = [("id", &*first), ("request_key", key), ("lang", "en")];
        let refused = ada.post("/api/retry", &fields).await;
        assert!(refused.refusal().contains("too_late"), "{key}");
    }
    // Somebody else's job is none.
    let mut bob = server.signed_in("Bob Martin").await;
    let fields = [("id", &*first), ("request_key", &*one), ("lang", "en")];
    let stranger = bob.post("/api/retry", &fields).await;
    assert!(
        stranger.refusal().contains("not_found"),
        "{}",
        stranger.location()
    );
    // Words that went with their pictures make no picture.
    let gone = imgc::store::Statement::new("UPDATE jobs SET prompt = '' WHERE id = ?1");
    server.state.db.write(gone.bind(&*first)).await.unwrap();
    let fields = [("id", &*first), ("request_key", &*two), ("lang", "en")];
    let refused = ada.post("/api/retry", &fields).await;
    assert!(
        refused.refusal().contains("too_late"),
        "{}",
        refused.location()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_job_can_be_cancelled_and_nothing_is_sent_for_it() {
    let server = Server::start(&[("IMGC_JOBS_CONCURRENCY", "1")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let running = ada.generate("first [demo:slow=3]").await;
    ada.until(&running, &["dispatching"]).await;
    let key = new_key();
    let waiting = ada.generate(&format!("second [key:{key}]")).await;
    assert_eq!(ada.job(&waiting).await["position"], 0);
    ada.post("/api/cancel", &[("id", &waiting), ("lang", "en")])
        .await;
    assert_eq!(ada.job(&waiting).await["state"], "cancelled");
    ada.until(&running, &["ready"]).await;
    assert!(server.painter().await["by_key"][&key].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_does_not_take_every_slot() {
    let env = [
        ("IMGC_JOBS_CONCURRENCY", "3"),
        ("IMGC_JOBS_PER_PERSON", "2"),
    ];
    let server = Server::start(&env).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut jobs = Vec::new();
    for n in 0..3 {
        jobs.push(ada.generate(&format!("slow {n} [demo:slow=4]")).await);
    }
    ada.until(&jobs[1], &["dispatching"]).await;
    assert_eq!(ada.job(&jobs[2]).await["state"], "queued");
    let mut sam = server.signed_in("Sam Rivera").await;
    let theirs = sam.generate("mine [demo:slow=1]").await;
    sam.until(&theirs, &["ready"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quotas_hold_under_a_burst_and_begin_anew_each_day() {
    let env = [
        ("IMGC_LIMITS_PICTURES_PER_DAY", "3"),
        ("IMGC_LIMITS_ACTIVE_JOBS", "100"),
    ];
    let server = Server::start(&env).await;
    let ada = server.signed_in("Ada Martin").await;
    let mut burst = Vec::new();
    for n in 0..8 {
        let mut tab = server.browser();
        tab.cookies = ada.cookies.clone();
        burst.push(tokio::spawn(async move {
            let prompt = format!("burst {n}");
            tab.submit(&prompt, &new_key(), &[])
                .await
                .location()
                .to_owned()
        }));
    }
    let mut accepted = 0;
    for answer in burst {
        let location = answer.await.unwrap();
        if location.starts_with("/jobs/") {
            accepted += 1;
        } else {
            assert!(refusal(&location).contains("quota_reached"), "{location}");
        }
    }
    assert_eq!(accepted, 3);
    server.state.clock.advance_ms(24 * 3600 * 1000);
    let mut tab = server.browser();
    tab.cookies = ada.cookies.clone();
    tab.generate("a new day").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_spends_no_more_than_its_operator_allows() {
    // One low picture with its partial pictures reserves about a cent; two cents allow one at a time.
    let server = Server::start(&[
        ("IMGC_LIMITS_SPEND_PER_DAY_USD", "0.02"),
        ("IMGC_JOBS_PARTIALS", "3"),
    ])
    .await;
    let mut ada = server.signed_in("Ada Martin").await;
    ada.generate("cheap [demo:slow=2]").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let refused = sam.submit("cheap too", &new_key(), &[]).await;
    assert!(
        refused.refusal().contains("service_budget_reached"),
        "{}",
        refused.location()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_quote_is_reserved_and_the_true_cost_recorded() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = ada.generate("a boat on the sea").await;
    let job = ada.until(&id, &["ready"]).await;
    assert_eq!(job["settled"], true);
    let cost = job["cost_micros"].as_i64().unwrap();
    assert!((5_000..30_000).contains(&cost), "{cost}");
    let dalle = [
        ("draft[model]", "dall-e-3"),
        ("draft[quality]", "hd"),
        ("draft[size]", "1792x1024"),
    ];
    let id = job_id(&ada.submit("an old master", &new_key(), &dalle).await);
    let job = ada.until(&id, &["ready"]).await;
    assert_eq!(job["cost_micros"], 120_000);
    assert_eq!(job["images"][0]["width"], 1792);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_pictures_and_every_format_arrive_as_asked() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    for (format, magic) in [
        ("jpeg", &b"\xff\xd8"[..]),
        ("webp", b"RIFF"),
        ("png", b"\x89PNG"),
    ] {
        let more = [
            ("draft[format]", format),
            ("draft[count]", "2"),
            ("draft[size]", "1536x1024"),
        ];
        let id = job_id(&ada.submit("two boats", &new_key(), &more).await);
        let job = ada.until(&id, &["ready", "failed", "unknown"]).await;
        let images = job["images"].as_array().unwrap();
        assert_eq!(images.len(), 2, "{job}");
        let image = images[1]["id"].as_str().unwrap();
        assert_eq!(images[1]["height"], 1024);
        let path = format!("/files/{image}/original.{format}");
        let (_, original) = ada.get_bytes(&path).await;
        assert!(original.starts_with(magic), "{format}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_tell_the_state_and_the_partials_and_end() {
    let server = Server::start(&[("IMGC_DEMO_PACE_MS", "1500")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = ada.generate("a whale under the moon").await;
    let events = ada
        .request(reqwest::Method::GET, &format!("/jobs/{id}/events"))
        .send()
        .await
        .unwrap();
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    // The stream ends by itself when the job does.
    let text = events.text().await.unwrap();
    let views: Vec<JobView> = text
        .lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .map(|data| wire::from_text(data.strip_prefix(' ').unwrap_or(data)).unwrap())
        .collect();
    assert!(
        views
            .iter()
            .any(|view| view.tiles[0].file.is_some() && view.tiles[0].image.is_none()),
        "a partial picture"
    );
    assert_eq!(views.last().unwrap().state, JobState::Ready);
    let mut sam = server.signed_in("Sam Rivera").await;
    assert_eq!(sam.get(&format!("/jobs/{id}/events")).await.status, 404);
    assert_eq!(sam.get(&format!("/jobs/{id}")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_session() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = ada.generate("slow [demo:slow=20]").await;
    let stream = ada
        .request(reqwest::Method::GET, &format!("/jobs/{id}/events"))
        .send()
        .await
        .unwrap();
    ada.post("/api/sign_out", &[("lang", "en")]).await;
    let ended = tokio::time::timeout(Duration::from_secs(5), stream.text()).await;
    assert!(ended.is_ok(), "the stream outlived its session");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_picture_asks_for_the_age_and_keeps_the_words() {
    let server = Server::start(&[("IMGC_MINIMUM_AGE", "15")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    assert!(ada.get("/create").await.text.contains("at least 15"));
    let refused = ada.submit("a boat", &new_key(), &[("age", "")]).await;
    assert!(
        refused.refusal().contains("age_not_stated"),
        "{}",
        refused.location()
    );
    assert!(ada.get("/create").await.text.contains("a boat"));
    assert_eq!(
        server.painter().await["requests"],
        0,
        "nothing was asked for"
    );
    // Stated once, it is not asked for again.
    ada.picture("a boat").await;
    assert!(!ada.get("/create").await.text.contains("at least 15"));
    let page = ada
        .submit("a second boat", &new_key(), &[("age", "")])
        .await;
    assert!(page.location().contains("/jobs/"), "{}", page.location());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_statement_shows_all_jobs_as_asking_for_each_does() {
    let server = Server::start(&[]).await;
    server.signed_in("Ada Martin").await;
    server.signed_in("Sam Rivera").await;
    let (me, other) = (
        person(&server, "Ada Martin").await,
        person(&server, "Sam Rivera").await,
    );
    let state = &server.state;
    let now_ms = state.clock.now_ms();
    // Not to be claimed for a long time: they stay in the queue.
    let waiting = async |user: &str, created_ms: i64| {
        let id = uuid::Uuid::now_v7().to_string();
        let insert = "INSERT INTO jobs (id, user_id, request_key, state, model, prompt, settings,
                reserved_micros, created_at, not_before)
            SELECT ?1, ?2, ?1, 'queued', 'm', 'a boat',
                '{\"model\":\"m\",\"size\":\"auto\",\"quality\":\"low\",\"count\":1,\"format\":\"png\"}',
                7, ?3, ?3 + 864000000";
        let insert = Statement::new(insert)
            .bind(id.as_str())
            .bind(user)
            .bind(created_ms);
        state.db.write(insert).await.unwrap();
        id
    };
    let first = waiting(&me, now_ms - 5).await;
    let theirs = waiting(&other, now_ms - 4).await;
    let last = waiting(&me, now_ms - 3).await;
    let given = || [Given::default(), Given::default(), Given::default()];
    let pictures = give(&server, &me, &given()).await;
    give(&server, &other, &given()).await;
    let sql = "UPDATE jobs SET finished_at = ?1 WHERE state = 'ready'";
    let finish = Statement::new(sql).bind(now_ms);
    let sql = "UPDATE images SET trashed_at = 1 WHERE id = ?1";
    let trash = Statement::new(sql).bind(pictures[1].as_str());
    state.db.batch(vec![finish, trash]).await.unwrap();

    let english = Locale::default();
    let shown = pipeline::recent(state, &me, english).await.unwrap();
    let shown: Vec<JobView> = shown.into_iter().map(|request| request.view).collect();
    let places: Vec<_> = shown.iter().map(|job| job.position).collect();
    assert_eq!(places, [Some(2), Some(0), None]);
    assert_eq!([&shown[0].id, &shown[1].id], [&last, &first]);
    let pictures_of = |job: &JobView| -> Vec<String> {
        let there = job.tiles.iter().filter_map(|tile| tile.image.as_ref());
        there.map(|card| card.id.clone()).collect()
    };
    assert_eq!(pictures_of(&shown[2]), [&*pictures[0], &*pictures[2]]);
    assert!(pictures_of(&shown[0]).is_empty() && pictures_of(&shown[1]).is_empty());
    for job in shown {
        let alone = pipeline::request(state, &me, &job.id, english)
            .await
            .unwrap();
        let now_ms = job.now_ms;
        let alone = alone.view;
        assert_eq!(JobView { now_ms, ..alone }, job);
    }
    let foreign = pipeline::request(state, &me, &theirs, english).await;
    assert_eq!(foreign.err(), Some(AppError::NotFound));
}
