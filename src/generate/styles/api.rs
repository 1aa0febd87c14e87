//! Server functions of a person's own styles.

#![allow(
    missing_docs,
    reason = "the parameters of server functions become public fields"
)]

use crate::{error::AppError, model::draft::Draft};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// Keeps the composer's form and goes to the page of styles. Public: a stranger signs in
/// first, and the form waits.
#[server(prefix = "/api", endpoint = "styles", input = PostUrl, output = Postcard)]
pub async fn open_styles(draft: Draft, #[server(default)] lang: String) -> Result<(), AppError> {
    let context = crate::server::Context::take();
    super::work::open(&context, &draft, &lang).await
}

/// Puts a style of the person's on the form that comes along, or on the one that was left,
/// and goes to the composer. Without a session the form waits, and the person signs in first.
#[server(prefix = "/api", endpoint = "style_use", input = PostUrl, output = Postcard)]
pub async fn use_style(
    #[server(default)] style: String,
    #[server(default)] draft: Draft,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    let context = crate::server::Context::take();
    super::work::put_on(&context, &style, draft, &lang).await
}

/// Keeps a style of the person's: a new one, or the one of this id.
#[server(prefix = "/api", endpoint = "style", input = PostUrl, output = Postcard)]
pub async fn save_style(
    #[server(default)] id: String,
    #[server(default)] name: String,
    #[server(default)] before: String,
    #[server(default)] after: String,
    /// "on" where the settings become those of the form as it was left.
    #[server(default)]
    settings: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use super::work::{Form, save, styles};
    let context = crate::server::Context::take();
    let user = context.require_user_for_form(&lang, styles()).await?;
    let form = Form {
        id: &id,
        name: &name,
        before: &before,
        after: &after,
        with_settings: settings == "on",
    };
    let done = save(&context.state, &user, &form).await;
    context.answer(&lang, styles(), done)
}

/// Deletes a style of the person's.
#[server(prefix = "/api", endpoint = "style_delete", input = PostUrl, output = Postcard)]
pub async fn delete_style(id: String, #[server(default)] lang: String) -> Result<(), AppError> {
    use super::work::{delete, styles};
    let context = crate::server::Context::take();
    let user = context.require_user_for_form(&lang, styles()).await?;
    let done = delete(&context.state, &user, &id).await;
    context.answer(&lang, styles(), done)
}
