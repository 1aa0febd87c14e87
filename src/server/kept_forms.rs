//! Forms that were refused, as they were typed: kept in memory for some minutes, so that
//! nothing is typed twice. Of several nodes each keeps its own.

use crate::model::limits::FRESH_SIGN_IN_MS;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The most forms of people kept, and of strangers; the oldest of them makes room.
const MOST: usize = 200;
/// The longest form kept, in bytes together.
const BYTES: usize = 32 * 1024;

/// The fields of a form, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed(Vec<(&'static str, String)>);

impl Typed {
    /// The fields of a form.
    pub fn new<const N: usize>(fields: [(&'static str, &str); N]) -> Typed {
        Typed(
            fields
                .map(|(name, value)| (name, value.to_owned()))
                .to_vec(),
        )
    }

    /// What was typed into a field; nothing where nothing was.
    pub fn of(&self, name: &str) -> String {
        let field = self.0.iter().find(|(known, _)| *known == name);
        field.map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

struct Kept {
    /// Whose form it is, and which.
    key: String,
    at_ms: i64,
    /// True for what anybody could send.
    of_stranger: bool,
    typed: Typed,
}

static KEPT: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

fn kept() -> MutexGuard<'static, Vec<Kept>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a person's form, all of it, under a key that only they are.
pub fn keep(key: &str, typed: Typed, now_ms: i64) {
    keep_one(key, typed, now_ms, false);
}

/// As [`keep`], for a form that anybody can send, under a key that nobody else knows:
/// however many of them come, they make no person's form go.
pub fn keep_of_stranger(key: &str, typed: Typed, now_ms: i64) {
    keep_one(key, typed, now_ms, true);
}

fn keep_one(key: &str, typed: Typed, now_ms: i64, of_stranger: bool) {
    let bytes: usize = typed.0.iter().map(|(_, value)| value.len()).sum();
    if bytes > BYTES {
        return;
    }
    forget(key);
    {
        let mut kept = kept();
        let alike = |one: &Kept| one.of_stranger == of_stranger;
        if kept.iter().filter(|one| alike(one)).count() >= MOST
            && let Some(oldest) = kept.iter().position(alike)
        {
            kept.remove(oldest);
        }
        kept.push(Kept {
            key: key.to_owned(),
            at_ms: now_ms,
            of_stranger,
            typed,
        });
    }
    // Whether or not anybody comes back for it, it is gone then.
    let minutes = Duration::from_millis(FRESH_SIGN_IN_MS.unsigned_abs());
    tokio::spawn(async move {
        tokio::time::sleep(minutes).await;
        kept().retain(|one| one.at_ms > now_ms);
    });
}

/// The form of this key; none after some minutes.
pub fn find(key: &str, now_ms: i64) -> Option<Typed> {
    let kept = kept();
    let found = kept
        .iter()
        .find(|one| one.key == key && now_ms - one.at_ms <= FRESH_SIGN_IN_MS);
    found.map(|one| one.typed.clone())
}

/// As [`find`]; an empty form where there is none.
pub fn about(key: &str, now_ms: i64) -> Typed {
    find(key, now_ms).unwrap_or_default()
}

/// Forgets it.
pub fn forget(key: &str) {
    kept().retain(|one| one.key != key);
}
