//! What the doctor tries of the mail host: a connection, encrypted, under our name, with
//! nothing sent over it.

use super::Check;
use crate::{
    model::limits::MAIL_WARNING_MS,
    server::{
        AppState,
        mail::smtp::{Connection, Trouble},
    },
    store::mail,
    ui::format,
};
use std::fmt::Write;

/// Whether mails can be handed over, where a host is configured.
pub(super) async fn check(state: &AppState) -> Option<Check> {
    state.config.mail_host()?;
    let done = converse(state).await.map_err(super::Trouble::Mail);
    Some(("mail host", done))
}

async fn converse(state: &AppState) -> Result<(), Trouble> {
    let Some(host) = state.config.mail_host() else {
        return Ok(());
    };
    let mut connection = Connection::open(state, &host).await?;
    connection.check().await?;
    connection.quit().await;
    Ok(())
}

/// What waits for too long, and what was given up.
pub(super) async fn report(state: &AppState, report: &mut String) {
    let Ok(stands) = mail::standing(&state.db, state.clock.day_start_ms()).await else {
        return;
    };
    let late = |since_ms: &i64| state.clock.now_ms() - since_ms > MAIL_WARNING_MS;
    if let Some(oldest_ms) = stands.oldest_ms.filter(late) {
        let _ = writeln!(
            report,
            "  ! {} mails wait to be sent, the oldest since {}",
            stands.waiting,
            format::iso(oldest_ms)
        );
    }
    if stands.given_up > 0 {
        let _ = writeln!(
            report,
            "  ! {} mails of the last 30 days were given up: the log has the host's answers",
            stands.given_up
        );
    }
}
