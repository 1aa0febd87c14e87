//! The server function by which people limit themselves.

#![allow(
    missing_docs,
    reason = "the parameters of server functions become public fields"
)]

use super::own_limits;
use crate::{error::AppError, routes::Route, server::Context};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// Sets what the person allows themselves, at most what they may anyway; where nothing is
/// typed, or `remove` was pressed, there is no such limit. What is refused is kept in the
/// form.
#[server(prefix = "/api", endpoint = "own_limits", input = PostUrl, output = Postcard)]
pub async fn limit_oneself(
    #[server(default)] pictures: String,
    #[server(default)] dollars: String,
    #[server(default)] remove: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    let context = Context::take();
    let user = context.require_user_for_form(&lang, Route::Usage).await?;
    let done = match remove.is_empty() {
        true => own_limits::set(&context.state, &user, &pictures, &dollars).await,
        false => own_limits::set(&context.state, &user, "", "").await,
    };
    context.answer(&lang, Route::Usage, done)
}
