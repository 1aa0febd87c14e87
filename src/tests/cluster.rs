//! Many nodes on one database and one bucket: what people and operators notice of
//! it when nodes die, stand still, are cut off, leave and come.
//!
//! They run where the run has a stand (IMGC_TEST_STAND, see `harness/stand.rs`);
//! elsewhere each says so and ends. `scripts/test-all` starts one.

mod cuts;
mod erasure;
mod failing;
mod moving;
mod nodes;
mod refused;
mod releases;
mod together;

use crate::harness::{Browser, Page, new_key, on_d1};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Whether there is a stand. Says so where there is none: a test that did nothing
/// must not look like one that did.
fn has_stand() -> bool {
    if !on_d1() {
        println!("skipped: IMGC_TEST_STAND names no stand (scripts/test-all starts one)");
    }
    on_d1()
}

/// Waits until something is so; how long it took.
async fn within(limit: Duration, what: &str, is_so: impl AsyncFn() -> bool) -> Duration {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < limit, "not within {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    began.elapsed()
}

/// The fields of the composer's form with this prompt.
fn form<'a>(prompt: &'a str, key: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("draft[prompt]", prompt),
        ("draft[model]", "gpt-image-2.5-flare"),
        ("draft[size]", "1024x1024"),
        ("draft[quality]", "low"),
        ("draft[count]", "1"),
        ("draft[format]", "png"),
        ("request_key", key),
        ("age", "on"),
        ("lang", "en"),
    ]
}

/// Submits a prompt; the address that the answer leads to, or `None` where the
/// node had trouble.
async fn submit(browser: &Browser, prompt: &str, key: &str) -> Option<String> {
    let request = browser.form("/api/generate", &form(prompt, key));
    let answer = request.timeout(Duration::from_secs(20)).send().await.ok()?;
    let location = answer.headers().get("location")?;
    location.to_str().ok().map(str::to_owned)
}

/// The original of a job's one picture is there, whole, and the job's.
async fn assert_whole(browser: &mut Browser, job: &Value) {
    let image = job["images"][0]["id"].as_str().unwrap();
    let (status, bytes) = browser
        .get_bytes(&format!("/files/{image}/original.png"))
        .await;
    assert_eq!(status, 200, "{job}");
    assert!(bytes.starts_with(b"\x89PNG"));
}

/// A prompt that the painter counts by a key of its own.
fn counted(words: &str) -> (String, String) {
    let key = new_key();
    (format!("{words} [key:{key}]"), key)
}

/// Whether a page sends whoever asks to sign in.
fn asks_to_sign_in(page: &Page) -> bool {
    page.location().starts_with("/sign-in")
}
