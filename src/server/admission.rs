//! Who gets in: the configured administrators, and who may open an account.

use super::{
    AppState,
    config::{ADMIN_BY_SUBJECT, SignUpMode, is_same_address},
};
use crate::store::users::IdentityClaims;
use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

/// Whether the configuration names this person as an administrator.
pub fn names_admin(state: &AppState, identity: &IdentityClaims<'_>) -> bool {
    // A subject means somebody at the provider of today alone.
    let known_by_subject = state.oidc.is_issuer(identity.issuer);
    let mut admins = state.config.imgc.admins.iter();
    admins.any(|admin| names_this(admin, identity, known_by_subject))
}

/// Whether this entry of the configuration names this person.
fn names_this(admin: &str, identity: &IdentityClaims<'_>, known_by_subject: bool) -> bool {
    match admin.strip_prefix(ADMIN_BY_SUBJECT) {
        Some(subject) => known_by_subject && subject == identity.subject,
        None => !identity.email_assumed && is_same_address(admin, identity.email),
    }
}

/// Whether the configuration names anybody else as an administrator: whoever it names
/// twice, by address and by subject, is one person.
pub fn names_others(state: &AppState, identity: &IdentityClaims<'_>) -> bool {
    let known_by_subject = state.oidc.is_issuer(identity.issuer);
    let mut admins = state.config.imgc.admins.iter();
    admins.any(|admin| !names_this(admin, identity, known_by_subject))
}

/// The administrators, by their ids, who were found to be the only one. Whoever acts as
/// an administrator is looked at first, so that whether there is a second person is
/// known afterwards without another look.
#[derive(Default)]
pub struct Alone(Mutex<HashSet<String>>);

impl Alone {
    /// Notes what was found of an administrator.
    pub fn note(&self, user_id: &str, is_alone: bool) {
        let mut alone = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match is_alone {
            true => drop(alone.insert(user_id.to_owned())),
            false => drop(alone.remove(user_id)),
        }
    }

    /// Whether this administrator was found to be the only one.
    pub fn is(&self, user_id: &str) -> bool {
        let alone = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        alone.contains(user_id)
    }
}

/// Whether this person may open an account without an invitation.
pub fn may_sign_up(state: &AppState, identity: &IdentityClaims<'_>) -> bool {
    let chosen = match state.config.sign_up_mode() {
        SignUpMode::Open => true,
        SignUpMode::List => !identity.email_assumed && state.config.is_listed(identity.email),
        SignUpMode::Invitation | SignUpMode::Closed => false,
    };
    chosen || names_admin(state, identity)
}

/// Whether an invitation opens an account at present.
pub fn takes_invitations(state: &AppState) -> bool {
    state.config.sign_up_mode() == SignUpMode::Invitation
}
