//! What the composer holds besides words: pictures, a mask, and where they came from.

use crate::{error::Problem, model::ImageCard, wire};
use serde::{Deserialize, Serialize};

/// The reference pictures of the composer, in order, and what goes with them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tray {
    pub items: Vec<Reference>,
    /// The id of the first picture's mask.
    pub mask: Option<String>,
    /// The picture this remixes, where the person may see it.
    pub parent: Option<ImageCard>,
    /// What was sent and cannot be used.
    pub refused: Vec<Refusal>,
    /// The person's newest pictures, to choose from. Filled for the page only.
    pub choices: Vec<ImageCard>,
}

/// A reference picture as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    pub id: String,
    /// Pixels; a mask has exactly as many.
    pub width: u32,
    pub height: u32,
    /// Where the picture itself is served.
    pub picture: String,
    /// Where its small copy is served.
    pub thumbnail: String,
}

/// One file that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Which of the files sent, from 1; 0 where there is no telling.
    pub file: u32,
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
    fn refusals_travel_as_codes_and_nothing_else_is_read() {
        let refused = vec![Refusal {
            file: 2,
            problem: UploadProblem::TooMany { limit: 16 }.into(),
        }];
        assert_eq!(from_query(&to_query(&refused)), refused);
        assert!(from_query("<b>words</b>").is_empty());
    }
}
