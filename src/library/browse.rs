//! Rows become the library's pages.

use super::{query::Query, tags, trash};
use crate::server::cards;
use crate::{
    error::{AppError, Problem},
    i18n::{Locale, td_string},
    model::{
        ImageCard,
        library::{Keeping, LibraryFacets, LibraryView, NamedValue},
    },
    server::AppState,
    store::{
        changes::{self, Action},
        collections,
        images::Image,
        library, tags as tag_rows,
    },
    ui::words,
};

/// Pictures on one page.
const PAGE_SIZE: u32 = 24;

/// One page of a person's library.
pub async fn library(
    state: &AppState,
    user_id: &str,
    locale: Locale,
    text: &str,
) -> Result<LibraryView, AppError> {
    let query = Query::read(text);
    let collection = collection(state, user_id, &query).await?;
    let filter = query.filter();
    let cursor = query.cursor.as_deref();
    if cursor.is_some_and(|cursor| uuid::Uuid::parse_str(cursor).is_err()) {
        return Err(Problem::Malformed.into());
    }
    let (db, order) = (&state.db, query.order());
    let (rows, total, facets) = futures::try_join!(
        library::page(db, user_id, &filter, order, cursor, PAGE_SIZE + 1),
        library::count(db, user_id, &filter),
        library::shelf(db, user_id),
    )?;
    let notice = notice(state, user_id, locale, &query).await?;
    let more = rows.len() > PAGE_SIZE as usize;
    let rows = &rows[..rows.len().min(PAGE_SIZE as usize)];
    let now_ms = state.clock.now_ms();
    let next = rows
        .last()
        .filter(|_| more)
        .map(|last| query.path_with("cursor", &last.id).address(locale));
    Ok(LibraryView {
        pictures: rows.iter().map(|row| kept(row, now_ms)).collect(),
        next,
        first: cursor.is_some().then(|| query.address(locale)),
        total,
        trash: query.trash(),
        query: query.text(),
        filters: query
            .filters()
            .map(|(key, value)| {
                let without = query.without(key).address(locale);
                entry(without, label(state, locale, key, value))
            })
            .collect(),
        unfiltered: query.unfiltered().address(locale),
        collection,
        notice,
        facets: arranged(state, facets),
    })
}

async fn collection(
    state: &AppState,
    user_id: &str,
    query: &Query,
) -> Result<Option<NamedValue>, AppError> {
    let Some(id) = query.get("collection") else {
        return Ok(None);
    };
    let found = collections::by_owner(&state.db, id, user_id).await?;
    let found = found.ok_or(AppError::NotFound)?;
    Ok(Some(group(found)))
}

fn group(row: collections::Collection) -> NamedValue {
    entry(row.id, row.name)
}

fn entry(value: String, name: String) -> NamedValue {
    NamedValue {
        value,
        name,
        pictures: 0,
    }
}

fn kept(image: &Image, now_ms: i64) -> ImageCard {
    ImageCard {
        days_left: trash::days_left(image, now_ms),
        ..cards::card(image, true)
    }
}

/// What a filter is called.
fn label(state: &AppState, locale: Locale, key: &str, value: &str) -> String {
    match (key, value) {
        ("q", words) => td_string!(locale, library.filter_words, words = words),
        ("tag", tag) => td_string!(locale, library.filter_tag, tag = tag),
        ("model", id) => state
            .config
            .model(id)
            .map_or_else(|| id.to_owned(), |model| model.name.clone()),
        ("shape", "square") => td_string!(locale, library.square).to_string(),
        ("shape", "landscape") => td_string!(locale, library.landscape).to_string(),
        ("shape", _) => td_string!(locale, library.portrait).to_string(),
        ("from", day) => td_string!(locale, library.filter_from, date = date(locale, day)),
        ("to", day) => td_string!(locale, library.filter_to, date = date(locale, day)),
        ("favourite", _) => td_string!(locale, library.favourites).to_string(),
        ("shown", "public") => td_string!(locale, picture.public).to_string(),
        _ => td_string!(locale, picture.private).to_string(),
    }
}

