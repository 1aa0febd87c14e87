//! What an answer says: its pictures, what they took, and what went wrong.
//!
//! One reader for every house's JSON: a picture is a text that decodes to one,
//! or an address where results stand; the names around it only keep out what is
//! no result (a glimpse, a mask, what was sent along).

use super::{picture::in_text, pieces::Piece, usage};
use crate::{
    model::{Prompt, catalogue::Usage},
    ui::platform,
};
use bytes::Bytes;
use serde_json::{Map, Value};

/// The longest revised prompt kept, in characters.
const REVISED_MAX: usize = 32_000;
/// Deeper than this no house puts its pictures.
const DEPTH: u8 = 10;
/// However many pictures come unasked, no more than this are kept: twice the
/// most that can be asked for.
const PICTURES_MAX: usize = 20;
/// The longest text kept of what an answer without pictures says.
const SAID_MAX: usize = 2000;

/// Where a picture is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    /// In the answer.
    Here(Bytes),
    /// At an address of the result's host.
    There(String),
}

/// One picture of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) place: Place,
    pub(super) revised_prompt: Option<Prompt>,
}

/// What has been understood of an answer so far.
#[derive(Debug)]
pub(super) struct Understood {
    /// How many pictures were asked for.
    asked: usize,
    /// The finished pictures, in order.
    pub(super) pictures: Vec<Found>,
    /// The tokens used, where they are counted.
    pub(super) usage: Option<Usage>,
    /// What it names as its error.
    pub(super) error: Option<Value>,
    /// What it says where it has neither a picture nor an error.
    pub(super) said: Option<Value>,
    /// True once a glimpse of a picture came: work was done.
    pub(super) began: bool,
}

impl Understood {
    pub(super) fn new(asked: usize) -> Understood {
        Understood {
            asked,
            pictures: Vec::new(),
            usage: None,
            error: None,
            said: None,
            began: false,
        }
    }

    /// True once as many pictures came as were asked for.
    pub(super) fn complete(&self) -> bool {
        self.pictures.len() >= self.asked
    }

    /// Takes the next piece. Gives a glimpse, if it is one: its number and its picture.
    pub(super) fn take(&mut self, piece: Piece) -> Option<(u32, Bytes)> {
        let found = match piece {
            Piece::Picture(bytes) => vec![here(bytes)],
            Piece::Text(text) => in_text(&text).map(here).into_iter().collect(),
            Piece::Json { event, value } => return self.json(&event, value),
        };
        self.keep(found);
        None
    }

    fn json(&mut self, event: &str, value: Value) -> Option<(u32, Bytes)> {
        let value = value.as_str().and_then(encoded_twice).unwrap_or(value);
        let kind = value.get("type").and_then(Value::as_str);
        let names = [kind.unwrap_or_default(), event].map(str::to_ascii_lowercase);
        if is_glimpse(&names, &value) {
            self.began = true;
            return glimpse(value);
        }
        if let Some(error) = error(&names, &value) {
            self.error.get_or_insert(error);
        }
        let counted = usage::read(&value);
        let said = pruned(&value, DEPTH);
        let mut found = Vec::new();
        search(value, "data", DEPTH, &mut found);
        let better = self.said.is_none() || is_answer(&said);
        if found.is_empty() && better {
            self.said = Some(said);
        }
        let (first, some) = (self.pictures.is_empty(), !found.is_empty());
        let added = self.keep(found);
        if let Some(more) = counted {
            self.usage = Some(match self.usage {
                // What is told again has been counted.
                Some(before) if some && !added => before,
                // Several pictures, each with a count of its own.
                Some(before) if some && !first => before.plus(more),
                _ => more,
            });
        }
        None
    }

