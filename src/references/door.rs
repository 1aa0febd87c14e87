//! The door of the forms with pictures: who sends one is known before anything
//! of it is read.

use crate::{
    error::AppError,
    model::limits::COMPOSER_BODY_MAX,
    server::{AppState, multipart::Form, rate_limit::UploadSlot, session::Visitor},
    store::users::User,
};
use axum::{body::Body, extract::Request, http::header};
use http_body_util::Limited;

/// A form as it stands at the door, nothing of it read.
pub struct Door {
    /// Who sent it; `None` for a stranger.
    pub user: Option<User>,
    /// The form; `None` for a stranger's that holds more than words.
    pub form: Option<Form>,
    /// Held while it is read and looked at.
    _slot: Option<UploadSlot>,
}

/// Finds out who sends a form before anything of it is read. A person's may hold
/// pictures, a few at a time. Of a stranger's only words are of use, which wait
/// for the sign-in: it may be as large as a form of words, and a program that
/// is nobody is sent away.
pub async fn open(
    state: &AppState,
    visitor: &Visitor,
    request: Request,
    html: bool,
) -> Result<Door, AppError> {
    let user = visitor.user(state).await?;
    let Some(user) = user else {
        if !html {
            return Err(AppError::SignInNeeded);
        }
        let declared = request.headers().get(header::CONTENT_LENGTH);
        let declared = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        let form = match declared {
            Some(length) if length > COMPOSER_BODY_MAX => None,
            _ => {
                let request = request.map(|body| Body::new(Limited::new(body, COMPOSER_BODY_MAX)));
                Some(Form::of(request).await?)
            }
        };
        return Ok(Door {
            user: None,
            form,
            _slot: None,
        });
    };
    let form = Form::of(request).await?;
    let slot = state.limits.upload(&user.id).await;
    let slot = slot.map_err(|retry_after_s| AppError::TooMany { retry_after_s })?;
    Ok(Door {
        user: Some(user),
        form: Some(form),
        _slot: Some(slot),
    })
}
