//! Words for codes: every state, failure, error and option in both languages.
//!
//! Exhaustive matches on purpose: a new variant does not compile until it has words.

pub mod uploads;

use super::{format, platform};
use crate::{
    error::{AccountProblem, AppError, Limit, Problem, SignInProblem},
    i18n::{self, Locale, td_string},
    model::{FailureKind, JobState, JobView, Settings, allowance, limits, typed},
};

/// A job's state in a few words.
pub fn state(locale: Locale, state: JobState) -> &'static str {
    match state {
        JobState::Queued => td_string!(locale, state.queued),
        JobState::Dispatching => td_string!(locale, state.dispatching),
        JobState::Received => td_string!(locale, state.received),
        JobState::Stored => td_string!(locale, state.stored),
        JobState::Ready => td_string!(locale, state.ready),
        JobState::Failed => td_string!(locale, state.failed),
        JobState::Unknown => td_string!(locale, state.unknown),
        JobState::Cancelled => td_string!(locale, state.cancelled),
    }
}

/// A queued job's distance from its turn; empty once it left the queue.
pub fn position(locale: Locale, job: &JobView) -> String {
    match (job.state, job.position) {
        (JobState::Queued, Some(0)) => td_string!(locale, state.next).to_string(),
        (JobState::Queued, Some(count)) if i18n::singular(locale, count as usize) => {
            td_string!(locale, state.ahead_one).to_string()
        }
        (JobState::Queued, Some(count)) => {
            td_string!(locale, state.ahead_many, count = count)
        }
        _ => String::new(),
    }
}

/// The words for a failed job: a heading, and a text on its cost and what to do next.
pub fn failure(locale: Locale, kind: FailureKind) -> (&'static str, &'static str) {
    macro_rules! words {
        ($title:ident, $text:ident) => {
            (
                td_string!(locale, failure.$title),
                td_string!(locale, failure.$text),
            )
        };
    }
    match kind {
        FailureKind::PromptRefused => words!(prompt_refused, prompt_refused_text),
        FailureKind::ResultRefused => words!(result_refused, result_refused_text),
        FailureKind::RequestRejected => words!(request_rejected, request_rejected_text),
        FailureKind::OutOfBudget => words!(out_of_budget, out_of_budget_text),
        FailureKind::Misconfigured => words!(misconfigured, misconfigured_text),
        FailureKind::ModelUnavailable => words!(model_unavailable, model_unavailable_text),
        FailureKind::RateLimited => words!(rate_limited, rate_limited_text),
        FailureKind::Overloaded => words!(overloaded, overloaded_text),
        FailureKind::Unreachable => words!(unreachable, unreachable_text),
        FailureKind::BadAnswer => words!(bad_answer, bad_answer_text),
        FailureKind::AnswerLost => words!(answer_lost, answer_lost_text),
        FailureKind::StorageFailed => words!(storage_failed, storage_failed_text),
        FailureKind::Stopped => words!(stopped, stopped_text),
        FailureKind::ReferencesGone => words!(references_gone, references_gone_text),
    }
}

/// True if the operator is the one who can mend it, so that the contact is worth naming.
pub fn operator_can_mend(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::OutOfBudget
            | FailureKind::Misconfigured
            | FailureKind::ModelUnavailable
            | FailureKind::RequestRejected
            | FailureKind::StorageFailed
            | FailureKind::AnswerLost
    )
}

/// The heading of a page that shows nothing but an error.
pub fn error_title(locale: Locale, error: &AppError) -> &'static str {
    match error {
        AppError::SignInNeeded => td_string!(locale, error.sign_in_title),
        AppError::NotFound => td_string!(locale, error.not_found_title),
        _ => td_string!(locale, error.trouble_title),
    }
}