    /// Keeps pictures, whatever was asked for: they are paid. Only what an event
    /// repeats of an earlier one, once all are there, is not another picture.
    /// True if one was added.
    fn keep(&mut self, found: Vec<Found>) -> bool {
        let before = self.pictures.len();
        for picture in found {
            let again = self.complete()
                && self.pictures[..before]
                    .iter()
                    .any(|kept| kept.place == picture.place);
            if !again && self.pictures.len() < PICTURES_MAX {
                self.pictures.push(picture);
            }
        }
        self.pictures.len() > before
    }
}

/// JSON that stands in a text, as some gateways pass on what they were given.
fn encoded_twice(text: &str) -> Option<Value> {
    let text = text.trim();
    let may_be = text.starts_with(['{', '[']);
    may_be.then(|| serde_json::from_str(text).ok()).flatten()
}

/// True for a picture on its way, by its type, its event's name or its number.
/// What says that it is the end may still count the glimpses before it.
fn is_glimpse(names: &[String], value: &Value) -> bool {
    let numbered = value
        .get("partial_image_index")
        .is_some_and(Value::is_number);
    let named = names.iter().any(|name| name.contains("partial"));
    let ended = names.iter().any(|name| name.ends_with("completed"));
    (numbered || named) && !ended
}

fn here(bytes: Bytes) -> Found {
    Found {
        place: Place::Here(bytes),
        revised_prompt: None,
    }
}

/// A partial picture: its number and its bytes.
fn glimpse(value: Value) -> Option<(u32, Bytes)> {
    let index = ["partial_image_index", "index"]
        .iter()
        .find_map(|name| value.get(*name)?.as_u64());
    let Value::Object(fields) = value else {
        return None;
    };
    let bytes = fields
        .into_iter()
        .find_map(|(_, value)| in_text(value.as_str()?))?;
    Some((u32::try_from(index.unwrap_or(0)).ok()?, bytes))
}

/// What names itself an error, in an object of these names (its type and its event's).
fn error(names: &[String], value: &Value) -> Option<Value> {
    let fields = value.as_object()?;
    let nested = fields.get("response").and_then(|r| r.get("error"));
    let named = [fields.get("error"), nested, fields.get("errors")];
    for error in named.into_iter().flatten() {
        let empty = match error {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.trim().is_empty(),
            Value::Object(fields) => fields.is_empty(),
            Value::Array(list) => list.is_empty(),
            _ => false,
        };
        if !empty {
            return Some(pruned(value, DEPTH));
        }
    }
    let failed = names
        .iter()
        .any(|name| name == "error" || name.ends_with(".failed") || name.ends_with(".incomplete"));
    failed.then(|| pruned(value, DEPTH))
}

/// True for what is an answer, with or without pictures, and no promise of one.
pub(super) fn is_answer(said: &Value) -> bool {
    let lists = ["data", "images", "output", "choices", "candidates"];
    let kind = said.get("type").and_then(Value::as_str);
    said.is_array()
        || kind.is_some_and(|kind| kind.ends_with("completed"))
        || lists
            .iter()
            .any(|name| said.get(*name).is_some_and(Value::is_array))
}

/// Fields that hold pictures which are no results, and words that hold none.
fn is_no_result(name: &str) -> bool {
    const PARTS: [&str; 12] = [
        "partial",
        "thumb",
        "preview",
        "mask",
        "input",
        "reference",
        "init_",
        "error",
        "prompt",
        "tools",
        "usage",
        "avatar",
    ];
    let name = name.to_ascii_lowercase();
    PARTS.iter().any(|part| name.contains(part))
}

/// Fields whose address is a result's.
fn may_hold_an_address(name: &str) -> bool {
    const NAMES: [&str; 13] = [
        "url",
        "image_url",
        "imageurl",
        "image",
        "images",
        "data",
        "output",
        "outputs",
        "result",
        "results",
        "uri",
        "urls",
        "download_url",
    ];
    NAMES.contains(&name.to_ascii_lowercase().as_str())
}

