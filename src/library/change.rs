//! Changes to a person's own pictures: one, some, or all under a filter.

use super::{
    action::{Action, Selection, Target},
    copies, tags, trash,
};
use crate::model::limits::TAGS_MAX;
use crate::{
    error::{AccountProblem, AppError, Problem},
    server::{AppState, recognise, secrets},
    store::{
        DbError,
        change_checks::{self, Known, Question},
        changes::{self, Kind, Slug},
        collections::{self, Collection},
        library::{self, Place},
        removed, tags as tag_rows,
        users::User,
    },
};
use std::ops::ControlFlow;

/// Pictures changed in one batch.
const BATCH: u32 = 500;

/// The outcome of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It can be taken back under this id.
    Changed(String),
    /// So many pictures were deleted for good.
    Deleted(u32),
    /// Everything was so already.
    Nothing,
}

/// Does `action` to the selection.
pub async fn change(
    state: &AppState,
    user_id: &str,
    action: &Action,
    selection: &Selection,
) -> Result<Outcome, AppError> {
    let known = check(state, user_id, action, selection).await?;
    let removed = match known.removed {
        Some(version) => recognise::removed(state, version).await?,
        None => recognise::Removed::default(),
    };
    let Some(kind) = undoable(state, user_id, action, known).await? else {
        return delete(state, user_id, selection).await;
    };
    let id = uuid::Uuid::now_v7().to_string();
    let now_ms = state.clock.now_ms();
    let (mut changed, mut held) = (0, 0);
    let mut batches = Batches::new(selection, BATCH);
    while let Some(ids) = batches.next(state, user_id).await? {
        let slugs = match kind {
            Kind::Publish | Kind::Unlist(_) => {
                held += copies::hold_similar(state, user_id, &ids, &removed, false).await?;
                new_slugs(&ids)
            }
            _ => Vec::new(),
        };
        changed += changes::apply(&state.db, &id, user_id, &kind, &ids, &slugs, now_ms).await?;
    }
    if changed > 0 {
        if kind == Kind::Publish {
            state.statistics.count_several("published", changed as u64);
        }
        return Ok(Outcome::Changed(id));
    }
    if held > 0 {
        return Err(AccountProblem::Suspended.into());
    }
    match &kind {
        Kind::Tag(folded, _) if lacks(state, user_id, selection, folded).await? => {
            Err(Problem::TooManyTags.into())
        }
        _ => Ok(Outcome::Nothing),
    }
}

/// Refuses a selection of nothing that is the person's, one of another place, and
/// publishing for somebody who keeps everything out of the gallery, or against a decision. Looks up the
/// tag or the collection on the way.
async fn check(
    state: &AppState,
    user_id: &str,
    action: &Action,
    selection: &Selection,
) -> Result<Known, AppError> {
    let ids = match selection {
        // "All" of the trash's page must never become all of the library, nor the other way round.
        Selection::Matching(query) if query.trash != action.is_of_trash() => {
            return Err(Problem::Malformed.into());
        }
        Selection::Matching(_) => None,
        Selection::Ids(ids) => Some(ids.as_slice()),
    };
    let tag = match action {
        Action::Tag(typed) | Action::Untag(typed) => Some(tags::folded(typed)),
        _ => None,
    };
    let collection = match action {
        Action::Collect(Target::Existing(id)) | Action::Uncollect(id) => Some(id.as_str()),
        _ => None,
    };
    let question = Question {
        ids,
        tag: tag.as_deref(),
        collection,
        publishing: action.shows(),
    };
    let known = change_checks::know(&state.db, user_id, question).await?;
    if !known.owns_any {
        return Err(AppError::NotFound);
    }
    if known.keeps_private {
        return Err(AccountProblem::KeptPrivate.into());
    }
    let now_ms = state.clock.now_ms();
    let suspended = known
        .person
        .as_ref()
        .and_then(|person| person.suspended_until(now_ms));
    if action.shows() && (suspended.is_some() || known.all_withheld) {
        return Err(AccountProblem::Suspended.into());
    }
    Ok(known)
}

