//! Who presented too many wrong tokens, and how long nothing more of theirs is
//! looked at: not even the right one, or guessing would go on all the same.

use super::{check, wait_s_until};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Wrong tokens by network.
pub(super) struct WrongTokens {
    counted: DefaultKeyedRateLimiter<IpAddr>,
    waiting: Mutex<HashMap<IpAddr, Instant>>,
}

impl WrongTokens {
    /// So many a minute are looked at.
    pub(super) fn new(quota: Quota) -> WrongTokens {
        WrongTokens {
            counted: RateLimiter::keyed(quota),
            waiting: Mutex::default(),
        }
    }

    /// Whether a token of this network is looked at; an error says how many seconds
    /// to wait.
    pub(super) fn may_present(&self, network: IpAddr) -> Result<(), u32> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(until) = waiting.get(&network) else {
            return Ok(());
        };
        match until.checked_duration_since(Instant::now()) {
            Some(left) if !left.is_zero() => Err(wait_s_until(left)),
            _ => {
                waiting.remove(&network);
                Ok(())
            }
        }
    }

    /// Counts a wrong one; an error says how many seconds to wait.
    pub(super) fn count(&self, network: IpAddr) -> Result<(), u32> {
        check(&self.counted, &network)
    }

    /// Looks at nothing of this network for so many seconds.
    pub(super) fn wait(&self, network: IpAddr, seconds: u32) {
        let until = Instant::now() + Duration::from_secs(u64::from(seconds));
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.insert(network, until);
    }

    /// Forgets those who presented nothing wrong lately.
    pub(super) fn sweep(&self) {
        self.counted.retain_recent();
        let now = Instant::now();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, until| *until > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU32;

    #[test]
    fn whoever_guesses_waits_and_nobody_else_does() {
        let wrong = WrongTokens::new(Quota::per_minute(NonZeroU32::MIN));
        let network = |last| IpAddr::from([192, 0, 2, last]);
        assert!(wrong.may_present(network(1)).is_ok());
        assert!(wrong.count(network(1)).is_ok());
        let wait_s = wrong.count(network(1)).expect_err("one a minute");
        wrong.wait(network(1), wait_s);
        let left_s = wrong.may_present(network(1)).expect_err("waiting");
        assert!((1..=wait_s).contains(&left_s), "{left_s} of {wait_s}");
        assert!(wrong.may_present(network(2)).is_ok());
        wrong.wait(network(1), 0);
        wrong.sweep();
        assert!(wrong.may_present(network(1)).is_ok());
    }
}
