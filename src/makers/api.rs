//! Server functions about other people's pictures and those who made them.

#![allow(
    missing_docs,
    reason = "the parameters of server functions become public fields"
)]

use crate::{
    error::AppError,
    routes::{PagePath, Route},
    server::Context,
};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// Likes a public picture of somebody else's, or (`on` is empty) likes it no more; for
/// who is signed in. Sent twice it is as if sent once.
#[server(name = Like, prefix = "/api", endpoint = "like", input = PostUrl, output = Postcard)]
pub async fn like(
    id: String,
    #[server(default)] on: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    let context = Context::take();
    let page = Route::Image(&id);
    let user = context.require_user_for_form(&lang, page).await?;
    match super::acts::like(&context.state, &user, &id, !on.is_empty()).await {
        // Down to the button, so that one is where one was.
        Ok(()) => context.answer(&lang, page.part("like"), Ok(())),
        Err(error) => context.answer(&lang, page, Err(error)),
    }
}

/// Follows whoever has the page of this handle; for who is signed in.
#[server(name = Follow, prefix = "/api", endpoint = "follow", input = PostUrl, output = Postcard)]
pub async fn follow(
    #[server(default)] handle: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    let context = Context::take();
    let page = super::acts::page_of(&handle);
    let user = context.require_user_for_form(&lang, page.clone()).await?;
    let done = super::acts::follow(&context.state, &user, &handle).await;
    context.answer(&lang, page, done)
}

/// Follows somebody no more, by their handle or by the id in one's own list; for who is
/// signed in.
#[server(name = Unfollow, prefix = "/api", endpoint = "unfollow", input = PostUrl, output = Postcard)]
pub async fn unfollow(
    #[server(default)] handle: String,
    #[server(default)] id: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    let context = Context::take();
    let page = match handle.is_empty() {
        true => PagePath::of(crate::routes::FOLLOWING),
        false => super::acts::page_of(&handle),
    };
    let user = context.require_user_for_form(&lang, page.clone()).await?;
    let done = super::acts::unfollow(&context.state, &user, &handle, &id).await;
    context.answer(&lang, page, done)
}

/// Leaves somebody's pictures out of one's lists: of whose a picture is, or who has the
/// page of a handle; for who is signed in.
#[server(name = HideMaker, prefix = "/api", endpoint = "hide_maker", input = PostUrl, output = Postcard)]
pub async fn hide_maker(
    #[server(default)] picture: String,
    #[server(default)] handle: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    let context = Context::take();
    let page = super::acts::page_of_maker(&picture, &handle);
    let user = context.require_user_for_form(&lang, page.clone()).await?;
    let done = super::acts::hide(&context.state, &user, &picture, &handle).await;
    context.answer(&lang, page, done)
}

/// Shows somebody's pictures again: named as for hiding, or by the id in one's own list;
/// for who is signed in.
#[server(name = ShowMaker, prefix = "/api", endpoint = "show_maker", input = PostUrl, output = Postcard)]
pub async fn show_maker(
    #[server(default)] picture: String,
    #[server(default)] handle: String,
    #[server(default)] id: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    let context = Context::take();
    let page = super::acts::page_of_maker(&picture, &handle);
    let user = context.require_user_for_form(&lang, page.clone()).await?;
    let done = super::acts::show(&context.state, &user, [&picture, &handle, &id]).await;
    context.answer(&lang, page, done)
}
