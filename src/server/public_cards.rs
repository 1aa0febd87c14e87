//! Rows of public pictures become the cards that lists for everybody show: the picture,
//! who made it, how well liked it is. Every such list is made here, so that none forgets
//! whom its reader does not want to see.

use super::cards::card_for;
use crate::{
    model::ImageCard,
    store::{listed::Listed, users::User},
};
use serde::{Deserialize, Serialize};

/// A public picture in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicCard {
    /// The picture.
    pub card: ImageCard,
    /// The name of who made it.
    pub maker: String,
    /// The handle by whose page they are found, if they have one.
    pub profile: Option<String>,
    /// How many people like it.
    pub likes: u32,
}

/// The cards of these rows as this reader is shown them (`None` for a stranger), without
/// those of people whom they have hidden: then there are fewer.
pub fn public_cards(rows: &[Listed], viewer: Option<&User>, now_ms: i64) -> Vec<PublicCard> {
    rows.iter()
        .filter(|row| viewer.is_none_or(|viewer| !viewer.hides(&row.image.user_id)))
        .map(|row| public_card(row, viewer, now_ms))
        .collect()
}

/// The card of a row as this reader is shown it, whomever they have hidden.
pub fn public_card(row: &Listed, viewer: Option<&User>, now_ms: i64) -> PublicCard {
    let sees_sensitive = viewer.is_some_and(User::sees_sensitive);
    PublicCard {
        card: card_for(&row.image, false, sees_sensitive),
        maker: row.maker.name.clone(),
        profile: row.maker.profile(now_ms).map(str::to_owned),
        likes: row.likes,
    }
}
