//! What is done too often: pictures that moderation refuses, bursts of new accounts, new
//! accounts from one network, sign-ins that fail. Whoever does so waits, and stands on
//! a short list for a person to look at; nothing here suspends anybody.
//!
//! It is kept in this process' memory and no longer than a day: people by their id,
//! networks under a keyed hash. Of several nodes each knows its own.

use super::{AppState, client_addr::network};
use crate::{
    error::{AppError, SignInProblem},
    model::limits::{
        ABUSE_KEPT_MS, ABUSE_WATCHED_MAX, FAILED_SIGN_INS_MAX, FAILED_SIGN_INS_MS, NEW_ACCOUNT_MS,
        NEW_ACCOUNTS_MAX, NEW_ACCOUNTS_MS, NEW_BURST_MIN, NEW_BURST_MS, REFUSALS_MAX, REFUSALS_MS,
    },
};
use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What somebody does too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sign {
    /// A person's pictures are refused by moderation.
    Refusals,
    /// A new account makes much at once.
    Burst,
    /// A network opens accounts.
    Accounts,
    /// A network's sign-ins fail.
    SignIns,
}

impl Sign {
    /// How often within how many milliseconds is too often. A new account may make half of
    /// a day's pictures within an hour.
    fn limit(self, pictures_per_day: u32) -> (usize, i64) {
        match self {
            Sign::Refusals => (REFUSALS_MAX, REFUSALS_MS),
            Sign::Burst => (
                (pictures_per_day as usize / 2).max(NEW_BURST_MIN),
                NEW_BURST_MS,
            ),
            Sign::Accounts => (NEW_ACCOUNTS_MAX, NEW_ACCOUNTS_MS),
            Sign::SignIns => (FAILED_SIGN_INS_MAX, FAILED_SIGN_INS_MS),
        }
    }

    /// Whether it is a person's, and not a network's.
    pub fn is_of_person(self) -> bool {
        matches!(self, Sign::Refusals | Sign::Burst)
    }
}

/// Somebody to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noticed {
    /// What they do too often.
    pub sign: Sign,
    /// A person's id, or the keyed hash of a network.
    pub whose: String,
    /// When it was too often for the last time, Unix milliseconds.
    pub at_ms: i64,
}

/// When somebody did it, the oldest first, and when it was too often.
#[derive(Default)]
struct Done {
    at_ms: VecDeque<i64>,
    too_often_ms: Option<i64>,
}

/// What is kept of everybody.
#[derive(Default)]
pub struct Abuse(Mutex<HashMap<(Sign, String), Done>>);

impl Abuse {
    fn watched(&self) -> MutexGuard<'_, HashMap<(Sign, String), Done>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, sign: Sign, whose: String, (most, within_ms): (usize, i64), now_ms: i64) {
        let mut watched = self.watched();
        if watched.len() >= ABUSE_WATCHED_MAX {
            watched.retain(|_, done| done.is_kept(now_ms));
            // More than anybody looks at: nobody is thrown out for others.
            if watched.len() >= ABUSE_WATCHED_MAX {
                return;
            }
        }
        let done = watched.entry((sign, whose)).or_default();
        done.at_ms.push_back(now_ms);
        while done.at_ms.len() > most {
            done.at_ms.pop_front();
        }
        if done.is_full(most, within_ms, now_ms) {
            if done.too_often_ms.is_none() {
                tracing::warn!(?sign, "something is done too often: see /admin");
            }
            done.too_often_ms = Some(now_ms);
        }
    }

    /// Whether they may go on; an error says how many seconds to wait.
    fn may(
        &self,
        sign: Sign,
        whose: &str,
        (most, within_ms): (usize, i64),
        now_ms: i64,
    ) -> Result<(), u32> {
        let watched = self.watched();
        let done = watched.get(&(sign, whose.to_owned()));
        match done.filter(|done| done.is_full(most, within_ms, now_ms)) {
            None => Ok(()),
            Some(done) => {
                let oldest_ms = done.at_ms.front().copied().unwrap_or(now_ms);
                let left_ms = (oldest_ms + within_ms - now_ms).max(1);
                let left_s = left_ms.unsigned_abs().div_ceil(1000);
                Err(u32::try_from(left_s).unwrap_or(u32::MAX))
            }
        }
    }

    /// Who did something too often within the last day, the latest first.
    pub fn noticed(&self, now_ms: i64) -> Vec<Noticed> {
        let mut watched = self.watched();
        watched.retain(|_, done| done.is_kept(now_ms));
        let noticed = watched.iter().filter_map(|((sign, whose), done)| {
            Some(Noticed {
                sign: *sign,
                whose: whose.clone(),
                at_ms: done.too_often_ms?,
            })
        });
        let mut noticed: Vec<Noticed> = noticed.collect();
        noticed.sort_by_key(|one| std::cmp::Reverse((one.at_ms, one.sign)));
        noticed.truncate(20);
        noticed
    }

    /// Forgets what is older than a day.
    pub fn sweep(&self, now_ms: i64) {
        self.watched().retain(|_, done| done.is_kept(now_ms));
    }
}

impl Done {
    fn is_full(&self, most: usize, within_ms: i64, now_ms: i64) -> bool {
        let oldest = self.at_ms.front();
        self.at_ms.len() >= most && oldest.is_some_and(|at_ms| now_ms - at_ms < within_ms)
    }

    fn is_kept(&self, now_ms: i64) -> bool {
        let newest = self.at_ms.back();
        newest.is_some_and(|at_ms| now_ms - at_ms < ABUSE_KEPT_MS)
    }
}

fn limit(state: &AppState, sign: Sign) -> (usize, i64) {
    sign.limit(state.config.imgc.limits.pictures_per_day)
}