/// The message for an error: the cause and the next step.
pub fn error(locale: Locale, error: &AppError) -> String {
    match error {
        AppError::SignInNeeded => td_string!(locale, error.sign_in_needed).to_string(),
        AppError::NotFound => td_string!(locale, error.not_found).to_string(),
        AppError::Invalid { problem } => self::problem(locale, problem),
        AppError::TooMany { retry_after_s: 1 } => {
            td_string!(locale, error.too_many_one).to_string()
        }
        AppError::TooMany { retry_after_s } => {
            let time = format::duration(i64::from(*retry_after_s) * 1000);
            td_string!(locale, error.too_many, time = time)
        }
        AppError::TooManyDownloads { yours } => {
            let words = || match yours {
                true => td_string!(locale, error.downloads_yours),
                false => td_string!(locale, error.downloads_everybodys),
            };
            platform::server_words(locale, words).to_string()
        }
        AppError::QuotaReached(Limit { limit, words }) => {
            platform::server_message(locale, words, || quota_reached(locale, *limit))
        }
        AppError::MonthSpent(Limit { limit, words }) => {
            platform::server_message(locale, words, || month_spent(locale, *limit))
        }
        AppError::ServiceBudgetReached => {
            td_string!(locale, error.service_budget_reached).to_string()
        }
        AppError::ServicePaused { retry_after_s } => {
            let time = format::duration(i64::from(*retry_after_s) * 1000);
            td_string!(locale, error.service_paused, time = time)
        }
        AppError::SignInFailed { reason } => {
            platform::server_words(locale, || sign_in_problem(locale, *reason)).to_string()
        }
        AppError::TooLate => td_string!(locale, error.too_late).to_string(),
        AppError::Internal { incident } => {
            td_string!(locale, error.internal, incident = incident.as_str())
        }
        AppError::Uncertain { incident } => {
            td_string!(locale, error.uncertain, incident = incident.as_str())
        }
        AppError::Connection => td_string!(locale, error.connection).to_string(),
    }
}

fn quota_reached(locale: Locale, limit: u32) -> String {
    td_string!(
        locale,
        limits.quota_reached,
        limit = pictures(locale, limit)
    )
}

fn month_spent(locale: Locale, cents: u32) -> String {
    let limit = format::money(locale, allowance::of_cents(cents));
    td_string!(locale, limits.month_spent, limit = limit)
}

/// The error as it goes to a program of the page, with the message that the browser has
/// no words for.
pub fn with_message(locale: Locale, error: AppError) -> AppError {
    match error {
        AppError::QuotaReached(Limit { limit, .. }) => AppError::QuotaReached(Limit {
            limit,
            words: quota_reached(locale, limit),
        }),
        AppError::MonthSpent(Limit { limit, .. }) => AppError::MonthSpent(Limit {
            limit,
            words: month_spent(locale, limit),
        }),
        other => other,
    }
}

/// The message for a failed sign-in: the cause and the next step.
fn sign_in_problem(locale: Locale, reason: SignInProblem) -> &'static str {
    match reason {
        SignInProblem::Cancelled => td_string!(locale, error.sign_in_cancelled),
        SignInProblem::Expired => td_string!(locale, error.sign_in_expired),
        SignInProblem::ProviderUnavailable => td_string!(locale, error.sign_in_provider),
        SignInProblem::AnswerRefused => td_string!(locale, error.sign_in_refused),
        SignInProblem::ErasedToday => td_string!(locale, error.sign_in_erased_today),
        SignInProblem::EmailUnverified => td_string!(locale, error.sign_in_unverified),
        SignInProblem::ActionNeededThere => td_string!(locale, error.sign_in_action_needed),
        SignInProblem::Misconfigured => td_string!(locale, error.sign_in_misconfigured),
        SignInProblem::EmailMissing => td_string!(locale, error.sign_in_no_email),
        SignInProblem::EmailUnsaid => td_string!(locale, error.sign_in_email_unsaid),
    }
}

/// The message for a refused wish about one's account. Most are shown on the
/// account page alone.
fn account_problem(locale: Locale, problem: AccountProblem) -> &'static str {
    if problem == AccountProblem::KeptPrivate {
        return td_string!(locale, problem.kept_private);
    }
    if problem == AccountProblem::Suspended {
        return td_string!(locale, problem.suspended);
    }
    platform::server_words(locale, || match problem {
        AccountProblem::FreshSignInNeeded => td_string!(locale, problem.fresh_sign_in_needed),
        AccountProblem::NotConfirmed => td_string!(locale, problem.not_confirmed),
        AccountProblem::HandleInvalid => td_string!(locale, problem.handle_invalid),
        AccountProblem::HandleTaken => td_string!(locale, problem.handle_taken),
        AccountProblem::ReportEmpty => td_string!(locale, problem.report_empty),
        AccountProblem::ReportTooLong => td_string!(locale, problem.report_too_long),
        AccountProblem::EmailInvalid => td_string!(locale, problem.email_invalid),
        AccountProblem::ReasonEmpty => td_string!(locale, problem.reason_empty),
        AccountProblem::ReasonTooLong => td_string!(locale, problem.reason_too_long),
        AccountProblem::NoSuchAccount => td_string!(locale, problem.no_such_account),
        AccountProblem::KeptPrivate => td_string!(locale, problem.kept_private),
        AccountProblem::InvitationInvalid => td_string!(locale, problem.invitation_invalid),
        AccountProblem::TooManyInvitations => td_string!(locale, problem.too_many_invitations),
        AccountProblem::NoticeEmpty => td_string!(locale, problem.notice_empty),
        AccountProblem::NoticeTooLong => td_string!(locale, problem.notice_too_long),
        AccountProblem::ContactMissing => td_string!(locale, problem.contact_missing),
        AccountProblem::SignatureMissing => td_string!(locale, problem.signature_missing),
        AccountProblem::Suspended => td_string!(locale, problem.suspended),
        AccountProblem::EndInvalid => td_string!(locale, problem.end_invalid),
        AccountProblem::LimitInvalid => td_string!(locale, problem.limit_invalid),
    })
}

