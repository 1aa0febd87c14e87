//! The references of a draft and of a job, looked up for the person they belong to.

use super::{
    form::references_max,
    intake,
    tray::{Reference, Tray},
};
use crate::{
    error::{AppError, UploadProblem},
    model::draft::Draft,
    routes,
    server::{AppState, archive, cards, drafts, image_api::Input, incident},
    store::{
        composer::{self, Around, Found, Named, Wanted},
        images::{self, Image},
        job_views::EndedSince,
        jobs::{Job, Since},
        uploads::{self, Upload},
        users::User,
    },
};
use bytes::Bytes;

/// The most of the person's own pictures that the composer offers.
const CHOICES: u32 = 24;

/// The uploads and the parent that a job works on.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The uploads' ids: references in order, then the mask.
    pub ids: Vec<String>,
    /// The picture it remixes.
    pub parent: Option<String>,
    /// Whether what comes back is put into the first reference, outside of the mask.
    pub keeps_outside: bool,
}

/// A reference with the addresses of the picture and its small copy, which are
/// served to their owner alone.
fn reference(upload: &Upload) -> Reference {
    let id = &upload.id;
    Reference {
        id: id.clone(),
        width: upload.width,
        height: upload.height,
        picture: routes::uploaded(id, &format!("picture.{}", upload.format)),
        thumbnail: routes::uploaded(id, "small.webp"),
    }
}

/// The pictures a draft names, as they are looked up.
fn named<'a>(draft: &'a Draft, references: &'a [String]) -> Named<'a> {
    Named {
        references,
        mask: &draft.mask,
        parent: &draft.parent,
    }
}

/// The composer's tray for a draft. The draft loses what is not the person's,
/// or is gone; what remains counts as used.
pub async fn tray(state: &AppState, user: &User, draft: &mut Draft) -> Result<Tray, AppError> {
    let references = draft.reference_ids();
    let now_ms = state.clock.now_ms();
    let named = named(draft, &references);
    let found = composer::named(&state.db, &user.id, named, now_ms).await?;
    tray_of(state, user, draft, found).await
}

async fn tray_of(
    state: &AppState,
    user: &User,
    draft: &mut Draft,
    found: Found,
) -> Result<Tray, AppError> {
    let is_due = found.is_due;
    let mask = mask_for(&found);
    let parent = found.parent;
    let tray = Tray {
        items: found.references.iter().map(reference).collect(),
        mask,
        parent: parent.map(|image| cards::card(&image, image.user_id == user.id)),
        ..Tray::default()
    };
    draft.references = tray.ids();
    draft.mask = tray.mask.clone().unwrap_or_default();
    draft.parent = tray
        .parent
        .as_ref()
        .map(|p| p.id.clone())
        .unwrap_or_default();
    // Looking at a page seldom writes: most often it was noted a moment ago.
    if is_due {
        let mut used = draft.reference_ids();
        used.extend(tray.mask.clone());
        uploads::touch(&state.db, &used, &user.id, state.clock.now_ms()).await?;
    }
    Ok(tray)
}

/// The tray with the person's newest pictures to choose from, and what else the
/// composer's page shows.
pub async fn tray_with_choices(
    state: &AppState,
    user: &User,
    draft: &mut Draft,
    ended: EndedSince,
) -> Result<(Tray, Around), AppError> {
    let references = draft.reference_ids();
    let named = named(draft, &references);
    let wanted = Wanted {
        newest: CHOICES,
        ended,
        since: Since {
            day_ms: state.clock.day_start_ms(),
            month_ms: state.clock.month_start_ms(),
        },
        now_ms: state.clock.now_ms(),
    };
    let (found, around) = composer::page(&state.db, &user.id, named, wanted).await?;
    let newest = around.newest.iter();
    let tray = Tray {
        choices: newest.map(|image| cards::card(image, true)).collect(),
        ..tray_of(state, user, draft, found).await?
    };
    Ok((tray, around))
}

/// The draft's mask, if it was made for the picture that is first now.
fn mask_for(found: &Found) -> Option<String> {
    let first = found.references.first()?;
    let mask = found.mask.as_ref()?;
    (mask.mask_of.as_deref() == Some(first.id.as_str())).then(|| mask.id.clone())
}

/// The inputs a form names: every one the person's own and still there.
pub async fn of_draft(state: &AppState, user: &User, draft: &Draft) -> Result<Inputs, AppError> {
    let wanted = draft.reference_ids();
    let pictures = Named {
        // Whether the person may see it is looked at when the job is queued.
        parent: "",
        ..named(draft, &wanted)
    };
    let now_ms = state.clock.now_ms();
    let found = composer::named(&state.db, &user.id, pictures, now_ms).await?;
    if found.references.len() != wanted.len() {
        return Err(UploadProblem::Gone.into());
    }
    let mut ids = wanted;
    if !found.references.is_empty() && !draft.mask.is_empty() {
        ids.push(mask_for(&found).ok_or(UploadProblem::Gone)?);
    }
    Ok(Inputs {
        ids,
        parent: (!draft.parent.is_empty()).then(|| draft.parent.clone()),
        keeps_outside: false,
    })
}