/// A new public slug for each of these pictures.
fn new_slugs(ids: &[String]) -> Vec<Slug> {
    let slugs = ids.iter().map(|id| (id.clone(), secrets::random_slug()));
    slugs.collect()
}

/// Deletes what is in the trash, for good.
async fn delete(
    state: &AppState,
    user_id: &str,
    selection: &Selection,
) -> Result<Outcome, AppError> {
    let mut deleted = 0;
    let mut batches = Batches::new(selection, BATCH);
    while let Some(ids) = batches.next(state, user_id).await? {
        deleted += trash::delete_now(state, user_id, &ids).await?;
    }
    Ok(match deleted {
        0 => Outcome::Nothing,
        count => Outcome::Deleted(u32::try_from(count).unwrap_or(u32::MAX)),
    })
}

/// The action with the tag or collection it names, as they are known or made;
/// `None` for the one that nothing takes back.
async fn undoable(
    state: &AppState,
    user_id: &str,
    action: &Action,
    known: Known,
) -> Result<Option<Kind>, AppError> {
    let existing = |collection: Option<Collection>| {
        let found = collection.ok_or(AppError::NotFound)?;
        Ok::<_, AppError>((found.id, found.name))
    };
    Ok(Some(match action {
        Action::Delete => return Ok(None),
        Action::Favourite => Kind::Favourite,
        Action::Unfavourite => Kind::Unfavourite,
        Action::Publish => Kind::Publish,
        Action::Unlist(until_ms) => Kind::Unlist(*until_ms),
        Action::Unpublish => Kind::Unpublish,
        Action::Trash => Kind::Trash,
        Action::Restore => Kind::Restore,
        Action::Tag(typed) => {
            // The first way of writing it is the person's.
            let name = known.tag_name.unwrap_or_else(|| typed.clone());
            Kind::Tag(tags::folded(typed), name)
        }
        Action::Untag(typed) => {
            let name = known.tag_name.ok_or(AppError::NotFound)?;
            Kind::Untag(tags::folded(typed), name)
        }
        Action::Collect(target) => {
            let (id, name) = match target {
                Target::Named(name) => add_collection(state, user_id, name).await?,
                Target::Existing(_) => existing(known.collection)?,
            };
            Kind::Collect(id, name)
        }
        Action::Uncollect(_) => {
            let (id, name) = existing(known.collection)?;
            Kind::Uncollect(id, name)
        }
    }))
}

/// Finds the person's collection of that name, or makes it; returns its id and name.
pub async fn add_collection(
    state: &AppState,
    user_id: &str,
    name: &str,
) -> Result<(String, String), AppError> {
    let name = tags::name(name)?;
    let id = uuid::Uuid::now_v7().to_string();
    let (folded, now_ms) = (tags::folded(&name), state.clock.now_ms());
    let found = collections::find_or_add(&state.db, &id, user_id, &name, &folded, now_ms).await?;
    let found = found.ok_or(Problem::TooManyCollections)?;
    Ok((found.id, found.name))
}

/// Makes a collection, or renames the one with this id; returns its id.
pub async fn save_collection(
    state: &AppState,
    user_id: &str,
    id: &str,
    name: &str,
) -> Result<String, AppError> {
    if id.is_empty() {
        return Ok(add_collection(state, user_id, name).await?.0);
    }
    let name = tags::name(name)?;
    let renamed = collections::rename(&state.db, id, user_id, &name, &tags::folded(&name)).await;
    match renamed {
        Ok(true) => Ok(id.to_owned()),
        Ok(false) => Err(AppError::NotFound),
        Err(DbError::Constraint) => Err(Problem::NameTaken.into()),
        Err(error) => Err(error.into()),
    }
}