/// The message for a refused form.
pub fn problem(locale: Locale, problem: &Problem) -> String {
    let text = match problem {
        Problem::PromptTooLong { limit } => {
            return td_string!(locale, problem.prompt_too_long, limit = *limit);
        }
        Problem::CountNotOffered { limit } if *limit != 1 => {
            return td_string!(locale, problem.count_not_offered, limit = *limit);
        }
        Problem::SizeNotMultiple { multiple } => {
            return td_string!(locale, problem.size_not_multiple, multiple = *multiple);
        }
        Problem::SizeTooElongated { ratio } => {
            return td_string!(locale, problem.size_too_elongated, ratio = *ratio);
        }
        Problem::TagTooLong => {
            return td_string!(locale, problem.tag_too_long, limit = limits::TAG_CHARS);
        }
        Problem::TooManyTags => {
            return td_string!(locale, problem.too_many_tags, limit = limits::TAGS_MAX);
        }
        Problem::NameTooLong => {
            return td_string!(
                locale,
                problem.name_too_long,
                limit = limits::COLLECTION_NAME_CHARS
            );
        }
        Problem::TooManyCollections => {
            return td_string!(
                locale,
                problem.too_many_collections,
                limit = limits::COLLECTIONS_MAX
            );
        }
        Problem::TagEmpty => td_string!(locale, problem.tag_empty),
        Problem::PersonNameEmpty => {
            platform::server_words(locale, || td_string!(locale, problem.person_name_empty))
        }
        Problem::NameEmpty => td_string!(locale, problem.name_empty),
        Problem::NameTaken => td_string!(locale, problem.name_taken),
        Problem::NothingChosen => td_string!(locale, problem.nothing_chosen),
        Problem::NoActionChosen => td_string!(locale, problem.no_action_chosen),
        Problem::NoCollectionChosen => td_string!(locale, problem.no_collection_chosen),
        Problem::EmptyPrompt => td_string!(locale, problem.empty_prompt),
        Problem::UnknownModel => td_string!(locale, problem.unknown_model),
        Problem::SizeNotOffered => td_string!(locale, problem.size_not_offered),
        Problem::SizeTooLarge => td_string!(locale, problem.size_too_large),
        Problem::SizeTooSmall => td_string!(locale, problem.size_too_small),
        Problem::QualityNotOffered => td_string!(locale, problem.quality_not_offered),
        Problem::CountNotOffered { .. } => td_string!(locale, problem.count_not_offered_one),
        Problem::FormatNotOffered => td_string!(locale, problem.format_not_offered),
        Problem::BackgroundNotOffered => td_string!(locale, problem.background_not_offered),
        Problem::StyleNotOffered => td_string!(locale, problem.style_not_offered),
        Problem::CompressionNotOffered => td_string!(locale, problem.compression_not_offered),
        Problem::AgeNotStated => td_string!(locale, problem.age_not_stated),
        Problem::Malformed => td_string!(locale, problem.malformed),
        Problem::Upload(problem) => return uploads::problem(locale, *problem),
        Problem::Account(problem) => account_problem(locale, *problem),
    };
    text.to_string()
}

/// A quality's name; one that the configuration added shows as it is written there.
pub fn quality(locale: Locale, value: &str) -> String {
    match value {
        "" => td_string!(locale, create.quality_recommended),
        "low" => td_string!(locale, create.quality_low),
        "medium" => td_string!(locale, create.quality_medium),
        "high" => td_string!(locale, create.quality_high),
        "xhigh" => td_string!(locale, create.quality_xhigh),
        "max" => td_string!(locale, create.quality_max),
        "standard" => td_string!(locale, create.quality_standard),
        "hd" => td_string!(locale, create.quality_hd),
        "auto" => td_string!(locale, create.quality_auto),
        other => other,
    }
    .to_string()
}

