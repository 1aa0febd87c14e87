//! Answers as other houses and gateways give them: the picture is painted and
//! billed, and then comes in another dress, in part, or not at all.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// Every oddity: its name and what it plays.
pub const ODDITIES: &[(&str, &str, Oddity)] = &[
    (
        "gateway-timeout",
        "A gateway gives up waiting (504 with an HTML page).",
        Oddity::Timeout,
    ),
    (
        "overloaded-html",
        "A proxy is overloaded (503 with an HTML page).",
        Oddity::OverloadedPage,
    ),
    (
        "payment-required",
        "A gateway has no credit left (402, the code a number).",
        Oddity::Payment,
    ),
    (
        "refused-in-200",
        "A refusal inside a 200.",
        Oddity::RefusedInside,
    ),
    (
        "json-instead",
        "JSON, also where a stream was asked for.",
        Oddity::Json,
    ),
    (
        "stream-instead",
        "Events, also where JSON was asked for.",
        Oddity::Events,
    ),
    (
        "data-address",
        "The pictures as data: addresses.",
        Oddity::DataAddress,
    ),
    ("wrapped", "Base64 in lines of 76 letters.", Oddity::Wrapped),
    (
        "fewer",
        "One picture, however many were asked for, and no usage.",
        Oddity::Fewer,
    ),
    ("some-null", "The first picture is null.", Oddity::SomeNull),
    ("zero-usage", "A usage of nothing.", Oddity::ZeroUsage),
    (
        "absurd-usage",
        "A usage out of all proportion.",
        Oddity::AbsurdUsage,
    ),
];

/// How an answer differs from OpenAI's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Oddity {
    Timeout,
    OverloadedPage,
    Payment,
    RefusedInside,
    Json,
    Events,
    DataAddress,
    Wrapped,
    Fewer,
    SomeNull,
    ZeroUsage,
    AbsurdUsage,
}

impl Oddity {
    /// The oddity of this name.
    pub fn named(name: &str) -> Option<Oddity> {
        let found = ODDITIES.iter().find(|(known, _, _)| *known == name);
        found.map(|(_, _, oddity)| *oddity)
    }

    /// Gives a whole answer in this way.
    pub fn dress(self, mut answer: Value) -> Response {
        match self {
            Oddity::Timeout => return page(StatusCode::GATEWAY_TIMEOUT),
            Oddity::OverloadedPage => return page(StatusCode::SERVICE_UNAVAILABLE),
            Oddity::Payment => {
                let body = json!({"error": {"message": "Add more credits.", "code": 402}});
                return (StatusCode::PAYMENT_REQUIRED, axum::Json(body)).into_response();
            }
            Oddity::RefusedInside => {
                let error = json!({"message": "Rejected by our safety system.",
                    "code": "content_policy_violation"});
                answer = json!({"error": error});
            }
            Oddity::Events => return events(&answer),
            Oddity::Json => {}
            Oddity::DataAddress => {
                each(&mut answer, |base64| {
                    format!("data:image/png;base64,{base64}")
                });
            }
            Oddity::Wrapped => each(&mut answer, |base64| {
                let lines = base64.as_bytes().chunks(76);
                let lines: Vec<_> = lines.map(String::from_utf8_lossy).collect();
                lines.join("\n")
            }),
            Oddity::Fewer => {
                if let Some(pictures) = answer["data"].as_array_mut() {
                    pictures.truncate(1);
                }
                answer["usage"] = Value::Null;
            }
            Oddity::SomeNull => answer["data"][0] = json!({"b64_json": null}),
            Oddity::ZeroUsage => {
                answer["usage"] = json!({"input_tokens": 0, "output_tokens": 0});
            }
            Oddity::AbsurdUsage => {
                answer["usage"] =
                    json!({"input_tokens": 1, "output_tokens": 9_000_000_000_000_u64});
            }
        }
        axum::Json(answer).into_response()
    }
}

/// Changes the base64 of each picture.
fn each(answer: &mut Value, change: impl Fn(&str) -> String) {
    for picture in answer["data"].as_array_mut().into_iter().flatten() {
        if let Some(base64) = picture["b64_json"].as_str() {
            picture["b64_json"] = change(base64).into();
        }
    }
}

/// The same pictures as events, with a comment before and the mark of the end.
fn events(answer: &Value) -> Response {
    let mut body = ": working\n\n".to_owned();
    let pictures = answer["data"].as_array().into_iter().flatten();
    for picture in pictures {
        let event = json!({"type": "image_generation.completed", "b64_json": picture["b64_json"]});
        body.push_str(&format!(
            "event: image_generation.completed\ndata: {event}\n\n"
        ));
    }
    let usage = json!({"type": "response.completed", "usage": answer["usage"]});
    body.push_str(&format!("data: {usage}\n\ndata: [DONE]\n\n"));
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

/// A proxy's page.
fn page(status: StatusCode) -> Response {
    let html =
        format!("<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>");
    (status, [(header::CONTENT_TYPE, "text/html")], html).into_response()
}
