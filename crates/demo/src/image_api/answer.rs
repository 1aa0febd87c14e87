//! Answering: painting off the async threads, encoding, the bill, and the
//! answer as one JSON body or as a stream of events.

use std::convert::Infallible;
use std::io::{self, Cursor};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::StreamExt;
use image::{DynamicImage, ImageFormat, RgbaImage};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{
    Shared,
    edit::Source,
    error::ApiError,
    failures::{Spoil, note, server_error},
    request::{Family, Format, ImageRequest},
};
use crate::painter::{Painting, compose_edit, paint, repaint};

/// Input tokens of a reference picture: a square one at high fidelity.
const REFERENCE_TOKENS: u64 = 4354;

/// A request with what it works on.
#[derive(Clone)]
pub struct Job {
    /// The checked request.
    pub request: ImageRequest,
    /// The pictures of an edit.
    pub source: Option<Arc<Source>>,
    /// Asking again paints a variation.
    pub seed: u64,
}

/// Answers a job at the given pace, spoiled as asked.
pub async fn give(
    studio: Shared,
    job: Job,
    site: &str,
    pace: Duration,
    spoil: Option<Spoil>,
) -> Result<Response, ApiError> {
    match spoil {
        Some(Spoil::Huge) => return Ok(endless()),
        Some(Spoil::Garbage) => return Ok("<<< this is not JSON >>>".into_response()),
        _ => {}
    }
    if job.request.stream {
        return Ok(stream(studio, job, pace, spoil));
    }
    match spoil {
        Some(Spoil::StreamError) => return Err(server_error()),
        Some(Spoil::Empty) => {
            return Ok(axum::Json(json!({"created": now(), "data": []})).into_response());
        }
        _ => {}
    }
    // OpenAI paints to the end and bills even when the caller hangs up: a task
    // of its own does the same.
    let site = site.to_owned();
    let task = tokio::spawn(async move { whole(&studio, &job, &site, pace, spoil).await });
    let body = task.await.map_err(|_| server_error())??.to_string();
    Ok(match spoil {
        Some(Spoil::Break) => cut(&body, true),
        Some(Spoil::Truncated) => cut(&body, false),
        _ => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
    })
}

/// The whole answer as JSON.
pub async fn whole(
    studio: &Shared,
    job: &Job,
    site: &str,
    pace: Duration,
    spoil: Option<Spoil>,
) -> Result<Value, ApiError> {
    let (request, start) = (&job.request, Instant::now());
    let mut data = Vec::new();
    for index in 0..request.n {
        let bytes = picture(studio, job, index, 1.0).await?;
        let mut entry = if request.as_url {
            json!({"url": format!("{site}/v1/demo/pictures/{}", studio.keep(bytes))})
        } else {
            json!({"b64_json": encoded(&bytes, spoil)})
        };
        if request.family == Family::DallE3 {
            entry["revised_prompt"] = revised(request).into();
        }
        data.push(entry);
    }
    tokio::time::sleep_until(start + pace).await;
    studio
        .paintings
        .fetch_add(u64::from(request.n), Ordering::Relaxed);
    if request.family == Family::DallE3 {
        return Ok(json!({"created": now(), "data": data}));
    }
    let mut body = looks(request);
    body["created"] = now().into();
    body["data"] = data.into();
    body["usage"] = usage(job, u64::from(request.n));
    if let Some(id) = &request.safety_identifier {
        body["safety_identifier"] = id.as_str().into();
    }
    Ok(body)
}