fn date(locale: Locale, day: &str) -> String {
    crate::ui::format::date(locale, super::query::day_ms(day).unwrap_or_default())
}

/// What the address says was done a moment ago; nothing where that is not theirs.
async fn notice(
    state: &AppState,
    user_id: &str,
    locale: Locale,
    query: &Query,
) -> Result<Option<NamedValue>, AppError> {
    if let Some((what, count)) = &query.said {
        return Ok(said(locale, what, *count));
    }
    let Some(id) = &query.done else {
        return Ok(None);
    };
    let Some(change) = changes::find(&state.db, id, user_id).await? else {
        return Ok(None);
    };
    let text = done(locale, &change.action, change.pictures);
    Ok(Some(entry(id.clone(), text)))
}

/// What was done to so many pictures, in a sentence.
fn done(locale: Locale, action: &Action, count: u32) -> String {
    let what = match action {
        Action::Favourite => td_string!(locale, library.done_favourite).to_string(),
        Action::Unfavourite => td_string!(locale, library.done_unfavourite).to_string(),
        Action::Tag(_, name) => td_string!(locale, library.done_tag, name = name.as_str()),
        Action::Untag(_, name) => td_string!(locale, library.done_untag, name = name.as_str()),
        Action::Collect(_, name) => td_string!(locale, library.done_collect, name = name.as_str()),
        Action::Uncollect(_, name) => {
            td_string!(locale, library.done_uncollect, name = name.as_str())
        }
        Action::Publish => td_string!(locale, library.done_publish).to_string(),
        Action::Unpublish => td_string!(locale, library.done_unpublish).to_string(),
        Action::Trash => td_string!(locale, library.done_trash).to_string(),
        Action::Restore => td_string!(locale, library.done_restore).to_string(),
    };
    format!("{what} {}", words::pictures(locale, count))
}

fn said(locale: Locale, what: &str, count: u32) -> Option<NamedValue> {
    let text = match what {
        "undone" => td_string!(locale, library.said_undone),
        "deleted" => td_string!(locale, library.said_deleted),
        "nothing" => {
            let text = td_string!(locale, library.said_nothing).to_string();
            return Some(entry(String::new(), text));
        }
        _ => return None,
    };
    Some(entry(
        String::new(),
        format!("{text} {}", words::pictures(locale, count)),
    ))
}

/// What a person's library can be filtered by, each list in the order of names.
fn arranged(state: &AppState, rows: Vec<library::Facet>) -> LibraryFacets {
    let mut facets = LibraryFacets::default();
    for row in rows {
        let list = match row.kind.as_str() {
            "collection" => &mut facets.collections,
            "tag" => &mut facets.tags,
            "model" => &mut facets.models,
            _ => {
                facets.trashed = row.pictures;
                continue;
            }
        };
        list.push(NamedValue {
            name: match (row.kind.as_str(), state.config.model(&row.id)) {
                ("model", Some(model)) => model.name.clone(),
                _ => row.name,
            },
            value: row.id,
            pictures: row.pictures,
        });
    }
    for list in [
        &mut facets.collections,
        &mut facets.tags,
        &mut facets.models,
    ] {
        list.sort_by_cached_key(|entry| tags::folded(&entry.name));
    }
    facets
}

/// What only its owner knows of a picture.
pub async fn keeping(state: &AppState, image: &Image) -> Result<Keeping, AppError> {
    let (db, user_id) = (&state.db, image.user_id.as_str());
    let (tags, within, all) = futures::try_join!(
        tag_rows::of_image(db, &image.id, user_id),
        collections::of_image(db, &image.id, user_id),
        collections::all(db, user_id),
    )?;
    let others = all.into_iter().filter(|c| !within.contains(c));
    Ok(Keeping {
        tags: tags
            .into_iter()
            .map(|tag| entry(tag.folded, tag.name))
            .collect(),
        others: others.map(group).collect(),
        collections: within.into_iter().map(group).collect(),
    })
}
