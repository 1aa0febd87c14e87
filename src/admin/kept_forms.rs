//! What an administrator typed into a report's form that was refused, because their
//! sign-in had grown too old or something in it is amiss: kept in memory for some
//! minutes, so that nothing is typed twice.

use super::decisions::Wish;
use crate::model::limits::FRESH_SIGN_IN_MS;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The most forms kept, each as long as a body may be; the oldest makes room.
const MOST: usize = 50;

/// A form as it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// The account named in place of the report's.
    pub account: String,
    /// The reason for the decision.
    pub reason: String,
}

struct Kept {
    admin: String,
    case: String,
    at_ms: i64,
    typed: Typed,
}

static KEPT: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

fn kept() -> MutexGuard<'static, Vec<Kept>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps what an administrator typed, all of it.
pub fn keep(admin: &str, wish: &Wish, now_ms: i64) {
    let typed = Typed {
        account: wish.account.clone(),
        reason: wish.reason.clone(),
    };
    forget(admin, &wish.id);
    {
        let mut kept = kept();
        if kept.len() >= MOST {
            kept.remove(0);
        }
        kept.push(Kept {
            admin: admin.to_owned(),
            case: wish.id.clone(),
            at_ms: now_ms,
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

/// What this administrator typed about a report; nothing after some minutes.
pub fn about(admin: &str, case: &str, now_ms: i64) -> Typed {
    let kept = kept();
    let found = kept.iter().find(|one| {
        one.admin == admin && one.case == case && now_ms - one.at_ms <= FRESH_SIGN_IN_MS
    });
    found.map(|one| one.typed.clone()).unwrap_or_default()
}

/// Forgets it.
pub fn forget(admin: &str, case: &str) {
    kept().retain(|one| one.admin != admin || one.case != case);
}
