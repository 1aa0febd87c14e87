//! Invitations, whoever makes them: an administrator on their page, or the
//! operator by the command line.

use super::{AppState, mail, secrets};
use crate::{
    i18n::Locale,
    model::{
        limits::{DAY_MS, INVITATION_DAYS_MAX, INVITATION_NOTE_CHARS, INVITATION_USES_MAX},
        typed::line,
    },
    routes::Route,
    store::{
        DbError,
        invitations::{self, Invitation, NewInvitation},
        reports::Act,
    },
};
use std::net::IpAddr;

/// The length of a token, in characters: 256 bits in base64url.
const TOKEN_CHARS: usize = 43;

/// An invitation as somebody asks for it.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What it is for.
    pub note: String,
    /// The number of accounts it opens.
    pub uses: u32,
    /// The number of days it holds.
    pub days: u32,
    /// Where its link is sent by mail, and the language of that mail.
    pub mail: Option<(String, Locale)>,
}

/// Why an invitation was not made.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    /// A figure or the note is beyond its limits.
    #[error(
        "a note has {INVITATION_NOTE_CHARS} characters at most, an invitation opens from 1 to \
         {INVITATION_USES_MAX} accounts and holds from 1 to {INVITATION_DAYS_MAX} days"
    )]
    OutOfBounds,
    /// Where it was to go is no address.
    #[error("this is no e-mail address that a mail can be sent to")]
    NoAddress,
    /// No mail is sent.
    #[error("no mail is sent: set mail.host (or IMGC_MAIL_HOST)")]
    NoMail,
    /// As many hold as may.
    #[error("too many invitations hold at the same time: take some back first")]
    TooMany,
    /// The database.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// Makes an invitation; returns its id. With the id of the administrator who does,
/// and the record of it.
pub async fn make(
    state: &AppState,
    wish: &Wish,
    maker: Option<(&str, Act)>,
) -> Result<String, NotMade> {
    let note = line(&wish.note);
    let bounded = note.chars().count() <= INVITATION_NOTE_CHARS as usize
        && (1..=INVITATION_USES_MAX).contains(&wish.uses)
        && (1..=INVITATION_DAYS_MAX).contains(&wish.days);
    if !bounded {
        return Err(NotMade::OutOfBounds);
    }
    let id = uuid::Uuid::now_v7().to_string();
    let now_ms = state.clock.now_ms();
    let new = NewInvitation {
        id: &id,
        token_hash: &hash(&state.key.invitation_token(&id)),
        maker: maker.as_ref().map(|(maker, _)| *maker),
        note: &note,
        created_at_ms: now_ms,
        ends_at_ms: now_ms + i64::from(wish.days) * DAY_MS,
        uses: wish.uses,
    };
    let act = maker.map(|(_, act)| Act {
        reason: id.clone(),
        ..act
    });
    let act_id = uuid::Uuid::now_v7().to_string();
    let act = act.as_ref().map(|act| (act_id.as_str(), act));
    let mails = mail::of_invitation(state, &id, wish)?;
    match invitations::make(&state.db, &new, act, mails).await? {
        true => Ok(id),
        false => Err(NotMade::TooMany),
    }
}

/// Takes an invitation back; false if none of this id holds. With the record of
/// it, where an administrator does.
pub async fn revoke(state: &AppState, id: &str, act: Option<Act>) -> Result<bool, DbError> {
    let act = act.map(|act| Act {
        reason: id.to_owned(),
        ..act
    });
    let act_id = uuid::Uuid::now_v7().to_string();
    let act = act.as_ref().map(|act| (act_id.as_str(), act));
    invitations::revoke(&state.db, id, act, state.clock.now_ms()).await
}

/// The address of an invitation's link; `None` if another key made it, because
/// then nobody can tell its token any more.
pub fn link(state: &AppState, locale: Locale, invitation: &Invitation) -> Option<String> {
    let token = state.key.invitation_token(&invitation.id);
    (hash(&token) == invitation.token_hash).then(|| link_of(state, locale, &invitation.id))
}

/// The address of the link of an invitation that this key made.
pub fn link_of(state: &AppState, locale: Locale, id: &str) -> String {
    let token = state.key.invitation_token(id);
    let page = Route::Invitation(&token).address(locale);
    format!("{}{page}", state.config.public_origin())
}

/// The hash by which an invitation's token is looked up; `None` for what cannot
/// be one.
fn hash_of_token(token: &str) -> Option<String> {
    let is_token = token.len() == TOKEN_CHARS
        && token
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    is_token.then(|| hash(token))
}

/// The hash of whatever was presented as a token.
pub fn hash(token: &str) -> String {
    secrets::sha256(token.as_bytes())
}

/// What became of looking an invitation up.
#[derive(Clone, Debug)]
pub enum Looked {
    /// There is one.
    Found(Invitation),
    /// There is none.
    Unknown,
    /// Too many that were none came from there: seconds to wait.
    TooMany(u32),
}

/// Looks for the invitation of a token that somebody presents. It is not used up
/// by that.
pub async fn look(state: &AppState, client: IpAddr, token: &str) -> Result<Looked, DbError> {
    if let Err(wait_s) = state.limits.invitation(client) {
        return Ok(Looked::TooMany(wait_s));
    }
    let found = match hash_of_token(token) {
        Some(hash) => invitations::of_token(&state.db, &hash).await?,
        None => None,
    };
    Ok(match found {
        Some(found) => Looked::Found(found),
        None => match state.limits.wrong_invitation(state, client).await {
            Ok(()) => Looked::Unknown,
            Err(wait_s) => Looked::TooMany(wait_s),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_a_token_is_looked_up() {
        let token = secrets::token();
        assert_eq!(token.len(), TOKEN_CHARS);
        assert!(hash_of_token(&token).is_some());
        assert_ne!(hash_of_token(&token), Some(token.clone()));
        let long = format!("{token}a");
        let short = &token[1..];
        let odd = format!("{short}.");
        for other in ["", short, &long, &odd, "' OR 1=1"] {
            assert_eq!(hash_of_token(other), None, "{other}");
        }
    }
}
