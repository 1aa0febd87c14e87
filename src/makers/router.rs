//! The addresses of makers that are no pages: the picture of somebody who shows it, and
//! what is new on their page as a feed.

use crate::{
    error::AppError,
    gallery::atom::{self, FEED_PICTURES, Feed},
    i18n::{LANGUAGES, Locale, td_string},
    model::{handle::is_handle, typed::isolated},
    routes::{profile, profile_feed, profile_picture},
    server::{
        AppState,
        media::{self, Cache},
        objects::ObjectKey,
        plain_page,
    },
    store::{INTEGER_MAX, images::Author, makers},
};
use axum::{
    Router,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
    routing::get,
};

/// The picture of somebody who shows it, and what is new of them.
pub fn router() -> Router<AppState> {
    let router = Router::new().route(&profile_picture("{id}"), get(picture));
    LANGUAGES.into_iter().fold(router, |router, (locale, _)| {
        router.route(
            &profile_feed("{id}").address(locale),
            get(move |state, handle, headers| feed(locale, state, handle, headers)),
        )
    })
}

/// The newest pictures of somebody who has a page.
async fn feed(
    locale: Locale,
    State(state): State<AppState>,
    Path(handle): Path<String>,
    headers: HeaderMap,
) -> Response {
    let missing = || plain_page::error(&headers, &AppError::NotFound);
    if !is_handle(&handle) {
        return missing();
    }
    let window = (INTEGER_MAX, FEED_PICTURES);
    let now_ms = state.clock.now_ms();
    let (who, rows) = match makers::profile(&state.db, &handle, None, window, now_ms).await {
        Ok(Some(found)) => found,
        Ok(None) => return missing(),
        Err(error) => return plain_page::error(&headers, &error.into()),
    };
    let author = Author {
        name: who.name.clone(),
        handle: Some(who.handle),
    };
    let pictures = rows.into_iter().map(|row| (row.image, author.clone()));
    let feed = Feed {
        locale,
        title: td_string!(locale, site.page_title, page = isolated(&who.name)),
        own: profile_feed(&handle),
        page: profile(&handle),
        pictures: pictures.collect(),
    };
    atom::answer(&state, &headers, &feed)
}

async fn picture(
    State(state): State<AppState>,
    Path(handle): Path<String>,
    headers: HeaderMap,
) -> Response {
    let missing = || plain_page::error(&headers, &AppError::NotFound);
    if !is_handle(&handle) {
        return missing();
    }
    match makers::pictured(&state.db, &handle, state.clock.now_ms()).await {
        Ok(Some(user)) => {
            let key = ObjectKey::Avatar { user: &user };
            media::stream(&state, key, &headers, Cache::Public).await
        }
        Ok(None) => missing(),
        Err(error) => plain_page::error(&headers, &error.into()),
    }
}
