//! The meaning of an image API's error for the job: refused, busy, or lost.
//!
//! A call may be made again only where it is certain that nothing was made: it
//! never arrived, or the API itself said "later" in its own words. Codes are
//! read before sentences. The API's own words stay in here: they are looked at,
//! and neither logged nor shown.

use super::{
    ImageApiError,
    meaning::{Meaning, Said},
};
use crate::model::FailureKind;
use async_openai::error::OpenAIError;
use serde_json::Value;
use std::time::Duration;

/// An error before an answer came.
pub(super) fn error(error: OpenAIError) -> ImageApiError {
    match error {
        OpenAIError::Boxed(inner) => inner
            .downcast::<ImageApiError>()
            .map_or(ImageApiError::Lost, |e| *e),
        OpenAIError::Reqwest(error) => transport(&error),
        // The request never left.
        OpenAIError::InvalidArgument(_) => refused(FailureKind::RequestRejected),
        _ => ImageApiError::Lost,
    }
}

/// An error of the connection: only before it stood is it certain that nothing was billed.
pub(super) fn transport(error: &reqwest::Error) -> ImageApiError {
    if error.is_connect() || error.is_builder() {
        return ImageApiError::Busy {
            kind: FailureKind::Unreachable,
            after: None,
        };
    }
    ImageApiError::Lost
}

/// An answer of a status that is no success.
pub(super) fn status(status: u16, body: &str, after: Option<Duration>) -> ImageApiError {
    let body = body.trim_start_matches('\u{feff}').trim();
    let json: Option<Value> = serde_json::from_str(body).ok();
    let said = json.as_ref().map(Said::of).unwrap_or_default();
    judge(
        status,
        &said,
        json.is_some(),
        may_come_again(status, &said),
        after,
    )
}

/// A 200 that holds an error and no picture. Once work had begun, what was made
/// up to then may have been billed.
pub(super) fn inside_success(answer: &Value, began: bool) -> ImageApiError {
    let said = Said::of(answer);
    let told = matches!(said.status, Some(429 | 503)) || said.status.is_none();
    judge(200, &said, true, told && !began, None)
}

/// A 200 without a picture that names no error, if it says that the safety
/// system had it so.
pub(super) fn silent_refusal(answer: &Value) -> Option<ImageApiError> {
    let said = Said::of(answer);
    let meaning = said.by_code().or_else(|| said.by_words())?;
    let told = !matches!(meaning, Meaning::Pace | Meaning::Capacity);
    told.then(|| of_meaning(meaning, &said, false, true, None))
}

/// True for the two statuses that mean "later": nothing was made.
fn may_come_again(status: u16, said: &Said) -> bool {
    status == 429 || (status == 503 && said.own)
}

fn judge(
    status: u16,
    said: &Said,
    is_json: bool,
    again: bool,
    after: Option<Duration>,
) -> ImageApiError {
    tracing::warn!(
        status,
        inner = said.status,
        is_json,
        "the image API answered with an error"
    );
    // A refusal of the request itself: it never got as far as being worked on.
    let turned_away = (400..500).contains(&status) && !is_unsure(status);
    if let Some(meaning) = said.by_code() {
        return of_meaning(meaning, said, again, turned_away, after);
    }
    let inner = match status {
        200 | 400 | 500..=599 => said.status.unwrap_or(status),
        other => other,
    };
    if inner == 402 {
        return refused(FailureKind::OutOfBudget);
    }
    // What a status says by itself is believed before sentences; a gateway's
    // 5xx sentences are its own.
    let told_by_words = turned_away || status == 200 || again;
    if told_by_words
        && inner != 401
        && let Some(meaning) = said.by_words()
    {
        return of_meaning(meaning, said, again, turned_away, after);
    }
    if inner == 403 && said.lists_reasons() {
        return of_meaning(said.refused(), said, again, turned_away, after);
    }
    by_status(inner, status, is_json, again, after)
}

fn of_meaning(
    meaning: Meaning,
    said: &Said,
    again: bool,
    turned_away: bool,
    after: Option<Duration>,
) -> ImageApiError {
    let later = |kind| {
        if again {
            ImageApiError::Busy { kind, after }
        } else if turned_away {
            refused(kind)
        } else {
            ImageApiError::Lost
        }
    };
    match meaning {
        Meaning::PromptRefused => refusal(FailureKind::PromptRefused, said),
        Meaning::ResultRefused => refusal(FailureKind::ResultRefused, said),
        Meaning::Money => refused(FailureKind::OutOfBudget),
        Meaning::Access => refused(FailureKind::Misconfigured),
        Meaning::Model => refused(FailureKind::ModelUnavailable),
        Meaning::Pace => later(FailureKind::RateLimited),
        Meaning::Capacity => later(FailureKind::Overloaded),
    }
}

/// True for a status by which a server or proxy says that it waited, or lost
/// its own connection: what stands behind it may have gone on.
fn is_unsure(status: u16) -> bool {
    matches!(status, 408 | 409 | 423 | 425 | 444 | 460 | 499)
}

/// What a status means by itself: the one told in the answer, and the one of HTTP.
fn by_status(
    told: u16,
    http: u16,
    is_json: bool,
    again: bool,
    after: Option<Duration>,
) -> ImageApiError {
    match told {
        429 | 503 if again => ImageApiError::Busy {
            kind: if told == 429 {
                FailureKind::RateLimited
            } else {
                FailureKind::Overloaded
            },
            after,
        },
        // Whatever is told inside: a gateway's own error may follow a call that was made.
        _ if http >= 500 => ImageApiError::Lost,
        401 | 403 | 407 => refused(FailureKind::Misconfigured),
        // A page that is not there is another address than the API's.
        404 | 405 | 410 if !is_json => refused(FailureKind::Misconfigured),
        404 | 410 => refused(FailureKind::ModelUnavailable),
        // It sent us elsewhere instead of doing anything.
        301 | 302 | 307 | 308 => {
            tracing::error!("the image API redirects: openai.base_url is not its address");
            refused(FailureKind::Misconfigured)
        }
        400..=499 if !is_unsure(told) && told != 429 => {
            tracing::error!(
                status = told,
                "the image API rejected a request of our making"
            );
            refused(FailureKind::RequestRejected)
        }
        _ => ImageApiError::Lost,
    }
}

fn refused(kind: FailureKind) -> ImageApiError {
    ImageApiError::Refused {
        kind,
        categories: None,
    }
}

fn refusal(kind: FailureKind, said: &Said) -> ImageApiError {
    ImageApiError::Refused {
        kind,
        categories: said.categories(),
    }
}