/// The events of a stream, sent as they come about.
fn stream(studio: Shared, job: Job, pace: Duration, spoil: Option<Spoil>) -> Response {
    let (sender, mut receiver) = mpsc::channel::<Result<Bytes, io::Error>>(4);
    tokio::spawn(async move {
        for index in 0..job.request.n {
            if !tell(&studio, &job, index, pace, spoil, &sender).await {
                return;
            }
        }
    });
    let events = futures::stream::poll_fn(move |context| receiver.poll_recv(context));
    (
        [(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")],
        Body::from_stream(events),
    )
        .into_response()
}

/// Streams one picture; false when the stream is over.
async fn tell(
    studio: &Shared,
    job: &Job,
    index: u32,
    pace: Duration,
    spoil: Option<Spoil>,
    sender: &mpsc::Sender<Result<Bytes, io::Error>>,
) -> bool {
    let (request, start) = (&job.request, Instant::now());
    let kind = if job.source.is_some() {
        "image_edit"
    } else {
        "image_generation"
    };
    let stages: &[f32] = match request.partial_images {
        0 => &[],
        1 => &[0.45],
        2 => &[0.2, 0.65],
        _ => &[0.15, 0.45, 0.8],
    };
    for (step, detail) in stages.iter().enumerate() {
        let Ok(bytes) = picture(studio, job, index, *detail).await else {
            return false;
        };
        tokio::time::sleep_until(
            start + pace.mul_f32((step + 1) as f32 / (stages.len() + 1) as f32),
        )
        .await;
        let mut data = looks(request);
        data["b64_json"] = encoded(&bytes, spoil).into();
        data["partial_image_index"] = step.into();
        // A caller who hung up still gets the picture painted, and billed.
        let _ = sender
            .send(Ok(event(&format!("{kind}.partial_image"), data)))
            .await;
        // One is enough to show that something began.
        if spoil.is_some() {
            break;
        }
    }
    if spoil == Some(Spoil::Empty) {
        tokio::time::sleep_until(start + pace).await;
        let _ = sender
            .send(Ok(event(&format!("{kind}.completed"), looks(request))))
            .await;
        return false;
    }
    let finished = picture(studio, job, index, 1.0).await;
    tokio::time::sleep_until(start + pace).await;
    let (Ok(bytes), None | Some(Spoil::NotAnImage)) = (finished, spoil) else {
        end_badly(studio, spoil, sender).await;
        return false;
    };
    studio.paintings.fetch_add(1, Ordering::Relaxed);
    let mut data = looks(request);
    data["b64_json"] = encoded(&bytes, spoil).into();
    data["usage"] = usage(job, 1);
    if let Some(id) = &request.safety_identifier {
        data["safety_identifier"] = id.as_str().into();
    }
    let _ = sender
        .send(Ok(event(&format!("{kind}.completed"), data)))
        .await;
    true
}

async fn end_badly(
    studio: &Shared,
    spoil: Option<Spoil>,
    sender: &mpsc::Sender<Result<Bytes, io::Error>>,
) {
    let last = match spoil {
        Some(Spoil::Break) => {
            // The picture was finished and billed; only the line went dead.
            studio.paintings.fetch_add(1, Ordering::Relaxed);
            let _ = sender
                .send(Ok(Bytes::from_static(b"event: image_ge")))
                .await;
            Err(io::ErrorKind::ConnectionReset.into())
        }
        Some(Spoil::Truncated) => {
            studio.paintings.fetch_add(1, Ordering::Relaxed);
            Ok(Bytes::from_static(
                b"event: image_generation.completed\ndata: {\"type\":\"image_gen",
            ))
        }
        _ => {
            let error = server_error().body["error"].clone();
            Ok(Bytes::from(format!(
                "event: error\ndata: {}\n\n",
                json!({"type": "error", "error": error})
            )))
        }
    };
    let _ = sender.send(last).await;
}

fn event(name: &str, mut data: Value) -> Bytes {
    data["type"] = name.into();
    data["created_at"] = now().into();
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}

/// The fields every gpt-image answer and event repeats.
fn looks(request: &ImageRequest) -> Value {
    json!({
        "size": format!("{}x{}", request.width, request.height),
        "quality": request.quality,
        "background": if request.transparent { "transparent" } else { "opaque" },
        "output_format": request.format.name(),
    })
}

/// The bill: about four characters a text token, the published formula for
/// pictures, and a hundred tokens for each partial one.
fn usage(job: &Job, pictures: u64) -> Value {
    let request = &job.request;
    let text = (request.prompt.chars().count() as u64).div_ceil(4).max(1);
    let image = job
        .source
        .as_ref()
        .map_or(0, |source| REFERENCE_TOKENS * source.count as u64);
    let partials = if request.stream {
        100 * u64::from(request.partial_images)
    } else {
        0
    };
    let output = pictures * (request.output_tokens() + partials);
    json!({
        "input_tokens": text + image,
        "input_tokens_details": {"text_tokens": text, "image_tokens": image},
        "output_tokens": output,
        "total_tokens": text + image + output,
    })
}

/// dall-e-3 always rewrote prompts; this is the gist of how.
fn revised(request: &ImageRequest) -> String {
    let manner = if request.natural {
        "A natural, understated"
    } else {
        "A vivid, richly detailed"
    };
    format!("{manner} picture of: {}", request.prompt.trim())
}

fn encoded(bytes: &Bytes, spoil: Option<Spoil>) -> String {
    match spoil {
        Some(Spoil::NotAnImage) => STANDARD.encode("This is text, not a picture."),
        _ => STANDARD.encode(bytes),
    }
}

/// Paints and encodes one picture, at most two at a time.
async fn picture(studio: &Shared, job: &Job, index: u32, detail: f32) -> Result<Bytes, ApiError> {
    let _turn = studio
        .painters
        .acquire()
        .await
        .map_err(|_| server_error())?;
    let job = job.clone();
    let painted_pixels = studio.options.painted_pixels;
    // A glimpse is half as wide and high: it is looked at for a second, and
    // painting every one in full would take longer than the picture itself.
    let scale = if detail < 1.0 { 2 } else { 1 };
    let painted = tokio::task::spawn_blocking(move || {
        let request = &job.request;
        let painting = Painting {
            prompt: &request.prompt,
            width: (request.width / scale).max(1),
            height: (request.height / scale).max(1),
            seed: job.seed * 16 + u64::from(index),
            transparent: request.transparent,
            detail,
            quality: request.care(),
            painted_pixels,
        };
        let picture = match job.source.as_deref() {
            Some(source) => match &source.mask {
                Some(mask) => repaint(&painting, &source.reference, mask),
                None => compose_edit(&paint(&painting), &source.reference, None),
            },
            None => paint(&painting),
        };
        let bytes = encode(picture, request.format, request.compression)?;
        let wanted = note(&request.prompt, "demo") == Some("credentials");
        Ok::<_, image::ImageError>(match request.format {
            Format::Png if wanted => with_credentials(&bytes),
            _ => bytes,
        })
    });
    match painted.await {
        Ok(Ok(bytes)) => Ok(bytes),
        _ => {
            tracing::error!("the demo painter failed");
            Err(server_error())
        }
    }
}

/// The PNG with a chunk where Content Credentials are kept, for `[demo:credentials]`.
/// It is not signed: it shows how their presence looks.
fn with_credentials(png: &Bytes) -> Bytes {
    const CHUNK: &[u8] = b"\0\0\0\x10caBXjumbjumdc2pademo\0\0\0\0";
    // After the signature and the header chunk, whose sizes are fixed.
    const AT: usize = 33;
    [&png[..AT], CHUNK, &png[AT..]].concat().into()
}

fn encode(picture: RgbaImage, format: Format, compression: u8) -> image::ImageResult<Bytes> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = DynamicImage::ImageRgba8(picture);
    match format {
        Format::Png => picture.write_to(&mut bytes, ImageFormat::Png)?,
        Format::Webp => picture.write_to(&mut bytes, ImageFormat::WebP)?,
        Format::Jpeg => {
            let quality = compression.clamp(1, 100);
            let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality);
            picture.into_rgb8().write_with_encoder(encoder)?;
        }
    }
    Ok(Bytes::from(bytes.into_inner()))
}

/// Half a body, ended by a reset connection or as if it were whole.
fn cut(body: &str, reset: bool) -> Response {
    let half = Bytes::copy_from_slice(&body.as_bytes()[..body.len() / 2]);
    let mut parts: Vec<Result<Bytes, io::Error>> = vec![Ok(half)];
    if reset {
        parts.push(Err(io::ErrorKind::ConnectionReset.into()));
    }
    // A pause lets the first half leave before the connection is cut.
    let parts = futures::stream::iter(parts).then(|part| async {
        if part.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        part
    });
    (
        [(header::CONTENT_TYPE, "application/json")],
        Body::from_stream(parts),
    )
        .into_response()
}

/// JSON that starts well and never ends.
fn endless() -> Response {
    let chunk = Bytes::from(vec![b'A'; 64 * 1024]);
    let start = Bytes::from_static(b"{\"created\":1,\"data\":[{\"b64_json\":\"");
    let body = futures::stream::iter(std::iter::once(start).chain(std::iter::repeat(chunk)));
    let body = body.map(Ok::<_, Infallible>);
    (
        [(header::CONTENT_TYPE, "application/json")],
        Body::from_stream(body),
    )
        .into_response()
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
