//! Server functions that correct an account.

use crate::error::AppError;
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// The longest name of a person, in characters.
pub const NAME_CHARS: u32 = 80;

/// Corrects the name that others see. Later sign-ins leave it as it is.
#[server(prefix = "/api", endpoint = "account_name", input = PostUrl, output = Postcard)]
pub async fn rename(
    #[server(default)] name: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    let context = crate::server::Context::take();
    let user = context.require_sender(&lang, "/account").await?;
    let done = super::held::rename(&context.state, &user.id, &name).await;
    context.answer(&lang, "/account", done)
}

/// Chooses the language that pages in another one suggest.
#[server(prefix = "/api", endpoint = "account_language", input = PostUrl, output = Postcard)]
pub async fn set_language(
    #[server(default)] language: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    let context = crate::server::Context::take();
    let user = context.require_sender(&lang, "/account").await?;
    let done = super::held::set_language(&context.state, &user.id, &language).await;
    // The page answers in the language that was just chosen.
    let lang = if done.is_ok() { language } else { lang };
    context.answer(&lang, "/account", done)
}

/// Signs the person out on one of their devices.
#[server(prefix = "/api", endpoint = "session_end", input = PostUrl, output = Postcard)]
pub async fn end_session(id: String, #[server(default)] lang: String) -> Result<(), AppError> {
    let context = crate::server::Context::take();
    let user = context.require_sender(&lang, "/account").await?;
    let done = super::held::end_session(&context.state, &user.id, &id).await;
    context.answer(&lang, "/account", done)
}
