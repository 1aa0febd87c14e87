//! Tests of the demo API through its router.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use base64::Engine;
use tower::ServiceExt;

use super::*;

fn quick() -> Router {
    router(ImageApiOptions {
        pace: Duration::ZERO,
        painted_pixels: 100_000,
        api_key: None,
    })
}

async fn send(app: &Router, body: Value) -> (StatusCode, HeaderMap, Result<Bytes, axum::Error>) {
    let request =
        Request::post("/v1/images/generations").header("content-type", "application/json");
    let request = request.body(Body::from(body.to_string())).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    (parts.status, parts.headers, to_bytes(body, 1 << 26).await)
}

async fn send_json(app: &Router, body: Value) -> (StatusCode, Value) {
    let (status, _, bytes) = send(app, body).await;
    (status, serde_json::from_slice(&bytes.unwrap()).unwrap())
}

fn small(prompt: &str) -> Value {
    json!({"prompt": prompt, "model": "gpt-image-2.5-flare", "quality": "low", "size": "1280x512"})
}

#[tokio::test]
async fn a_picture_comes_with_its_bill_and_counts() {
    let app = quick();
    let (status, body) = send_json(&app, small("sea [key:abc]")).await;
    assert_eq!(status, StatusCode::OK);
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(body["data"][0]["b64_json"].as_str().unwrap());
    let picture = image::load_from_memory(&bytes.unwrap()).unwrap();
    assert_eq!((picture.width(), picture.height()), (1280, 512));
    assert!(body["usage"]["output_tokens"].as_u64().unwrap() > 0);
    let request = Request::get("/v1/demo/stats").body(Body::empty()).unwrap();
    let stats = app.oneshot(request).await.unwrap();
    let stats: Value =
        serde_json::from_slice(&to_bytes(stats.into_body(), 4096).await.unwrap()).unwrap();
    assert_eq!(
        stats,
        json!({"requests": 1, "paintings": 1, "by_key": {"abc": 1}})
    );
}

#[tokio::test]
async fn a_stream_tells_its_partials_in_order() {
    let app = quick();
    let mut body = small("forest");
    body["stream"] = true.into();
    body["partial_images"] = 3.into();
    let (_, headers, bytes) = send(&app, body).await;
    assert!(
        headers[header::CONTENT_TYPE]
            .to_str()
            .unwrap()
            .starts_with("text/event-stream")
    );
    let text = String::from_utf8(bytes.unwrap().to_vec()).unwrap();
    let names: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("event: "))
        .collect();
    let partial = "image_generation.partial_image";
    assert_eq!(
        names,
        [partial, partial, partial, "image_generation.completed"]
    );
}

#[tokio::test]
async fn rate_limits_pass_and_breaks_break() {
    let app = quick();
    let (status, headers, _) = send(&app, small("[demo:rate-limit=1] sea")).await;
    assert_eq!(
        (
            status.as_u16(),
            headers[header::RETRY_AFTER].to_str().unwrap()
        ),
        (429, "1")
    );
    let (status, _, bytes) = send(&app, small("[demo:rate-limit=1] sea")).await;
    assert!(status.is_success() && bytes.is_ok());
    let (status, _, bytes) = send(&app, small("[demo:break] sea")).await;
    assert!(status.is_success() && bytes.is_err());
    let (_, body) = send_json(&app, small("[demo:moderation-prompt] sea")).await;
    assert_eq!(
        body["error"]["moderation_details"]["moderation_stage"],
        "input"
    );
}

#[tokio::test]
async fn the_key_is_asked_for() {
    let app = router(ImageApiOptions {
        pace: Duration::ZERO,
        painted_pixels: 100_000,
        api_key: Some("sk-demo".into()),
    });
    let (status, body) = send_json(&app, small("sea")).await;
    assert_eq!(
        (status.as_u16(), body["error"]["code"].as_str()),
        (401, Some("invalid_api_key"))
    );
}

#[tokio::test]
async fn dall_e_3_answers_with_a_url_and_a_revised_prompt() {
    let app = quick();
    let (_, body) = send_json(&app, json!({"prompt": "sea", "model": "dall-e-3"})).await;
    assert!(body["usage"].is_null() && body["data"][0]["revised_prompt"].is_string());
    let url = body["data"][0]["url"].as_str().unwrap().to_owned();
    let path = url.strip_prefix("http://localhost").unwrap();
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = app.oneshot(request).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "image/png");
}

#[tokio::test]
async fn an_edit_keeps_what_the_mask_covers() {
    let red = image::RgbaImage::from_pixel(64, 64, image::Rgba([255, 0, 0, 255]));
    let mut mask = red.clone();
    for (x, _, pixel) in mask.enumerate_pixels_mut() {
        pixel.0[3] = if x < 32 { 0 } else { 255 };
    }
    let mut body = Vec::new();
    for (name, value) in [
        ("prompt", "a blue sea at noon"),
        ("model", "gpt-image-2"),
        ("size", "1024x1024"),
    ] {
        body.extend(
            format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .into_bytes(),
        );
    }
    for (name, picture) in [("image[]", red), ("mask", mask)] {
        let mut png = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
        body.extend(format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n").into_bytes());
        body.extend(png.into_inner());
        body.extend(b"\r\n");
    }
    body.extend(b"--B--\r\n");
    let request =
        Request::post("/v1/images/edits").header("content-type", "multipart/form-data; boundary=B");
    let response = quick()
        .oneshot(request.body(Body::from(body)).unwrap())
        .await
        .unwrap();
    let bytes = to_bytes(response.into_body(), 1 << 26).await.unwrap();
    let answer: Value = serde_json::from_slice(&bytes).unwrap();
    let png = base64::engine::general_purpose::STANDARD
        .decode(answer["data"][0]["b64_json"].as_str().unwrap());
    let picture = image::load_from_memory(&png.unwrap()).unwrap().into_rgba8();
    assert_eq!(picture.get_pixel(900, 500).0, [255, 0, 0, 255]);
    assert_ne!(picture.get_pixel(100, 500).0, [255, 0, 0, 255]);
}
