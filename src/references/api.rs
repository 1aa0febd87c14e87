//! Server functions that open the composer with somebody's picture.

#![allow(
    missing_docs,
    reason = "the parameters of server functions become public fields"
)]

use crate::error::AppError;
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// Opens the composer with a picture's words and settings.
#[server(prefix = "/api", endpoint = "remix", input = PostUrl, output = Postcard)]
pub async fn remix(id: String, #[server(default)] lang: String) -> Result<(), AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let page = Route::Image(&id);
    let user = context.require_user_for_form(&lang, page).await?;
    match super::inputs::remix(&context.state, &user, &id).await {
        Ok(()) => context.answer(&lang, Route::Create, Ok(())),
        Err(error) => Err(context.refuse(&lang, page, error)),
    }
}
