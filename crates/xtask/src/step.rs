//! How each step is announced and timed, in the manner of the scripts.

use anyhow::Result;
use std::{
    io::{IsTerminal, stdout},
    time::{Duration, Instant},
};

/// Says what begins and about how long it takes the first time, does it, and
/// says how long it took.
pub fn step<T>(what: &str, estimate: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let (bold, green, plain) = colours();
    let estimate = if estimate.is_empty() {
        String::new()
    } else {
        format!(" ({estimate})")
    };
    println!("{bold}▸ {what}{plain}{estimate}");
    let start = Instant::now();
    let done = work()?;
    println!("{green}✓ {what} ({}){plain}", words(start.elapsed()));
    Ok(done)
}

/// Only a person at a terminal gets colours.
fn colours() -> (&'static str, &'static str, &'static str) {
    if stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        ("\x1b[1m", "\x1b[32m", "\x1b[0m")
    } else {
        ("", "", "")
    }
}

/// 75 seconds are "1 min 15 s".
fn words(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{} ms", time.as_millis()),
        1..60 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_said_in_words() {
        assert_eq!(words(Duration::from_millis(40)), "40 ms");
        assert_eq!(words(Duration::from_secs(59)), "59 s");
        assert_eq!(words(Duration::from_secs(75)), "1 min 15 s");
    }
}
