//! Reads an answer of success to its end, whatever it is: as far as it comes,
//! and no more of it than was asked for.

use super::{
    Answer, ImageApiError, Picture,
    answer::{Found, Place, Understood, is_answer},
    body::Body,
    classify, picture,
    pieces::Pieces,
};
use crate::{
    model::{
        FailureKind, Settings,
        catalogue::Model,
        limits::{ANSWER_MAX, PICTURE_EXTRA_BYTES},
    },
    server::fetch::{FetchError, FetchRules, fetch_picture},
};
use bytes::Bytes;
use futures::{StreamExt, stream};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use url::Url;

/// Once every picture is there, the rest of an answer (what it used) has this long.
const REST: Duration = Duration::from_secs(2);
/// A result's address is asked this often: asking for a file costs nothing.
const FETCHES: u32 = 3;
/// The wait before it is asked again.
const FETCH_AGAIN: Duration = Duration::from_secs(1);
/// Results fetched at once.
const FETCHES_AT_ONCE: usize = 4;

/// How much an answer may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    /// Pictures asked for.
    pub(super) pictures: usize,
    /// The largest file of one picture, in bytes.
    pub(super) picture: usize,
    /// The largest answer, in bytes, packed or not.
    pub(super) answer: usize,
}

impl Bounds {
    /// The bounds of what was asked: each picture at four bytes a pixel, which is
    /// more than any of our formats takes, and the glimpses of it, as base64.
    pub(super) fn of(model: &Model, settings: &Settings) -> Bounds {
        let pixels = usize::try_from(model.most_pixels(&settings.size)).unwrap_or(usize::MAX);
        let picture = pixels.saturating_mul(4).saturating_add(PICTURE_EXTRA_BYTES);
        let pictures = usize::from(settings.count.max(1));
        let glimpses = match settings.count {
            1 => usize::from(model.partials_max.unwrap_or(0)),
            _ => 0,
        };
        // Three bytes are four letters, and line breaks or escapes some more.
        let encoded = picture.saturating_mul(3) / 2;
        let answer = encoded.saturating_mul(pictures + glimpses);
        Bounds {
            pictures,
            picture,
            answer: answer.min(ANSWER_MAX),
        }
    }
}

/// Reads an answer until its end, its bounds or the deadline; what is complete
/// by then counts. `on_partial` sees each glimpse as it comes.
pub(super) async fn read(
    answer: reqwest::Response,
    bounds: &Bounds,
    deadline: Instant,
    on_partial: &(impl Fn(u32, Bytes) + Send + Sync),
) -> (Understood, bool) {
    let mut understood = Understood::new(bounds.pictures);
    let take = |understood: &mut Understood, piece| {
        if let Some((index, bytes)) = understood.take(piece) {
            on_partial(index, bytes);
        }
    };
    let opened = timeout_at(deadline, Body::open(answer, bounds.answer)).await;
    let Ok(Ok(mut body)) = opened else {
        return (understood, false);
    };
    let mut pieces = Pieces::new();
    let mut until = deadline;
    let whole = loop {
        match timeout_at(until, body.next()).await {
            Ok(Ok(Some(chunk))) => {
                for piece in pieces.push(&chunk) {
                    take(&mut understood, piece);
                }
            }
            Ok(Ok(None)) => break true,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the image API's answer broke off");
                break false;
            }
            Err(_) => break false,
        }
        if pieces.done {
            break true;
        }
        if until == deadline && understood.complete() {
            until = deadline.min(Instant::now() + REST);
        }
    };
    for piece in pieces.finish(whole) {
        take(&mut understood, piece);
    }
    (understood, whole)
}

/// Where results may be fetched from, and how.
pub(super) struct Results {
    pub(super) rules: FetchRules,
    /// The API's own address, which a result's may be below.
    pub(super) base: Option<Url>,
}

/// Makes an answer of what was understood, or says why there is none.
pub(super) async fn conclude(
    understood: Understood,
    whole: bool,
    bounds: &Bounds,
    results: &Results,
) -> Result<Answer, ImageApiError> {
    let Understood {
        pictures: found,
        usage,
        error,
        said,
        began,
        ..
    } = understood;
    let named = found.len();
    let fetches: Vec<_> = found
        .into_iter()
        .map(|found| fetch(found, bounds, results))
        .collect();
    let fetched = stream::iter(fetches).buffered(FETCHES_AT_ONCE);
    let fetched: Vec<Option<Picture>> = fetched.collect().await;
    let pictures: Vec<Picture> = fetched.into_iter().flatten().collect();
    if !pictures.is_empty() {
        if pictures.len() < bounds.pictures {
            let (asked, came) = (bounds.pictures, pictures.len());
            tracing::warn!(
                asked,
                came,
                "the image API sent fewer pictures than asked for"
            );
        }
        return Ok(Answer { pictures, usage });
    }
    if let Some(error) = error {
        return Err(classify::inside_success(&error, began));
    }
    if named > 0 {
        return Err(bad_answer());
    }
    match said {
        Some(said) if whole => Err(match classify::silent_refusal(&said) {
            Some(refusal) => refusal,
            // It is at its end, and no picture in it.
            None if is_answer(&said) => bad_answer(),
            // The promise of a picture, or glimpses of one: it may well be billed.
            None => ImageApiError::Lost,
        }),
        // Nothing, or nothing that we can read.
        _ => Err(ImageApiError::Lost),
    }
}

/// A picture's bytes; `None` if its address gave none.
async fn fetch(found: Found, bounds: &Bounds, results: &Results) -> Option<Picture> {
    let bytes = match found.place {
        Place::Here(bytes) => bytes,
        Place::There(address) => {
            let address = match (&results.base, Url::parse(&address)) {
                (Some(base), Err(_)) => base.join(&address).ok()?.to_string(),
                _ => address,
            };
            let rules = FetchRules {
                max_bytes: bounds.picture,
                ..results.rules.clone()
            };
            fetched(&address, &rules).await?
        }
    };
    Some(Picture {
        bytes,
        revised_prompt: found.revised_prompt,
    })
}

async fn fetched(address: &str, rules: &FetchRules) -> Option<Bytes> {
    for attempt in 1..=FETCHES {
        match fetch_picture(address, rules).await {
            Ok(bytes) if picture::is_picture(&bytes) => return Some(bytes),
            Ok(_) => {
                tracing::error!("a result's address gave something that is no picture");
                return None;
            }
            Err(error) => {
                let passing = matches!(
                    error,
                    FetchError::Connection
                        | FetchError::TooSlow
                        | FetchError::HostNotFound
                        | FetchError::Status(404 | 408 | 425 | 429 | 500..=599)
                );
                tracing::error!(%error, attempt, "a result's address could not be fetched");
                if !passing {
                    return None;
                }
            }
        }
        tokio::time::sleep(FETCH_AGAIN).await;
    }
    None
}

fn bad_answer() -> ImageApiError {
    ImageApiError::Refused {
        kind: FailureKind::BadAnswer,
        categories: None,
    }
}

#[cfg(test)]
#[path = "reader/tests.rs"]
mod tests;
