//! `AppError`: the only error that crosses the wire.
//!
//! Its variants are codes with data of our own making; the text of another
//! error never enters one. The words people read are in `locales/`.

use crate::wire;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// What can go wrong between a person and the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum AppError {
    /// Nobody is signed in, or the session ended.
    #[error("sign in needed")]
    SignInNeeded,
    /// It does not exist, or belongs to somebody else: one answer for both.
    #[error("not found")]
    NotFound,
    /// The form's content cannot be accepted.
    #[error("invalid: {problem:?}")]
    Invalid {
        /// The first thing wrong with it.
        problem: Problem,
    },
    /// Too many requests in a short time.
    #[error("too many requests")]
    TooMany {
        /// Seconds until the next request is taken.
        retry_after_s: u32,
    },
    /// As many downloads of whole archives are under way as may be.
    #[error("too many downloads")]
    TooManyDownloads {
        /// True if they are all the person's own.
        yours: bool,
    },
    /// The person's pictures of today do not suffice.
    #[error("quota reached")]
    QuotaReached(Limit),
    /// The person's money of the month does not suffice; the limit is in US cents.
    #[error("month spent")]
    MonthSpent(Limit),
    /// The service's own allowance for the day is used up.
    #[error("service budget reached")]
    ServiceBudgetReached,
    /// The image API said that the operator's account is out of money; asking
    /// again waits a while.
    #[error("image service out of funds")]
    ServicePaused {
        /// Seconds until new jobs are taken again.
        retry_after_s: u32,
    },
    /// The thing changed meanwhile, so that the action no longer applies.
    #[error("too late")]
    TooLate,
    /// A sign-in did not work out.
    #[error("sign-in failed: {reason:?}")]
    SignInFailed {
        /// The step that failed.
        reason: SignInProblem,
    },
    /// Something failed on our side; quote the incident.
    #[error("internal error, incident {incident}")]
    Internal {
        /// The number under which the log has the error.
        incident: String,
    },
    /// The store took what was to be written and did not say whether it is done: it
    /// may be, so who asked looks before they ask again.
    #[error("it may have been done, incident {incident}")]
    Uncertain {
        /// The number under which the log has the error.
        incident: String,
    },
    /// The browser could not reach the server, or did not understand it.
    #[error("connection trouble")]
    Connection,
}

/// A limit that a person has met.
///
/// One type for all of them: what reads each from an answer is in the browser's download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// What they may use: pictures a day, or cents a month.
    pub limit: u32,
    /// The message in the page's language, which the server writes into an answer, so
    /// that the browser needs no words for it; empty in an address.
    pub words: String,
}

/// Why a sign-in did not work out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInProblem {
    /// The person said no at the provider.
    Cancelled,
    /// It took longer than ten minutes, was finished before, or began in another browser.
    Expired,
    /// The provider could not be reached, or failed.
    ProviderUnavailable,
    /// The provider's answer did not prove who the person is.
    AnswerRefused,
    /// The provider has not verified the person's e-mail address.
    EmailUnverified,
    /// The person erased an account today that had made pictures today.
    ErasedToday,
    /// The provider wants the person to do something there first.
    ActionNeededThere,
    /// The provider refuses this site, whoever asks: the operator can mend it.
    Misconfigured,
    /// The provider told no e-mail address.
    EmailMissing,
    /// The provider does not say whether e-mail addresses are verified, and the
    /// operator has not allowed that.
    EmailUnsaid,
}

