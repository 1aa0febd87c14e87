//! What the process is told from outside, and what it tells: signals, and
//! systemd's notifications.

use sd_notify::NotifyState;
use std::io::{IsTerminal, stdin};

/// Tells systemd that requests are answered. Without `NOTIFY_SOCKET` in the
/// environment this is nothing.
pub fn tell_ready() {
    tell(NotifyState::Ready);
}

/// Tells systemd that the end has begun.
pub fn tell_stopping() {
    tell(NotifyState::Stopping);
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "systemd could not be told (NOTIFY_SOCKET)");
    }
}

/// Waits until the process is asked to end: SIGINT, SIGTERM, or the terminal
/// that it runs on was closed.
#[cfg(unix)]
pub async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|error| tracing::error!(%error, "no signals"));
    let signals = (
        listen(SignalKind::interrupt()),
        listen(SignalKind::terminate()),
        listen(SignalKind::hangup()),
    );
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) = signals else {
        return std::future::pending().await;
    };
    // Without a terminal a hang-up can only be a request to read the
    // configuration again, from habit; to end for it would surprise.
    let on_terminal = stdin().is_terminal();
    loop {
        tokio::select! {
            _ = interrupt.recv() => return,
            _ = terminate.recv() => return,
            _ = hangup.recv() => {
                if on_terminal {
                    return;
                }
                tracing::warn!("SIGHUP is ignored: the configuration is read at the start alone");
            }
        }
    }
}

/// Waits until the process is asked to end.
#[cfg(not(unix))]
pub async fn asked_to_end() {
    let _ = tokio::signal::ctrl_c().await;
}
