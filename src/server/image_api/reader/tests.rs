//! Answers as they come in the field, each read to what is in it.

use super::*;
use crate::model::catalogue::Usage;
use async_compression::tokio::bufread::{BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder};
use axum::http;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    io::{self, Cursor},
    sync::Mutex,
};
use tokio::io::AsyncReadExt;

/// Something that begins as a PNG and whose base64 has every kind of letter.
fn png(seed: u8) -> Vec<u8> {
    let tail = (0..=255u8).map(|n| n.wrapping_mul(7) ^ seed);
    b"\x89PNG\r\n\x1a\n".iter().copied().chain(tail).collect()
}

fn b64(seed: u8) -> String {
    STANDARD.encode(png(seed))
}

fn bounds(pictures: usize) -> Bounds {
    Bounds {
        pictures,
        picture: 1 << 20,
        answer: 64 * 1024,
    }
}

fn response(body: impl Into<reqwest::Body>, headers: &[(&str, &str)]) -> reqwest::Response {
    let mut answer = http::Response::new(body.into());
    for (name, value) in headers {
        let name = http::HeaderName::from_bytes(name.as_bytes()).expect("a name");
        answer
            .headers_mut()
            .insert(name, value.parse().expect("a value"));
    }
    answer.into()
}

/// A body that comes in pieces of this many bytes.
fn in_pieces(body: &[u8], size: usize) -> reqwest::Body {
    let chunks: Vec<Result<Bytes, Infallible>> = body
        .chunks(size)
        .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
        .collect();
    reqwest::Body::wrap_stream(stream::iter(chunks))
}

/// A body that breaks off after these bytes.
fn broken(body: &[u8]) -> reqwest::Body {
    let parts = [
        Ok(Bytes::copy_from_slice(body)),
        Err(io::Error::from(io::ErrorKind::ConnectionReset)),
    ];
    reqwest::Body::wrap_stream(stream::iter(parts))
}

async fn understood(answer: reqwest::Response, asked: usize) -> Result<Answer, ImageApiError> {
    let bounds = bounds(asked);
    let deadline = Instant::now() + Duration::from_secs(20);
    let (understood, whole) = read(answer, &bounds, deadline, &|_, _| {}).await;
    let results = Results {
        rules: FetchRules::for_hosts(Vec::new()),
        base: None,
    };
    conclude(understood, whole, &bounds, &results).await
}

/// The pictures of a body by their seeds, or why there is none.
async fn seeds(body: impl Into<reqwest::Body>, asked: usize) -> Result<Vec<u8>, ImageApiError> {
    let answer = understood(response(body, &[]), asked).await?;
    let seed = |picture: &Picture| (0..9).find(|seed| png(*seed) == picture.bytes);
    Ok(answer
        .pictures
        .iter()
        .map(|picture| seed(picture).expect("byte for byte"))
        .collect())
}

fn completed(seed: u8) -> String {
    let event = json!({"type": "image_generation.completed", "b64_json": b64(seed)});
    format!("event: image_generation.completed\ndata: {event}\n\n")
}

fn partial(seed: u8) -> String {
    let event = json!({"b64_json": b64(seed), "partial_image_index": 0,
        "type": "image_generation.partial_image"});
    format!("event: image_generation.partial_image\ndata: {event}\n\n")
}

