//! What the composer's form asks with its pictures, done and kept.

use super::{Sent, references_max};
use crate::{
    error::{AppError, UploadProblem},
    model::draft::Draft,
    references::{
        inputs, intake,
        tray::{Refusal, Tray},
    },
    server::{AppState, drafts},
    store::{
        images, uploads,
        users::{self, User},
    },
};

/// Does what was asked, and keeps the form as the person's draft, with the age
/// that they stated in it.
pub(in crate::references) async fn apply_and_keep(
    state: &AppState,
    user: &User,
    sent: &mut Sent,
    draft: &mut Draft,
    age_stated: Option<u32>,
) -> Result<Tray, AppError> {
    let tray = applied(state, user, sent, draft).await?;
    drafts::keep_with_age(state, user, draft, age_stated).await?;
    Ok(tray)
}

/// Does what a script asked, and keeps of it what it is about. The form was posted as it
/// stood when the upload began: what was typed since has been kept meanwhile, and stays.
pub(super) async fn apply_to_kept(
    state: &AppState,
    user: &User,
    sent: &mut Sent,
    mut draft: Draft,
) -> Result<Tray, AppError> {
    let tray = applied(state, user, sent, &mut draft).await?;
    // Read anew: the person was looked up before a body that may have taken minutes.
    let now = users::by_id(&state.db, &user.id).await?;
    if let Some(now) = now.filter(|now| now.draft.is_some()) {
        draft = Draft {
            references: draft.references,
            mask: draft.mask,
            parent: draft.parent,
            ..drafts::of_person(state, Some(&now))
        };
    }
    drafts::keep(state, user, &draft).await?;
    Ok(tray)
}

/// Does what was asked; the list as it then is.
async fn applied(
    state: &AppState,
    user: &User,
    sent: &mut Sent,
    draft: &mut Draft,
) -> Result<Tray, AppError> {
    apply(state, user, sent, draft).await?;
    let mut tray = inputs::tray(state, user, draft).await?;
    tray.refused = std::mem::take(&mut sent.refused);
    Ok(tray)
}

/// Does what was asked with the draft's references.
async fn apply(
    state: &AppState,
    user: &User,
    sent: &mut Sent,
    draft: &mut Draft,
) -> Result<(), AppError> {
    let limit = references_max(state);
    let mut ids = draft.reference_ids();
    ids.extend(sent.added.iter().map(|upload| upload.id.clone()));
    let first_before = ids.first().cloned();
    let (verb, id) = sent.change.split_once(':').unwrap_or((&sent.change, ""));
    match verb {
        "remove" => {
            ids.retain(|known| known != id);
            let now_ms = state.clock.now_ms();
            uploads::remove(&state.db, id, &user.id, now_ms).await?;
        }
        "earlier" => {
            if let Some(at) = ids
                .iter()
                .position(|known| known == id)
                .filter(|at| *at > 0)
            {
                ids.swap(at, at - 1);
            }
        }
        "picture" if ids.len() >= usize::from(limit) => sent.refused.push(Refusal {
            file: 0,
            problem: UploadProblem::TooMany { limit }.into(),
        }),
        "picture" => {
            let image = images::by_owner(&state.db, id, &user.id).await?;
            let image = image.ok_or(AppError::NotFound)?;
            match inputs::add_picture(state, user, &image).await? {
                Ok(upload) => ids.push(upload.id),
                Err(problem) => sent.refused.push(Refusal {
                    file: 0,
                    problem: problem.into(),
                }),
            }
        }
        "unmask" => draft.mask.clear(),
        "unparent" => draft.parent.clear(),
        _ => {}
    }
    // A request whose fields came in an order of its own may hold too many.
    ids.truncate(usize::from(limit));
    if ids.first() != first_before.as_ref() {
        // A mask belongs to its picture: another first picture has another, or none.
        let mask = match ids.first() {
            Some(first) => uploads::mask_of(&state.db, first, &user.id).await?,
            None => None,
        };
        draft.mask = mask.map(|mask| mask.id).unwrap_or_default();
    }
    draft.references = ids.join(",");
    take_mask(state, user, sent, draft).await
}

/// Makes the mask that was sent the first reference's.
async fn take_mask(
    state: &AppState,
    user: &User,
    sent: &mut Sent,
    draft: &mut Draft,
) -> Result<(), AppError> {
    let Some(received) = sent.mask.take() else {
        return Ok(());
    };
    let first = match draft.reference_ids().first() {
        Some(first) => uploads::by_owner(&state.db, first, &user.id).await?,
        None => None,
    };
    let taken = match (received, first) {
        (Err(problem), _) => Err(problem),
        (Ok(_), None) => Err(UploadProblem::MaskAlone),
        (Ok(file), Some(first)) => intake::mask(state, &user.id, &first, &file).await?,
    };
    match taken {
        Ok(mask) => draft.mask = mask.id,
        Err(problem) => sent.refused.push(Refusal {
            file: 0,
            problem: problem.into(),
        }),
    }
    Ok(())
}
