//! The API's error table, row by row, and the bodies sent.

use super::*;
use classify::status;
use std::time::SystemTime;

fn refused(kind: FailureKind) -> ImageApiError {
    ImageApiError::Refused {
        kind,
        categories: None,
    }
}

fn error_body(code: &str) -> String {
    json!({"error": {"message": "m", "type": "t", "param": null, "code": code}}).to_string()
}

/// What a status and a body mean, with a wait of seven seconds asked for.
fn meant(http: u16, body: &str) -> ImageApiError {
    status(http, body, Some(Duration::from_secs(7)))
}

#[test]
fn every_row_of_the_error_table_has_its_meaning() {
    use FailureKind as K;
    let refusals = [
        (400, "content_policy_violation", K::PromptRefused),
        (400, "moderation_blocked", K::PromptRefused),
        (500, "content_policy_violation", K::PromptRefused),
        (400, "invalid_value", K::RequestRejected),
        (400, "billing_hard_limit_reached", K::OutOfBudget),
        (429, "insufficient_quota", K::OutOfBudget),
        (429, "credit_balance_exhausted", K::OutOfBudget),
        (403, "insufficient_user_quota", K::OutOfBudget),
        (402, "", K::OutOfBudget),
        (401, "invalid_api_key", K::Misconfigured),
        (
            403,
            "unsupported_country_region_territory",
            K::Misconfigured,
        ),
        (403, "anything", K::Misconfigured),
        (404, "model_not_found", K::ModelUnavailable),
        (400, "model_not_found", K::ModelUnavailable),
        (503, "model_not_found", K::ModelUnavailable),
        (400, "rate_limit_exceeded", K::RateLimited),
    ];
    for (http, code, kind) in refusals {
        assert_eq!(
            meant(http, &error_body(code)),
            refused(kind),
            "{http} {code}"
        );
    }
    let after = Some(Duration::from_secs(7));
    for (http, code, kind) in [
        (429, "rate_limit_exceeded", K::RateLimited),
        (429, "anything", K::RateLimited),
        (503, "server_is_overloaded", K::Overloaded),
        (503, "slow_down", K::Overloaded),
        (503, "anything", K::Overloaded),
    ] {
        let busy = ImageApiError::Busy { kind, after };
        assert_eq!(meant(http, &error_body(code)), busy, "{http} {code}");
    }
}

#[test]
fn only_what_was_certainly_not_worked_on_may_be_sent_again() {
    let own = error_body("server_error");
    let page = "<html><body>503 Service Unavailable</body></html>";
    let theirs = r#"{"message": "Service Unavailable"}"#;
    let spring = r#"{"status": 503, "error": "Service Unavailable", "path": "/v1/images"}"#;
    for http in [
        408, 409, 425, 499, 500, 502, 504, 520, 522, 524, 529, 599, 300, 303,
    ] {
        for body in [
            own.as_str(),
            page,
            theirs,
            "",
            &error_body("rate_limit_exceeded"),
        ] {
            assert_eq!(meant(http, body), ImageApiError::Lost, "{http} {body}");
        }
    }
    for body in [page, theirs, spring, "", "null"] {
        assert_eq!(meant(503, body), ImageApiError::Lost, "{body}");
    }
    for body in [page, theirs, own.as_str(), ""] {
        assert!(
            matches!(meant(429, body), ImageApiError::Busy { .. }),
            "{body}"
        );
    }
    for http in [301, 302, 307, 308] {
        assert_eq!(meant(http, ""), refused(FailureKind::Misconfigured));
    }
}

