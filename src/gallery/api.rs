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
    let page = crate::gallery::list::gallery(cursor).await?;
    Ok(Page {
        items: page.items.into_iter().map(|one| one.card).collect(),
        next: page.next,
    })
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