/// Counts a picture of a person's that moderation refused.
pub fn refused(state: &AppState, user_id: &str) {
    let limit = limit(state, Sign::Refusals);
    let now_ms = state.clock.now_ms();
    state
        .abuse
        .count(Sign::Refusals, user_id.to_owned(), limit, now_ms);
}

/// Whether a person may make something now; an error says how many seconds to wait.
pub fn may_make(state: &AppState, user_id: &str) -> Result<(), u32> {
    let now_ms = state.clock.now_ms();
    let refusals = limit(state, Sign::Refusals);
    state.abuse.may(Sign::Refusals, user_id, refusals, now_ms)?;
    state
        .abuse
        .may(Sign::Burst, user_id, limit(state, Sign::Burst), now_ms)
}

/// Counts what a person has queued, where their account is new. In the demo everybody is.
pub fn made(state: &AppState, user_id: &str) {
    let now_ms = state.clock.now_ms();
    if !state.config.demo && is_new(user_id, now_ms) {
        let burst = limit(state, Sign::Burst);
        state
            .abuse
            .count(Sign::Burst, user_id.to_owned(), burst, now_ms);
    }
}

/// Whether an account was opened within the last day: its id says when.
fn is_new(user_id: &str, now_ms: i64) -> bool {
    let id = uuid::Uuid::parse_str(user_id).ok();
    let made = id.and_then(|id| id.get_timestamp()).map(|at| at.to_unix());
    made.is_some_and(|(seconds, _)| {
        let made_ms = i64::try_from(seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(1000);
        now_ms - made_ms < NEW_ACCOUNT_MS
    })
}

/// The name that a network is known by; none for this machine's own address, behind which
/// nobody is who is not here.
fn name_of(state: &AppState, client: IpAddr) -> Option<String> {
    let network = network(client);
    (!client.to_canonical().is_loopback())
        .then(|| state.key.rate_name("abuse", &network.to_string()))
}

/// Whether a network may open another account; an error says how many seconds to wait.
pub fn may_open_account(state: &AppState, client: IpAddr) -> Result<(), u32> {
    may_of_network(state, Sign::Accounts, client)
}

/// Counts an account that a network opened.
pub fn account_opened(state: &AppState, client: IpAddr) {
    count_of_network(state, Sign::Accounts, client);
}

/// Whether a network may begin another sign-in; an error says how many seconds to wait.
pub fn may_sign_in(state: &AppState, client: IpAddr) -> Result<(), u32> {
    may_of_network(state, Sign::SignIns, client)
}

/// Counts a sign-in of a network's that ended with this error: where the answer was
/// refused, and not where somebody changed their mind or a service is to blame.
pub fn noted(state: &AppState, client: IpAddr, error: AppError) -> AppError {
    let reason = SignInProblem::AnswerRefused;
    if error == (AppError::SignInFailed { reason }) {
        count_of_network(state, Sign::SignIns, client);
    }
    error
}

fn may_of_network(state: &AppState, sign: Sign, client: IpAddr) -> Result<(), u32> {
    let now_ms = state.clock.now_ms();
    match name_of(state, client) {
        Some(whose) => state.abuse.may(sign, &whose, limit(state, sign), now_ms),
        None => Ok(()),
    }
}

fn count_of_network(state: &AppState, sign: Sign, client: IpAddr) {
    let now_ms = state.clock.now_ms();
    if let Some(whose) = name_of(state, client) {
        state.abuse.count(sign, whose, limit(state, sign), now_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_does_it_too_often_waits_until_it_is_long_enough_ago() {
        let abuse = Abuse::default();
        let limit = (3, 1_000);
        let may = |now_ms| abuse.may(Sign::Burst, "ada", limit, now_ms);
        for now_ms in [0, 100, 200] {
            assert_eq!(may(now_ms), Ok(()));
            abuse.count(Sign::Burst, "ada".to_owned(), limit, now_ms);
        }
        assert_eq!(may(300), Err(1));
        assert_eq!(abuse.may(Sign::Burst, "sam", limit, 300), Ok(()));
        assert_eq!(abuse.may(Sign::Refusals, "ada", limit, 300), Ok(()));
        assert_eq!(may(1_000), Ok(()), "the first is a second ago");
        let noticed = abuse.noticed(2_000);
        let expected = Noticed {
            sign: Sign::Burst,
            whose: "ada".to_owned(),
            at_ms: 200,
        };
        assert_eq!(noticed, [expected]);
        assert!(abuse.noticed(200 + ABUSE_KEPT_MS).is_empty());
        assert!(abuse.watched().is_empty(), "and nothing is left of it");
    }

    #[test]
    fn what_is_watched_is_bounded() {
        let abuse = Abuse::default();
        for number in 0..=ABUSE_WATCHED_MAX {
            abuse.count(Sign::SignIns, number.to_string(), (2, 1_000), 0);
        }
        assert_eq!(abuse.watched().len(), ABUSE_WATCHED_MAX);
        abuse.count(Sign::SignIns, "later".to_owned(), (2, 1_000), ABUSE_KEPT_MS);
        assert_eq!(abuse.watched().len(), 1);
    }

    #[test]
    fn an_accounts_id_says_whether_it_is_new() {
        let now_ms = 1_800_000_000_000;
        let id = |at_s: u64| {
            let at = uuid::Timestamp::from_unix(uuid::NoContext, at_s, 0);
            uuid::Uuid::new_v7(at).to_string()
        };
        assert!(is_new(&id(1_800_000_000 - 60), now_ms));
        assert!(!is_new(&id(1_800_000_000 - 90_000), now_ms));
        assert!(!is_new("nobody", now_ms));
    }
}
