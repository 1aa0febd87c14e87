//! Decoders, shared out: how many pictures are decoded at once, and how much work each may cost.
//!
//! Pictures that were paid for and pictures that somebody sent wait in lines of their own, so that
//! nobody's uploads keep paid pictures waiting. Work is counted in the processor's time: a busy
//! machine makes a picture late, not damaged.

use std::time::Duration;

use tokio::sync::Semaphore;

use super::{PictureError, WAIT_MAX, WORK_MAX};

/// Decoders in each line: with [`super::MAX_DECODER_BYTES`] this bounds what can be allocated.
pub(super) const DECODERS: usize = 2;

/// The decoders for one kind of picture.
pub(super) struct Decoders {
    pub(super) free: Semaphore,
    /// The longest wait for a free one, and the most work; `None` where nothing hurries.
    bounds: Option<(Duration, Duration)>,
    /// What a panic means: bytes no decoder can read, or something to try again.
    panicked: PictureError,
}

/// For pictures that were paid for.
pub(super) static PAID: Decoders = Decoders {
    free: Semaphore::const_new(DECODERS),
    bounds: None,
    panicked: PictureError::Failed,
};

/// For pictures that somebody sent: references, masks, avatars.
pub(super) static SENT: Decoders = Decoders {
    free: Semaphore::const_new(DECODERS),
    bounds: Some((WAIT_MAX, WORK_MAX)),
    panicked: PictureError::Damaged,
};

/// The work a picture has cost so far, and the most it may.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// The thread's time at which the work is too much.
    until: Option<Duration>,
}

impl Effort {
    /// Work that is bounded by pixels and bytes alone.
    pub(super) fn unbounded() -> Effort {
        Effort { until: None }
    }

    /// Work of this thread that begins now and costs at most so much of its time.
    pub(super) fn at_most(most: Duration) -> Effort {
        Effort {
            until: Some(thread_time().saturating_add(most)),
        }
    }

    /// Stops work that has cost too much. Asked between steps: a thread cannot be stopped from
    /// outside.
    pub(super) fn check(self) -> Result<(), PictureError> {
        match self.until {
            Some(until) if thread_time() >= until => Err(PictureError::TooSlow),
            _ => Ok(()),
        }
    }
}

/// The processor's time that this thread has had.
#[cfg(unix)]
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}

/// Where the system does not say, the time that went by has to do.
#[cfg(not(unix))]
fn thread_time() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}

/// Runs `work` on a blocking thread when a decoder is free. The permit travels with it, so that
/// work whose caller went away still counts as a decode.
pub(super) async fn off_thread<T, W>(
    decoders: &'static Decoders,
    work: W,
) -> Result<T, PictureError>
where
    T: Send + 'static,
    W: FnOnce(Effort) -> Result<T, PictureError> + Send + 'static,
{
    let free = decoders.free.acquire();
    let permit = match decoders.bounds {
        None => free.await,
        Some((wait, _)) => tokio::time::timeout(wait, free)
            .await
            .map_err(|_| PictureError::Busy)?,
    };
    let permit = permit.map_err(|_| PictureError::Failed)?;
    let most = decoders.bounds.map(|(_, most)| most);
    let handle = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work(most.map_or(Effort::unbounded(), Effort::at_most))
    });
    handle.await.unwrap_or_else(|error| {
        if error.is_panic() {
            tracing::error!("a picture decoder panicked");
            Err(decoders.panicked)
        } else {
            Err(PictureError::Failed)
        }
    })
}