#[test]
fn other_houses_say_it_in_other_words() {
    use FailureKind as K;
    let table = [
        (
            400,
            r#"{"error": {"code": "contentFilter", "message": "no"}}"#,
            K::PromptRefused,
        ),
        (
            400,
            r#"{"error": {"code": 400, "message": "x", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}"#,
            K::PromptRefused,
        ),
        (
            400,
            r#"{"error": {"type": "content_filter_error", "message": "x"}}"#,
            K::PromptRefused,
        ),
        (
            400,
            r#"{"code": "DataInspectionFailed", "message": "x"}"#,
            K::PromptRefused,
        ),
        (
            400,
            r#"{"error": {"code": "OutputImageSensitiveContentDetected", "message": "x"}}"#,
            K::ResultRefused,
        ),
        (
            400,
            r#"{"error": {"message": "The prompt was flagged by our content moderation.", "type": "x"}}"#,
            K::PromptRefused,
        ),
        (
            403,
            r#"{"error": {"code": 403, "message": "x", "metadata": {"reasons": ["violence"]}}}"#,
            K::PromptRefused,
        ),
        (402, "<html>Payment Required</html>", K::OutOfBudget),
        (
            400,
            r#"{"error": {"code": 402, "message": "x"}}"#,
            K::OutOfBudget,
        ),
        (
            403,
            r#"{"error": {"message": "账户余额不足", "type": "new_api_error"}}"#,
            K::OutOfBudget,
        ),
        (
            429,
            r#"{"error": {"message": "You exceeded your current quota, please check your plan and billing details."}}"#,
            K::OutOfBudget,
        ),
        (
            400,
            r#"{"error": {"type": "budget_exceeded", "message": "x"}}"#,
            K::OutOfBudget,
        ),
        (
            400,
            r#"{"code": "Arrearage", "message": "Access denied"}"#,
            K::OutOfBudget,
        ),
        (
            401,
            r#"{"error": "Authorization failed"}"#,
            K::Misconfigured,
        ),
        (404, "<html>not found</html>", K::Misconfigured),
        (
            404,
            r#"{"error": {"message": "The model `x` does not exist"}}"#,
            K::ModelUnavailable,
        ),
        (
            400,
            r#"{"error": {"code": "DeploymentNotFound", "message": "x"}}"#,
            K::ModelUnavailable,
        ),
        (
            422,
            r#"{"detail": [{"type": "string_too_short", "msg": "x"}]}"#,
            K::RequestRejected,
        ),
        (413, "<html>too large</html>", K::RequestRejected),
        (
            400,
            r#"{"error": {"code": "invalid_safety_identifier", "message": "x"}}"#,
            K::RequestRejected,
        ),
    ];
    for (http, body, kind) in table {
        let ImageApiError::Refused { kind: found, .. } = meant(http, body) else {
            panic!("{http} {body}: {:?}", meant(http, body));
        };
        assert_eq!(found, kind, "{http} {body}");
    }
    // A minute's quota is no money.
    let minute = r#"{"error": {"code": "quota_exceeded", "message": "10 requests per minute"}}"#;
    assert!(matches!(meant(429, minute), ImageApiError::Busy { .. }));
    let azure = r#"{"error": {"code": "contentFilter", "inner_error": {"content_filter_results":
        {"violence": {"filtered": true}, "hate": {"filtered": false}}}}}"#;
    let ImageApiError::Refused { categories, .. } = meant(400, azure) else {
        panic!("refused");
    };
    assert_eq!(categories.as_deref(), Some("violence"));
}

#[test]
fn a_wait_is_read_as_seconds_milliseconds_or_a_date() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    let asked = |pairs: &[(&'static str, &'static str)]| {
        let mut headers = reqwest::header::HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().expect("a value"));
        }
        transport::retry_after(&headers, now).map(|wait| wait.as_millis())
    };
    let date = "Sun, 06 Nov 1994 08:49:49 GMT";
    assert_eq!(asked(&[]), None);
    assert_eq!(asked(&[("retry-after", "7")]), Some(7_000));
    assert_eq!(asked(&[("retry-after", "8.7")]), Some(8_700));
    assert_eq!(asked(&[("retry-after", "0")]), Some(0));
    assert_eq!(asked(&[("retry-after", "-5")]), None);
    assert_eq!(asked(&[("retry-after", "soon")]), None);
    assert_eq!(asked(&[("retry-after", "99999999999")]), Some(86_400_000));
    assert_eq!(asked(&[("retry-after", "inf")]), Some(86_400_000));
    assert_eq!(
        asked(&[("retry-after-ms", "1500"), ("retry-after", "9")]),
        Some(1_500)
    );
    assert_eq!(asked(&[("retry-after", date)]), Some(12_000));
    let theirs = "Sun, 06 Nov 1994 08:49:46 GMT";
    assert_eq!(
        asked(&[("retry-after", date), ("date", theirs)]),
        Some(3_000)
    );
    assert_eq!(
        asked(&[("retry-after", "Fri, 06 Nov 1970 08:49:37 GMT")]),
        Some(0)
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
        (&json!(true), &json!(1))
    );
    assert!(sent("gpt-image-2.5-flare", 4).get("stream").is_none());
}

#[test]
fn compression_travels_when_it_was_chosen() {
    let config = Config::from_parts("", &|_| None).expect("the demo's configuration");
    let model = config.model("gpt-image-2.5-flare").expect("a known model");
    let sent = |format: &str, compression| {
        let settings = Settings {
            format: format.into(),
            compression,
            ..model.defaults()
        };
        body(&Request {
            model,
            prompt: &Prompt("a boat".into()),
            settings: &settings,
            safety_identifier: "f".repeat(64),
            inputs: &[],
        })
    };
    assert_eq!(sent("jpeg", Some(50))["output_compression"], 50);
    assert!(sent("jpeg", None).get("output_compression").is_none());
}