/// An earlier job's inputs, for another one; an error if some of them are gone.
pub fn of_job(job: &Job, found: Vec<Upload>) -> Result<Inputs, AppError> {
    if !whole(job, &found) {
        return Err(UploadProblem::Gone.into());
    }
    Ok(Inputs {
        ids: found.into_iter().map(|upload| upload.id).collect(),
        parent: job.parent_id.clone(),
        keeps_outside: job.keeps_outside,
    })
}

/// True if every reference and mask the job's settings count is there.
fn whole(job: &Job, found: &[Upload]) -> bool {
    let masks = found.iter().filter(|u| u.mask_of.is_some()).count();
    masks == usize::from(job.settings.mask)
        && found.len() == usize::from(job.settings.references) + masks
}

/// The inputs the worker sends for a job; `None` if some of them are gone.
pub async fn to_send(
    state: &AppState,
    job: &Job,
) -> Result<Option<Vec<Input>>, crate::store::DbError> {
    let found = uploads::of_job(&state.db, &job.id, &job.user_id).await?;
    if !whole(job, &found) {
        return Ok(None);
    }
    let inputs = found.into_iter().map(|upload| Input {
        mask: upload.mask_of.is_some(),
        id: upload.id,
        format: upload.format,
        bytes: upload.bytes,
    });
    Ok(Some(inputs.collect()))
}

/// Puts a job's references back in a draft, as far as they are still there.
pub fn restore(job: &Job, found: Vec<Upload>, draft: &mut Draft) {
    let (masks, references): (Vec<Upload>, Vec<Upload>) =
        found.into_iter().partition(|u| u.mask_of.is_some());
    let ids: Vec<String> = references.into_iter().map(|u| u.id).collect();
    draft.references = ids.join(",");
    draft.mask = masks.into_iter().next().map(|m| m.id).unwrap_or_default();
    draft.parent = job.parent_id.clone().unwrap_or_default();
}

/// Makes a picture of the person's one more reference of the composer's form as it was
/// left.
pub async fn use_picture(state: &AppState, user: &User, id: &str) -> Result<(), AppError> {
    let image = images::by_owner(&state.db, id, &user.id).await?;
    let image = image.ok_or(AppError::NotFound)?;
    let mut draft = drafts::of_person(state, Some(user));
    // What is gone meanwhile takes no place.
    tray(state, user, &mut draft).await?;
    let limit = references_max(state);
    let mut ids = draft.reference_ids();
    if ids.len() >= usize::from(limit) {
        return Err(UploadProblem::TooMany { limit }.into());
    }
    ids.push(add_picture(state, user, &image).await??.id);
    draft.references = ids.join(",");
    drafts::keep(state, user, &draft).await
}

/// Makes a picture's words and settings the composer's draft, where the person may see it.
pub async fn remix(state: &AppState, user: &User, id: &str) -> Result<(), AppError> {
    let (image, _) = images::visible(&state.db, id, Some(&user.id))
        .await?
        .ok_or(AppError::NotFound)?;
    let models = state.offered();
    let own = models.iter().find(|model| model.id == image.model);
    // The picture's own may be retired.
    let model = own.unwrap_or(&models[0]);
    let prompt = cards::shown_prompt(&image, image.user_id == user.id);
    let mut draft = Draft::from_settings(prompt, &model.adapt(&image.settings), model);
    draft.parent.clone_from(&image.id);
    drafts::keep(state, user, &draft).await
}

/// Makes a picture of the service a reference. It is a copy: deleting or
/// unpublishing the picture later changes nothing about the job.
pub async fn add_picture(
    state: &AppState,
    user: &User,
    image: &Image,
) -> Result<Result<Upload, UploadProblem>, AppError> {
    intake::copy(state, &user.id, &original(state, image).await?, false).await
}

/// As [`add_picture`], with every pixel of it, so that what comes back can be put into it.
pub async fn add_source(
    state: &AppState,
    user: &User,
    image: &Image,
) -> Result<Result<Upload, UploadProblem>, AppError> {
    intake::copy(state, &user.id, &original(state, image).await?, true).await
}

async fn original(state: &AppState, image: &Image) -> Result<Bytes, AppError> {
    let original = state.objects.read(archive::original(image)).await;
    original.map_err(|error| incident::internal("object store", &error))
}