#[tokio::test]
async fn a_picture_is_found_in_whatever_it_comes_in() {
    let json_of = |item: Value| json!({"created": 1, "data": [item]}).to_string();
    let of = |text: &str| json_of(json!({"b64_json": text}));
    let wrapped = b64(1)
        .as_bytes()
        .chunks(76)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect::<Vec<_>>();
    let pretty = serde_json::to_string_pretty(&json!({"b64_json": b64(1), "type": "x.completed"}))
        .expect("JSON");
    let multiline: String = pretty
        .lines()
        .map(|line| format!("data: {line}\n"))
        .collect();
    let data = format!("data:image/png;base64,{}", b64(1));
    let escaped = data.replace('+', "%2B").replace('=', "%3d");
    // The media type has a slash of its own.
    let escaped = escaped.replace('/', "%2F").replacen("%2F", "/", 1);
    let table = [
        ("plain", of(&b64(1))),
        ("a data address", of(&data)),
        (
            "a data address with a charset",
            of(&data.replace(";base64", ";charset=utf-8;base64")),
        ),
        ("wrapped", of(&wrapped.join("\n"))),
        ("wrapped with CRLF", of(&wrapped.join("\r\n"))),
        ("spaces around", of(&format!("  {} \n", b64(1)))),
        (
            "URL-safe without padding",
            of(&URL_SAFE_NO_PAD.encode(png(1))),
        ),
        ("without padding", of(b64(1).trim_end_matches('='))),
        (
            "a data address in large letters",
            of(&data.replace("data:image/png;base64", "DATA:IMAGE/PNG;BASE64")),
        ),
        (
            "a data address of another type",
            of(&data.replace("image/png", "application/octet-stream;name=a.png")),
        ),
        (
            "a data address of no type",
            of(&data.replace("image/png", "")),
        ),
        ("a data address with escapes", of(&escaped)),
        (
            "a wrapped data address",
            of(&format!("data:image/png;base64,{}", wrapped.join("\n"))),
        ),
        (
            "a data address among words",
            of(&format!("Look, data: as asked. {data} and then more words")),
        ),
        ("in url", json_of(json!({"url": data}))),
        (
            "in url beside a null",
            json_of(json!({"b64_json": null, "url": data})),
        ),
        ("in image", json!({"image": b64(1)}).to_string()),
        ("in images", json!({"images": [b64(1)]}).to_string()),
        ("a bare list", json!([{"b64_json": b64(1)}]).to_string()),
        (
            "one object as data",
            json!({"data": {"b64_json": b64(1)}}).to_string(),
        ),
        (
            "of the Responses API",
            json!({"output": [{"type": "image_generation_call", "result": b64(1)}]}).to_string(),
        ),
        (
            "of a chat",
            json!({"choices": [{"message": {"content": "Here.", "images": [
            {"type": "image_url", "image_url": {"url": data}}]}}]})
            .to_string(),
        ),
        (
            "in a chat's words",
            json!({"choices": [{"message": {"content":
            format!("Here you are: ![a boat]({data}) - enjoy")}}]})
            .to_string(),
        ),
        (
            "of Gemini",
            json!({"candidates": [{"content": {"parts": [{"text": "Here"},
            {"inlineData": {"mimeType": "image/png", "data": b64(1)}}]}}]})
            .to_string(),
        ),
        (
            "a byte order mark first",
            format!("\u{feff}{}", of(&b64(1))),
        ),
        ("spaces first", format!(" \n \n{}", of(&b64(1)))),
        ("events", completed(1)),
        ("events with CRLF", completed(1).replace('\n', "\r\n")),
        ("events with CR", completed(1).replace('\n', "\r")),
        ("events without spaces", completed(1).replace(": {", ":{")),
        (
            "events with comments",
            format!(
                ": hello\n\nevent: ping\ndata: {{}}\n\n{}data: [DONE]\n\n",
                completed(1)
            ),
        ),
        (
            "no blank line at the end",
            completed(1).trim_end().to_owned(),
        ),
        (
            "an event of many lines",
            format!("event: x.completed\n{multiline}\n"),
        ),
        (
            "lines of JSON",
            format!("{}\n{}\n", json!({"status": "working"}), of(&b64(1))),
        ),
        (
            "lines of data",
            format!(
                "data: {}\ndata: {}\n",
                json!({"status": "working"}),
                of(&b64(1))
            ),
        ),
        ("after a partial", format!("{}{}", partial(2), completed(1))),
        (
            "another name for the end",
            completed(1).replace("image_generation", "image_edit"),
        ),
        (
            "an event of another house",
            format!("data: {}\n\n", of(&b64(1))),
        ),
        (
            "told twice",
            format!("{}{}", completed(1), json!({"x": 1})) + "\n\n" + &completed(1),
        ),
        ("an address as an event", format!("{data}\n\n")),
        ("an address as the body", data.clone()),
        (
            "an address of another type as the body",
            data.replace("image/png", "application/octet-stream"),
        ),
        (
            "an address in large letters as the body",
            data.replace("data:image/png;base64", "DATA:IMAGE/PNG;BASE64"),
        ),
        ("JSON encoded twice", json!(of(&b64(1))).to_string()),
        (
            "JSON in a field",
            json!({"code": 200, "data": json!({"images": [b64(1)]}).to_string()}).to_string(),
        ),
        (
            "under two names",
            json!({"images": [b64(1)], "data": [{"b64_json": b64(1)}]}).to_string(),
        ),
        (
            "a success that says so",
            json!({"data": [{"b64_json": b64(1), "finish_reason": "stop",
                "revised_prompt": "Insufficient light, insufficient balance"}],
                "base_resp": {"status_code": 0, "status_msg": "success"}})
            .to_string(),
        ),
        ("base64 as the body", b64(1)),
        ("JSON of one text", json!(b64(1)).to_string()),
    ];
    for (name, body) in table {
        for size in [7, 1000, 1_000_000] {
            let found = seeds(in_pieces(body.as_bytes(), size), 1).await;
            assert_eq!(found, Ok(vec![1]), "{name}, {size} bytes at once");
        }
    }
    assert_eq!(seeds(png(1), 1).await, Ok(vec![1]), "the bytes themselves");
}