/// What is wrong with a submitted form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// The prompt is empty, or there is nothing in it to see.
    EmptyPrompt,
    /// The prompt, the preset's words included, has more characters than the model takes.
    PromptTooLong {
        /// The most characters the model takes.
        limit: u32,
    },
    /// The catalogue has no model of this id.
    UnknownModel,
    /// The size is none the model offers, or is not written `WIDTHxHEIGHT`.
    SizeNotOffered,
    /// Both edges must be multiples of this many pixels.
    SizeNotMultiple {
        /// The step of both edges, in pixels.
        multiple: u32,
    },
    /// The longer edge or the number of pixels is above the model's most.
    SizeTooLarge,
    /// The number of pixels is below the model's least.
    SizeTooSmall,
    /// The longer edge may be at most this many times the shorter.
    SizeTooElongated {
        /// The most the longer edge may be, as a multiple of the shorter.
        ratio: u32,
    },
    /// The model does not take this quality.
    QualityNotOffered,
    /// The number of pictures is no number, is 0, or is above the model's most.
    CountNotOffered {
        /// The most pictures one request may ask for.
        limit: u8,
    },
    /// The model does not answer in this file format, or the service does not store it.
    FormatNotOffered,
    /// The model does not take this background, or it is transparent and the format JPEG.
    BackgroundNotOffered,
    /// The model does not take this style.
    StyleNotOffered,
    /// The compression is no number from 0 to 100, or the format has none.
    CompressionNotOffered,
    /// The age statement is missing.
    AgeNotStated,
    /// The tag is empty once tidied, or made of combining marks alone.
    TagEmpty,
    /// More characters than [`TAG_CHARS`](crate::model::limits::TAG_CHARS).
    TagTooLong,
    /// None of the chosen pictures has room for another tag.
    TooManyTags,
    /// People need a name that others can read.
    PersonNameEmpty,
    /// A collection needs a name.
    NameEmpty,
    /// More characters than [`COLLECTION_NAME_CHARS`](crate::model::limits::COLLECTION_NAME_CHARS).
    NameTooLong,
    /// Another collection has this name.
    NameTaken,
    /// The person has as many collections as one may have.
    TooManyCollections,
    /// No picture is chosen.
    NothingChosen,
    /// The form does not say what to do.
    NoActionChosen,
    /// No collection is chosen.
    NoCollectionChosen,
    /// The form itself is damaged (its key or cursor).
    Malformed,
    /// A reference picture or a mask cannot be used.
    Upload(UploadProblem),
    /// A wish about one's account cannot be met.
    Account(AccountProblem),
}

/// Why a wish about one's account cannot be met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountProblem {
    /// It asks for a sign-in of the last minutes.
    FreshSignInNeeded,
    /// The box that says one means it is not ticked.
    NotConfirmed,
    /// Not 3 to 30 letters, digits and hyphens.
    HandleInvalid,
    /// Another account has this handle.
    HandleTaken,
    /// A report says nothing of which account it is about.
    ReportEmpty,
    /// A report's words are more than its limits allow.
    ReportTooLong,
    /// What should be an e-mail address is none.
    EmailInvalid,
    /// A decision gives no reason.
    ReasonEmpty,
    /// More characters than
    /// [`ADMIN_REASON_CHARS`](crate::model::limits::ADMIN_REASON_CHARS).
    ReasonTooLong,
    /// A decision is about an account that cannot be found.
    NoSuchAccount,
    /// The person objects to anything of theirs being in the gallery.
    KeptPrivate,
    /// A figure of an invitation or its note is beyond its limits.
    InvitationInvalid,
    /// As many invitations hold as may:
    /// [`INVITATIONS_MAX`](crate::model::limits::INVITATIONS_MAX).
    TooManyInvitations,
    /// A notice or an objection lacks what it is about, or why.
    NoticeEmpty,
    /// Its words are more than its limits allow.
    NoticeTooLong,
    /// A notice lacks who sends it, and where to answer.
    ContactMissing,
    /// A notice lacks the signature that its reason asks for.
    SignatureMissing,
    /// A decision stands in the way: the account is suspended, or the picture withdrawn.
    Suspended,
    /// What was typed is no limit of pictures or of money.
    LimitInvalid,
    /// The day on which an unlisted address is to end is over, or none.
    EndInvalid,
}

