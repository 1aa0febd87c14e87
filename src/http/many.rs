//! The form of many prompts at once (`POST /many`). Its answer is the page itself, drawn
//! from what was sent: prompts are in no address, and nothing is kept of what is not
//! started.

use super::{shell::ssr_shell, site::Assets};
use crate::{
    error::AppError,
    generate::many::{self, Answer, Checked},
    i18n::Locale,
    routes::{self, PagePath, Route},
    server::{AppState, plain_page, session::Visitor},
};
use axum::{
    body::Body,
    extract::Request,
    http::{Method, StatusCode, Uri, request::Parts},
    response::Response,
};
use std::sync::Arc;

/// Answers the form with the page, or goes to what it started.
pub async fn answer(
    state: AppState,
    assets: Arc<Assets>,
    context: impl Fn() + Clone + Send + Sync + 'static,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let sent = many::read(Request::from_parts(parts.clone(), body)).await;
    let done = match sent {
        Ok((locale, sent)) => {
            let visitor = parts.extensions.get::<Visitor>().cloned();
            let answered = judge(&state, &visitor.unwrap_or_default(), locale, sent).await;
            answered.map(|answer| (locale, answer))
        }
        Err(error) => Err(error),
    };
    match done {
        Ok((locale, Answer::Started(id))) => {
            plain_page::see_other(&Route::Job(&id).address(locale))
        }
        Ok((locale, Answer::Page(checked))) => {
            page(state, assets, context, (locale, *checked), parts).await
        }
        Err(error) => plain_page::error(&parts.headers, &error),
    }
}

/// What a stranger typed stays in front of them, with the way to sign in.
async fn judge(
    state: &AppState,
    visitor: &Visitor,
    locale: Locale,
    sent: many::Sent,
) -> Result<Answer, AppError> {
    match visitor.user(state).await? {
        Some(user) => many::answer(state, &user, locale, sent).await,
        None => Ok(many::refused(&sent, AppError::SignInNeeded)),
    }
}

/// The page at its own address, with this in its context.
async fn page(
    state: AppState,
    assets: Arc<Assets>,
    context: impl Fn() + Clone + Send + Sync + 'static,
    (locale, checked): (Locale, Checked),
    mut parts: Parts,
) -> Response {
    let address = PagePath::of(routes::MANY).address(locale);
    parts.uri = Uri::try_from(address).unwrap_or_default();
    parts.method = Method::GET;
    let unfit = checked.outcome.is_err();
    let context = move || {
        context();
        leptos::prelude::provide_context(checked.clone());
    };
    let draw =
        leptos_axum::render_app_async_with_context(context, move || ssr_shell(&state, &assets));
    let mut response = draw(Request::from_parts(parts, Body::empty())).await;
    if unfit && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    response
}
