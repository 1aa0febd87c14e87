//! Server functions of the library and of one picture.

use crate::{
    error::AppError,
    model::{ImageCard, ImageDetail, Page},
};
use leptos::{
    prelude::*,
    server_fn::codec::{GetUrl, PostUrl},
};

/// A page of the person's pictures, newest first.
#[server(name = LoadLibrary, prefix = "/api", endpoint = "library", input = GetUrl)]
pub async fn library(
    cursor: Option<String>,
    #[server(default)] lang: String,
) -> Result<Page<ImageCard>, AppError> {
    let context = crate::server::Context::take();
    let user = context.require_user_or_sign_in(&lang, "/library").await?;
    super::views::library(&context.state, &user.id, cursor.as_deref())
        .await
        .map_err(|error| context.with_status(error))
}

/// One picture. Public: a stranger gets it while it is published.
#[server(name = LoadImage, prefix = "/api", endpoint = "image", input = GetUrl)]
pub async fn image(id: String, lang: String) -> Result<ImageDetail, AppError> {
    let context = crate::server::Context::take();
    let user = context.user().await?;
    super::views::detail(&context.state, user.as_ref(), &id, &lang)
        .await
        .map_err(|error| context.with_status(error))
}

/// Shows a picture in the gallery.
#[server(prefix = "/api", endpoint = "publish", input = PostUrl)]
pub async fn publish(id: String, #[server(default)] lang: String) -> Result<(), AppError> {
    let context = crate::server::Context::take();
    let user = context.require_sender(&lang, &format!("/i/{id}")).await?;
    let done = super::views::publish(&context.state, &user.id, &id).await;
    context.answer(&lang, &format!("/i/{id}"), done)
}

/// Takes a picture out of the gallery.
#[server(prefix = "/api", endpoint = "unpublish", input = PostUrl)]
pub async fn unpublish(id: String, #[server(default)] lang: String) -> Result<(), AppError> {
    let context = crate::server::Context::take();
    let user = context.require_sender(&lang, &format!("/i/{id}")).await?;
    let done = super::views::unpublish(&context.state, &user.id, &id).await;
    context.answer(&lang, &format!("/i/{id}"), done)
}

/// Deletes a picture for good and goes back to the library.
#[server(prefix = "/api", endpoint = "delete", input = PostUrl)]
pub async fn delete(id: String, #[server(default)] lang: String) -> Result<(), AppError> {
    let context = crate::server::Context::take();
    let user = context.require_sender(&lang, &format!("/i/{id}")).await?;
    match super::views::delete(&context.state, &user.id, &id).await {
        Ok(()) => {
            context.redirect(&lang, "/library");
            Ok(())
        }
        Err(error) => Err(context.refuse(&lang, "/library", error)),
    }
}