/// What is wrong with a reference picture or a mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadProblem {
    /// The bytes are no picture, whatever the name says.
    NotAPicture,
    /// A picture of a kind that is not taken.
    Unsupported,
    /// The file holds more than one frame: an animated GIF, PNG or WebP.
    Animated,
    /// Too many pixels; what the header claims.
    TooManyPixels {
        /// The width the header claims, in pixels.
        width: u32,
        /// The height the header claims, in pixels.
        height: u32,
    },
    /// The file ends early or contradicts itself.
    Damaged,
    /// It took too long to read.
    TooSlow,
    /// More bytes than a file may have.
    TooLarge {
        /// The most bytes of one file, in MiB.
        limit_mb: u32,
    },
    /// More reference pictures than one request may have.
    TooMany {
        /// The most reference pictures of one request.
        limit: u8,
    },
    /// The person's share of the store is used up for now.
    NoRoom,
    /// A reference was erased meanwhile.
    Gone,
    /// Files were chosen and not added before the form was sent.
    NotAdded,
    /// The chosen model takes no reference pictures.
    NotOffered,
    /// The chosen model takes reference pictures, but no mask.
    MaskNotOffered,
    /// There is no picture for it to apply to.
    MaskAlone,
    /// The mask is a file of another format than PNG.
    MaskNotPng,
    /// A PNG in which nothing can be transparent.
    MaskOpaque,
    /// Nothing in it is transparent.
    MaskEmpty,
    /// Another size than the first picture has.
    MaskSize {
        /// The width of the first picture, in pixels.
        width: u32,
        /// The height of the first picture, in pixels.
        height: u32,
    },
}

impl AppError {
    /// The HTTP status that fits, for answers to programs.
    pub fn status(&self) -> u16 {
        match self {
            AppError::SignInNeeded | AppError::SignInFailed { .. } => 401,
            AppError::NotFound => 404,
            AppError::Invalid { .. } => 422,
            // Nothing is broken where a budget is used up: an alarm on 5xx
            // stays silent.
            AppError::TooMany { .. }
            | AppError::TooManyDownloads { .. }
            | AppError::QuotaReached(_)
            | AppError::MonthSpent(_)
            | AppError::ServiceBudgetReached
            | AppError::ServicePaused { .. } => 429,
            AppError::TooLate => 409,
            AppError::Internal { .. } | AppError::Uncertain { .. } | AppError::Connection => 500,
        }
    }

    /// A short form for an address's query, of codes and numbers only.
    pub fn to_query(&self) -> String {
        wire::to_text(self)
    }

    /// Reads [`AppError::to_query`] back; anything else is `None`, so a
    /// hand-written address cannot put words on the page.
    pub fn from_query(text: &str) -> Option<AppError> {
        wire::from_text(text).filter(|error| match error {
            AppError::Internal { incident: text }
            | AppError::Uncertain { incident: text }
            | AppError::QuotaReached(Limit { words: text, .. })
            | AppError::MonthSpent(Limit { words: text, .. }) => {
                text.bytes().all(|b| b.is_ascii_hexdigit())
            }
            _ => true,
        })
    }
}

impl From<Problem> for AppError {
    fn from(problem: Problem) -> Self {
        AppError::Invalid { problem }
    }
}

impl From<UploadProblem> for Problem {
    fn from(problem: UploadProblem) -> Self {
        Problem::Upload(problem)
    }
}

impl From<AccountProblem> for AppError {
    fn from(problem: AccountProblem) -> Self {
        Problem::Account(problem).into()
    }
}

impl From<UploadProblem> for AppError {
    fn from(problem: UploadProblem) -> Self {
        Problem::from(problem).into()
    }
}

impl FromServerFnError for AppError {
    type Encoder = wire::Bytes;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_) => Problem::Malformed.into(),
            _ => AppError::Connection,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_carry_codes_and_nothing_else() {
        let error = AppError::from(Problem::PromptTooLong { limit: 4000 });
        assert_eq!(AppError::from_query(&error.to_query()), Some(error));
        assert_eq!(AppError::from_query("<script>alert(1)</script>"), None);
        let incident = "call 0900 1234".to_owned();
        let call = AppError::Internal {
            incident: incident.clone(),
        };
        assert_eq!(AppError::from_query(&call.to_query()), None);
        let call = AppError::Uncertain { incident };
        assert_eq!(AppError::from_query(&call.to_query()), None);
        let limit = |words: &str| {
            AppError::MonthSpent(Limit {
                limit: 100,
                words: words.to_owned(),
            })
        };
        assert_eq!(AppError::from_query(&limit("Call us").to_query()), None);
        assert_eq!(AppError::from_query(&limit("").to_query()), Some(limit("")));
    }
}
