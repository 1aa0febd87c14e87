//! Limits: requests per address, jobs per person, event streams and uploads at
//! once per person.
//!
//! Each node counts in its own memory, and knows at once. Sign-ins, reports, jobs
//! and wrong invitations are counted in rows as well where several nodes share a
//! database, because a limit on them is worth nothing if another node begins anew.

mod in_common;
mod wrong;

use super::{AppState, client_addr::network, config::Limits};
use crate::model::limits::{UPLOADS_AT_ONCE_PER_PERSON, WRONG_INVITATIONS_PER_MINUTE};
use governor::{
    DefaultDirectRateLimiter, DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use in_common::Limit;
use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wrong::WrongTokens;

/// How long an upload waits for others to end before it is sent away.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(20);
/// When to come back after that, in seconds.
const UPLOAD_AGAIN_S: u32 = 20;
/// When an address with too many requests under way may send the next, in seconds.
const CROWDED_AGAIN_S: u32 = 5;

/// The service's limiters.
pub struct RateLimits {
    requests: DefaultKeyedRateLimiter<IpAddr>,
    sign_ins: DefaultKeyedRateLimiter<IpAddr>,
    jobs: DefaultKeyedRateLimiter<String>,
    reports: DefaultKeyedRateLimiter<IpAddr>,
    invitations: WrongTokens,
    all_sign_ins: DefaultDirectRateLimiter,
    all_reports: DefaultDirectRateLimiter,
    uploads: Mutex<HashMap<String, Arc<Semaphore>>>,
    streams: Counts<String>,
    under_way: Counts<IpAddr>,
}

/// How many of something each holds.
type Counts<K> = Arc<Mutex<HashMap<K, usize>>>;

/// An upload under way; dropping it gives its place back.
pub struct UploadSlot {
    _place: OwnedSemaphorePermit,
}

/// A held event stream or request; dropping it gives the place back.
pub struct Slot<K: Eq + Hash = String> {
    counts: Counts<K>,
    key: K,
}

impl<K: Clone + Eq + Hash> Slot<K> {
    /// One more for `key`, if it has fewer than `most`.
    fn take(counts: &Counts<K>, key: K, most: usize) -> Option<Slot<K>> {
        let mut held = counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(key.clone()).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Slot {
            counts: counts.clone(),
            key,
        })
    }
}

impl RateLimits {
    /// Limiters for the configured figures.
    pub fn new(limits: &Limits) -> RateLimits {
        let per_minute =
            |n: u32| Quota::per_minute(NonZeroU32::new(n.max(1)).unwrap_or(NonZeroU32::MIN));
        RateLimits {
            requests: RateLimiter::keyed(per_minute(limits.requests_per_minute)),
            sign_ins: RateLimiter::keyed(per_minute(limits.sign_ins_per_minute)),
            jobs: RateLimiter::keyed(per_minute(limits.jobs_per_minute)),
            reports: RateLimiter::keyed(per_minute(limits.reports_per_minute)),
            invitations: WrongTokens::new(per_minute(WRONG_INVITATIONS_PER_MINUTE)),
            all_sign_ins: RateLimiter::direct(per_minute(limits.sign_ins_per_minute_in_all)),
            all_reports: RateLimiter::direct(per_minute(limits.reports_per_minute_in_all)),
            uploads: Mutex::default(),
            streams: Arc::default(),
            under_way: Arc::default(),
        }
    }

    /// Counts a request of an address; an error says how many seconds to wait.
    pub fn request(&self, address: IpAddr) -> Result<(), u32> {
        check(&self.requests, &network(address))
    }

    /// Counts the beginning of a sign-in, or a stranger's words that wait for one;
    /// an error says how many seconds to wait.
    pub async fn sign_in(&self, state: &AppState, address: IpAddr) -> Result<(), u32> {
        let network = network(address);
        check(&self.sign_ins, &network)?;
        check_all(&self.all_sign_ins)?;
        let most = &state.config.imgc.limits;
        let limits = [
            Limit {
                kind: "sign_ins",
                whose: Some(network.to_string()),
                most: most.sign_ins_per_minute,
            },
            Limit {
                kind: "sign_ins_in_all",
                whose: None,
                most: most.sign_ins_per_minute_in_all,
            },
        ];
        in_common::count(state, &limits).await
    }

    /// Counts a job of a person; an error says how many seconds to wait.
    pub async fn job(&self, state: &AppState, user_id: &str) -> Result<(), u32> {
        check(&self.jobs, &user_id.to_owned())?;
        let limit = Limit {
            kind: "jobs",
            whose: Some(user_id.to_owned()),
            most: state.config.imgc.limits.jobs_per_minute,
        };
        in_common::count(state, &[limit]).await
    }

