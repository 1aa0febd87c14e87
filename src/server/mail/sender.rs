//! The task that sends what waits. Of several nodes one does so at a time, by a lease, and
//! each mail is taken by one statement before it is handed over, so that no two send it.
//!
//! Whatever the host says, a mail is tried until it has waited for three days: retention
//! gives it up then. A host that is away, or that refuses us rather than a mail, is left
//! alone for longer and longer; a mail that it refuses waits by itself. What was handed
//! over and could not be forgotten is remembered, and nothing else is sent before it is.
//! A process that dies between the host's word and that statement sends a mail twice, and
//! so may a host that says nothing for ten minutes at a mail's end: under the same
//! Message-ID.

use super::{
    letter,
    smtp::{Connection, Trouble},
};
use crate::{
    model::limits::{MAIL_AGAIN_MAX_MS, MAIL_AGAIN_MS, MAIL_REFUSED_AGAIN_MS, MAIL_TAKEN_MS},
    server::{AppState, config::MailHost, node_lease},
    store::{
        DbError,
        mail::{self, GIVEN_UP, Mail},
    },
};
use std::time::Duration;
use tokio::{sync::Mutex, time::MissedTickBehavior};

/// How often it is looked for mails that wait.
const EVERY: Duration = Duration::from_secs(5);
/// The lease of the node that sends.
const LEASE: &str = "mail";
/// A host that is away is asked again after this, and twice as long each time after.
const AWAY: Duration = Duration::from_secs(10);
/// But never after longer than this.
const AWAY_MAX: Duration = Duration::from_secs(600);
/// How long a shutdown waits for a mail that is being handed over.
const LEAVING: Duration = Duration::from_secs(5);

/// Ids of mails that were handed over, until their rows are gone.
pub type Sent = Mutex<Vec<String>>;

/// Why a round ended before everything was sent.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// The mail host.
    #[error("the mail host: {0}")]
    Host(#[from] Trouble),
    /// The database.
    #[error("the database: {0}")]
    Database(#[from] DbError),
}

/// Sends what waits, every few seconds until shutdown, where there is a mail host.
pub async fn run(state: AppState) {
    if !state.config.sends_mail() {
        return;
    }
    let mut rounds = tokio::time::interval(EVERY);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let forever = async {
        let mut away = AWAY;
        loop {
            rounds.tick().await;
            match round(&state).await {
                Ok(()) => away = AWAY,
                Err(error) => {
                    tracing::warn!(%error, "mails wait");
                    tokio::time::sleep(away).await;
                    away = (away * 2).min(AWAY_MAX);
                }
            }
        }
    };
    let told_to_end = async {
        state.shutdown.cancelled().await;
        // Nothing new is begun; what is being handed over comes to its end.
        tokio::time::sleep(LEAVING).await;
    };
    let over = async {
        state.shutdown.cancelled().await;
        // Nobody is in the middle of a round.
        drop(state.mail_sent.lock().await);
    };
    tokio::select! {
        () = forever => {}
        () = told_to_end => {}
        () = over => {}
    }
}

/// Sends everything whose turn it is, unless another node does.
pub async fn round(state: &AppState) -> Result<(), Ended> {
    let Some(host) = state.config.mail_host() else {
        return Ok(());
    };
    let mut sent = state.mail_sent.lock().await;
    while let Some(id) = sent.last() {
        mail::done(&state.db, id).await?;
        sent.pop();
    }
    if mail::due(&state.db, state.clock.now_ms()).await?.is_empty() {
        return Ok(());
    }
    let sending = send(state, &host, &mut sent);
    let done = node_lease::for_once(state, LEASE, sending).await;
    done.unwrap_or(Ok(()))
}

/// Notes that so many mails waited too long.
pub fn given_up(state: &AppState, number: u64) {
    if number > 0 {
        tracing::error!(number, "mails could not be sent and were given up");
        state.statistics.count_several(GIVEN_UP, number);
    }
}

async fn send(state: &AppState, host: &MailHost<'_>, sent: &mut Vec<String>) -> Result<(), Ended> {
    let mut connection = None;
    loop {
        let due = mail::due(&state.db, state.clock.now_ms()).await?;
        let mut taken = false;
        for one in due {
            if state.shutdown.is_cancelled() {
                return Ok(());
            }
            taken |= hand_over(state, host, &mut connection, &one, sent).await?;
        }
        if !taken {
            break;
        }
    }
    if let Some(connection) = connection {
        connection.quit().await;
    }
    Ok(())
}

/// Hands one mail over; false if somebody else has it.
async fn hand_over(
    state: &AppState,
    host: &MailHost<'_>,
    connection: &mut Option<Connection>,
    one: &Mail,
    sent: &mut Vec<String>,
) -> Result<bool, Ended> {
    let now_ms = state.clock.now_ms();
    if !one.holds {
        mail::done(&state.db, &one.id).await?;
        return Ok(true);
    }
    let Some(letter) = letter::write(state, host, one) else {
        tracing::warn!(kind = one.kind.as_str(), "a mail cannot be addressed");
        mail::postpone(&state.db, &one.id, now_ms + MAIL_REFUSED_AGAIN_MS).await?;
        return Ok(true);
    };
    // First, so that a host that is away takes no mail's turn.
    let mut open = match connection.take() {
        Some(open) => open,
        None => Connection::open(state, host).await?,
    };
    if !mail::take(&state.db, one, now_ms + MAIL_TAKEN_MS).await? {
        *connection = Some(open);
        return Ok(false);
    }
    let kind = one.kind.as_str();
    match open.send(&letter.to, &letter.message).await {
        Ok(()) => {
            *connection = Some(open);
            tracing::info!(kind, "a mail was handed over");
            state.statistics.count("mail sent");
            // Kept in mind until the row is gone: it is not to be sent again.
            sent.push(one.id.clone());
            mail::done(&state.db, &one.id).await?;
            sent.pop();
            Ok(true)
        }
        Err(Trouble::Mail { code, lasting }) => {
            tracing::warn!(kind, code, lasting, "the mail host refused a mail");
            let until_ms = now_ms + again_ms(one.tries, lasting);
            mail::postpone(&state.db, &one.id, until_ms).await?;
            Ok(true)
        }
        Err(trouble) => {
            mail::postpone(&state.db, &one.id, now_ms).await?;
            Err(trouble.into())
        }
    }
}

/// How long a mail waits that was refused, after so many tries before.
fn again_ms(tries: u32, lasting: bool) -> i64 {
    match lasting {
        true => MAIL_REFUSED_AGAIN_MS,
        false => (MAIL_AGAIN_MS << tries.min(16)).min(MAIL_AGAIN_MAX_MS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::limits::{HOUR_MS, MAIL_MS, MINUTE_MS};

    #[test]
    fn a_mail_that_is_refused_waits_longer_each_time() {
        assert_eq!(again_ms(0, false), MINUTE_MS);
        assert_eq!(again_ms(3, false), 8 * MINUTE_MS);
        assert_eq!(again_ms(99, false), 4 * HOUR_MS);
        assert!(again_ms(0, true) < MAIL_MS, "a few tries at least");
    }
}