#[tokio::test]
async fn a_body_is_unpacked_by_what_it_is() {
    async fn packed(mut encoder: impl tokio::io::AsyncRead + Unpin) -> Vec<u8> {
        let mut all = Vec::new();
        encoder.read_to_end(&mut all).await.expect("packed");
        all
    }
    let body = json!({"data": [{"b64_json": b64(1)}]}).to_string();
    let plain = || Cursor::new(body.clone().into_bytes());
    let gzip = packed(GzipEncoder::new(plain())).await;
    let twice = packed(GzipEncoder::new(Cursor::new(gzip.clone()))).await;
    let table = [
        ("gzip", gzip.clone()),
        ("", gzip),
        ("GZIP, gzip", twice),
        ("br", packed(BrotliEncoder::new(plain())).await),
        ("deflate", packed(ZlibEncoder::new(plain())).await),
        ("deflate", packed(DeflateEncoder::new(plain())).await),
        // The header stayed, and a proxy has unpacked it.
        ("gzip", body.clone().into_bytes()),
        ("br", body.clone().into_bytes()),
        ("deflate", body.clone().into_bytes()),
        ("identity", body.clone().into_bytes()),
    ];
    for (encoding, body) in table {
        let headers = [("content-encoding", encoding)];
        let headers = if encoding.is_empty() {
            &[][..]
        } else {
            &headers[..]
        };
        let found = understood(response(body, headers), 1).await;
        assert_eq!(found.expect(encoding).pictures[0].bytes, png(1));
    }
    // A small body that would fill the memory.
    let bomb = packed(GzipEncoder::new(Cursor::new(vec![b' '; 1 << 24]))).await;
    let found = understood(response(bomb, &[("content-encoding", "gzip")]), 1).await;
    assert_eq!(found.expect_err("a bomb"), ImageApiError::Lost);
}

