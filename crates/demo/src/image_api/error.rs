//! Errors in the shape the OpenAI API answers with:
//! `{"error": {"message", "type", "param", "code"}}`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An error answer.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// The HTTP status.
    pub status: StatusCode,
    /// The whole JSON body.
    pub body: Value,
    /// Seconds for a `Retry-After` header.
    pub retry_after: Option<u32>,
}

impl ApiError {
    /// An error with its four fields.
    pub fn new(
        status: StatusCode,
        kind: &str,
        code: &str,
        param: Option<&str>,
        message: &str,
    ) -> Self {
        Self {
            status,
            body: json!({"error": {"message": message, "type": kind, "param": param, "code": code}}),
            retry_after: None,
        }
    }

    /// A 400 about one parameter of the request.
    pub fn invalid(code: &str, param: &str, message: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid_request_error",
            code,
            Some(param),
            message,
        )
    }

    /// A parameter this model does not know.
    pub fn unknown_parameter(param: &str) -> Self {
        Self::invalid(
            "unknown_parameter",
            param,
            &format!("Unknown parameter: '{param}'."),
        )
    }

    /// A value outside the ones this model knows.
    pub fn unsupported(param: &str, value: &str, known: &str) -> Self {
        let message = format!("Invalid value: '{value}'. Supported values are: {known}.");
        Self::invalid("invalid_value", param, &message)
    }

    /// A model that does not exist here.
    pub fn no_model(model: &str) -> Self {
        let message =
            format!("The model '{model}' does not exist or you do not have access to it.");
        let kind = "invalid_request_error";
        Self::new(
            StatusCode::NOT_FOUND,
            kind,
            "model_not_found",
            Some("model"),
            &message,
        )
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if let Some(seconds) = self.retry_after {
            let value = HeaderValue::from(seconds);
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }
}
