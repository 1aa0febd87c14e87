//! Rows become what pages show, and the owner's acts on a picture.

use super::{browse, change, trash};
use crate::server::cards::card;
use crate::{
    error::{AccountProblem, AppError},
    model::{ImageCard, ImageDetail, Prompt},
    references::inputs,
    routes::Route,
    server::{AppState, context::localised, media, secrets},
    store::{
        images::{self},
        users::{self, User},
    },
};

/// One picture, as far as this viewer may see it.
pub async fn detail(
    state: &AppState,
    viewer: Option<&User>,
    id: &str,
    lang: &str,
) -> Result<ImageDetail, AppError> {
    let (image, author) = images::visible(&state.db, id, viewer.map(|u| u.id.as_str()))
        .await?
        .ok_or(AppError::NotFound)?;
    let mine = viewer.is_some_and(|u| u.id == image.user_id);
    let model = state.config.model(&image.model);
    let path = localised(lang, Route::Image(&image.id));
    let (parent, remixes) = inputs::lineage(state, viewer.map(|u| u.id.as_str()), id).await?;
    let keeping = match mine {
        true => Some(browse::keeping(state, &image).await?),
        false => None,
    };
    Ok(ImageDetail {
        parent,
        remixes,
        card: ImageCard {
            days_left: trash::days_left(&image, state.clock.now_ms()).filter(|_| mine),
            ..card(&image, mine)
        },
        original: media::original_address(&image, mine),
        canonical: format!("{}{path}", state.config.public_origin()),
        model_name: model.map_or_else(|| image.model.clone(), |m| m.name.clone()),
        cost_micros: mine.then_some(image.cost_micros),
        author: author.name,
        handle: author.handle,
        mine,
        painted: state.config.demo,
        credentials: image.credentials,
        keeping,
        format: image.format,
        bytes: image.bytes,
        sha256: image.sha256,
        settings: image.settings,
        revised_prompt: image
            .revised_prompt
            .filter(|p: &Prompt| !p.is_empty() && (mine || image.shows_prompt)),
        published_at_ms: image.published_at_ms,
    })
}

/// Shows a picture in the gallery, at new public addresses.
pub async fn publish(state: &AppState, user_id: &str, id: &str) -> Result<(), AppError> {
    let key = secrets::random_slug();
    let now_ms = state.clock.now_ms();
    if images::publish(&state.db, id, user_id, &key, now_ms).await? {
        state.statistics.count("published");
        return Ok(());
    }
    refuse_against_objection(state, user_id).await?;
    // Published already is what was wanted; anything else is not theirs.
    exists(state, user_id, id).await
}

/// Refuses to publish for somebody who keeps everything out of the gallery.
pub async fn refuse_against_objection(state: &AppState, user_id: &str) -> Result<(), AppError> {
    match users::by_id(&state.db, user_id).await? {
        Some(user) if user.keeps_private => Err(AccountProblem::KeptPrivate.into()),
        _ => Ok(()),
    }
}

/// Takes a picture out of the gallery; its public addresses end with it.
pub async fn unpublish(state: &AppState, user_id: &str, id: &str) -> Result<(), AppError> {
    if images::unpublish(&state.db, id, user_id).await? {
        return Ok(());
    }
    exists(state, user_id, id).await
}

async fn exists(state: &AppState, user_id: &str, id: &str) -> Result<(), AppError> {
    images::by_owner(&state.db, id, user_id)
        .await?
        .map(|_| ())
        .ok_or(AppError::NotFound)
}

/// Deletes a picture of the trash: the row now, its objects through the outbox.
pub async fn delete(state: &AppState, user_id: &str, id: &str) -> Result<(), AppError> {
    let ids = change::json(&[id.to_owned()]);
    if trash::delete_now(state, user_id, &ids).await? > 0 {
        return Ok(());
    }
    // What is theirs and not in the trash was restored meanwhile.
    exists(state, user_id, id).await?;
    Err(AppError::TooLate)
}
