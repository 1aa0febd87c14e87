//! What a person does to pictures of theirs: one, some, or all under a filter.

use super::{query::Query, tags, trash, views};
use crate::{
    error::{AppError, Problem},
    model::{library::About, limits::TAGS_MAX},
    server::AppState,
    store::{
        DbError,
        changes::{self, Action},
        collections, library, tags as tag_rows,
    },
};
use std::ops::ControlFlow;

/// Pictures changed in one batch.
const BATCH: u32 = 500;

/// The selection's form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The chosen pictures.
    pub ids: Vec<String>,
    /// "on": every picture under the filters of `query`.
    pub all: String,
    pub query: String,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It can be taken back under this id.
    Changed(String),
    /// So many pictures were deleted for good.
    Deleted(usize),
    /// Everything was so already.
    Nothing,
}

/// Does `action` to the selection.
pub async fn change(
    state: &AppState,
    user_id: &str,
    action: &str,
    about: &About,
    selection: &Selection,
) -> Result<Outcome, AppError> {
    check(state, user_id, selection).await?;
    let of_trash = ["restore", "delete"].contains(&action);
    // "All" of the trash's page must never become all of the library, nor the other way round.
    if selection.all == "on" && Query::read(&selection.query).trash() != of_trash {
        return Err(Problem::Malformed.into());
    }
    if action == "delete" {
        let mut deleted = 0;
        let mut batches = Batches::new(selection, true, BATCH);
        while let Some(ids) = batches.next(state, user_id).await? {
            deleted += trash::delete_now(state, user_id, &json(&ids)).await?;
        }
        return Ok(match deleted {
            0 => Outcome::Nothing,
            count => Outcome::Deleted(count),
        });
    }
    let action = read(state, user_id, action, about).await?;
    if action == Action::Publish {
        views::refuse_against_objection(state, user_id).await?;
    }
    let id = uuid::Uuid::now_v7().to_string();
    let now_ms = state.clock.now_ms();
    changes::begin(&state.db, &id, user_id, &action, now_ms).await?;
    let mut changed = 0;
    let mut batches = Batches::new(selection, of_trash, BATCH);
    while let Some(ids) = batches.next(state, user_id).await? {
        let ids = json(&ids);
        changed += changes::apply(&state.db, &id, user_id, &action, &ids, now_ms).await?;
    }
    if changed > 0 {
        return Ok(Outcome::Changed(id));
    }
    changes::forget(&state.db, &id, user_id).await?;
    match &action {
        Action::Tag(folded, _) if lacks(state, user_id, selection, folded).await? => {
            Err(Problem::TooManyTags.into())
        }
        _ => Ok(Outcome::Nothing),
    }
}

/// Refuses an empty selection, and one of nothing that is the person's.
async fn check(state: &AppState, user_id: &str, selection: &Selection) -> Result<(), AppError> {
    if selection.all == "on" {
        return Ok(());
    }
    if selection.ids.is_empty() {
        return Err(Problem::NothingChosen.into());
    }
    match changes::owned(&state.db, user_id, &json(&selection.ids)).await? {
        0 => Err(AppError::NotFound),
        _ => Ok(()),
    }
}

async fn read(
    state: &AppState,
    user_id: &str,
    action: &str,
    about: &About,
) -> Result<Action, AppError> {
    Ok(match action {
        "favourite" => Action::Favourite,
        "unfavourite" => Action::Unfavourite,
        "publish" => Action::Publish,
        "unpublish" => Action::Unpublish,
        "trash" => Action::Trash,
        "restore" => Action::Restore,
        "tag" => {
            let typed = tags::tag(&about.tag)?;
            let folded = tags::folded(&typed);
            // The first way of writing it is the person's.
            let name = tag_rows::name(&state.db, user_id, &folded).await?;
            Action::Tag(folded, name.unwrap_or(typed))
        }
        "untag" => {
            let folded = tags::folded(&about.tag);
            let name = tag_rows::name(&state.db, user_id, &folded).await?;
            Action::Untag(folded, name.ok_or(AppError::NotFound)?)
        }
        "collect" => {
            let (id, name) = collection(state, user_id, about).await?;
            Action::Collect(id, name)
        }
        "uncollect" => {
            let (id, name) = chosen_collection(state, user_id, about).await?;
            Action::Uncollect(id, name)
        }
        // The Enter key in one of the bar's fields: what is filled in is meant.
        "" if !about.tag.trim().is_empty() => {
            return Box::pin(read(state, user_id, "tag", about)).await;
        }
        "" if !about.name.trim().is_empty() => {
            return Box::pin(read(state, user_id, "collect", about)).await;
        }
        "" => return Err(Problem::NoActionChosen.into()),
        _ => return Err(Problem::Malformed.into()),
    })
}

