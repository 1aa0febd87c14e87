//! Why a job ended without a picture.

use serde::{Deserialize, Serialize};

/// Why a job ended without a picture. Each has its own words in `locales/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The API's safety system refused the prompt.
    PromptRefused,
    /// The API's safety system refused the picture it had made.
    ResultRefused,
    /// The API said that the request is not one it takes: our catalogue is wrong.
    RequestRejected,
    /// The operator's account at the API is out of money.
    OutOfBudget,
    /// The API refused the operator's key, country or organisation.
    Misconfigured,
    /// The model is retired or the operator has no access to it.
    ModelUnavailable,
    /// The API kept asking to slow down.
    RateLimited,
    /// The API stayed overloaded or broken after every retry.
    Overloaded,
    /// The API could not be reached.
    Unreachable,
    /// The API's answer held no usable picture.
    BadAnswer,
    /// The answer was lost after the request was sent.
    AnswerLost,
    /// The picture arrived and could not be kept.
    StorageFailed,
    /// The reference pictures were erased before the job came to its turn.
    ReferencesGone,
    /// Its person stopped it after the request was sent.
    Stopped,
}

impl FailureKind {
    /// Every kind.
    pub const ALL: [FailureKind; 14] = [
        FailureKind::PromptRefused,
        FailureKind::ResultRefused,
        FailureKind::RequestRejected,
        FailureKind::OutOfBudget,
        FailureKind::Misconfigured,
        FailureKind::ModelUnavailable,
        FailureKind::RateLimited,
        FailureKind::Overloaded,
        FailureKind::Unreachable,
        FailureKind::BadAnswer,
        FailureKind::AnswerLost,
        FailureKind::StorageFailed,
        FailureKind::ReferencesGone,
        FailureKind::Stopped,
    ];

    /// Whether the same form would end in the same way, so that it is better changed.
    pub fn ends_so_again(self) -> bool {
        matches!(
            self,
            FailureKind::PromptRefused
                | FailureKind::RequestRejected
                | FailureKind::ModelUnavailable
                | FailureKind::ReferencesGone
        )
    }

    /// The word the database holds.
    pub fn as_str(self) -> &'static str {
        match self {
            FailureKind::PromptRefused => "prompt_refused",
            FailureKind::ResultRefused => "result_refused",
            FailureKind::RequestRejected => "request_rejected",
            FailureKind::OutOfBudget => "out_of_budget",
            FailureKind::Misconfigured => "misconfigured",
            FailureKind::ModelUnavailable => "model_unavailable",
            FailureKind::RateLimited => "rate_limited",
            FailureKind::Overloaded => "overloaded",
            FailureKind::Unreachable => "unreachable",
            FailureKind::BadAnswer => "bad_answer",
            FailureKind::AnswerLost => "answer_lost",
            FailureKind::StorageFailed => "storage_failed",
            FailureKind::ReferencesGone => "references_gone",
            FailureKind::Stopped => "stopped",
        }
    }

    /// Reads the database's word back.
    pub fn parse(word: &str) -> Option<FailureKind> {
        FailureKind::ALL.into_iter().find(|k| k.as_str() == word)
    }
}

/// What a person is told about a failed job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What went wrong.
    pub kind: FailureKind,
    /// The safety categories the API named, comma-separated, when it refused.
    pub categories: Option<String>,
    /// The number to quote to the operator.
    pub incident: Option<String>,
}