#[tokio::test]
async fn what_is_complete_is_kept_and_what_is_not_is_none() {
    let four = |items: [Value; 4]| json!({"data": items}).to_string();
    let item = |seed: u8| json!({"b64_json": b64(seed)});
    let null = json!({"b64_json": null});
    let some = four([
        item(1),
        null.clone(),
        item(2),
        json!({"b64_json": "bm90IGEgcGljdHVyZQ=="}),
    ]);
    assert_eq!(seeds(some, 4).await, Ok(vec![1, 2]), "two good of four");
    let one_refused = four([
        json!({"error": {"code": "moderation_blocked"}}),
        null,
        item(1),
        json!(null),
    ]);
    assert_eq!(seeds(one_refused, 4).await, Ok(vec![1]));
    let same = four([item(1), item(1), item(1), item(1)]);
    assert_eq!(
        seeds(same.clone(), 4).await,
        Ok(vec![1; 4]),
        "alike is not twice"
    );
    assert_eq!(
        seeds(same, 2).await,
        Ok(vec![1; 4]),
        "more than asked for are paid, too"
    );

    // Broken off: what was whole by then.
    let all = four([item(1), item(2), item(3), item(4)]);
    let third = all.find(&b64(3)).expect("the third");
    assert_eq!(
        seeds(broken(&all.as_bytes()[..third + 50]), 4).await,
        Ok(vec![1, 2])
    );
    let after_text = third + b64(3).len() + 1;
    assert_eq!(
        seeds(broken(&all.as_bytes()[..after_text]), 4).await,
        Ok(vec![1, 2, 3])
    );
    assert_eq!(
        seeds(all.as_bytes()[..third].to_vec(), 4).await,
        Ok(vec![1, 2])
    );
    let events = format!("{}{}{}", completed(1), completed(2), completed(3));
    let cut = events.len() - 40;
    assert_eq!(
        seeds(broken(&events.as_bytes()[..cut]), 4).await,
        Ok(vec![1, 2])
    );
    // A glimpse is no picture, however it ends.
    for end in [
        "",
        "data: [DONE]\n\n",
        "event: image_generation.completed\ndata: {\"b64",
    ] {
        let body = format!("{}{end}", partial(1));
        assert_eq!(
            seeds(body.clone(), 1).await,
            Err(ImageApiError::Lost),
            "{end}"
        );
        assert_eq!(
            seeds(broken(body.as_bytes()), 1).await,
            Err(ImageApiError::Lost),
            "{end}"
        );
    }
    // More than was asked for can be: the rest is not read.
    let first = json!({"data": [item(1)]}).to_string();
    let endless = format!(
        "{},{{\"b64_json\":\"{}",
        &first[..first.len() - 2],
        "A".repeat(200_000)
    );
    assert_eq!(seeds(endless, 2).await, Ok(vec![1]));
    let endless = format!("{{\"data\":[{{\"b64_json\":\"{}", "A".repeat(200_000));
    assert_eq!(seeds(endless, 1).await, Err(ImageApiError::Lost));
}

#[tokio::test]
async fn a_last_event_is_kept_however_its_connection_ended() {
    let whole = completed(1);
    for end in ["\n\n", "\n", ""] {
        let body = format!("{}{end}", whole.trim_end());
        let found = seeds(broken(body.as_bytes()), 1).await;
        assert_eq!(found, Ok(vec![1]), "{end:?}");
    }
    // Base64 does not say whether it was cut.
    let text = format!("event: picture\ndata: {}", b64(1));
    assert_eq!(
        seeds(broken(text.as_bytes()), 1).await,
        Err(ImageApiError::Lost)
    );
}

#[tokio::test]
async fn a_bare_picture_is_whole_where_it_says_so() {
    let mut webp = b"RIFF\x10\0\0\0WEBPVP8 \0\0\0\0".to_vec();
    webp.extend([b'\n'; 4]);
    let table = [
        [png(1).as_slice(), b"\0\0\0\0IEND\xaeB`\x82"].concat(),
        b"\xff\xd8\xff\xe0 a picture \xff\xd9".to_vec(),
        webp,
    ];
    for body in table {
        let found = understood(response(broken(&body), &[]), 1).await;
        assert_eq!(found.expect("a picture").pictures[0].bytes, body);
        let cut = &body[..body.len() - 1];
        let found = understood(response(broken(cut), &[]), 1).await;
        assert_eq!(found.expect_err("cut"), ImageApiError::Lost);
    }
}

