//! A job that its person stops while it is made.

use crate::harness::{Browser, Server};
use serde_json::Value;
use std::time::{Duration, Instant};

async fn stop(person: &mut Browser, job: &str) -> String {
    let fields = [("id", job), ("lang", "en")];
    person.post("/api/stop", &fields).await.refusal()
}

/// The job once it is being asked for.
async fn asked_for(person: &mut Browser, prompt: &str) -> String {
    let job = person.generate(prompt).await;
    person.until(&job, &["dispatching"]).await;
    job
}

/// How many pictures are left today.
async fn left(person: &mut Browser) -> Value {
    let page: Value = person
        .load::<imgc::generate::api::Composer>("/api/composer")
        .await;
    page["left_today"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stopped_ends_at_once_and_counts_whole() {
    let server = Server::start(&[("IMGC_JOBS_PER_PERSON", "1")]).await;
    let (mut ada, mut sam) = (
        server.signed_in("Ada Martin").await,
        server.signed_in("Sam Rivera").await,
    );
    let before = left(&mut ada).await;
    let job = asked_for(&mut ada, "slow [demo:slow=60]").await;
    let page = ada.get(&format!("/jobs/{job}")).await.text;
    assert!(page.contains("Stop (may still be billed)"));
    let reserved = ada.job(&job).await["cost_micros"].clone();
    assert!(stop(&mut sam, &job).await.contains("not_found"));
    // Who was shown that it waits does not mean that.
    let late = [("id", job.as_str()), ("lang", "en")];
    let late = ada.post("/api/cancel", &late).await;
    assert!(late.refusal().contains("too_late"));
    let began = Instant::now();
    assert_eq!(stop(&mut ada, &job).await, "");
    let ended = ada.until(&job, &["failed"]).await;
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(ended["failure"]["kind"], "stopped");
    assert_eq!(ended["cost_micros"], reserved, "it may be billed");
    assert_eq!(ended["settled"], true);
    let page = ada.get(&format!("/jobs/{job}")).await.text;
    assert!(page.contains("You stopped it") && page.contains("billed all the same"));
    // Twice is once, and its picture is not given back.
    assert_eq!(stop(&mut ada, &job).await, "");
    assert_eq!(
        left(&mut ada).await.as_u64().unwrap() + 1,
        before.as_u64().unwrap()
    );
    // The slot is free again.
    let next = ada.generate("a boat").await;
    ada.until(&next, &["ready"]).await;
    assert!(stop(&mut ada, &next).await.contains("too_late"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_tried_again_says_when_and_can_be_cancelled() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let job = ada.generate("a boat [demo:overloaded=9]").await;
    let waiting = async {
        loop {
            let view = ada.job(&job).await;
            if view["state"] == "queued" && view["attempts"].as_u64() > Some(0) {
                return view;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let view = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    let view = view.expect("it is tried again");
    assert!(view["retry_at_ms"].as_i64() >= view["created_at_ms"].as_i64());
    assert_eq!(stop(&mut ada, &job).await, "");
    let ended = ada.until(&job, &["cancelled", "failed"]).await;
    assert!(ended["failure"].is_null() || ended["failure"]["kind"] == "stopped");
}
