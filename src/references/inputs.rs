//! The references of a draft and of a job, looked up for the person they belong to.

use super::{
    intake,
    tray::{Reference, Tray},
};
use crate::{
    error::{AppError, UploadProblem},
    model::draft::Draft,
    routes,
    server::{AppState, cards, drafts, image_api::Input, incident, objects::ObjectKey},
    store::{
        images::{self, Image},
        jobs::Job,
        library::{self, Filter, Order},
        lineage,
        uploads::{self, Upload},
        users::User,
    },
};

/// The most of the person's own pictures that the composer offers.
const CHOICES: u32 = 24;

/// The uploads and the parent that a job works on.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The uploads' ids: references in order, then the mask.
    pub ids: Vec<String>,
    /// The picture it remixes.
    pub parent: Option<String>,
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

/// The composer's tray for a draft. The draft loses what is not the person's,
/// or is gone; what remains counts as used.
pub async fn tray(state: &AppState, user: &User, draft: &mut Draft) -> Result<Tray, AppError> {
    let found = uploads::listed(&state.db, &draft.reference_ids(), &user.id).await?;
    let mask = match found.first() {
        Some(first) => mask_for(state, user, &draft.mask, first).await?,
        None => None,
    };
    let parent = match draft.parent.as_str() {
        "" => None,
        id => images::visible(&state.db, id, Some(&user.id)).await?,
    };
    let parent = parent.map(|(image, _)| cards::card(&image, image.user_id == user.id));
    let tray = Tray {
        items: found.iter().map(reference).collect(),
        mask,
        parent,
        ..Tray::default()
    };
    draft.references = tray.ids();
    draft.mask = tray.mask.clone().unwrap_or_default();
    draft.parent = tray
        .parent
        .as_ref()
        .map(|p| p.id.clone())
        .unwrap_or_default();
    let mut used = draft.reference_ids();
    used.extend(tray.mask.clone());
    uploads::touch(&state.db, &used, &user.id, state.clock.now_ms()).await?;
    Ok(tray)
}

/// The tray with the person's newest pictures to choose from.
pub async fn tray_with_choices(
    state: &AppState,
    user: &User,
    draft: &mut Draft,
) -> Result<Tray, AppError> {
    let newest = library::page(
        &state.db,
        &user.id,
        &Filter::default(),
        Order::default(),
        None,
        CHOICES,
    )
    .await?;
    Ok(Tray {
        choices: newest
            .iter()
            .map(|image| cards::card(image, true))
            .collect(),
        ..tray(state, user, draft).await?
    })
}

/// The draft's mask, if it was made for the picture that is first now.
async fn mask_for(
    state: &AppState,
    user: &User,
    mask: &str,
    first: &Upload,
) -> Result<Option<String>, AppError> {
    if mask.is_empty() {
        return Ok(None);
    }
    let found = uploads::by_owner(&state.db, mask, &user.id).await?;
    Ok(found
        .filter(|mask| mask.mask_of.as_deref() == Some(first.id.as_str()))
        .map(|mask| mask.id))
}

/// The inputs a form names: every one the person's own and still there.
pub async fn of_draft(state: &AppState, user: &User, draft: &Draft) -> Result<Inputs, AppError> {
    let wanted = draft.reference_ids();
    let found = uploads::listed(&state.db, &wanted, &user.id).await?;
    if found.len() != wanted.len() {
        return Err(UploadProblem::Gone.into());
    }
    let mut ids = wanted;
    if let Some(first) = found.first().filter(|_| !draft.mask.is_empty()) {
        let mask = mask_for(state, user, &draft.mask, first).await?;
        ids.push(mask.ok_or(UploadProblem::Gone)?);
    }
    Ok(Inputs {
        ids,
        parent: (!draft.parent.is_empty()).then(|| draft.parent.clone()),
    })
}

/// An earlier job's inputs, for another one; an error if some of them are gone.
pub async fn of_job(state: &AppState, job: &Job) -> Result<Inputs, AppError> {
    let found = uploads::of_job(&state.db, &job.id, &job.user_id).await?;
    if !whole(job, &found) {
        return Err(UploadProblem::Gone.into());
    }
    Ok(Inputs {
        ids: found.into_iter().map(|upload| upload.id).collect(),
        parent: job.parent_id.clone(),
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
pub async fn restore(state: &AppState, job: &Job, draft: &mut Draft) -> Result<(), AppError> {
    let found = uploads::of_job(&state.db, &job.id, &job.user_id).await?;
    let (masks, references): (Vec<Upload>, Vec<Upload>) =
        found.into_iter().partition(|u| u.mask_of.is_some());
    let ids: Vec<String> = references.into_iter().map(|u| u.id).collect();
    draft.references = ids.join(",");
    draft.mask = masks.into_iter().next().map(|m| m.id).unwrap_or_default();
    draft.parent = job.parent_id.clone().unwrap_or_default();
    Ok(())
}

/// Makes a picture's words and settings the composer's draft; with `edit`, the
/// picture itself is its first reference.
pub async fn remix(state: &AppState, user: &User, id: &str, edit: bool) -> Result<(), AppError> {
    let draft = remix_draft(state, user, id, edit).await?;
    drafts::keep(state, user, &draft).await
}

/// A draft that remixes a picture the person may see.
async fn remix_draft(
    state: &AppState,
    user: &User,
    id: &str,
    edit: bool,
) -> Result<Draft, AppError> {
    let (image, _) = images::visible(&state.db, id, Some(&user.id))
        .await?
        .ok_or(AppError::NotFound)?;
    let models = state.config.offered(state.clock.now_ms());
    // Editing needs a model that can; the picture's own may be retired or unable.
    let able = |id: &str| {
        let model = models.iter().find(|m| m.id == id);
        model.filter(|m| !edit || m.edits.is_some())
    };
    let model = able(&image.model)
        .or_else(|| models.iter().find(|m| !edit || m.edits.is_some()))
        .ok_or(UploadProblem::NotOffered)?;
    let prompt = cards::shown_prompt(&image, image.user_id == user.id);
    let mut draft = Draft::from_settings(prompt, &model.adapt(&image.settings), model);
    draft.parent.clone_from(&image.id);
    if edit {
        draft.references = add_picture(state, user, &image).await??.id;
    }
    Ok(draft)
}

/// Makes a picture of the service a reference. It is a copy: deleting or
/// unpublishing the picture later changes nothing about the job.
pub async fn add_picture(
    state: &AppState,
    user: &User,
    image: &Image,
) -> Result<Result<Upload, UploadProblem>, AppError> {
    let key = ObjectKey::Original {
        image: &image.id,
        format: &image.format,
    };
    let original = state
        .objects
        .read(key)
        .await
        .map_err(|error| incident::internal("object store", &error))?;
    intake::copy(state, &user.id, &original).await
}

/// The pictures above and below this one in the line of remixes, as cards.
pub async fn lineage(
    state: &AppState,
    viewer_id: Option<&str>,
    id: &str,
) -> Result<
    (
        Option<crate::model::ImageCard>,
        Vec<crate::model::ImageCard>,
    ),
    AppError,
> {
    let card = |image: &Image| cards::card(image, viewer_id == Some(image.user_id.as_str()));
    let parent = lineage::parent(&state.db, id, viewer_id).await?;
    let remixes = lineage::remixes(&state.db, id, viewer_id).await?;
    Ok((
        parent.as_ref().map(card),
        remixes.iter().map(card).collect(),
    ))
}