#[tokio::test]
async fn a_glimpse_is_known_by_any_of_its_signs() {
    let glimpse = |event: &str, mut value: Value| {
        value["b64_json"] = json!(b64(2));
        format!("event: {event}\ndata: {value}\n\n")
    };
    for first in [
        glimpse("image.Partial", json!({"type": "image"})),
        glimpse("image", json!({"type": "Partial_Image"})),
        glimpse("image", json!({"type": "image", "partial_image_index": 0})),
    ] {
        let found = seeds(format!("{first}{}", completed(1)), 1).await;
        assert_eq!(found, Ok(vec![1]), "{first}");
        let found = seeds(first.clone(), 1).await;
        assert_eq!(found, Err(ImageApiError::Lost), "{first}");
    }
    let last = glimpse("image.completed", json!({"partial_image_index": 3}));
    assert_eq!(seeds(last, 1).await, Ok(vec![2]));
}

#[tokio::test]
async fn pictures_beside_and_below_each_other_are_all_found() {
    let page = "https://example.org/share/1";
    let list = json!([{"b64_json": b64(1)}, {"b64_json": b64(2)}]);
    let table = [
        (json!({"id": "x", "url": page, "data": list}), vec![1, 2]),
        (json!({"images": {"0": b64(1), "1": b64(2)}}), vec![1, 2]),
        (json!({"b64_json": b64(1), "url": page}), vec![1]),
        (
            json!({"image": b64(1), "more": [b64(2), b64(1)]}),
            vec![1, 2],
        ),
        (
            json!({"data": list, "images": [b64(1), b64(2)]}),
            vec![1, 2],
        ),
        (
            json!({"data": [b64(1), b64(1)], "images": [b64(1), b64(1)]}),
            vec![1, 1],
        ),
    ];
    for (body, expected) in table {
        let found = seeds(body.to_string(), 2).await;
        assert_eq!(found, Ok(expected), "{body}");
    }
}

#[tokio::test]
async fn a_revised_prompt_is_cut_between_what_is_seen() {
    let long = format!("{}e\u{301}", "a".repeat(31_999));
    let body = json!({"data": [{"b64_json": b64(1), "revised_prompt": long}]}).to_string();
    let found = understood(response(body, &[]), 1).await;
    let found = found.expect("a picture").pictures.remove(0);
    let kept = found.revised_prompt.expect("a prompt").0;
    assert_eq!(kept, "a".repeat(31_999));
}

