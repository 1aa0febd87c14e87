//! `imgc invite`: invitations made, listed and taken back without a browser, for
//! the first ones of a new service and for whoever has a shell.

use crate::{
    i18n::{self, Locale},
    model::limits::{DAY_MS, INVITATION_DAYS, INVITATION_DAYS_MAX, INVITATION_USES_MAX},
    server::{
        AppState,
        admission::takes_invitations,
        config::Config,
        invitations::{self, NotMade, Wish},
        sharing::{self, SharingError},
        state::StartError,
    },
    store::{
        DbError,
        invitations::{self as stored, Standing},
    },
    ui::format,
};
use clap::{Subcommand, builder::PossibleValuesParser};
use std::fmt::Write;

/// What to do with invitations.
#[derive(Debug, Subcommand)]
pub enum Invite {
    /// Make an invitation and print its link: whoever has it may open an account.
    Create {
        /// What it is for, so that it is known again in the list.
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
        /// The number of accounts it opens.
        #[arg(long, value_name = "NUMBER", default_value_t = 1,
            value_parser = clap::value_parser!(u32).range(1..=i64::from(INVITATION_USES_MAX)))]
        uses: u32,
        /// The number of days it holds.
        #[arg(long, value_name = "NUMBER", default_value_t = INVITATION_DAYS,
            value_parser = clap::value_parser!(u32).range(1..=i64::from(INVITATION_DAYS_MAX)))]
        days: u32,
        /// An e-mail address that the link is sent to, where mail is configured.
        #[arg(long, value_name = "ADDRESS")]
        mail: Option<String>,
        /// The language of that mail, and of the link.
        #[arg(long, value_name = "CODE", default_value = i18n::code(Locale::default()),
            value_parser = PossibleValuesParser::new(i18n::LANGUAGES.iter().map(|(_, code)| *code)))]
        language: String,
    },
    /// List invitations, with the links of those that hold.
    List,
    /// Take an invitation back: its link opens nothing any more.
    Revoke {
        /// Its id, as the list has it.
        id: String,
    },
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// The state of the server cannot be built.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The nodes of the database work otherwise than this command would.
    #[error(transparent)]
    Sharing(#[from] SharingError),
    /// The invitation was not made.
    #[error("no invitation was made: {0}")]
    NotMade(#[from] NotMade),
    /// None of this id holds.
    #[error("no invitation with the id {0} holds: `imgc invite list` tells which do")]
    None(String),
    /// The database.
    #[error("invitations: {0}")]
    Database(#[from] DbError),
}

impl InviteError {
    /// True if another try ends the same, until somebody changes something.
    pub fn is_lasting(&self) -> bool {
        match self {
            InviteError::Start(error) => error.is_lasting(),
            InviteError::Sharing(error) => error.is_lasting(),
            InviteError::NotMade(_) | InviteError::None(_) | InviteError::Database(_) => false,
        }
    }
}

/// Does it, while the server runs or not. Returns a report.
pub async fn invite(config: Config, what: Invite) -> Result<String, InviteError> {
    let state = AppState::open_current(config).await?;
    if state.db.is_shared() {
        sharing::check(&state).await?;
    }
    let done = carry_out(&state, what).await;
    state.db.close().await;
    done
}

async fn carry_out(state: &AppState, what: Invite) -> Result<String, InviteError> {
    match what {
        Invite::Create {
            note,
            uses,
            days,
            mail,
            language,
        } => {
            let locale = i18n::from_code(&language);
            let is_mailed = mail.is_some();
            let mail = mail.map(|address| (address, locale));
            let wish = Wish {
                note,
                uses,
                days,
                mail,
            };
            let id = invitations::make(state, &wish, None).await?;
            tracing::info!(id, uses, days, "an invitation was made by hand");
            let all = stored::list(&state.db).await?;
            let made = all.iter().find(|one| one.id == id);
            let link = made.and_then(|made| invitations::link(state, locale, made));
            let mailed = match is_mailed {
                true => "The server sends it to that address.\n",
                false => "",
            };
            let until = format::iso_day(state.clock.now_ms() + i64::from(days) * DAY_MS);
            Ok(format!(
                "{}\nIt holds until {until}, for {uses} of those who have no account.\n{mailed}{}",
                link.unwrap_or_default(),
                idle(state)
            ))
        }
        Invite::List => Ok(format!("{}{}", list(state).await?, idle(state))),
        Invite::Revoke { id } => match invitations::revoke(state, &id, None).await? {
            true => {
                tracing::info!(id, "an invitation was taken back by hand");
                Ok(format!("{id} opens nothing any more.\n"))
            }
            false => Err(InviteError::None(id)),
        },
    }
}

/// Says so where no invitation helps at present.
fn idle(state: &AppState) -> &'static str {
    match takes_invitations(state) {
        true => "",
        false => "! No invitation opens an account at present: sign_up.mode is not invitation.\n",
    }
}

async fn list(state: &AppState) -> Result<String, DbError> {
    let (all, now_ms) = (stored::list(&state.db).await?, state.clock.now_ms());
    if all.is_empty() {
        return Ok("There are no invitations.\n".into());
    }
    let mut text = String::new();
    for one in &all {
        let standing = match one.standing(now_ms) {
            Standing::Open => "holds until",
            Standing::Ended => "ended on",
            Standing::Revoked => "was taken back on",
            Standing::UsedUp => "is used up; its end is",
        };
        let end = format::iso_day(one.ends_at_ms);
        let (id, used, uses, note) = (&one.id, one.used, one.uses, &one.note);
        let _ = writeln!(
            text,
            "{id}  {used} of {uses} used, {standing} {end}  {note}"
        );
        let link = (one.standing(now_ms) == Standing::Open)
            .then(|| invitations::link(state, Locale::default(), one));
        if let Some(link) = link.flatten() {
            let _ = writeln!(text, "  {link}");
        }
    }
    Ok(text)
}