    /// Counts a report of an address; an error says how many seconds to wait.
    pub async fn report(&self, state: &AppState, address: IpAddr) -> Result<(), u32> {
        let network = network(address);
        check(&self.reports, &network)?;
        check_all(&self.all_reports)?;
        let most = &state.config.imgc.limits;
        let limits = [
            Limit {
                kind: "reports",
                whose: Some(network.to_string()),
                most: most.reports_per_minute,
            },
            Limit {
                kind: "reports_in_all",
                whose: None,
                most: most.reports_per_minute_in_all,
            },
        ];
        in_common::count(state, &limits).await
    }

    /// Whether an invitation that this address presents is looked up; an error says
    /// how many seconds to wait.
    pub fn invitation(&self, address: IpAddr) -> Result<(), u32> {
        self.invitations.may_present(network(address))
    }

    /// Counts a link of an address that is no invitation's; an error says how many
    /// seconds nothing more of theirs is looked at.
    pub async fn wrong_invitation(&self, state: &AppState, address: IpAddr) -> Result<(), u32> {
        let network = network(address);
        let limit = Limit {
            kind: "invitations",
            whose: Some(network.to_string()),
            most: WRONG_INVITATIONS_PER_MINUTE,
        };
        let counted = match self.invitations.count(network) {
            Ok(()) => in_common::count(state, &[limit]).await,
            refused => refused,
        };
        counted.inspect_err(|wait_s| self.invitations.wait(network, *wait_s))
    }

    /// Waits until one of a person's uploads may begin; an error says how many
    /// seconds to stay away.
    pub async fn upload(&self, user_id: &str) -> Result<UploadSlot, u32> {
        let own = {
            let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
            uploads
                .entry(user_id.to_owned())
                .or_insert_with(|| Arc::new(Semaphore::new(UPLOADS_AT_ONCE_PER_PERSON)))
                .clone()
        };
        // The person's own places alone: one that all share could be held by a few
        // who send slowly. What was sent is read one at a time for each person, too.
        match tokio::time::timeout(UPLOAD_PATIENCE, own.acquire_owned()).await {
            Ok(Ok(place)) => Ok(UploadSlot { _place: place }),
            _ => Err(UPLOAD_AGAIN_S),
        }
    }

    /// Takes one of a person's event streams, if one is left.
    pub fn stream(&self, user_id: &str, most: usize) -> Option<Slot> {
        Slot::take(&self.streams, user_id.to_owned(), most)
    }

    /// Takes one of an address's places for requests under way, if one is left:
    /// behind a proxy, all connections are the proxy's.
    pub fn under_way(&self, address: IpAddr, most: usize) -> Result<Slot<IpAddr>, u32> {
        Slot::take(&self.under_way, network(address), most).ok_or(CROWDED_AGAIN_S)
    }

    /// Forgets addresses and people that used nothing lately.
    pub fn sweep(&self) {
        self.requests.retain_recent();
        self.sign_ins.retain_recent();
        self.jobs.retain_recent();
        self.reports.retain_recent();
        self.invitations.sweep();
        let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        uploads.retain(|_, own| Arc::strong_count(own) > 1);
    }
}

impl<K: Eq + Hash> Drop for Slot<K> {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = counts.get_mut(&self.key) {
            *held -= 1;
            if *held == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

fn check<K: Hash + Eq + Clone>(limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> Result<(), u32> {
    limiter
        .check_key(key)
        .map_err(|not_until| wait_s(&not_until))
}

fn check_all(limiter: &DefaultDirectRateLimiter) -> Result<(), u32> {
    limiter.check().map_err(|until| wait_s(&until))
}

/// The seconds until the next one is taken.
fn wait_s(until: &NotUntil<<DefaultClock as Clock>::Instant>) -> u32 {
    wait_s_until(until.wait_time_from(DefaultClock::default().now()))
}

/// Whole seconds after which so much time is over.
fn wait_s_until(wait: Duration) -> u32 {
    u32::try_from(wait.as_secs())
        .unwrap_or(u32::MAX)
        .saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_ipv6_network_shares_one_limit() {
        let limits = RateLimits::new(&Limits {
            requests_per_minute: 2,
            ..Limits::default()
        });
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        assert!(limits.request(address("2001:db8:1:2::1")).is_ok());
        assert!(limits.request(address("2001:db8:1:2:ffff::9")).is_ok());
        assert!(limits.request(address("2001:db8:1:2::3")).is_err());
        assert!(limits.request(address("2001:db8:1:3::1")).is_ok());
        assert!(limits.request(address("::ffff:192.0.2.1")).is_ok());
        assert!(limits.request(address("192.0.2.1")).is_ok());
        assert!(limits.request(address("192.0.2.1")).is_err());
    }

    #[test]
    fn dropping_a_stream_gives_its_place_back() {
        let limits = RateLimits::new(&Limits::default());
        let first = limits.stream("a", 1);
        assert!(first.is_some() && limits.stream("a", 1).is_none());
        drop(first);
        assert!(limits.stream("a", 1).is_some());
    }
}
