//! The composer's pictures: references, a mask, and their origin.

use crate::{error::Problem, model::ImageCard, wire};
use serde::{Deserialize, Serialize};

/// The reference pictures of the composer, in order, and what goes with them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tray {
    /// The pictures, in the order they are sent.
    pub items: Vec<Reference>,
    /// The id of the first picture's mask.
    pub mask: Option<String>,
    /// The picture this remixes, where the person may see it.
    pub parent: Option<ImageCard>,
    /// Files that were sent and cannot be used.
    pub refused: Vec<Refusal>,
    /// The person's newest pictures, to choose from. Filled for the page only.
    pub choices: Vec<ImageCard>,
}

/// A reference picture as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The upload's id.
    pub id: String,
    /// Pixels; a mask has exactly as many.
    pub width: u32,
    /// Pixels; a mask has exactly as many.
    pub height: u32,
    /// The picture's address.
    pub picture: String,
    /// The address of its small copy.
    pub thumbnail: String,
}

/// One file that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The file's number among those sent, from 1; 0 where it is not known.
    pub file: u32,
    /// The reason it was not taken.
    pub problem: Problem,
}

/// The most refusals an address carries.
const REFUSALS_SHOWN: usize = 20;

impl Tray {
    /// The pictures' ids as the form sends them.
    pub fn ids(&self) -> String {
        let ids: Vec<&str> = self.items.iter().map(|item| item.id.as_str()).collect();
        ids.join(",")
    }

    /// The fields of the form that say all this.
    pub fn fields(&self) -> [(&'static str, String); 3] {
        let parent = self.parent.as_ref().map(|parent| parent.id.clone());
        [
            ("draft[references]", self.ids()),
            ("draft[mask]", self.mask.clone().unwrap_or_default()),
            ("draft[parent]", parent.unwrap_or_default()),
        ]
    }

    /// Leaves out what went with a form that was sent, whose ids are in `sent`.
    pub fn put_away(&mut self, sent: &str) {
        // Ids are all of one length: none is a piece of another.
        self.items.retain(|item| !sent.contains(&item.id));
        self.mask.take_if(|mask| sent.contains(mask.as_str()));
        self.parent.take_if(|parent| sent.contains(&parent.id));
    }
}

/// Refusals for an address's query: codes and numbers only.
pub fn to_query(refused: &[Refusal]) -> String {
    let shown = &refused[..refused.len().min(REFUSALS_SHOWN)];
    wire::to_text(&shown)
}

/// Reads [`to_query`] back; anything else is no refusal.
pub fn from_query(text: &str) -> Vec<Refusal> {
    let mut refused: Vec<Refusal> = wire::from_text(text).unwrap_or_default();
    refused.truncate(REFUSALS_SHOWN);
    refused
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::UploadProblem;

    #[test]
    fn what_was_sent_is_put_away_and_what_was_added_meanwhile_stays() {
        let item = |id: &str| Reference {
            id: id.into(),
            width: 1,
            height: 1,
            picture: String::new(),
            thumbnail: String::new(),
        };
        let mut tray = Tray {
            items: ["a1", "b2", "c3"].map(item).into(),
            mask: Some("m4".into()),
            ..Tray::default()
        };
        let sent = "a1,b2 m4 ";
        tray.put_away(sent);
        assert_eq!(tray.ids(), "c3");
        assert_eq!(tray.mask, None);
        tray.mask = Some("m5".into());
        tray.put_away(sent);
        assert_eq!(tray.mask.as_deref(), Some("m5"));
    }

    #[test]
    fn refusals_travel_as_codes_and_nothing_else_is_read() {
        let refused = vec![Refusal {
            file: 2,
            problem: UploadProblem::TooMany { limit: 16 }.into(),
        }];
        assert_eq!(from_query(&to_query(&refused)), refused);
        assert!(from_query("<b>words</b>").is_empty());
    }
}
