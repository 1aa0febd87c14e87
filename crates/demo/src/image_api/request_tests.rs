//! Tests of the checks on requests.

use super::*;
use serde_json::json;

fn checked(body: Value) -> Result<ImageRequest, String> {
    check(body.as_object().unwrap(), false).map_err(|error| {
        let error = &error.body["error"];
        format!(
            "{} {}",
            error["code"].as_str().unwrap(),
            error["param"].as_str().unwrap()
        )
    })
}

#[test]
fn each_family_refuses_what_it_does_not_know() {
    for (model, name, value, expected) in [
        (
            "gpt-image-2",
            "response_format",
            json!("b64_json"),
            "unknown_parameter response_format",
        ),
        (
            "gpt-image-2",
            "style",
            json!("vivid"),
            "unknown_parameter style",
        ),
        (
            "gpt-image-2",
            "quality",
            json!("max"),
            "invalid_value quality",
        ),
        (
            "gpt-image-2",
            "size",
            json!("1000x1000"),
            "invalid_value size",
        ),
        (
            "gpt-image-2",
            "size",
            json!("3840x1024"),
            "invalid_value size",
        ),
        ("gpt-image-2", "n", json!(11), "integer_above_max_value n"),
        ("dall-e-3", "n", json!(2), "integer_above_max_value n"),
        ("dall-e-3", "size", json!("1536x1024"), "invalid_value size"),
        (
            "dall-e-3",
            "output_format",
            json!("png"),
            "unknown_parameter output_format",
        ),
        ("gpt-image-1", "n", json!(1), "model_not_found model"),
    ] {
        let result = checked(json!({"prompt": "x", "model": model, name: value}));
        assert_eq!(result.unwrap_err(), expected);
    }
    let long = checked(json!({"prompt": "x".repeat(4001), "model": "dall-e-3"}));
    assert_eq!(long.unwrap_err(), "string_above_max_length prompt");
}

#[test]
fn tokens_follow_the_published_formula() {
    let request = checked(
        json!({"prompt": "x", "model": "gpt-image-2", "quality": "high", "size": "1024x1024"}),
    );
    // 0.211 dollars at 30 dollars a million tokens.
    assert_eq!(request.unwrap().output_tokens(), 7024);
}
