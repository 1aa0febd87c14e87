//! Who gets in: the configured administrators, and who may open an account.

use super::{
    AppState,
    config::{ADMIN_BY_SUBJECT, SignUpMode, is_same_address},
};
use crate::store::users::IdentityClaims;

/// Whether the configuration names this person as an administrator.
pub fn names_admin(state: &AppState, identity: &IdentityClaims<'_>) -> bool {
    // A subject means somebody at the provider of today alone.
    let known_by_subject = state.oidc.is_issuer(identity.issuer);
    let mut admins = state.config.imgc.admins.iter();
    admins.any(|admin| match admin.strip_prefix(ADMIN_BY_SUBJECT) {
        Some(subject) => known_by_subject && subject == identity.subject,
        None => !identity.email_assumed && is_same_address(admin, identity.email),
    })
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
