//! The API's error table, row by row, and the bodies sent.

use super::*;
use classify::status;

fn refused(kind: FailureKind) -> ImageApiError {
    ImageApiError::Refused {
        kind,
        categories: None,
    }
}

fn error_body(code: &str) -> String {
    json!({"error": {"message": "m", "type": "t", "param": null, "code": code}}).to_string()
}

#[test]
fn every_row_of_the_error_table_has_its_meaning() {
    use FailureKind as K;
    let refusals = [
        (400, "content_policy_violation", K::PromptRefused),
        (400, "moderation_blocked", K::PromptRefused),
        (400, "invalid_value", K::RequestRejected),
        (400, "billing_hard_limit_reached", K::OutOfBudget),
        (429, "insufficient_quota", K::OutOfBudget),
        (429, "credit_balance_exhausted", K::OutOfBudget),
        (401, "invalid_api_key", K::Misconfigured),
        (
            403,
            "unsupported_country_region_territory",
            K::Misconfigured,
        ),
        (403, "anything", K::Misconfigured),
        (404, "model_not_found", K::ModelUnavailable),
        (400, "model_not_found", K::ModelUnavailable),
    ];
    for (http, code, kind) in refusals {
        assert_eq!(
            status(http, &error_body(code), None),
            refused(kind),
            "{code}"
        );
    }
    let after = Some(Duration::from_secs(7));
    let busy = |kind| ImageApiError::Busy { kind, after };
    for (http, code, kind) in [
        (429, "rate_limit_exceeded", K::RateLimited),
        (503, "server_is_overloaded", K::Overloaded),
        (503, "slow_down", K::Overloaded),
        (500, "", K::Overloaded),
    ] {
        assert_eq!(status(http, &error_body(code), after), busy(kind), "{code}");
    }
    assert_eq!(
        status(502, "<html>bad gateway</html>", after),
        busy(K::Overloaded)
    );
}

#[test]
fn refusals_say_what_was_refused_and_why() {
    let body = json!({"error": {
        "code": "moderation_blocked",
        "type": "image_generation_user_error",
        "moderation_details": {"moderation_stage": "output", "categories": ["violence", "<script>"]},
    }});
    assert_eq!(
        status(400, &body.to_string(), None),
        ImageApiError::Refused {
            kind: FailureKind::ResultRefused,
            categories: Some("violence".into()),
        }
    );
    let body = json!({"error": {
        "code": "moderation_blocked",
        "message": "Your request was rejected. safety_violations=[self-harm, sexual].",
    }});
    assert_eq!(
        status(400, &body.to_string(), None),
        ImageApiError::Refused {
            kind: FailureKind::PromptRefused,
            categories: Some("self-harm, sexual".into()),
        }
    );
}

fn sent(model_id: &str, count: u8) -> Value {
    let config = Config::from_parts("", &|_| None).expect("the demo's configuration");
    let model = config.model(model_id).expect("a known model");
    let settings = Settings {
        count,
        ..model.defaults()
    };
    body(&Request {
        model,
        prompt: &Prompt("a boat".into()),
        settings: &settings,
        safety_identifier: "f".repeat(64),
        inputs: &[],
    })
}

#[test]
fn each_family_is_sent_what_it_takes_and_nothing_else() {
    let names = |body: &Value| -> Vec<String> {
        body.as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect()
    };
    let dalle = sent("dall-e-3", 1);
    assert_eq!(
        names(&dalle),
        [
            "model",
            "n",
            "prompt",
            "quality",
            "response_format",
            "safety_identifier",
            "size",
            "style"
        ]
    );
    assert_eq!(dalle["response_format"], "b64_json");
    let gpt = sent("gpt-image-2.5-flare", 1);
    for absent in ["response_format", "style", "user", "input_fidelity"] {
        assert!(gpt.get(absent).is_none(), "{absent} must not be sent");
    }
    assert_eq!(
        (&gpt["stream"], &gpt["partial_images"]),
        (&json!(true), &json!(3))
    );
    assert!(sent("gpt-image-2.5-flare", 4).get("stream").is_none());
}

#[tokio::test]
async fn usage_is_read_with_and_without_details() {
    let rules = FetchRules {
        hosts: Vec::new(),
        allow_plain_http_loopback: false,
        max_bytes: 1,
        deadline: Duration::from_secs(1),
    };
    let answer = json!({
        "data": [{"b64_json": "AAEC"}],
        "usage": {"input_tokens": 12, "output_tokens": 196, "total_tokens": 208},
    });
    let read = answer::complete(answer, &rules).await.expect("a picture");
    assert_eq!(read.pictures[0].bytes.as_ref(), [0, 1, 2]);
    assert_eq!(
        read.usage,
        Some(Usage {
            text_in: 12,
            image_in: 0,
            out: 196
        })
    );
    let empty = answer::complete(json!({"data": []}), &rules).await;
    assert_eq!(
        empty.expect_err("no picture"),
        refused(FailureKind::BadAnswer)
    );
    let elsewhere = json!({"data": [{"url": "http://169.254.169.254/x.png"}]});
    assert!(answer::complete(elsewhere, &rules).await.is_err());
}
