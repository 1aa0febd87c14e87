//! Notices of unlawful content and what is decided about them: the reasons to choose
//! from, the measures, and by when a decision is due.

use super::limits::{
    CHILD_ABUSE_DUE_MS, CHILD_ACCOUNT_DUE_MS, INTIMATE_DUE_MS, NOTICE_DUE_MS, ORDER_DUE_MS,
    TERRORISM_DUE_MS,
};

/// Why somebody thinks that a picture may not be shown, or an account not be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A sexual depiction of a child.
    ChildAbuse,
    /// An intimate picture of a real person without their consent, real or made.
    Intimate,
    /// Terrorist content.
    Terrorism,
    /// Hatred or a threat.
    Hate,
    /// Fraud, or posing as somebody else.
    Fraud,
    /// A copyright, a mark, or the right to one's own likeness.
    Rights,
    /// Personal data.
    PersonalData,
    /// An account that is a child's.
    ChildAccount,
    /// Another law.
    OtherLaw,
    /// The rules of this site.
    Terms,
}

impl Reason {
    /// Every reason, in the order of the form.
    pub const ALL: [Reason; 10] = [
        Reason::ChildAbuse,
        Reason::Intimate,
        Reason::Terrorism,
        Reason::Hate,
        Reason::Fraud,
        Reason::Rights,
        Reason::PersonalData,
        Reason::ChildAccount,
        Reason::OtherLaw,
        Reason::Terms,
    ];

    /// The word of the form and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::ChildAbuse => "child_abuse",
            Reason::Intimate => "intimate",
            Reason::Terrorism => "terrorism",
            Reason::Hate => "hate",
            Reason::Fraud => "fraud",
            Reason::Rights => "rights",
            Reason::PersonalData => "personal_data",
            Reason::ChildAccount => "child_account",
            Reason::OtherLaw => "other_law",
            Reason::Terms => "terms",
        }
    }

    /// The reason of this word.
    pub fn parse(word: &str) -> Option<Reason> {
        Reason::ALL
            .into_iter()
            .find(|reason| reason.as_str() == word)
    }

    /// How long a decision may take, in milliseconds.
    pub fn due_ms(self) -> i64 {
        match self {
            Reason::ChildAbuse => CHILD_ABUSE_DUE_MS,
            Reason::Terrorism => TERRORISM_DUE_MS,
            Reason::Intimate => INTIMATE_DUE_MS,
            Reason::ChildAccount => CHILD_ACCOUNT_DUE_MS,
            _ => NOTICE_DUE_MS,
        }
    }

    /// Whether a notice is read whoever sends it: where so much is at stake that being
    /// wrong before does not count.
    pub fn is_always_read(self) -> bool {
        matches!(self, Reason::ChildAbuse | Reason::Terrorism)
    }

    /// Whether name and e-mail address are asked for: never of whoever tells of the
    /// abuse of a child (Digital Services Act, Article 16(2)(c)), nor of a child's account.
    pub fn asks_who(self) -> bool {
        !matches!(self, Reason::ChildAbuse | Reason::ChildAccount)
    }

    /// Whether a signature is asked for.
    pub fn asks_signature(self) -> bool {
        self == Reason::Intimate
    }
}

/// What an authority orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderKind {
    /// To remove terrorist content.
    Terrorism,
    /// To act against other unlawful content.
    Removal,
    /// To provide information.
    Information,
}

impl OrderKind {
    /// Every kind, in the order of the form.
    pub const ALL: [OrderKind; 3] = [
        OrderKind::Terrorism,
        OrderKind::Removal,
        OrderKind::Information,
    ];

    /// The word of the form and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            OrderKind::Terrorism => "terrorism",
            OrderKind::Removal => "removal",
            OrderKind::Information => "information",
        }
    }

    /// The kind of this word.
    pub fn parse(word: &str) -> Option<OrderKind> {
        OrderKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }

    /// How long what is ordered may take, in milliseconds.
    pub fn due_ms(self) -> i64 {
        match self {
            OrderKind::Terrorism => TERRORISM_DUE_MS,
            OrderKind::Removal | OrderKind::Information => ORDER_DUE_MS,
        }
    }
}

