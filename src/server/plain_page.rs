//! Answers outside the component tree: errors as a small page for browsers, in
//! words of our own; values for our own scripts as they ask for them, and as
//! JSON for other programs.

use super::{context::accepts_html, incident};
use crate::{
    error::AppError,
    i18n::{self, Locale},
    routes::Route,
    ui::words,
    wire,
};
use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde::Serialize;

/// When a download that found no place may be asked for again, in seconds.
const ARCHIVE_RETRY_S: u32 = 30;

/// Leads on to an address of ours, to be fetched with GET whatever was sent.
pub fn see_other(address: &str) -> Response {
    match HeaderValue::from_str(address) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(cause) => incident::internal("redirect", &cause).into_response(),
    }
}

/// The answer to a request that failed.
pub fn error(headers: &HeaderMap, error: &AppError) -> Response {
    error_in(locale(headers), headers, error)
}

/// As [`error`], in the language a form or the person's account names.
pub fn error_in(locale: Locale, headers: &HeaderMap, error: &AppError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = if accepts_html(headers) {
        (status, Html(page(locale, error))).into_response()
    } else {
        value(headers, status, error)
    };
    let retry_after_s = match error {
        AppError::TooMany { retry_after_s } | AppError::ServicePaused { retry_after_s } => {
            Some(*retry_after_s)
        }
        AppError::TooManyDownloads { .. } => Some(ARCHIVE_RETRY_S),
        _ => None,
    };
    if let Some(seconds) = retry_after_s {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// A value for a program: what it asks for, ours or JSON.
pub fn value<T: Serialize>(headers: &HeaderMap, status: StatusCode, value: &T) -> Response {
    let ours = headers
        .get(header::ACCEPT)
        .is_some_and(|accept| accept.as_bytes() == wire::CONTENT_TYPE.as_bytes());
    if ours {
        let kind = [(header::CONTENT_TYPE, wire::CONTENT_TYPE)];
        (status, kind, wire::to_bytes(value)).into_response()
    } else {
        (status, Json(value)).into_response()
    }
}

/// The first language the browser asks for that this site speaks, else the default.
pub fn locale(headers: &HeaderMap) -> Locale {
    let accepted = headers.get(header::ACCEPT_LANGUAGE);
    let accepted = accepted.and_then(|header| header.to_str().ok());
    accepted.and_then(i18n::accepted).unwrap_or_default()
}

fn page(locale: Locale, error: &AppError) -> String {
    let lang = i18n::code(locale);
    let home = Route::Home.address(locale);
    let words = words::error(locale, error);
    // The words hold figures and ids of our own making, and no markup.
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<!DOCTYPE html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>imgc</title></head>\
         <body><main><h1>imgc</h1><p role=\"alert\">{words}</p>\
         <p><a href=\"{home}\">imgc</a></p></main></body></html>"
    )
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        error(&HeaderMap::new(), &self)
    }
}