fn address(name: &str, text: &str) -> Option<String> {
    let text = text.trim();
    let below = |name: &str| name.contains("url") || name.contains("uri");
    let is_address = text.starts_with("https://")
        || text.starts_with("http://")
        || (text.starts_with('/') && below(&name.to_ascii_lowercase()));
    (is_address && may_hold_an_address(name)).then(|| text.to_owned())
}

/// Collects the pictures of a value that stands under this name.
fn search(value: Value, name: &str, depth: u8, found: &mut Vec<Found>) {
    if depth == 0 || found.len() >= PICTURES_MAX || is_no_result(name) {
        return;
    }
    match value {
        Value::Array(items) => {
            for item in items {
                search(item, name, depth - 1, found);
            }
        }
        Value::Object(fields) => in_object(fields, depth, found),
        Value::String(text) => {
            let place = in_text(&text).map(Place::Here);
            if place.is_none()
                && let Some(inner) = encoded_twice(&text)
            {
                search(inner, name, depth - 1, found);
            } else if let Some(place) = place.or_else(|| address(name, &text).map(Place::There)) {
                found.push(Found {
                    place,
                    revised_prompt: None,
                });
            }
        }
        _ => {}
    }
}

/// An object is a picture, if one of its texts is, and may hold others beside or
/// below. An address is one only where there is nothing else: it may as well be
/// a page to look at.
fn in_object(fields: Map<String, Value>, depth: u8, found: &mut Vec<Found>) {
    let revised_prompt = revised(&fields);
    let of = |place| Found {
        place,
        revised_prompt: revised_prompt.clone(),
    };
    let (mut own, mut inner, mut elsewhere) = (Vec::new(), Vec::new(), None);
    for (name, value) in fields {
        match value {
            _ if is_no_result(&name) => {}
            Value::String(text) => {
                if let Some(bytes) = in_text(&text) {
                    merge(&mut own, vec![of(Place::Here(bytes))]);
                } else if let Some(value) = encoded_twice(&text) {
                    inner.push((name, value));
                } else if elsewhere.is_none() {
                    elsewhere = address(&name, &text);
                }
            }
            other => inner.push((name, other)),
        }
    }
    for (name, value) in inner {
        let mut below = Vec::new();
        search(value, &name, depth - 1, &mut below);
        merge(&mut own, below);
    }
    if own.is_empty() {
        own.extend(elsewhere.map(|address| of(Place::There(address))));
    }
    found.append(&mut own);
}

/// Adds what a field holds beyond its neighbours: a picture may stand under two
/// names, while equal ones in one list are as many as they are.
fn merge(own: &mut Vec<Found>, more: Vec<Found>) {
    let mut unmatched: Vec<usize> = (0..own.len()).collect();
    for found in more {
        let same = |at: &usize| own[*at].place == found.place;
        let Some(at) = unmatched.iter().position(same) else {
            if own.len() < PICTURES_MAX {
                own.push(found);
            }
            continue;
        };
        let kept = &mut own[unmatched.remove(at)];
        if kept.revised_prompt.is_none() {
            kept.revised_prompt = found.revised_prompt;
        }
    }
}

fn revised(fields: &Map<String, Value>) -> Option<Prompt> {
    let text = fields.get("revised_prompt")?.as_str()?;
    (!text.trim().is_empty()).then(|| Prompt(platform::beginning(text, REVISED_MAX)))
}

/// The value without its long texts and lists: enough to tell what it says.
fn pruned(value: &Value, depth: u8) -> Value {
    match value {
        _ if depth == 0 => Value::Null,
        Value::String(text) => Value::String(text.chars().take(SAID_MAX).collect()),
        Value::Array(items) => {
            let items = items.iter().take(10);
            Value::Array(items.map(|item| pruned(item, depth - 1)).collect())
        }
        Value::Object(fields) => {
            let fields = fields.iter().take(50);
            Value::Object(
                fields
                    .map(|(name, value)| (name.clone(), pruned(value, depth - 1)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}