#[tokio::test]
async fn an_answer_without_a_picture_says_why() {
    use FailureKind as K;
    let refused = |kind| ImageApiError::Refused {
        kind,
        categories: None,
    };
    let busy = |kind| ImageApiError::Busy { kind, after: None };
    let error = |code: Value, message: &str| json!({"error": {"code": code, "message": message}});
    let event = |value: Value| format!("event: error\ndata: {value}\n\n");
    let policy = error(
        json!("content_policy_violation"),
        "Rejected by our safety system.",
    );
    let table = [
        (policy.to_string(), refused(K::PromptRefused)),
        (event(policy.clone()), refused(K::PromptRefused)),
        (format!("{}{}", partial(1), event(policy)), refused(K::PromptRefused)),
        (json!({"type": "response.failed", "response": {"error": {"code": "moderation_blocked"}}}).to_string(), refused(K::PromptRefused)),
        (json!({"candidates": [{"finishReason": "IMAGE_SAFETY"}]}).to_string(), refused(K::ResultRefused)),
        (json!({"data": [], "message": "I can't generate that picture."}).to_string(), refused(K::PromptRefused)),
        (error(json!(402), "Insufficient credits").to_string(), refused(K::OutOfBudget)),
        (error(json!(401), "No auth").to_string(), refused(K::Misconfigured)),
        (error(json!(429), "Too fast").to_string(), busy(K::RateLimited)),
        (error(json!("rate_limit_exceeded"), "Too fast").to_string(), busy(K::RateLimited)),
        (json!({"code": "1301", "message": "输入内容包含敏感信息"}).to_string(), refused(K::PromptRefused)),
        (json!({"error": "insufficient balance"}).to_string(), refused(K::OutOfBudget)),
        (json!({"data": null, "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}).to_string(), refused(K::OutOfBudget)),
        (json!({"base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}}).to_string(), refused(K::PromptRefused)),
        (json!({"base_resp": {"status_code": 1027, "status_msg": "output new_sensitive"}}).to_string(), refused(K::ResultRefused)),
        (json!({"fail_reason": "Your prompt violates our content policy"}).to_string(), refused(K::PromptRefused)),
        (json!({"errno": 7, "failReason": "CONTENT_FILTER"}).to_string(), refused(K::PromptRefused)),
        (json!({"Response": {"Error": {"Code": "OperationDenied.TextIllegalDetected"}}}).to_string(), refused(K::PromptRefused)),
        (json!({"data": [], "status_code": 200, "status_msg": "ok", "finish_reason": "stop"}).to_string(), refused(K::BadAnswer)),
        // Work had begun: whatever it says, nobody knows.
        (format!("{}{}", partial(1), event(error(json!(429), "Too fast"))), ImageApiError::Lost),
        (event(error(json!("server_error"), "Sorry")), ImageApiError::Lost),
        (error(json!(502), "Bad gateway").to_string(), ImageApiError::Lost),
        // An answer, and nothing in it.
        (json!({"created": 1, "data": []}).to_string(), refused(K::BadAnswer)),
        (json!({"data": [{"b64_json": "VGhpcyBpcyB0ZXh0LCBubyBwaWN0dXJlLg=="}]}).to_string(), refused(K::BadAnswer)),
        // No answer at all, or the promise of one.
        (String::new(), ImageApiError::Lost),
        ("{}".to_owned(), ImageApiError::Lost),
        ("<!DOCTYPE html><title>Just a moment...</title>".to_owned(), ImageApiError::Lost),
        ("<<< this is no JSON >>>".to_owned(), ImageApiError::Lost),
        (json!({"id": "task-1", "status": "queued"}).to_string(), ImageApiError::Lost),
        (": ping\n\n: ping\n\n".to_owned(), ImageApiError::Lost),
    ];
    for (body, expected) in table {
        let found = understood(response(body.clone(), &[]), 1).await;
        assert_eq!(found.expect_err("no picture"), expected, "{body}");
    }
}

#[tokio::test]
async fn tokens_are_read_under_every_name_and_glimpses_shown() {
    let of = |usage: Value| json!({"data": [{"b64_json": b64(1)}], "usage": usage}).to_string();
    let tokens = |text_in, image_in, out| {
        Some(Usage {
            text_in,
            image_in,
            out,
        })
    };
    let table = [
        (
            json!({"input_tokens": 12, "output_tokens": 196}),
            tokens(12, 0, 196),
        ),
        (
            json!({"input_tokens": 50, "output_tokens": 9, "input_tokens_details":
            {"text_tokens": 20, "image_tokens": 30}}),
            tokens(20, 30, 9),
        ),
        (
            json!({"input_tokens": 50.0, "output_tokens": "1050"}),
            tokens(50, 0, 1050),
        ),
        (
            json!({"prompt_tokens": 7, "completion_tokens": 8}),
            tokens(7, 0, 8),
        ),
        (
            json!({"inputTokens": 50, "outputTokens": 9, "inputTokensDetails":
            {"textTokens": 20, "imageTokens": 30}}),
            tokens(20, 30, 9),
        ),
        (
            json!({"input_tokens": 50, "output_tokens": null, "total_tokens": 1100}),
            tokens(50, 0, 1050),
        ),
        (json!({"input_tokens": 50, "total_tokens": 10}), None),
        (json!({"total_tokens": 10}), None),
        (json!({"input_tokens": -1, "output_tokens": -1}), None),
        (json!({"output_tokens": "many"}), None),
        (json!(null), None),
        (json!([]), None),
    ];
    for (usage, expected) in table {
        let found = understood(response(of(usage.clone()), &[]), 1).await;
        assert_eq!(found.expect("a picture").usage, expected, "{usage}");
    }
    let counted =
        |seed: u8| json!({"b64_json": b64(seed), "usage": {"input_tokens": 1, "output_tokens": 2}});
    let each = json!({"data": [counted(1), counted(2)]}).to_string();
    let found = understood(response(each, &[]), 2).await;
    assert_eq!(found.expect("pictures").usage, tokens(2, 0, 4), "of each");
    let event = |seed| format!("event: x.completed\ndata: {}\n\n", counted(seed));
    let twice = format!("{}{}", event(1), event(1));
    let found = understood(response(twice, &[]), 1).await;
    assert_eq!(found.expect("one").usage, tokens(1, 0, 2), "told twice");
    let two = format!("{}{}{}", event(1), event(2), event(2));
    let found = understood(response(two, &[]), 2).await;
    assert_eq!(found.expect("two").usage, tokens(2, 0, 4), "two");
    // After the last picture there is time to hear what it took.
    let late = format!(
        "{}data: {}\n\n",
        completed(1),
        json!({"type": "response.completed", "response": {"usage": {"input_tokens": 1, "output_tokens": 2}}})
    );
    let found = understood(response(late, &[]), 1).await;
    assert_eq!(found.expect("a picture").usage, tokens(1, 0, 2));

    let seen = Mutex::new(Vec::new());
    let body = format!("{}{}", partial(3), completed(1));
    let answer = response(in_pieces(body.as_bytes(), 100), &[]);
    let deadline = Instant::now() + Duration::from_secs(20);
    let note = |index, bytes: Bytes| seen.lock().expect("sound").push((index, bytes));
    let (found, _) = read(answer, &bounds(1), deadline, &note).await;
    assert_eq!(found.pictures.len(), 1);
    assert_eq!(*seen.lock().expect("sound"), [(0, Bytes::from(png(3)))]);
}

#[tokio::test]
async fn what_came_before_the_deadline_is_kept() {
    let silence = stream::pending::<Result<Bytes, Infallible>>();
    let first = stream::iter([Ok(Bytes::from(completed(1)))]);
    let body = reqwest::Body::wrap_stream(first.chain(silence));
    let deadline = Instant::now() + Duration::from_millis(300);
    let (found, whole) = read(response(body, &[]), &bounds(2), deadline, &|_, _| {}).await;
    assert!(!whole);
    assert_eq!(found.pictures.len(), 1);
}

#[tokio::test]
async fn an_address_in_an_answer_is_fetched_by_the_rules() {
    let answer = json!({"data": [{"url": "http://169.254.169.254/x.png"}]}).to_string();
    let found = understood(response(answer, &[]), 1).await;
    let refused = ImageApiError::Refused {
        kind: FailureKind::BadAnswer,
        categories: None,
    };
    assert_eq!(found.expect_err("another network"), refused);
}

#[test]
fn an_answer_is_bounded_by_what_was_asked() {
    let config = crate::server::config::Config::from_parts("", &|_| None).expect("the demo");
    let model = config.model("gpt-image-2.5-flare").expect("a model");
    let settings = |count, size: &str| Settings {
        count,
        size: size.into(),
        ..model.defaults()
    };
    let small = Bounds::of(model, &settings(1, "1024x1024"));
    assert!((20..64).contains(&(small.answer >> 20)), "{small:?}");
    let large = Bounds::of(model, &settings(1, "3840x2160"));
    assert!(large.answer > 3 * small.answer, "{large:?}");
    assert_eq!(large, Bounds::of(model, &settings(1, "auto")));
    let most = Bounds::of(model, &settings(10, "3840x2160"));
    assert_eq!(most.answer, ANSWER_MAX);
}
