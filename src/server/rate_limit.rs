//! Limits: requests per address, jobs per person, event streams per person.

use super::config::Limits;
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use std::{
    collections::HashMap,
    net::IpAddr,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
};

/// The service's limiters.
pub struct RateLimits {
    requests: DefaultKeyedRateLimiter<IpAddr>,
    sign_ins: DefaultKeyedRateLimiter<IpAddr>,
    jobs: DefaultKeyedRateLimiter<String>,
    reports: DefaultKeyedRateLimiter<IpAddr>,
    streams: Arc<Mutex<HashMap<String, usize>>>,
}

/// A held event stream; dropping it gives the place back.
pub struct Slot {
    streams: Arc<Mutex<HashMap<String, usize>>>,
    user_id: String,
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
            streams: Arc::default(),
        }
    }

    /// Counts a request of an address; an error says how many seconds to wait.
    pub fn request(&self, address: IpAddr) -> Result<(), u32> {
        check(&self.requests, &network(address))
    }

    /// Counts the beginning of a sign-in.
    pub fn sign_in(&self, address: IpAddr) -> Result<(), u32> {
        check(&self.sign_ins, &network(address))
    }

    /// Counts a job of a person.
    pub fn job(&self, user_id: &str) -> Result<(), u32> {
        check(&self.jobs, &user_id.to_owned())
    }

    /// Counts a report of an address.
    pub fn report(&self, address: IpAddr) -> Result<(), u32> {
        check(&self.reports, &network(address))
    }

    /// Takes one of a person's event streams, if one is left.
    pub fn stream(&self, user_id: &str, most: usize) -> Option<Slot> {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let held = streams.entry(user_id.to_owned()).or_default();
        if *held >= most {
            return None;
        }
        *held += 1;
        Some(Slot {
            streams: self.streams.clone(),
            user_id: user_id.to_owned(),
        })
    }

    /// Forgets addresses and people that used nothing lately.
    pub fn sweep(&self) {
        self.requests.retain_recent();
        self.sign_ins.retain_recent();
        self.jobs.retain_recent();
        self.reports.retain_recent();
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = streams.get_mut(&self.user_id) {
            *held -= 1;
            if *held == 0 {
                streams.remove(&self.user_id);
            }
        }
    }
}

fn check<K: std::hash::Hash + Eq + Clone>(
    limiter: &DefaultKeyedRateLimiter<K>,
    key: &K,
) -> Result<(), u32> {
    limiter.check_key(key).map_err(|not_until| {
        let wait = not_until.wait_time_from(DefaultClock::default().now());
        u32::try_from(wait.as_secs())
            .unwrap_or(u32::MAX)
            .saturating_add(1)
    })
}

/// An IPv6 customer has a whole /64: that is who counts, not the address.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let mut segments = v6.segments();
            segments[4..].fill(0);
            IpAddr::V6(segments.into())
        }
        v4 => v4,
    }
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
