//! Server functions of the library and of one picture.

#![allow(
    missing_docs,
    reason = "the parameters of server functions become public fields"
)]

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

/// One picture. Public: a stranger gets it while it is published. Its owner is
/// also told of the change `done`, made a moment ago.
#[server(name = LoadImage, prefix = "/api", endpoint = "image", input = GetUrl, output = Postcard)]
pub async fn image(
    id: String,
    #[server(default)] done: String,
    lang: String,
) -> Result<ImageDetail, AppError> {
    let placed = super::views::placed(&id, &done, &lang).await?;
    Ok(placed.detail)
}

/// Shows a picture in the gallery. Answers with the change's id, by which it is taken back.
#[server(prefix = "/api", endpoint = "publish", input = PostUrl, output = Postcard)]
pub async fn publish(id: String, #[server(default)] lang: String) -> Result<String, AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context
        .require_user_for_form(&lang, Route::Image(&id))
        .await?;
    let publish = super::action::Action::Publish;
    super::views::change_one(&context, &user.id, &lang, &id, publish).await
}

/// Gives a picture of the person's a title, a description and tags to show, and publishes
/// it where `act` says so.
#[server(prefix = "/api", endpoint = "words", input = PostUrl, output = Postcard)]
pub async fn save_words(
    id: String,
    #[server(default)] title: String,
    #[server(default)] alt: String,
    #[server(default)] tags: Vec<String>,
    #[server(default)] more: String,
    #[server(default)] act: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    let context = crate::server::Context::take();
    let page = crate::routes::words(&id);
    let user = context.require_user_for_form(&lang, page).await?;
    let form = super::words::Form {
        publishes: act == "publish",
        title,
        alt,
        tags,
        more,
    };
    super::words::save(&context, &user, &lang, &id, form).await
}

/// Takes a picture out of the gallery. Answers as `publish`.
#[server(prefix = "/api", endpoint = "unpublish", input = PostUrl, output = Postcard)]
pub async fn unpublish(id: String, #[server(default)] lang: String) -> Result<String, AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context
        .require_user_for_form(&lang, Route::Image(&id))
        .await?;
    let unpublish = super::action::Action::Unpublish;
    super::views::change_one(&context, &user.id, &lang, &id, unpublish).await
}

/// Chooses who may see a picture of one's own: nobody else, whoever has its address (until
/// when), or everybody; and says whether it is sensitive.
#[server(prefix = "/api", endpoint = "visibility", input = PostUrl, output = Postcard)]
pub async fn set_visibility(
    id: String,
    #[server(default)] shown: String,
    /// When an unlisted address ends: empty, a number of days, `date`, or `keep`.
    #[server(default)]
    ends: String,
    #[server(default)] date: String,
    #[server(default)] sensitive: String,
    #[server(default)] lang: String,
) -> Result<String, AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let page = Route::Image(&id);
    let user = context.require_user_for_form(&lang, page).await?;
    let asked = super::shown_to::Asked {
        shown: &shown,
        ends: &ends,
        date: &date,
        sensitive: sensitive == "on",
    };
    match super::shown_to::asked_action(&context, &user.id, &id, &asked).await {
        Ok(action) => super::views::change_one(&context, &user.id, &lang, &id, action).await,
        Err(error) => Err(context.refuse(&lang, page, error)),
    }
}

/// Deletes a picture that is in the trash for good.
#[server(prefix = "/api", endpoint = "delete", input = PostUrl, output = Postcard)]
pub async fn delete(id: String, #[server(default)] lang: String) -> Result<(), AppError> {
    use super::{
        action::{Action, Selection},
        change::{Outcome, change},
        query::{LibraryQuery, Notice},
    };
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let page = Route::Image(&id);
    let user = context.require_user_for_form(&lang, page).await?;
    let one = Selection::one(&id);
    match change(&context.state, &user.id, &Action::Delete, &one).await {
        Ok(Outcome::Deleted(count)) => {
            let next = LibraryQuery::of_trash().path_after(&Notice::Deleted(count));
            context.redirect(&lang, next);
            Ok(())
        }
        // What is theirs and not in the trash was restored meanwhile.
        Ok(_) => Err(context.refuse(&lang, page, AppError::TooLate)),
        Err(error) => Err(context.refuse(&lang, page, error)),
    }
}

