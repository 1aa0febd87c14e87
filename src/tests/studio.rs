//! The studio beyond one job: drafts, earlier prompts, looks, the list of jobs, usage.

use crate::harness::{Server, new_key};
use imgc::{
    model::{JobState, JobView, Prompt},
    wire,
};
use std::time::Duration;

/// Whether the field of this value is the chosen one in a page's HTML.
fn is_chosen(page: &str, value: &str) -> bool {
    let mut tags = page.split('<').filter_map(|tag| tag.split('>').next());
    let field = tags.find(|tag| tag.contains(&format!("value=\"{value}\"")));
    field.is_some_and(|tag| tag.contains("checked") || tag.contains("selected"))
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_stay_as_they_were_chosen_and_words_go_with_their_job() {
    let server = Server::start(&[("IMGC_LIMITS_PICTURES_PER_DAY", "1")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let chosen = [
        ("draft[size]", "1024x1536"),
        ("draft[quality]", "high"),
        ("draft[look]", "paper"),
        ("draft[format]", "webp"),
    ];
    let key = new_key();
    let sent = ada.submit("a heron at the weir", &key, &chosen).await;
    let job = crate::harness::job_id(&sent);
    let values = ["1024x1536", "high", "paper", "webp"];
    // Another device finds them, too.
    let mut other_device = server.signed_in("Ada Martin").await;
    for device in [&mut ada, &mut other_device] {
        let page = device.get("/create").await.text;
        for value in values {
            assert!(is_chosen(&page, value), "{value}");
        }
        let field = page.split("<textarea").nth(1).unwrap();
        let field = field.split("</textarea").next().unwrap();
        assert!(!field.contains("heron"), "words go with their job");
    }
    // The same form once more is the same job, and changes nothing.
    let again = ada.submit("a heron at the weir", &key, &chosen).await;
    assert_eq!(crate::harness::job_id(&again), job);
    // What is refused is the draft with its words: the day's pictures are used up.
    let other = [("draft[look]", "ink")];
    let refused = ada.submit("a dam in the evening", &new_key(), &other).await;
    assert!(refused.location().starts_with("/create?error="));
    let page = ada.get("/create").await.text;
    assert!(page.contains("a dam in the evening") && is_chosen(&page, "ink"));
    // Nobody else's form is touched.
    let mut sam = server.signed_in("Sam Rivera").await;
    let page = sam.get("/create").await.text;
    assert!(!is_chosen(&page, "paper") && !is_chosen(&page, "webp"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_form_is_there_again_and_gone_once_sent() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let words = "A greenhouse </textarea><b>in spring";
    let kept = ada
        .call(
            "/api/draft",
            &[
                ("draft[prompt]", words),
                ("draft[model]", "gpt-image-2.5-flare"),
                ("draft[size]", "1536x1024"),
                ("draft[look]", "ink"),
            ],
        )
        .await;
    assert_eq!(kept.status, 200, "{}", kept.text);
    let page = ada.get("/create").await.text;
    assert!(
        page.contains("A greenhouse &lt;/textarea"),
        "escaped, and there"
    );
    assert!(!page.contains("<b>in spring"));
    // The chosen radio buttons say so in the HTML.
    for value in ["1536x1024", "ink"] {
        let input = page
            .split("<input")
            .find(|i| i.contains(&format!("value=\"{value}\"")));
        assert!(
            input
                .unwrap()
                .split('>')
                .next()
                .unwrap()
                .contains("checked"),
            "{value}"
        );
    }
    // Another person's form is their own.
    let mut sam = server.signed_in("Sam Rivera").await;
    assert!(!sam.get("/create").await.text.contains("A greenhouse"));

    ada.generate("A greenhouse in spring").await;
    assert!(!ada.get("/create").await.text.contains("&lt;/textarea"));
    // A stranger's words stay in their browser.
    let mut stranger = server.browser();
    let kept = stranger
        .call("/api/draft", &[("draft[prompt]", "secret words")])
        .await;
    assert_eq!(kept.status, 200);
    assert!(!stranger.get("/create").await.text.contains("secret words"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_adds_its_words_in_the_language_of_the_page() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let page = ada
        .submit(
            "Un renard dans la neige",
            &new_key(),
            &[("draft[look]", "ink"), ("lang", "fr")],
        )
        .await;
    let job = crate::harness::job_id(&page);
    let asked = ada.job(&job).await["prompt"].as_str().unwrap().to_owned();
    assert!(
        asked.starts_with("Un renard dans la neige, un dessin à l’encre"),
        "{asked}"
    );
    let painted = ada.until(&job, &["ready"]).await;
    assert_eq!(painted["prompt"], asked.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn earlier_prompts_come_back_each_once_and_to_their_owner() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    for prompt in ["first", "second", "first"] {
        ada.generate(prompt).await;
        server.state.clock.advance_ms(1000);
    }
    let prompts = "/api/prompts";
    let earlier = ada.load::<Vec<Prompt>>(prompts).await;
    assert_eq!(earlier, serde_json::json!(["first", "second"]));
    let mut sam = server.signed_in("Sam Rivera").await;
    assert_eq!(
        sam.load::<Vec<Prompt>>(prompts).await,
        serde_json::json!([])
    );
    let mut stranger = server.browser();
    assert_eq!(
        stranger.load::<Vec<Prompt>>(prompts).await,
        serde_json::json!([])
    );
}

/// The jobs of an event; none in what keeps the connection open.
fn news(chunk: &[u8]) -> Vec<JobView> {
    let text = String::from_utf8_lossy(chunk);
    let data = text.lines().find_map(|line| line.strip_prefix("data: "));
    data.and_then(wire::from_text).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_jobs_is_live_in_every_tab_and_nobody_elses() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let sam = server.signed_in("Sam Rivera").await;
    let watch = |browser: &crate::harness::Browser| {
        browser.request(reqwest::Method::GET, "/jobs/events").send()
    };
    let (mut tab, mut other) = (watch(&ada).await.unwrap(), watch(&sam).await.unwrap());
    assert!(news(&tab.chunk().await.unwrap().unwrap()).is_empty());
    assert!(news(&other.chunk().await.unwrap().unwrap()).is_empty());

    ada.generate("a lantern in the fog").await;
    let seen = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let jobs = news(&tab.chunk().await.unwrap().unwrap());
            if let Some(job) = jobs.into_iter().find(|job| job.state == JobState::Ready) {
                return job;
            }
        }
    });
    let seen = seen.await.expect("the end of the job");
    assert_eq!(seen.prompt.0, "a lantern in the fog");
    // Sam's stream says nothing of it: only keep-alive comments may come.
    let silence = tokio::time::timeout(Duration::from_secs(1), other.chunk()).await;
    if let Ok(Ok(Some(chunk))) = silence {
        assert!(!String::from_utf8_lossy(&chunk).contains("lantern"));
    }
    let mut stranger = server.browser();
    assert_eq!(stranger.get("/jobs/events").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_says_what_was_made_and_what_it_truly_cost() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let job = ada.generate("a copper kettle").await;
    let cost = ada.until(&job, &["ready"]).await["cost_micros"]
        .as_i64()
        .unwrap();
    let refused = ada.generate("no [demo:moderation-prompt]").await;
    ada.until(&refused, &["failed"]).await;

    let price = imgc::ui::format::money(imgc::i18n::Locale::en, cost);
    let page = ada.get("/usage?days=7").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains(&price), "{price} is nowhere");
    assert!(page.text.contains("GPT Image 2.5 Flare") && page.text.contains("class=\"bar\""));
    assert!(
        page.text.contains("49 of 50 left"),
        "a refusal uses nothing up"
    );
    assert!(
        !page.text.contains("/pkg/imgc.js"),
        "a page to read downloads no program"
    );
    // Money as the other language writes it; a period that is not on offer is the usual one.
    let french = imgc::ui::format::money(imgc::i18n::Locale::fr, cost);
    assert!(ada.get("/fr/usage?days=9999").await.text.contains(&french));

    let mut sam = server.signed_in("Sam Rivera").await;
    assert!(!sam.get("/usage").await.text.contains(&price));
    assert_eq!(
        server.browser().get("/fr/usage").await.location(),
        "/fr/sign-in?next=/fr/usage"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn content_credentials_are_told_and_stay_in_the_original() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let plain = ada.picture("a harbour").await;
    let signed = ada.picture("a harbour [demo:credentials]").await;
    let told = "In the original, not verified here";
    assert!(!ada.get(&format!("/i/{plain}")).await.text.contains(told));
    assert!(ada.get(&format!("/i/{signed}")).await.text.contains(told));
    let (_, original) = ada
        .get_bytes(&format!("/files/{signed}/original.png"))
        .await;
    assert!(original.windows(4).any(|w| w == b"caBX"), "byte for byte");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_app_shares_is_added_to_the_form_and_no_site_can_do_it() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    ada.call("/api/draft", &[("draft[prompt]", "half written")])
        .await;
    let original = ada.picture("a harbour").await;
    ada.call("/api/draft", &[("draft[prompt]", "half written")])
        .await;
    let (_, picture) = ada
        .get_bytes(&format!("/files/{original}/original.png"))
        .await;
    let share = |browser: &crate::harness::Browser, site: &'static str| {
        // What is refused is not read to its end: a long body might not be sent whole.
        let bytes = match site {
            "none" => picture.clone(),
            _ => b"picture".to_vec(),
        };
        let file = reqwest::multipart::Part::bytes(bytes).file_name("harbour.png");
        let form = reqwest::multipart::Form::new()
            .text("title", "")
            .text("text", "shared words")
            .part("files[]", file);
        let request = browser
            .request(reqwest::Method::POST, "/share")
            .header("accept-language", "fr-CH, fr;q=0.9")
            .multipart(form);
        as_sent_from(request, site)
    };
    for site in ["cross-site", "same-site"] {
        let answer = share(&ada, site).await;
        assert_eq!(answer.status(), 403, "{site}");
    }
    let answer = share(&ada, "none").await;
    assert_eq!(answer.status(), 303);
    assert!(
        answer.headers()["location"]
            .to_str()
            .unwrap()
            .starts_with("/fr/create")
    );
    let page = ada.get("/create").await.text;
    assert!(
        page.contains("half written\nshared words"),
        "nothing was replaced"
    );
    assert!(page.contains("/small.webp"), "the picture is a reference");
    // No other write is let in that way.
    let other = ada.request(reqwest::Method::POST, "/api/publish");
    assert_eq!(as_sent_from(other, "none").await.status(), 403);
    // A stranger's words wait for the sign-in.
    let stranger = server.browser();
    let answer = share(&stranger, "none").await;
    assert!(
        answer.headers()["location"]
            .to_str()
            .unwrap()
            .starts_with("/fr/sign-in")
    );
}

/// Sends a request as a browser would from another place than our pages.
async fn as_sent_from(request: reqwest::RequestBuilder, site: &'static str) -> reqwest::Response {
    let mut request = request.build().unwrap();
    let site = reqwest::header::HeaderValue::from_static(site);
    request.headers_mut().insert("sec-fetch-site", site);
    let client = imgc::server::tls::client_builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    client.execute(request).await.unwrap()
}
