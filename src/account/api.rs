//! Server functions that correct an account.

#![allow(
    missing_docs,
    reason = "the parameters of server functions become public fields"
)]

use crate::error::AppError;
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// Corrects the name that others see. Later sign-ins leave it as it is.
#[server(prefix = "/api", endpoint = "account_name", input = PostUrl, output = Postcard)]
pub async fn rename(
    #[server(default)] name: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context.require_user_for_form(&lang, Route::Account).await?;
    let done = super::overview::rename(&context.state, &user.id, &name).await;
    context.answer(&lang, Route::Account, done)
}

/// Takes a handle, the name by which others can point at a person, or gives it up.
#[server(prefix = "/api", endpoint = "account_handle", input = PostUrl, output = Postcard)]
pub async fn set_handle(
    #[server(default)] handle: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context.require_user_for_form(&lang, Route::Account).await?;
    let done = super::overview::set_handle(&context.state, &user.id, &handle).await;
    context.answer(&lang, Route::Account, done)
}

/// Decides whether the person has a page that anybody may see, and what stands there. A
/// box that is not ticked sends nothing. For who is signed in.
#[server(prefix = "/api", endpoint = "account_profile", input = PostUrl, output = Postcard)]
pub async fn set_profile(
    #[server(default)] wanted: String,
    #[server(default)] picture: String,
    #[server(default)] text: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context.require_user_for_form(&lang, Route::Account).await?;
    let choices = (!wanted.is_empty(), !picture.is_empty());
    let done = super::overview::set_profile(&context.state, &user.id, choices, &text).await;
    context.answer(&lang, Route::Account, done)
}

/// Decides what others see: the words with published pictures, and whether
/// anything may be in the gallery at all. A box that is not ticked sends nothing.
#[server(prefix = "/api", endpoint = "account_choices", input = PostUrl, output = Postcard)]
pub async fn set_choices(
    #[server(default)] show_prompts: String,
    #[server(default)] keep_private: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context.require_user_for_form(&lang, Route::Account).await?;
    let (shows, keeps) = (!show_prompts.is_empty(), !keep_private.is_empty());
    let done = super::overview::set_choices(&context.state, &user.id, shows, keeps).await;
    context.answer(&lang, Route::Account, done)
}

/// Chooses whether sensitive pictures are shown to the person in lists as they are; the box
/// says that they are grown up, too.
#[server(prefix = "/api", endpoint = "account_sensitive", input = PostUrl, output = Postcard)]
pub async fn set_sees_sensitive(
    #[server(default)] sees: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context.require_user_for_form(&lang, Route::Account).await?;
    let sees = !sees.is_empty();
    let done = super::overview::set_sees_sensitive(&context.state, &user.id, sees).await;
    context.answer(&lang, Route::Account, done)
}

/// Closes the account, with days to come back or (`when` is `now`) without. The
/// answer is the receipt's page. Of an account that is closing, it ends the grace.
#[server(prefix = "/api", endpoint = "account_close", input = PostUrl, output = Postcard)]
pub async fn close_account(
    #[server(default)] sure: String,
    #[server(default)] when: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use super::closing::{self, When};
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context
        .require_user_or_closing_for_form(&lang, Route::Account)
        .await?;
    let when = match when.as_str() {
        "now" => When::Now,
        _ => When::AfterGrace,
    };
    match closing::close_account(&context, &user, !sure.is_empty(), when).await {
        Ok(receipt) => {
            crate::server::session::end(&context, true).await?;
            context.redirect(&lang, Route::Receipt(&receipt));
            Ok(())
        }
        Err(error) => Err(context.refuse(&lang, Route::Account, error)),
    }
}

/// Opens an account again that is being closed, while its grace lasts.
#[server(prefix = "/api", endpoint = "account_reopen", input = PostUrl, output = Postcard)]
pub async fn reopen_account(#[server(default)] lang: String) -> Result<(), AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context
        .require_user_or_closing_for_form(&lang, Route::Account)
        .await?;
    let done = super::closing::reopen(&context.state, &user).await;
    context.answer(&lang, Route::Account, done)
}

/// Chooses the language that pages in another one suggest.
#[server(prefix = "/api", endpoint = "account_language", input = PostUrl, output = Postcard)]
pub async fn set_language(
    #[server(default)] language: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context.require_user_for_form(&lang, Route::Account).await?;
    let done = super::overview::set_language(&context.state, &user.id, &language).await;
    // The page answers in the language that was just chosen.
    let lang = if done.is_ok() { language } else { lang };
    context.answer(&lang, Route::Account, done)
}

/// Signs the person out on one of their devices.
#[server(prefix = "/api", endpoint = "session_end", input = PostUrl, output = Postcard)]
pub async fn end_session(id: String, #[server(default)] lang: String) -> Result<(), AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context.require_user_for_form(&lang, Route::Account).await?;
    let done = super::overview::end_session(&context.state, &user.id, &id).await;
    context.answer(&lang, Route::Account, done)
}