/// Does one thing to some pictures, to all under the filters of `query`, or to the one
/// that the pressed button names.
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
) -> Result<String, AppError> {
    use super::{
        action::{Action, Selection},
        change::{Outcome, change},
        query::{LibraryQuery, Notice},
    };
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let query = LibraryQuery::read(&query);
    let picture = ids.first().filter(|_| page == "picture");
    let back = picture.map_or_else(|| query.path(), |id| Route::Image(id).path());
    let user = context.require_user_for_form(&lang, back.clone()).await?;
    // What goes to the trash is no longer on the page that the form was on.
    let stays = picture.is_some() && action != "trash";
    let done = async {
        let (action, selection) = match about.one.split_once(' ') {
            Some((action, id)) => (action, Selection::one(id)),
            None => (action.as_str(), Selection::read(ids, &all, &query)?),
        };
        let action = Action::read(action, &about)?;
        change(&context.state, &user.id, &action, &selection).await
    };
    let mut change_id = String::new();
    if let Some(("reference", id)) = about.one.split_once(' ') {
        let used = crate::references::inputs::use_picture(&context.state, &user, id).await;
        let next = query.path_after(&Notice::Referenced);
        return match used {
            Ok(()) => context.answer(&lang, next, Ok(())).map(|()| change_id),
            Err(error) => Err(context.refuse(&lang, back, error)),
        };
    }
    let next = match done.await {
        Err(error) => return Err(context.refuse(&lang, back, error)),
        Ok(Outcome::Deleted(count)) => query.path_after(&Notice::Deleted(count)),
        Ok(Outcome::Changed(id)) => {
            change_id.clone_from(&id);
            match stays {
                true => back,
                false => query.path_after(&Notice::Changed(id)),
            }
        }
        Ok(Outcome::Nothing) if page == "picture" => back,
        Ok(Outcome::Nothing) => query.path_after(&Notice::Nothing),
    };
    context.redirect(&lang, next);
    Ok(change_id)
}

/// Takes back what was done to pictures a moment ago.
#[server(prefix = "/api", endpoint = "undo", input = PostUrl, output = Postcard)]
pub async fn undo(
    id: String,
    #[server(default)] query: String,
    /// The picture whose page the form is on; empty on the library's.
    #[server(default)]
    picture: String,
    #[server(default)] lang: String,
) -> Result<String, AppError> {
    use super::query::{LibraryQuery, Notice};
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let query = LibraryQuery::read(&query);
    let back = match picture.as_str() {
        "" => query.path(),
        id => Route::Image(id).path(),
    };
    let user = context.require_user_for_form(&lang, back.clone()).await?;
    let next = match super::change::undo(&context.state, &user, &id).await {
        Ok(count) if picture.is_empty() => query.path_after(&Notice::Undone(count)),
        // The picture's page shows how it stands.
        Ok(_) => back,
        Err(error) => return Err(context.refuse(&lang, back, error)),
    };
    context.redirect(&lang, next);
    // There is nothing of it to take back.
    Ok(String::new())
}

/// Makes a collection, or renames the one with this id, and shows it.
#[server(prefix = "/api", endpoint = "collection", input = PostUrl, output = Postcard)]
pub async fn collection(
    #[server(default)] id: String,
    #[server(default)] name: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use super::query::LibraryQuery;
    use crate::server::Context;
    let context = Context::take();
    let back = match id.as_str() {
        "" => LibraryQuery::default().path(),
        id => LibraryQuery::of_collection(id).path(),
    };
    let user = context.require_user_for_form(&lang, back.clone()).await?;
    match super::change::save_collection(&context.state, &user.id, &id, &name).await {
        Ok(id) => {
            context.redirect(&lang, LibraryQuery::of_collection(&id).path());
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