/// A background's name.
pub fn background(locale: Locale, value: &str) -> String {
    match value {
        "auto" => td_string!(locale, create.background_auto),
        "opaque" => td_string!(locale, create.background_opaque),
        "transparent" => td_string!(locale, create.background_transparent),
        other => other,
    }
    .to_string()
}

/// A compression's name; empty for the model's own.
pub fn compression(locale: Locale, value: &str) -> String {
    match value {
        "" => td_string!(locale, create.quality_recommended).to_string(),
        percent => td_string!(locale, create.compression_kept, percent = percent),
    }
}

/// A style's name.
pub fn style(locale: Locale, value: &str) -> String {
    match value {
        "vivid" => td_string!(locale, create.style_vivid),
        "natural" => td_string!(locale, create.style_natural),
        other => other,
    }
    .to_string()
}

/// So many pictures.
pub fn pictures(locale: Locale, count: u32) -> String {
    if i18n::singular(locale, count as usize) {
        td_string!(locale, library.count_one, count = count)
    } else {
        td_string!(locale, library.count_many, count = count)
    }
}

/// The number of reference pictures, and the mask if there was one.
pub fn references(locale: Locale, settings: &Settings) -> String {
    let count = match settings.references {
        count if i18n::singular(locale, count.into()) => {
            td_string!(locale, remix.references_one).to_string()
        }
        count => td_string!(locale, remix.references_many, count = count),
    };
    if settings.mask {
        format!("{count}, {}", td_string!(locale, remix.mask))
    } else {
        count
    }
}

/// A size's name: pixels, or the model's choice.
pub fn size(locale: Locale, value: &str) -> String {
    match (value, crate::model::catalogue::parse_size(value)) {
        ("auto", _) => td_string!(locale, create.size_auto).to_string(),
        ("custom", _) => td_string!(locale, create.size_custom).to_string(),
        (_, Some((width, height))) => format::pixels(width, height),
        (other, None) => other.to_owned(),
    }
}

/// A file format's name, the same in both languages.
pub fn format(value: &str) -> String {
    match value {
        "webp" => "WebP".to_owned(),
        other => other.to_uppercase(),
    }
}

/// The first words of a prompt on one line, at most `limit` characters; empty for an empty one.
pub fn shortened(prompt: &str, limit: usize) -> String {
    // No more of a long text than can be seen: a page shows dozens.
    let line = typed::line_of(prompt, limit);
    if line.chars().count() <= limit {
        return line;
    }
    let cut = platform::beginning(&line, limit.saturating_sub(1));
    // A word cut in two reads badly; a script without spaces has no words to spare.
    let whole = match cut.rsplit_once(' ') {
        Some((start, _)) if start.chars().count() * 2 > limit => start,
        _ => &cut,
    };
    format!("{whole}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::LANGUAGES;

    #[test]
    fn every_failure_has_its_own_words() {
        for (locale, _) in LANGUAGES {
            let mut seen: Vec<_> = FailureKind::ALL.map(|kind| failure(locale, kind)).to_vec();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), FailureKind::ALL.len());
        }
    }

    #[test]
    fn prompts_are_shortened_at_words() {
        assert_eq!(shortened("a  quiet\nlake", 40), "a quiet lake");
        assert_eq!(shortened("a quiet lake in the hills", 15), "a quiet lake…");
        assert_eq!(shortened("湖湖湖湖湖湖", 4), "湖湖湖…");
        assert_eq!(shortened("\u{202e}gpj", 40), "gpj");
    }

    #[test]
    fn nothing_is_cut_inside_what_is_seen_as_one_character() {
        for (text, limit, expected) in [
            ("🇫🇷🇩🇪🇯🇵", 4, "🇫🇷…"),
            ("👩\u{200d}👩\u{200d}👧\u{200d}👦👍🏽!", 7, "…"),
            (
                "👩\u{200d}👩\u{200d}👧\u{200d}👦👍🏽!",
                8,
                "👩\u{200d}👩\u{200d}👧\u{200d}👦…",
            ),
            ("👍🏽👍🏽👍🏽", 4, "👍🏽…"),
            ("e\u{301}e\u{301}e\u{301}", 4, "e\u{301}…"),
            ("ที่นี่ที่นี่", 5, "ที่…"),
            (
                "\u{1112}\u{1161}\u{11ab}\u{1112}\u{1161}\u{11ab}",
                5,
                "\u{1112}\u{1161}\u{11ab}…",
            ),
            ("क\u{94d}षिक\u{94d}षि", 4, "…"),
        ] {
            assert_eq!(shortened(text, limit), expected, "{text} {limit}");
        }
    }
}
