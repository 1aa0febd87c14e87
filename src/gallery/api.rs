//! Server functions of the gallery.

#![allow(
    missing_docs,
    reason = "the parameters of server functions become public fields"
)]

use crate::{
    error::AppError,
    model::{ImageCard, Page, Site},
};
use leptos::{
    prelude::*,
    server_fn::codec::{GetUrl, Postcard},
};

/// A page of the published pictures, newest first. Public: it is the gallery.
#[server(name = LoadGallery, prefix = "/api", endpoint = "gallery", input = GetUrl, output = Postcard)]
pub async fn gallery(cursor: Option<String>) -> Result<Page<ImageCard>, AppError> {
    let context = crate::server::Context::take();
    let viewer = context.user().await?;
    let sees = viewer.is_some_and(|viewer| viewer.sees_sensitive());
    crate::gallery::list::gallery(&context.state, cursor.as_deref(), sees)
        .await
        .map_err(|error| context.with_status(error))
}

/// What the layout and the home page say about the instance, and in which
/// language its reader would rather read it. Public.
#[server(name = LoadSite, prefix = "/api", endpoint = "site", input = GetUrl, output = Postcard)]
pub async fn site() -> Result<Site, AppError> {
    let context = crate::server::Context::take();
    Ok(Site {
        preferred_language: context.preferred_language().await,
        ..context.state.site()
    })
}
