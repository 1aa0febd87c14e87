//! Server functions of the composer and the job page.

#![allow(
    missing_docs,
    reason = "the parameters of server functions become public fields"
)]

use crate::{
    error::AppError,
    model::{JobView, Prompt, catalogue::Model, draft::Draft},
    references::tray::Tray,
    wire::Sealed,
};
use leptos::{
    prelude::*,
    server_fn::codec::{GetUrl, PostUrl, Postcard},
};
use serde::{Deserialize, Serialize};

/// The data the composer is rendered from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Composer {
    /// True if the visitor has a session.
    pub signed_in: bool,
    /// The models on offer; the first is the default. Never empty.
    pub models: Vec<Model>,
    /// The form as it was left, or a fresh one.
    pub draft: Draft,
    /// The reference pictures of the draft.
    pub tray: Sealed<Tray>,
    /// The key that makes a submission unique: sent along with the form.
    pub request_key: String,
    /// The age in years to be stated before the first picture; `None` once stated.
    pub age_to_state: Option<u32>,
    /// Pictures the person may still make today; `None` for a stranger.
    pub left_today: Option<u32>,
    /// Pictures one person may make a day.
    pub pictures_per_day: u32,
    /// The person's unfinished jobs and those that ended lately, newest first;
    /// none for a stranger.
    pub jobs: Sealed<Vec<JobView>>,
    /// Prompts for somebody who has none yet, the first ones of `?example=`.
    pub examples: Vec<String>,
}

/// The composer's data, in a language; `example` is the number of the prompt that the
/// form begins with, empty for what was left in it. Public: strangers see the form and
/// sign in on submit.
#[server(name = LoadComposer, prefix = "/api", endpoint = "composer", input = GetUrl, output = Postcard)]
pub async fn composer(
    #[server(default)] lang: String,
    #[server(default)] example: String,
) -> Result<Composer, AppError> {
    let context = crate::server::Context::take();
    super::pipeline::composer(&context, crate::i18n::from_code(&lang), &example).await
}

/// Takes the words of the home page's field along to the composer. Public: a stranger
/// signs in first, and they wait.
#[server(prefix = "/api", endpoint = "begin", input = PostUrl, output = Postcard)]
pub async fn begin(
    #[server(default)] prompt: Prompt,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use crate::routes::Route;
    let context = crate::server::Context::take();
    match super::pipeline::begin(&context, &prompt).await {
        Ok(()) => {
            context.redirect(&lang, Route::Create);
            Ok(())
        }
        Err(AppError::SignInNeeded) => {
            context.redirect(&lang, Route::sign_in_to(Route::Create.path().as_str()));
            Err(AppError::SignInNeeded)
        }
        Err(error) => Err(context.refuse(&lang, Route::Create, error)),
    }
}

/// Queues what is asked for and answers its id; a plain form goes to its page. Without a session it
/// keeps the form, and the person signs in first.
#[server(prefix = "/api", endpoint = "generate", input = PostUrl, output = Postcard)]
pub async fn generate(
    draft: Draft,
    #[server(default)] request_key: String,
    /// "on" when the age statement was ticked.
    #[server(default)]
    age: String,
    #[server(default)] lang: String,
    /// Names of files chosen and not added: only their being there matters.
    #[server(default)]
    files: Vec<String>,
    #[server(default)] mask_file: String,
) -> Result<String, AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let left = files
        .iter()
        .chain([&mask_file])
        .any(|name| !name.is_empty());
    let form = super::pipeline::Submission {
        draft: &draft,
        request_key: &request_key,
        age_stated: age == "on",
        files_left: left,
        locale: crate::i18n::from_code(&lang),
    };
    match super::pipeline::submit(&context, &form).await {
        Ok(id) => {
            context.redirect(&lang, Route::Job(&id));
            Ok(id)
        }
        Err(AppError::SignInNeeded) => {
            context.redirect(&lang, Route::sign_in_to(Route::Create.path().as_str()));
            Err(AppError::SignInNeeded)
        }
        Err(error) => Err(context.refuse(&lang, Route::Create, error)),
    }
}

/// Keeps the form as it stands; nothing is kept (none for a stranger).
#[server(prefix = "/api", endpoint = "draft", input = PostUrl, output = Postcard)]
pub async fn save_draft(draft: Draft) -> Result<(), AppError> {
    let context = crate::server::Context::take();
    super::pipeline::keep_draft_of_person(&context, &draft)
        .await
        .map_err(|error| context.with_status(error))
}

/// The person's recent prompts, newest first; none for a stranger.
#[server(name = LoadPrompts, prefix = "/api", endpoint = "prompts", input = GetUrl, output = Postcard)]
pub async fn prompts() -> Result<Vec<Prompt>, AppError> {
    let context = crate::server::Context::take();
    super::pipeline::recent_prompts(&context)
        .await
        .map_err(|error| context.with_status(error))
}

/// A request of the person, by the id of a job of it, in a language.
#[server(name = LoadJob, prefix = "/api", endpoint = "job", input = GetUrl, output = Postcard)]
pub async fn job(id: String, #[server(default)] lang: String) -> Result<JobView, AppError> {
    let context = crate::server::Context::take();
    let user = context.require_user().await?;
    let locale = crate::i18n::from_code(&lang);
    super::pipeline::request(&context.state, &user.id, &id, locale)
        .await
        .map(|request| request.view)
        .map_err(|error| context.with_status(error))
}

/// Cancels what waits of a request, and answers with the id. What is being made stays.
#[server(prefix = "/api", endpoint = "cancel", input = PostUrl, output = Postcard)]
pub async fn cancel(id: String, #[server(default)] lang: String) -> Result<String, AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context
        .require_user_for_form(&lang, Route::Job(&id))
        .await?;
    let done = super::acts::cancel(&context.state, &user.id, &id, false).await;
    context.answer(&lang, Route::Job(&id), done)?;
    Ok(id)
}

/// Stops what is awaited of a request, and cancels what waits; answers with the id.
/// What was sent may be billed all the same.
#[server(prefix = "/api", endpoint = "stop", input = PostUrl, output = Postcard)]
pub async fn stop(id: String, #[server(default)] lang: String) -> Result<String, AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context
        .require_user_for_form(&lang, Route::Job(&id))
        .await?;
    let done = super::acts::cancel(&context.state, &user.id, &id, true).await;
    context.answer(&lang, Route::Job(&id), done)?;
    Ok(id)
}

/// Starts an ended request again, as a new one, and goes to its page. One whose pictures are
/// there may be started any number of times, each with a `request_key` of its own.
#[server(prefix = "/api", endpoint = "retry", input = PostUrl, output = Postcard)]
pub async fn retry(
    id: String,
    #[server(default)] request_key: String,
    #[server(default)] lang: String,
) -> Result<String, AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context
        .require_user_for_form(&lang, Route::Job(&id))
        .await?;
    match super::acts::retry(&context, &user, &id, &request_key).await {
        Ok(new) => {
            context.redirect(&lang, Route::Job(&new));
            Ok(new)
        }
        Err(error) => Err(context.refuse(&lang, Route::Job(&id), error)),
    }
}

/// Opens the composer with a job's words and settings.
#[server(prefix = "/api", endpoint = "edit", input = PostUrl, output = Postcard)]
pub async fn edit(id: String, #[server(default)] lang: String) -> Result<(), AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context
        .require_user_for_form(&lang, Route::Job(&id))
        .await?;
    let done = super::acts::edit(&context.state, &user.id, &id).await;
    context.answer(&lang, Route::Create, done)
}
