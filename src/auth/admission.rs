//! Who is let in at the end of a sign-in, and why somebody is not.

use crate::{
    error::AppError,
    i18n::{Locale, td_string},
    server::{
        AppState, abuse,
        admission::{may_sign_up, takes_invitations},
        config::SignUpMode,
    },
    store::{
        invitations::{self, Standing},
        users::{self, IdentityClaims, User},
    },
};
use std::net::IpAddr;

/// Who may open an account here, as a sentence.
pub fn who_may(locale: Locale, mode: SignUpMode) -> &'static str {
    match mode {
        SignUpMode::Open => td_string!(locale, sign_up.open),
        SignUpMode::Invitation => td_string!(locale, sign_up.invitation),
        SignUpMode::List => td_string!(locale, sign_up.list),
        SignUpMode::Closed => td_string!(locale, sign_up.closed),
    }
}

/// Why somebody without an account opened none. The mode says the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// They came without an invitation, or no invitation would have helped.
    NotInvited,
    /// Nobody made the invitation they came with, or it is long gone.
    Unknown,
    /// Its time is over.
    Ended,
    /// Somebody took it back.
    Revoked,
    /// It has opened as many accounts as it was for.
    UsedUp,
}

impl Why {
    const ALL: [(Why, &str); 5] = [
        (Why::NotInvited, "not-invited"),
        (Why::Unknown, "unknown"),
        (Why::Ended, "ended"),
        (Why::Revoked, "revoked"),
        (Why::UsedUp, "used-up"),
    ];

    /// Its code in an address.
    pub fn code(self) -> &'static str {
        let found = Why::ALL.iter().find(|(why, _)| *why == self);
        found.map_or("", |(_, code)| *code)
    }

    /// Reads [`Why::code`]; anything else says nothing in particular.
    pub fn from_code(code: &str) -> Why {
        let found = Why::ALL.iter().find(|(_, known)| *known == code);
        found.map_or(Why::NotInvited, |(why, _)| *why)
    }
}

/// The person of this identity, if they have an account or may open one, which is
/// then done; else why not, and nothing is kept of them. `invitation` is the hash of
/// the token they came with.
pub async fn admit(
    state: &AppState,
    identity: &IdentityClaims<'_>,
    language: &str,
    invitation: Option<&str>,
    client: IpAddr,
) -> Result<Result<User, Why>, AppError> {
    let (id, now_ms) = (uuid::Uuid::now_v7().to_string(), state.clock.now_ms());
    if let Err(retry_after_s) = abuse::may_open_account(state, client)
        && !users::is_known(&state.db, identity).await?
    {
        return Err(AppError::TooMany { retry_after_s });
    }
    // An account that has the id that was new is new itself.
    let counted = |user: User| {
        if user.id == id {
            abuse::account_opened(state, client);
        }
        user
    };
    if may_sign_up(state, identity) {
        let user = users::sign_in(&state.db, &id, identity, language, now_ms).await?;
        return Ok(Ok(counted(user)));
    }
    let invitation = invitation.filter(|_| takes_invitations(state));
    let admitted = invitations::admit(&state.db, &id, identity, language, invitation, now_ms);
    if let Some(user) = admitted.await? {
        return Ok(Ok(counted(user)));
    }
    let Some(hash) = invitation else {
        return Ok(Err(Why::NotInvited));
    };
    let found = invitations::of_token(&state.db, hash).await?;
    let why = match found.map(|found| found.standing(now_ms)) {
        Some(Standing::Ended) => Why::Ended,
        Some(Standing::Revoked) => Why::Revoked,
        Some(Standing::UsedUp) => Why::UsedUp,
        // Made good between the two looks, which nothing does.
        Some(Standing::Open) => Why::NotInvited,
        None => {
            // Whoever has to wait is told so the next time they present one.
            let _ = state.limits.wrong_invitation(state, client).await;
            Why::Unknown
        }
    };
    Ok(Err(why))
}

#[cfg(test)]
mod tests {
    use super::Why;

    #[test]
    fn reasons_are_read_as_they_are_written() {
        for (why, code) in Why::ALL {
            assert_eq!((why.code(), Why::from_code(code)), (code, why));
        }
        assert_eq!(Why::from_code("<script>"), Why::NotInvited);
    }
}
