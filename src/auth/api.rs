//! Server functions about who is signed in.

#![allow(
    missing_docs,
    reason = "the parameters of server functions become public fields"
)]

use crate::{error::AppError, model::Viewer};
use leptos::{
    prelude::*,
    server_fn::codec::{GetUrl, PostUrl, Postcard},
};

/// Who looks at the page. Public: a stranger is `None`.
#[server(name = LoadViewer, prefix = "/api", endpoint = "viewer", input = GetUrl, output = Postcard)]
pub async fn viewer() -> Result<Option<Viewer>, AppError> {
    let context = crate::server::Context::take();
    let Some(user) = context.user().await? else {
        return Ok(None);
    };
    let active_jobs = context.visitor.active_jobs(&context.state).await?;
    Ok(Some(Viewer {
        active_jobs,
        avatar: user.avatar_key.map(|_| crate::routes::avatar(&user.id)),
        name: user.name,
    }))
}

/// Ends this session. Public: signing out twice is no error.
#[server(prefix = "/api", endpoint = "sign_out", input = PostUrl, output = Postcard)]
pub async fn sign_out(lang: String) -> Result<(), AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    crate::server::session::end(&context, false).await?;
    context.redirect(&lang, Route::Home);
    Ok(())
}

/// Ends every session of the person.
#[server(prefix = "/api", endpoint = "sign_out_everywhere", input = PostUrl, output = Postcard)]
pub async fn sign_out_everywhere(lang: String) -> Result<(), AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    context.require_user_for_form(&lang, Route::Home).await?;
    crate::server::session::end(&context, true).await?;
    context.redirect(&lang, Route::Home);
    Ok(())
}
