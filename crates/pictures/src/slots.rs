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

/// Runs `work` on a thread when a decoder is free. The permit travels with it, so that
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
    let (sender, done) = tokio::sync::oneshot::channel();
    // A thread of its own, because it steps back behind the others and could not come
    // forward again.
    let thread = std::thread::Builder::new().name("decoder".to_owned());
    let begun = thread.spawn(move || {
        let _permit = permit;
        step_back();
        // Whoever asked may have given up.
        let _ = sender.send(work(most.map_or(Effort::unbounded(), Effort::at_most)));
    });
    if let Err(error) = begun {
        tracing::error!(%error, "no thread could be had for a picture");
        return Err(PictureError::Busy);
    }
    done.await.unwrap_or_else(|_| {
        tracing::error!("a picture decoder panicked");
        Err(decoders.panicked)
    })
}

/// How much nicer a decoder is than the threads that answer requests and bring paid
/// pictures to safety: it still gets a quarter of a processor that one of them wants.
#[cfg(target_os = "linux")]
const NICER: i32 = 5;

/// Lets other threads of this process go first.
#[cfg(target_os = "linux")]
fn step_back() {
    // Where the system refuses, all are equal.
    if let Ok(own) = rustix::process::getpriority_process(None) {
        let thread = Some(rustix::thread::gettid());
        let _ = rustix::process::setpriority_process(thread, own + NICER);
    }
}

#[cfg(not(target_os = "linux"))]
fn step_back() {}
