//! The server functions that set a person's limits, and suspend them.

#![allow(
    missing_docs,
    reason = "the parameters of server functions become public fields"
)]

use super::{
    exceptions::{self, Typed},
    profile, suspension,
};
use crate::{error::AppError, routes::Route, server::Context};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// Sets what stands in place of the service's limits for a person, or removes it where
/// nothing is typed or `remove` was pressed. Administrators only; asks for a sign-in of
/// the last minutes, and keeps what was typed meanwhile.
#[server(prefix = "/api", endpoint = "admin_limits", input = PostUrl, output = Postcard)]
pub async fn set_limits(
    id: String,
    #[server(default)] pictures: String,
    #[server(default)] dollars: String,
    #[server(default)] reason: String,
    #[server(default)] remove: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    let context = Context::take();
    let page = Route::Person(&id);
    let user = context.require_user_for_form(&lang, page).await?;
    let typed = Typed {
        pictures,
        dollars,
        reason,
    };
    let done = exceptions::set(&context, &user, &id, typed, !remove.is_empty()).await;
    context.answer(&lang, page, done)
}

/// Suspends a person, with a statement of reasons that they read. Administrators only;
/// asks for a sign-in of the last minutes, and keeps what was typed meanwhile.
#[server(prefix = "/api", endpoint = "admin_suspend", input = PostUrl, output = Postcard)]
pub async fn suspend_person(
    id: String,
    #[server(default)] measure: String,
    #[server(default)] ground: String,
    #[server(default)] rule: String,
    #[server(default)] facts: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    let context = Context::take();
    let page = Route::Person(&id);
    let user = context.require_user_for_form(&lang, page).await?;
    let form = suspension::Form {
        measure,
        ground,
        rule,
        facts,
    };
    let done = suspension::suspend(&context, &user, &id, &form).await;
    context.answer(&lang, page, done)
}

/// Clears what stands on a person's page for others, or switches it off, with a statement
/// of reasons that they read. Administrators only; asks for a sign-in of the last minutes,
/// and keeps what was typed meanwhile.
#[server(prefix = "/api", endpoint = "admin_profile", input = PostUrl, output = Postcard)]
pub async fn decide_profile(
    id: String,
    #[server(default)] measure: String,
    #[server(default)] ground: String,
    #[server(default)] rule: String,
    #[server(default)] facts: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    let context = Context::take();
    let page = Route::Person(&id);
    let user = context.require_user_for_form(&lang, page).await?;
    let form = profile::Form {
        measure,
        ground,
        rule,
        facts,
    };
    let done = profile::decide(&context, &user, &id, &form, &lang).await;
    context.answer(&lang, page, done)
}

/// Ends a person's suspension before its time. Administrators only; asks for a sign-in of
/// the last minutes.
#[server(prefix = "/api", endpoint = "admin_lift", input = PostUrl, output = Postcard)]
pub async fn lift_suspension(
    id: String,
    #[server(default)] reason: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    let context = Context::take();
    let page = Route::Person(&id);
    let user = context.require_user_for_form(&lang, page).await?;
    let done = suspension::lift(&context, &user, &id, &reason).await;
    context.answer(&lang, page, done)
}
