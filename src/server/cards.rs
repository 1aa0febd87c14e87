//! Rows of pictures become the cards that every grid shows.

use super::media;
use crate::{
    model::{ImageCard, Prompt, Rendition},
    store::images::Image,
};

/// A picture in a grid; `owner` sees it at private addresses.
pub fn card(image: &Image, owner: bool) -> ImageCard {
    let mut renditions: Vec<Rendition> = image
        .widths
        .iter()
        .map(|width| Rendition {
            src: media::rendition_address(image, owner, *width),
            width: *width,
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
        public: image.public_slug.is_some(),
        created_at_ms: image.created_at_ms,
        favourite: owner && image.favourite,
        days_left: None,
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