/// The collection that is named, made if there is none, or else the one that is chosen.
async fn collection(
    state: &AppState,
    user_id: &str,
    about: &About,
) -> Result<(String, String), AppError> {
    if !about.name.trim().is_empty() {
        return add_collection(state, user_id, &about.name).await;
    }
    chosen_collection(state, user_id, about).await
}

async fn chosen_collection(
    state: &AppState,
    user_id: &str,
    about: &About,
) -> Result<(String, String), AppError> {
    if about.collection.is_empty() {
        return Err(Problem::NoCollectionChosen.into());
    }
    let found = collections::by_owner(&state.db, &about.collection, user_id).await?;
    let found = found.ok_or(AppError::NotFound)?;
    Ok((found.id, found.name))
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

/// Whether a chosen picture lacks the tag, so that only its limit kept it out.
async fn lacks(
    state: &AppState,
    user_id: &str,
    selection: &Selection,
    folded: &str,
) -> Result<bool, AppError> {
    let [id] = selection.ids.as_slice() else {
        return Ok(false);
    };
    let has = tag_rows::of_image(&state.db, id, user_id).await?;
    Ok(has.len() >= TAGS_MAX as usize && !has.iter().any(|tag| tag.folded == folded))
}

/// A selection in batches of ids, so that "all" is never one huge statement.
pub struct Batches<'a> {
    selection: &'a Selection,
    filter: library::Filter,
    limit: u32,
    after: ControlFlow<(), String>,
}

impl<'a> Batches<'a> {
    /// The selection, in the trash or outside it, `limit` pictures at a time.
    pub fn new(selection: &'a Selection, trash: bool, limit: u32) -> Batches<'a> {
        let mut filter = Query::read(&selection.query).filter();
        filter.trash = trash;
        Batches {
            selection,
            filter,
            limit,
            after: ControlFlow::Continue(String::new()),
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
        if self.selection.all != "on" {
            let rest = self.selection.ids.iter().filter(|id| *id > after);
            let mut ids: Vec<String> = rest.cloned().collect();
            ids.sort_unstable();
            ids.dedup();
            ids.truncate(self.limit as usize);
            return Ok(self.advance(ids));
        }
        let ids = library::ids(&state.db, user_id, &self.filter, after, self.limit).await?;
        Ok(self.advance(ids))
    }

    fn advance(&mut self, ids: Vec<String>) -> Option<Vec<String>> {
        match ids.last() {
            Some(last) => {
                self.after = ControlFlow::Continue(last.clone());
                Some(ids)
            }
            None => {
                self.after = ControlFlow::Break(());
                None
            }
        }
    }
}

/// Ids as the statements take them.
pub fn json(ids: &[String]) -> String {
    serde_json::to_string(ids).unwrap_or_else(|_| "[]".to_owned())
}

/// Takes a change back; returns how many pictures it had touched.
pub async fn undo(state: &AppState, user_id: &str, id: &str) -> Result<u32, AppError> {
    let change = changes::find(&state.db, id, user_id).await?;
    let change = change.ok_or(AppError::NotFound)?;
    let now_ms = state.clock.now_ms();
    match changes::undo(&state.db, id, user_id, &change.action, now_ms).await? {
        true => Ok(change.pictures),
        false => Err(AppError::TooLate),
    }
}
