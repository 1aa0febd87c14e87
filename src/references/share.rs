//! `POST /share`: what another app shares with the installed imgc, words or
//! pictures, becomes part of the person's draft.
//!
//! The browser sends this form for the person, not for a site: it is the one
//! write that is let in without our own pages as its origin, and it can do no
//! more than add to an unsent form.

use super::{
    door,
    form::{self, Sent},
};
use crate::{
    i18n,
    server::{AppState, client_addr::ClientAddr, drafts, plain_page, session::Visitor},
};
use axum::{
    Extension,
    extract::{Request, State},
    response::Response,
};

/// Takes what was shared and opens the composer.
pub async fn share(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Extension(ClientAddr(client)): Extension<ClientAddr>,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    let lang = i18n::code(plain_page::locale(&headers));
    let door = match door::open(&state, &visitor, request, true).await {
        Ok(door) => door,
        Err(error) => return plain_page::error(&headers, &error),
    };
    let Some(form) = door.form else {
        return form::sign_in_first(&state, client, &headers, lang, None).await;
    };
    let mut draft = drafts::of_person(&state, door.user.as_ref());
    let mut sent = Sent::upon(&draft);
    let read = form::read(&state, door.user.as_ref(), form, &mut sent).await;
    draft.prompt.0 = sent.with_shared_words(&draft.prompt);
    let Some(user) = door.user else {
        return form::sign_in_first(&state, client, &headers, lang, Some(&draft)).await;
    };
    let done = async {
        read?;
        form::apply_and_keep(&state, &user, &mut sent, &mut draft, None).await
    };
    let done = done.await;
    form::answer(&headers, true, lang, done)
}