/// Deletes a collection; its pictures stay.
pub async fn delete_collection(state: &AppState, user_id: &str, id: &str) -> Result<(), AppError> {
    match collections::delete(&state.db, id, user_id).await? {
        true => Ok(()),
        false => Err(AppError::NotFound),
    }
}

/// True if a chosen picture lacks the tag, so that only its limit kept it out.
async fn lacks(
    state: &AppState,
    user_id: &str,
    selection: &Selection,
    folded: &str,
) -> Result<bool, AppError> {
    let Selection::Ids(ids) = selection else {
        return Ok(false);
    };
    let [id] = ids.as_slice() else {
        return Ok(false);
    };
    let has = tag_rows::of_image(&state.db, id, user_id).await?;
    Ok(has.len() >= TAGS_MAX as usize && !has.iter().any(|tag| tag.folded == folded))
}

/// A selection in batches of ids, so that "all" is never one huge statement.
pub struct Batches<'a> {
    source: Source<'a>,
    limit: u32,
    after: ControlFlow<(), Option<Place>>,
}

enum Source<'a> {
    Ids(&'a [String]),
    Filter(Box<library::Filter>),
}

impl<'a> Batches<'a> {
    /// The selection, `limit` pictures at a time.
    pub fn new(selection: &'a Selection, limit: u32) -> Batches<'a> {
        Batches {
            source: match selection {
                Selection::Ids(ids) => Source::Ids(ids),
                Selection::Matching(query) => Source::Filter(Box::new(query.filter())),
            },
            limit,
            after: ControlFlow::Continue(None),
        }
    }

    /// The next ids, `None` at the end. Those a person names may be anybody's.
    pub async fn next(
        &mut self,
        state: &AppState,
        user_id: &str,
    ) -> Result<Option<Vec<String>>, AppError> {
        let ControlFlow::Continue(after) = &self.after else {
            return Ok(None);
        };
        let (ids, last) = match &self.source {
            Source::Ids(all) => {
                let done = |id: &String| match after {
                    Some(Place::Id(last)) => id <= last,
                    _ => false,
                };
                let mut ids: Vec<String> = all.iter().filter(|id| !done(id)).cloned().collect();
                ids.sort_unstable();
                ids.dedup();
                ids.truncate(self.limit as usize);
                let last = ids.last().cloned().map(Place::Id);
                (ids, last)
            }
            Source::Filter(filter) => {
                let after = after.as_ref();
                library::ids(&state.db, user_id, filter, after, self.limit).await?
            }
        };
        Ok(self.advance(ids, last))
    }

    fn advance(&mut self, ids: Vec<String>, last: Option<Place>) -> Option<Vec<String>> {
        // Fewer than were asked for are the last: the database is not asked again.
        let more = ids.len() >= self.limit as usize;
        self.after = match last.filter(|_| more) {
            Some(last) => ControlFlow::Continue(Some(last)),
            None => ControlFlow::Break(()),
        };
        (!ids.is_empty()).then_some(ids)
    }
}

/// Takes a change back; returns how many pictures it had touched. Nothing becomes public
/// again that is of somebody suspended.
pub async fn undo(state: &AppState, user: &User, id: &str) -> Result<u32, AppError> {
    let found = changes::find(&state.db, id, &user.id).await?;
    let (change, taken_down) = found.ok_or(AppError::NotFound)?;
    let now_ms = state.clock.now_ms();
    let slugs = match user.suspended_until(now_ms) {
        None => new_slugs(&taken_down),
        Some(_) => Vec::new(),
    };
    if !slugs.is_empty() {
        // What is shown again is published again.
        let version = removed::version(&state.db).await?;
        let removed = recognise::removed(state, version).await?;
        for ids in taken_down.chunks(BATCH as usize) {
            copies::hold_similar(state, &user.id, ids, &removed, true).await?;
        }
    }
    match changes::undo(&state.db, id, &user.id, &change.kind, &slugs, now_ms).await? {
        true => Ok(change.pictures),
        false => Err(AppError::TooLate),
    }
}
