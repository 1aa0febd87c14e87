//! Rows become the library's pages.

use super::{
    query::{ActiveFilter, Address, Notice},
    tags, trash,
};
use crate::{
    error::{AppError, Problem},
    i18n::{Locale, td_string},
    model::{
        ImageCard,
        library::{Keeping, Kept, LibraryFacets, LibraryView, NamedValue},
        typed::isolated,
    },
    server::{AppState, cards, media},
    store::{
        changes::{Change, Kind},
        collections::Collection,
        image_page::Own,
        images::Image,
        library::{self, Shape, Visibility, Wanted},
        tags::Tag,
    },
    ui::{format, words},
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
    let Address {
        query,
        cursor,
        notice,
    } = Address::read(text);
    let filter = query.filter();
    let after = match cursor.as_deref() {
        None => None,
        Some(cursor) => match filter.place(cursor) {
            // An id where a number stands in a search's address by now: the first page.
            None if uuid::Uuid::parse_str(cursor).is_ok() => None,
            None => return Err(Problem::Malformed.into()),
            place => place,
        },
    };
    let wanted = Wanted {
        filter: &filter,
        order: query.order,
        after: after.as_ref(),
        limit: PAGE_SIZE + 1,
        change: match &notice {
            Some(Notice::Changed(id)) => Some(id),
            _ => None,
        },
    };
    let shown = library::page(&state.db, user_id, &wanted).await?;
    let collection = match &query.collection {
        Some(_) => Some(group(shown.collection.ok_or(AppError::NotFound)?)),
        None => None,
    };
    let referenced = notice == Some(Notice::Referenced);
    let notice = notice.and_then(|notice| told(locale, &notice, shown.change.as_ref()));
    let more = shown.images.len() > PAGE_SIZE as usize;
    let rows = &shown.images[..shown.images.len().min(PAGE_SIZE as usize)];
    let now_ms = state.clock.now_ms();
    let last = rows.len().checked_sub(1).filter(|_| more);
    let last = last.and_then(|last| shown.places.get(last));
    let next = last.map(|last| query.path_with("cursor", &last.to_string()).address(locale));
    Ok(LibraryView {
        pictures: rows.iter().map(|row| kept(row, now_ms)).collect(),
        next,
        first: cursor.is_some().then(|| query.address(locale)),
        total: shown.total,
        uncounted: shown.uncounted,
        trash: query.trash,
        query: query.text(),
        filters: query
            .filters()
            .into_iter()
            .map(|(filter, without)| entry(without.address(locale), label(state, locale, filter)))
            .collect(),
        unfiltered: query.unfiltered().address(locale),
        collection,
        notice,
        referenced,
        facets: arranged(state, shown.facets),
    })
}

/// A tag, as it is compared and as it is written.
pub(super) fn tag(row: Tag) -> NamedValue {
    entry(row.folded, row.name)
}

fn group(row: Collection) -> NamedValue {
    entry(row.id, row.name)
}

fn entry(value: String, name: String) -> NamedValue {
    NamedValue {
        value,
        name,
        pictures: 0,
    }
}

fn kept(image: &Image, now_ms: i64) -> Kept {
    let card = ImageCard {
        days_left: trash::days_left(image, now_ms),
        ..cards::card(image, true)
    };
    Kept {
        card,
        original: media::original_address(image, true),
        unlisted: image.public_slug.is_none() && image.slug_at(now_ms).is_some(),
    }
}

/// A filter's label.
fn label(state: &AppState, locale: Locale, filter: ActiveFilter<'_>) -> String {
    let date = |ms| format::date(locale, ms);
    match filter {
        ActiveFilter::Words(words) => {
            td_string!(locale, library.filter_words, words = isolated(words))
        }
        ActiveFilter::Tag(tag) => td_string!(locale, library.filter_tag, tag = isolated(tag)),
        ActiveFilter::Model(id) => state
            .config
            .model(id)
            .map_or_else(|| id.to_owned(), |model| model.name.clone()),
        ActiveFilter::Shape(shape) => match shape {
            Shape::Square => td_string!(locale, library.square),
            Shape::Landscape => td_string!(locale, library.landscape),
            Shape::Portrait => td_string!(locale, library.portrait),
        }
        .to_string(),
        ActiveFilter::From(day) => {
            td_string!(locale, library.filter_from, date = date(day.begins_ms()))
        }
        ActiveFilter::To(day) => {
            td_string!(locale, library.filter_to, date = date(day.begins_ms()))
        }
        ActiveFilter::Favourite => td_string!(locale, library.favourites).to_string(),
        ActiveFilter::Visibility(visibility) => match visibility {
            Visibility::Public => td_string!(locale, picture.public),
            Visibility::Unlisted => td_string!(locale, picture.unlisted),
            Visibility::Private => td_string!(locale, picture.private),
        }
        .to_string(),
    }
}

/// The notice of the last act in a sentence; `None` where the change is not theirs,
/// or cannot be taken back any more.
fn told(locale: Locale, notice: &Notice, change: Option<&Change>) -> Option<NamedValue> {
    let counted = |text: &str, count| format!("{text} {}", words::pictures(locale, count));
    let text = match notice {
        Notice::Changed(id) => return change.map(|change| changed(locale, id, change)),
        Notice::Undone(count) => counted(td_string!(locale, library.said_undone), *count),
        Notice::Deleted(count) => counted(td_string!(locale, library.said_deleted), *count),
        Notice::Nothing => td_string!(locale, library.said_nothing).to_string(),
        Notice::Referenced => td_string!(locale, library.referenced).to_string(),
    };
    Some(entry(String::new(), text))
}

/// A change with this id, in a sentence.
fn changed(locale: Locale, id: &str, change: &Change) -> NamedValue {
    let text = done(locale, &change.kind, change.pictures);
    entry(id.to_owned(), text)
}

/// A change to so many pictures, in a sentence.
fn done(locale: Locale, kind: &Kind, count: u32) -> String {
    let what = match kind {
        Kind::Favourite => td_string!(locale, library.done_favourite).to_string(),
        Kind::Unfavourite => td_string!(locale, library.done_unfavourite).to_string(),
        Kind::Tag(_, name) => td_string!(locale, library.done_tag, name = isolated(name)),
        Kind::Untag(_, name) => td_string!(locale, library.done_untag, name = isolated(name)),
        Kind::Collect(_, name) => td_string!(locale, library.done_collect, name = isolated(name)),
        Kind::Uncollect(_, name) => {
            td_string!(locale, library.done_uncollect, name = isolated(name))
        }
        Kind::Publish => td_string!(locale, library.done_publish).to_string(),
        Kind::Unlist(_) => td_string!(locale, library.done_unlist).to_string(),
        Kind::Unpublish => td_string!(locale, library.done_unpublish).to_string(),
        Kind::Trash => td_string!(locale, library.done_trash).to_string(),
        Kind::Restore => td_string!(locale, library.done_restore).to_string(),
    };
    format!("{what} {}", words::pictures(locale, count))
}

/// The values a person's library can be filtered by, each list in the order of names.
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

/// The data of a picture that only its owner sees; `done` is the id of the change
/// that was made a moment ago.
pub fn keeping(own: Own, unlisted: bool, done: &str, locale: Locale) -> Keeping {
    let Own {
        tags,
        within,
        all,
        change,
        ..
    } = own;
    let others = all.into_iter().filter(|c| !within.contains(c));
    Keeping {
        unlisted,
        notice: change.map(|change| changed(locale, done, &change)),
        tags: tags.into_iter().map(tag).collect(),
        others: others.map(group).collect(),
        collections: within.into_iter().map(group).collect(),
    }
}