/// What becomes of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureMeasure {
    /// It stays as it is.
    Kept,
    /// It stays public, is veiled in every list, and its page asks before it shows it.
    Sensitive,
    /// Page and address stay; it is in no list.
    Unlisted,
    /// It is public no more and cannot be published; its owner keeps it.
    Withdrawn,
}

impl PictureMeasure {
    /// Every measure, the mildest first.
    pub const ALL: [PictureMeasure; 4] = [
        PictureMeasure::Kept,
        PictureMeasure::Sensitive,
        PictureMeasure::Unlisted,
        PictureMeasure::Withdrawn,
    ];

    /// The word of the form.
    pub fn as_str(self) -> &'static str {
        match self {
            PictureMeasure::Kept => "kept",
            PictureMeasure::Sensitive => "sensitive",
            PictureMeasure::Unlisted => "unlisted",
            PictureMeasure::Withdrawn => "withdrawn",
        }
    }

    /// The database's words: whether something was done about the picture, and what,
    /// where that is less than to withdraw it.
    pub fn columns(self) -> (&'static str, Option<&'static str>) {
        match self {
            PictureMeasure::Kept | PictureMeasure::Withdrawn => (self.as_str(), None),
            PictureMeasure::Sensitive | PictureMeasure::Unlisted => {
                (PictureMeasure::Withdrawn.as_str(), Some(self.as_str()))
            }
        }
    }

    /// The measure of the database's words.
    pub fn of_columns(picture: &str, measure: Option<&str>) -> Option<PictureMeasure> {
        PictureMeasure::parse(measure.unwrap_or(picture))
    }

    /// The measure of this word.
    pub fn parse(word: &str) -> Option<PictureMeasure> {
        PictureMeasure::ALL
            .into_iter()
            .find(|measure| measure.as_str() == word)
    }
}

/// What becomes of the owner's account, as the form says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountMeasure {
    /// Nothing.
    None,
    /// The owner is warned.
    Warn,
    /// It is counted: three within a year suspend.
    Strike,
    /// Nothing may be made or published for so many days; `None` for good.
    Suspend(Option<u32>),
}

impl AccountMeasure {
    /// Every measure that the form offers.
    pub const ALL: [AccountMeasure; 6] = [
        AccountMeasure::None,
        AccountMeasure::Warn,
        AccountMeasure::Strike,
        AccountMeasure::Suspend(Some(7)),
        AccountMeasure::Suspend(Some(30)),
        AccountMeasure::Suspend(None),
    ];

    /// The word of the form.
    pub fn as_str(self) -> &'static str {
        match self {
            AccountMeasure::None => "none",
            AccountMeasure::Warn => "warn",
            AccountMeasure::Strike => "strike",
            AccountMeasure::Suspend(Some(7)) => "suspend_7",
            AccountMeasure::Suspend(Some(_)) => "suspend_30",
            AccountMeasure::Suspend(None) => "suspend",
        }
    }

    /// The measure of this word.
    pub fn parse(word: &str) -> Option<AccountMeasure> {
        AccountMeasure::ALL
            .into_iter()
            .find(|measure| measure.as_str() == word)
    }
}

/// What a decision rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// A law.
    Law,
    /// The terms of use.
    Terms,
}

impl Ground {
    /// The word of the form and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Ground::Law => "law",
            Ground::Terms => "terms",
        }
    }

    /// The ground of this word.
    pub fn parse(word: &str) -> Option<Ground> {
        [Ground::Law, Ground::Terms]
            .into_iter()
            .find(|ground| ground.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(reason));
        }
        for measure in AccountMeasure::ALL {
            assert_eq!(AccountMeasure::parse(measure.as_str()), Some(measure));
        }
        for measure in PictureMeasure::ALL {
            assert_eq!(PictureMeasure::parse(measure.as_str()), Some(measure));
            let (picture, less) = measure.columns();
            assert_eq!(PictureMeasure::of_columns(picture, less), Some(measure));
        }
        assert_eq!(Reason::parse(""), None);
    }

    #[test]
    fn what_hurts_most_is_decided_first() {
        let due = |reason: Reason| reason.due_ms();
        assert!(due(Reason::ChildAbuse) < due(Reason::Terrorism));
        assert!(due(Reason::Terrorism) < due(Reason::Intimate));
        assert!(due(Reason::Intimate) < due(Reason::Rights));
    }
}
