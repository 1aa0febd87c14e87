//! What somebody typed into a form that was refused, on a page that no script keeps: held
//! in memory for some minutes, so that nothing is typed twice.

use crate::model::limits::FRESH_SIGN_IN_MS;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The most forms kept; the oldest makes room.
const MOST: usize = 500;
/// The most characters of a field that are kept.
const FIELD_CHARS: usize = 1_000;

struct Kept {
    person: String,
    form: String,
    at_ms: i64,
    fields: Vec<String>,
}

static KEPT: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

fn kept() -> MutexGuard<'static, Vec<Kept>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps what a person typed into a form, in the order of its fields.
pub fn keep(person: &str, form: &str, fields: &[&str], now_ms: i64) {
    forget(person, form);
    let fields = fields.iter();
    let one = Kept {
        person: person.to_owned(),
        form: form.to_owned(),
        at_ms: now_ms,
        fields: fields
            .map(|field| field.chars().take(FIELD_CHARS).collect())
            .collect(),
    };
    {
        let mut kept = kept();
        if kept.len() >= MOST {
            kept.remove(0);
        }
        kept.push(one);
    }
    // Whether or not anybody comes back for it, it is gone then.
    let minutes = Duration::from_millis(FRESH_SIGN_IN_MS.unsigned_abs());
    tokio::spawn(async move {
        tokio::time::sleep(minutes).await;
        kept().retain(|one| one.at_ms > now_ms);
    });
}

/// What this person typed into a form of so many fields; `None` after some minutes.
pub fn typed<const N: usize>(person: &str, form: &str, now_ms: i64) -> Option<[String; N]> {
    let kept = kept();
    let found = kept.iter().find(|one| {
        one.person == person && one.form == form && now_ms - one.at_ms <= FRESH_SIGN_IN_MS
    });
    found.and_then(|one| one.fields.clone().try_into().ok())
}

/// Forgets it.
pub fn forget(person: &str, form: &str) {
    kept().retain(|one| one.person != person || one.form != form);
}
