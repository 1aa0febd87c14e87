//! When something that is kept was last asked for: what nobody asks for any more is
//! forgotten, for its picture may have been taken back or erased since.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

/// How long what nobody asks for may stay, in seconds.
pub(super) const MOST_IDLE_S: u64 = 60;

static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Seconds by a clock that only goes forward.
pub(super) fn now_s() -> u64 {
    BEGAN.elapsed().as_secs()
}

/// The moment at which something was last asked for.
pub(super) struct Seen(AtomicU64);

impl Seen {
    /// Now, for the first time.
    pub(super) fn now() -> Seen {
        Seen(AtomicU64::new(now_s()))
    }

    /// Now, once more.
    pub(super) fn again(&self) {
        self.0.store(now_s(), Ordering::Relaxed);
    }

    /// Whether that is too long ago at this moment (see [`now_s`]).
    pub(super) fn is_idle_at(&self, now_s: u64) -> bool {
        now_s.saturating_sub(self.0.load(Ordering::Relaxed)) >= MOST_IDLE_S
    }
}
