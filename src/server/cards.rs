//! Rows of pictures become the cards that every grid shows, and the cards that
//! other sites show where a picture's page is shared: JPEG, because several of
//! those show no WebP.

use super::{
    AppState, archive, incident, media,
    objects::{FileError, ObjectKey},
    plain_page, renditions,
};
use crate::{
    error::AppError,
    i18n::Locale,
    model::{ImageCard, Prompt, Rendition},
    routes,
    store::{
        composites::Composite,
        images::{self, Image},
    },
    ui::image_card::{alt_of, title_of},
};
use axum::{
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use imgc_pictures::PictureError;
use std::time::Duration;
use tokio::{sync::Semaphore, time::timeout};

/// The name of a published picture's card below its public address.
pub const FILE: &str = "card.jpeg";

/// One card is made at a time: whoever shares a picture can wait for a moment,
/// and what people have paid for comes first.
static MAKING: Semaphore = Semaphore::const_new(1);
/// How long a request waits for its turn to have a card made.
const TURN: Duration = Duration::from_secs(5);
/// When to ask again for a card that could not be made for want of time.
const AGAIN_S: u32 = 10;

/// A picture in a grid; `owner` sees it at private addresses. Of a sensitive one others see
/// a few blurred pixels, by which lists know it ([`is_veiled`]), and no words.
pub fn card(image: &Image, owner: bool) -> ImageCard {
    card_for(image, owner, false)
}

/// The same for somebody who has chosen to see sensitive pictures as they are, or not
/// (`User::sees_sensitive`).
pub fn card_for(image: &Image, owner: bool, sees_sensitive: bool) -> ImageCard {
    let mut card = open_card(image, owner);
    if image.sensitive && !owner && !sees_sensitive {
        let public = image.public_slug.as_ref();
        card.renditions = public.map(|_| veil(image)).into_iter().collect();
        card.prompt = Prompt::default();
        card.title.clear();
        card.alt.clear();
    }
    card
}

/// Its address tells nothing by which the picture's files are found.
fn veil(image: &Image) -> Rendition {
    Rendition {
        src: routes::veil(&image.id),
        width: imgc_pictures::veil_size(image.width, image.height).0,
    }
}

/// Whether this card shows nothing of its picture but its colours.
pub fn is_veiled(card: &ImageCard) -> bool {
    let shown = card.renditions.first();
    shown.is_none_or(|rendition| rendition.src.starts_with(routes::VEIL))
}

/// The same on the picture's own page, which asks before it shows it.
pub fn open_card(image: &Image, owner: bool) -> ImageCard {
    let widths = renditions::widths(image).into_iter();
    let mut renditions: Vec<Rendition> = widths
        .map(|width| Rendition {
            src: media::rendition_address(image, owner, width),
            width,
        })
        .collect();
    if renditions.is_empty() {
        renditions.push(Rendition {
            src: media::original_address(image, owner),
            width: image.width,
        });
    }
    ImageCard {
        id: image.id.clone(),
        width: image.width,
        height: image.height,
        placeholder: image.placeholder.clone(),
        renditions,
        prompt: shown_prompt(image, owner),
        title: image.title.clone().unwrap_or_default(),
        alt: image.alt.clone().unwrap_or_default(),
        public: image.public_slug.is_some(),
        created_at_ms: image.created_at_ms,
        favourite: owner && image.favourite,
        days_left: None,
    }
}

/// How strangers read of a picture: in lists, feeds and on other sites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its title; else the start of its words, as far as they are shown; else a general one.
    pub title: String,
    /// What is seen on it, as its maker says; else its title or words; else a general one.
    pub alt: String,
}

/// What a picture is called before strangers; nothing of its own where it is sensitive.
pub fn named(locale: Locale, image: &Image, painted: bool) -> Named {
    let card = card(image, false);
    Named {
        title: title_of(locale, &card, painted),
        alt: alt_of(locale, &card, painted),
    }
}

/// The words of a picture, where their owner lets others read them.
pub fn shown_prompt(image: &Image, owner: bool) -> Prompt {
    if owner || image.shows_prompt {
        image.prompt.clone()
    } else {
        Prompt::default()
    }
}

