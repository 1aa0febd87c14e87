//! Liking, following, hiding: what a person does about others and their pictures. Each is
//! one wish, however often it is sent, and calm where what it is about is gone meanwhile.

use crate::{
    error::{AccountProblem, AppError, Problem},
    model::handle,
    routes::{PagePath, Route, profile},
    server::AppState,
    store::{
        likes::{self, Liking},
        makers::{self, Named, Wished},
        users::User,
    },
};

/// Likes a picture, or likes it no more.
pub(super) async fn like(
    state: &AppState,
    user: &User,
    id: &str,
    on: bool,
) -> Result<(), AppError> {
    if !on {
        // Whatever became of the picture meanwhile.
        let liked = likes::unlike(&state.db, id, &user.id).await?;
        let is_there = liked
            || crate::store::images::visible(&state.db, id, Some(&user.id))
                .await?
                .is_some();
        return is_there.then_some(()).ok_or(AppError::NotFound);
    }
    let now_ms = state.clock.now_ms();
    if user.suspended_until(now_ms).is_some() {
        return Err(AccountProblem::Suspended.into());
    }
    match likes::like(&state.db, id, &user.id, now_ms).await? {
        Liking::Liked => Ok(()),
        Liking::Missing => Err(AppError::NotFound),
        // Suspended, or closing the account, since the request began.
        Liking::Refused => Err(AppError::TooLate),
    }
}

/// The page of a handle; of what is none, the account's.
pub(super) fn page_of(typed: &str) -> PagePath {
    match handle::parse(typed) {
        Some(handle) => profile(&handle),
        None => Route::Account.path(),
    }
}

/// The page that a form about a maker stands on.
pub(super) fn page_of_maker(picture: &str, handle: &str) -> PagePath {
    match (picture, handle) {
        ("", "") => Route::Account.path(),
        ("", handle) => page_of(handle),
        (picture, _) => Route::Image(picture).path(),
    }
}

/// Follows whoever has the page of this handle.
pub(super) async fn follow(state: &AppState, user: &User, typed: &str) -> Result<(), AppError> {
    let handle = handle::parse(typed).ok_or(AppError::NotFound)?;
    let now_ms = state.clock.now_ms();
    let wished = makers::follow(&state.db, &user.id, &handle, &new_id(), now_ms).await?;
    done(wished)
}

/// Follows somebody no more; who is not followed is as good.
pub(super) async fn unfollow(
    state: &AppState,
    user: &User,
    typed: &str,
    id: &str,
) -> Result<(), AppError> {
    let handle = handle::parse(typed);
    Ok(makers::unfollow(&state.db, &user.id, handle.as_deref().unwrap_or(id)).await?)
}

/// Leaves somebody's pictures out of this person's lists.
pub(super) async fn hide(
    state: &AppState,
    user: &User,
    picture: &str,
    typed: &str,
) -> Result<(), AppError> {
    let handle = handle::parse(typed);
    let whom = match &handle {
        Some(handle) => Named::Handle(handle),
        None => Named::Of(picture),
    };
    let now_ms = state.clock.now_ms();
    done(makers::hide(&state.db, &user.id, whom, &new_id(), now_ms).await?)
}

/// Shows somebody's pictures again; who is not hidden is as good.
pub(super) async fn show(
    state: &AppState,
    user: &User,
    [picture, typed, id]: [&str; 3],
) -> Result<(), AppError> {
    if !picture.is_empty() {
        return Ok(makers::show_of_picture(&state.db, &user.id, picture).await?);
    }
    let handle = handle::parse(typed);
    Ok(makers::show(&state.db, &user.id, handle.as_deref().unwrap_or(id)).await?)
}

fn done(wished: Wished) -> Result<(), AppError> {
    match wished {
        Wished::Done => Ok(()),
        Wished::Missing => Err(AppError::NotFound),
        // The pages have words of their own for it.
        Wished::Full => Err(Problem::TooManyCollections.into()),
    }
}

fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
