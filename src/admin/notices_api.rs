//! Server functions of administrators about orders of authorities, about reports that were
//! manifestly unfounded, and about children's accounts.

#![allow(
    missing_docs,
    reason = "the parameters of server functions become public fields"
)]

use super::{child_accounts, orders, unfounded};
use crate::{error::AppError, routes::Route, server::Context};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// Notes how an authority's order was answered. Administrators only; asks for a sign-in of
/// the last minutes, and keeps what was typed meanwhile.
#[server(prefix = "/api", endpoint = "admin_order", input = PostUrl, output = Postcard)]
pub async fn answer_order(
    id: String,
    #[server(default)] answer: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    let context = Context::take();
    let user = context.require_user_for_form(&lang, Route::Admin).await?;
    let done = orders::answer(&context, &user, &id, &answer).await;
    context.answer(&lang, Route::Admin, done)
}

/// Says that a notice of a case in which nothing was found amiss was manifestly unfounded.
/// Administrators only; asks for a sign-in of the last minutes.
#[server(prefix = "/api", endpoint = "admin_unfounded", input = PostUrl, output = Postcard)]
pub async fn mark_unfounded(
    id: String,
    #[server(default)] notice: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    let context = Context::take();
    let page = Route::Case(&id);
    let user = context.require_user_for_form(&lang, page).await?;
    let done = unfounded::mark(&context, &user, &id, &notice).await;
    context.answer(&lang, page, done)
}

/// Erases the account of a case in which somebody says that it is a child's.
/// Administrators only; asks for a sign-in of the last minutes.
#[server(prefix = "/api", endpoint = "admin_child", input = PostUrl, output = Postcard)]
pub async fn erase_child(
    id: String,
    #[server(default)] reason: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    let context = Context::take();
    let page = Route::Case(&id);
    let user = context.require_user_for_form(&lang, page).await?;
    match child_accounts::erase(&context, &user, &id, &reason).await {
        // The case goes with the account.
        Ok(()) => context.answer(&lang, Route::Admin, Ok(())),
        Err(error) => Err(context.refuse(&lang, page, error)),
    }
}
