//! What a case is passed to the police for, and for how long the law then has a copy of
//! it kept.

use super::limits::{SEALED_MS, SEALED_TERRORISM_MS};

/// What a case is passed on for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offence {
    /// A sexual depiction of a child.
    ChildAbuse,
    /// Terrorist content.
    Terrorism,
    /// A threat to somebody's life or safety.
    ThreatToLife,
    /// Anything else.
    Other,
}

impl Offence {
    /// Each, in the order of the form.
    pub const ALL: [Offence; 4] = [
        Offence::ChildAbuse,
        Offence::Terrorism,
        Offence::ThreatToLife,
        Offence::Other,
    ];

    /// The word of the form and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Offence::ChildAbuse => "child_abuse",
            Offence::Terrorism => "terrorism",
            Offence::ThreatToLife => "threat_to_life",
            Offence::Other => "other",
        }
    }

    /// The offence of this word.
    pub fn parse(word: &str) -> Option<Offence> {
        Offence::ALL
            .into_iter()
            .find(|offence| offence.as_str() == word)
    }

    /// How long a sealed copy is kept, in milliseconds; `None` where none is made.
    ///
    /// What shows the abuse of a child is evidence that nobody may have but those who
    /// prosecute it. What endangers a life has to be told of (Digital Services Act,
    /// Article 18), and whoever is told comes back with questions. Terrorist content is
    /// preserved for six months (Regulation (EU) 2021/784, Article 6). Of everything else
    /// the picture itself is left where it was, and no law asks for a copy.
    pub fn sealed_ms(self) -> Option<i64> {
        match self {
            Offence::ChildAbuse | Offence::ThreatToLife => Some(SEALED_MS),
            Offence::Terrorism => Some(SEALED_TERRORISM_MS),
            Offence::Other => None,
        }
    }
}