/// The card other sites show for a published picture: where it is, and its width.
/// There is none of one that could not be decoded, or not yet, or that is sensitive.
pub fn shared(image: &Image) -> Option<Rendition> {
    // What is still put together will look otherwise, and a card is kept.
    let waits = image.composite == Some(Composite::Due);
    if renditions::widths(image).is_empty() || image.sensitive || waits {
        return None;
    }
    let slug = image.public_slug.as_deref()?;
    let (width, _) = imgc_pictures::card_size(image.width, image.height);
    Some(Rendition {
        src: routes::media(slug, FILE),
        width,
    })
}

/// The card of a published picture, or what stands for it in lists (`key`). It is made
/// when it is first asked for, and kept beside the renditions, with which it is deleted.
pub(super) async fn stream(
    state: &AppState,
    image: &Image,
    key: ObjectKey<'_>,
    headers: &HeaderMap,
) -> Response {
    let kept = media::stream(state, key, headers, media::Cache::Public).await;
    if kept.status() != StatusCode::NOT_FOUND {
        return kept;
    }
    match made(state, image, key).await {
        Ok(bytes) => {
            let mut response = bytes.into_response();
            media::picture_headers(&mut response, key.content_type(), media::Cache::Public);
            response
        }
        Err(error) => plain_page::error(headers, &error),
    }
}

async fn made(state: &AppState, image: &Image, key: ObjectKey<'_>) -> Result<Bytes, AppError> {
    let busy = AppError::TooMany {
        retry_after_s: AGAIN_S,
    };
    let turn = timeout(TURN, MAKING.acquire()).await;
    let Ok(Ok(_turn)) = turn else {
        return Err(busy);
    };
    // Whoever had the turn before may have made this very card.
    if let Ok(bytes) = state.objects.read(key).await {
        return Ok(bytes);
    }
    if image.composite == Some(Composite::Due) {
        return Err(busy);
    }
    let (width, height) = (image.width, image.height);
    let drawn = match key {
        ObjectKey::Veil { .. } => {
            let source = source(state, image, image.widths.first()).await?;
            imgc_pictures::veil(source, imgc_pictures::veil_size(width, height)).await
        }
        _ => {
            let source = source(state, image, image.widths.last()).await?;
            imgc_pictures::card(source, imgc_pictures::card_size(width, height)).await
        }
    };
    let card = match drawn {
        Ok(card) => Bytes::from(card),
        Err(PictureError::TooSlow | PictureError::Busy) => return Err(busy),
        // Shown as it came, and no card can be made of it.
        Err(error) if error.is_of_the_bytes() => return Err(AppError::NotFound),
        Err(error) => return Err(incident::internal("a card", &error)),
    };
    keep(state, image, key, card.clone()).await?;
    Ok(card)
}

/// What a card is made from: the rendition of this width, and where there is none the
/// original.
async fn source(state: &AppState, image: &Image, width: Option<&u32>) -> Result<Bytes, AppError> {
    let rendition = width.map(|width| ObjectKey::Rendition {
        image: &image.id,
        width: *width,
    });
    let original = archive::original(image);
    for key in rendition.into_iter().chain([original]) {
        match state.objects.read(key).await {
            Ok(bytes) => return Ok(bytes),
            Err(FileError::Missing) => {}
            Err(error) => return Err(incident::internal("object store", &error)),
        }
    }
    Err(AppError::NotFound)
}

/// Keeps a card, unless its picture was unpublished or deleted meanwhile: then
/// nothing would delete it.
async fn keep(
    state: &AppState,
    image: &Image,
    key: ObjectKey<'_>,
    card: Bytes,
) -> Result<(), AppError> {
    if state.objects.put(key, card).await.is_err() {
        tracing::warn!(image = image.id, "a card could not be kept");
        return Ok(());
    }
    let slug = image.public_slug.as_deref().unwrap_or_default();
    if images::by_public_slug(&state.db, slug).await?.is_none() {
        if let Err(error) = state.objects.delete(&key.path()).await {
            tracing::warn!(image = image.id, %error, "a card nobody needs is still there");
        }
        return Err(AppError::NotFound);
    }
    Ok(())
}
