//! Server functions of the library and of one picture.

use crate::{
    error::AppError,
    model::{
        ImageDetail,
        library::{About, LibraryView},
    },
};
use leptos::{
    prelude::*,
    server_fn::codec::{GetUrl, PostUrl, Postcard},
};

/// A page of the person's pictures; `query` is that of the library's address.
#[server(name = LoadLibrary, prefix = "/api", endpoint = "library", input = GetUrl, output = Postcard)]
pub async fn library(
    #[server(default)] query: String,
    #[server(default)] lang: String,
) -> Result<LibraryView, AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context
        .require_user_or_sign_in(&lang, Route::Library)
        .await?;
    let locale = crate::i18n::from_code(&lang);
    super::browse::library(&context.state, &user.id, locale, &query)
        .await
        .map_err(|error| context.with_status(error))
}

/// One picture. Public: a stranger gets it while it is published.
#[server(name = LoadImage, prefix = "/api", endpoint = "image", input = GetUrl, output = Postcard)]
pub async fn image(id: String, lang: String) -> Result<ImageDetail, AppError> {
    let context = crate::server::Context::take();
    let user = context.user().await?;
    super::views::detail(&context.state, user.as_ref(), &id, &lang)
        .await
        .map_err(|error| context.with_status(error))
}

/// Shows a picture in the gallery.
#[server(prefix = "/api", endpoint = "publish", input = PostUrl, output = Postcard)]
pub async fn publish(id: String, #[server(default)] lang: String) -> Result<(), AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context
        .require_user_for_form(&lang, Route::Image(&id))
        .await?;
    let done = super::views::publish(&context.state, &user.id, &id).await;
    context.answer(&lang, Route::Image(&id), done)
}

/// Takes a picture out of the gallery.
#[server(prefix = "/api", endpoint = "unpublish", input = PostUrl, output = Postcard)]
pub async fn unpublish(id: String, #[server(default)] lang: String) -> Result<(), AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context
        .require_user_for_form(&lang, Route::Image(&id))
        .await?;
    let done = super::views::unpublish(&context.state, &user.id, &id).await;
    context.answer(&lang, Route::Image(&id), done)
}

/// Deletes a picture that is in the trash for good.
#[server(prefix = "/api", endpoint = "delete", input = PostUrl, output = Postcard)]
pub async fn delete(id: String, #[server(default)] lang: String) -> Result<(), AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let page = Route::Image(&id);
    let user = context.require_user_for_form(&lang, page).await?;
    match super::views::delete(&context.state, &user.id, &id).await {
        Ok(()) => {
            context.redirect(
                &lang,
                Route::Library.with("trash", "1").with("said", "deleted-1"),
            );
            Ok(())
        }
        Err(error) => Err(context.refuse(&lang, page, error)),
    }
}

/// Does one thing to some pictures, or to all under the filters of `query`.
#[server(prefix = "/api", endpoint = "change", input = PostUrl, output = Postcard)]
pub async fn change(
    #[server(default)] action: String,
    #[server(default)] ids: Vec<String>,
    /// "on": every picture under the filters.
    #[server(default)]
    all: String,
    #[server(default)] query: String,
    #[server(default)] about: About,
    /// "picture" when the form is on a picture's page, which shows how it stands.
    #[server(default)]
    page: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use super::change::{Outcome, Selection, change};
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let query = super::query::Query::read(&query);
    let picture = ids.first().filter(|_| page == "picture");
    let back = picture.map_or_else(|| query.path(), |id| Route::Image(id).path());
    let user = context.require_user_for_form(&lang, back.clone()).await?;
    let selection = Selection {
        ids: ids.clone(),
        all,
        query: query.text(),
    };
    let done = change(&context.state, &user.id, &action, &about, &selection).await;
    let next = match done {
        Err(error) => return Err(context.refuse(&lang, back, error)),
        Ok(Outcome::Changed(id)) if picture.is_none() || action == "trash" => {
            query.path_with("done", &id)
        }
        Ok(Outcome::Deleted(count)) => query.path_with("said", &format!("deleted-{count}")),
        Ok(Outcome::Nothing) if picture.is_none() => query.path_with("said", "nothing-0"),
        Ok(_) => back,
    };
    context.redirect(&lang, next);
    Ok(())
}

/// Takes back what was done to pictures a moment ago.
#[server(prefix = "/api", endpoint = "undo", input = PostUrl, output = Postcard)]
pub async fn undo(
    id: String,
    #[server(default)] query: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    let context = crate::server::Context::take();
    let query = super::query::Query::read(&query);
    let user = context.require_user_for_form(&lang, query.path()).await?;
    match super::change::undo(&context.state, &user.id, &id).await {
        Ok(count) => {
            let next = query.path_with("said", &format!("undone-{count}"));
            context.redirect(&lang, next);
            Ok(())
        }
        Err(error) => Err(context.refuse(&lang, query.path(), error)),
    }
}

/// Makes a collection, or renames the one with this id, and shows it.
#[server(prefix = "/api", endpoint = "collection", input = PostUrl, output = Postcard)]
pub async fn collection(
    #[server(default)] id: String,
    #[server(default)] name: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let back = match id.as_str() {
        "" => Route::Library.path(),
        id => super::query::Query::default().path_with("collection", id),
    };
    let user = context.require_user_for_form(&lang, back.clone()).await?;
    match super::change::save_collection(&context.state, &user.id, &id, &name).await {
        Ok(id) => {
            let next = super::query::Query::default().path_with("collection", &id);
            context.redirect(&lang, next);
            Ok(())
        }
        Err(error) => Err(context.refuse(&lang, back, error)),
    }
}

/// Deletes a collection; its pictures stay in the library.
#[server(prefix = "/api", endpoint = "collection_delete", input = PostUrl, output = Postcard)]
pub async fn collection_delete(
    id: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context.require_user_for_form(&lang, Route::Library).await?;
    let done = super::change::delete_collection(&context.state, &user.id, &id).await;
    context.answer(&lang, Route::Library, done)
}
