//! Bodies cut at every byte are the same bodies.

use super::*;
use serde_json::json;

fn all(body: &[u8], size: usize) -> Vec<Piece> {
    let mut pieces = Pieces::new();
    let mut found: Vec<Piece> = body.chunks(size).flat_map(|c| pieces.push(c)).collect();
    found.extend(pieces.finish(true));
    found
}

#[test]
fn events_are_the_same_however_they_are_cut() {
    let body = "\u{feff}: hello\r\nid: 1\r\nevent: a\r\ndata: {\"x\":\r\ndata: 1}\r\n\r\n\
        retry: 10\ndata:{\"y\":2}\n\ndata: [DONE]\n\n{\"error\":\"late\"}";
    let piece = |event: &str, value| Piece::Json {
        event: event.to_owned(),
        value,
    };
    let expected = [
        piece("a", json!({"x": 1})),
        piece("", json!({"y": 2})),
        piece("", json!({"error": "late"})),
    ];
    for size in 1..body.len() {
        assert_eq!(all(body.as_bytes(), size), expected, "{size} bytes at once");
    }
}

#[test]
fn json_that_broke_off_is_mended_as_far_as_it_is_complete() {
    let whole = r#"{"a": 1, "data": [{"b": "x\"y"}, {"b": "z", "c": [1, 2]}], "d": "e"}"#;
    let (mut before, mut mended) = (0, 0);
    for end in 1..whole.len() {
        if let Some(value) = complete_part(&whole.as_bytes()[..end]) {
            mended += 1;
            let length = value.to_string().len();
            assert!(length >= before, "less at {end}: {value}");
            before = length;
        }
    }
    assert!(mended > 30, "{mended}");
    let part = complete_part(br#"{"data": [{"b": "one"}, {"b": "two", "na"#);
    assert_eq!(part, Some(json!({"data": [{"b": "one"}, {"b": "two"}]})));
    assert_eq!(complete_part(b"}"), None);
    assert_eq!(complete_part(b"no JSON"), None);
}
