//! The composer's and the job page's requests: validate, reserve, queue, look up.

pub use super::limits::job_of;
use super::{
    api::Composer,
    examples,
    limits::limits,
    requests::{self, Followed},
};
use crate::{
    error::{AccountProblem, AppError, Problem, UploadProblem},
    i18n::Locale,
    model::{Prompt, Settings, draft::Draft, folding::says_nothing, limits::DAY_MS},
    references::{
        inputs::{self, Inputs},
        tray::Tray,
    },
    server::{
        AppState, Context, abuse, budget_watch, drafts, incident, secrets,
        session::{SigningIn, keep_draft},
    },
    store::{
        job_views::{self, EndedSince},
        jobs::{self, Enqueued, NewJob, NewRequest, SentForm},
        users::{self, User},
    },
    wire::Sealed,
};
use axum::http::header;

/// The time a failed job stays on the composer's page: the person may have read
/// the reason by then.
const FAILED_SHOWN_MS: i64 = DAY_MS;
/// The time a finished job stays there: a day's work is in sight across reloads, and
/// older pictures are in the library.
const READY_SHOWN_MS: i64 = DAY_MS;

/// Examples beside the composer's field; the home page has all.
const EXAMPLES_SHOWN: usize = 4;

/// The composer's data. The form begins with the example of this number, if there is one.
pub async fn composer(
    context: &Context,
    locale: Locale,
    example: &str,
) -> Result<Composer, AppError> {
    let state = &context.state;
    let user = context.user().await?;
    let mut draft = drafts::of_person(state, user.as_ref());
    if let Some(prompt) = examples::prompt(locale, example) {
        draft.prompt = Prompt(prompt.to_owned());
    }
    let shown = examples::prompts(locale).into_iter().take(EXAMPLES_SHOWN);
    let limits = &state.config.imgc.limits;
    let (tray, left_today, jobs) = match &user {
        None => (Tray::default(), None, Vec::new()),
        Some(user) => {
            let ended = ended_since(state);
            let (tray, around) = inputs::tray_with_choices(state, user, &mut draft, ended).await?;
            let left = around.used.pictures_left(&limits.per_person());
            let requests = around.jobs.iter();
            let jobs = requests.map(|request| requests::in_list(state, locale, request).view);
            (tray, Some(left), jobs.collect())
        }
    };
    Ok(Composer {
        tray: Sealed::of(&tray),
        signed_in: user.is_some(),
        models: state.offered(),
        draft,
        request_key: uuid::Uuid::new_v4().to_string(),
        age_to_state: age_to_state(state, user.as_ref()),
        left_today,
        pictures_per_day: limits.pictures_per_day,
        jobs: Sealed::of(&jobs),
        examples: shown.map(str::to_owned).collect(),
    })
}

/// The age a person still has to state; strangers state it after signing in.
pub fn age_to_state(state: &AppState, user: Option<&User>) -> Option<u32> {
    let min = state.config.imgc.minimum_age;
    user.filter(|u| u.age_stated_min.is_none_or(|stated| stated < min))
        .map(|_| min)
}

/// Takes the age statement of a form that is no draft.
pub(super) async fn state_age(
    state: &AppState,
    user: &User,
    is_stated: bool,
) -> Result<(), AppError> {
    let Some(years) = age_to_state(state, Some(user)) else {
        return Ok(());
    };
    if !is_stated {
        return Err(Problem::AgeNotStated.into());
    }
    let now_ms = state.clock.now_ms();
    Ok(users::keep_form(&state.db, &user.id, None, Some(years), now_ms).await?)
}

/// The composer's form as it was sent.
pub struct Submission<'a> {
    /// The fields of the form.
    pub draft: &'a Draft,
    /// Chosen by the form: sent twice, it is one job.
    pub request_key: &'a str,
    /// True if the box of the age statement is ticked.
    pub age_stated: bool,
    /// True if files were chosen and not added: without a script they travel
    /// only by their own button.
    pub files_left: bool,
    /// The page's language, in which a look adds its words.
    pub locale: Locale,
}

/// Queues what the form asks for. What is refused is kept as the person's draft.
pub async fn submit(context: &Context, sent: &Submission<'_>) -> Result<String, AppError> {
    let state = &context.state;
    let draft = sent.draft;
    let Some(user) = context.user().await? else {
        keep_until_signed_in(context, draft).await?;
        return Err(AppError::SignInNeeded);
    };
    // Kept whatever becomes of the form, so that one that is refused for something
    // else does not ask again.
    let age_stated = age_to_state(state, Some(&user)).filter(|_| sent.age_stated);
    let (json, next) = (drafts::to_json(draft), drafts::to_json(&draft.next()));
    let form = SentForm {
        draft: json.as_deref(),
        next: next.as_deref(),
        age_stated,
    };
    match check_and_queue(state, &user, sent, form).await {
        // The form was settled with it, whichever way it went.
        Ok(enqueued) => job_of(state, enqueued),
        Err(error) => {
            drafts::keep_with_age(state, &user, draft, age_stated).await?;
            Err(error)
        }
    }
}

/// Keeps the form as it stands, so that a reload or another device finds it.
/// A stranger's form stays in their browser.
pub async fn keep_draft_of_person(context: &Context, draft: &Draft) -> Result<(), AppError> {
    match context.user().await? {
        Some(user) => drafts::keep(&context.state, &user, draft).await,
        None => Ok(()),
    }
}

/// Puts words into the person's form, below those that are there. A stranger's wait until
/// they have signed in, with the form that waits already; no words need no signing in.
pub async fn begin(context: &Context, prompt: &Prompt) -> Result<(), AppError> {
    if says_nothing(prompt) {
        return Ok(());
    }
    let state = &context.state;
    let Some(user) = context.user().await? else {
        may_wait(context).await?;
        let waiting = match SigningIn::of(&state.config, &context.headers) {
            Some(browser) => browser.take_draft(state).await?,
            None => None,
        };
        let form = waiting.and_then(|json| serde_json::from_str::<Draft>(&json).ok());
        keep_for_stranger(context, &form.unwrap_or_default().with_more_words(prompt)).await?;
        return Err(AppError::SignInNeeded);
    };
    let draft = drafts::of_person(state, Some(&user)).with_more_words(prompt);
    drafts::keep(state, &user, &draft).await
}

/// This person's recent prompts, newest first, each once.
pub async fn recent_prompts(context: &Context) -> Result<Vec<Prompt>, AppError> {
    match context.user().await? {
        Some(user) => Ok(job_views::recent_prompts(&context.state.db, &user.id).await?),
        None => Ok(Vec::new()),
    }
}

/// Keeps the form of somebody without a session until they have signed in.
pub(super) async fn keep_until_signed_in(context: &Context, draft: &Draft) -> Result<(), AppError> {
    may_wait(context).await?;
    keep_for_stranger(context, draft).await
}

/// Counts a form that waits as the beginning of a sign-in: anybody can have it written.
async fn may_wait(context: &Context) -> Result<(), AppError> {
    if let Some(client) = context.client() {
        let state = &context.state;
        let waited = state.limits.sign_in(state, client).await;
        waited.map_err(|retry_after_s| AppError::TooMany { retry_after_s })?;
    }
    Ok(())
}

/// The words of somebody whose session ended wait under the sign-in's cookie.
async fn keep_for_stranger(context: &Context, draft: &Draft) -> Result<(), AppError> {
    if let Some(json) = drafts::to_json(draft) {
        let cookie = keep_draft(&context.state, &context.headers, json).await?;
        context.append_header(header::SET_COOKIE, cookie);
    }
    Ok(())
}

async fn check_and_queue(
    state: &AppState,
    user: &User,
    sent: &Submission<'_>,
    form: SentForm<'_>,
) -> Result<Enqueued, AppError> {
    if sent.files_left {
        return Err(UploadProblem::NotAdded.into());
    }
    if age_to_state(state, Some(user)).is_some() && !sent.age_stated {
        return Err(Problem::AgeNotStated.into());
    }
    let offered = state.offered();
    let (prompt, settings) = sent.draft.check(&offered, sent.locale)?;
    let key = uuid::Uuid::parse_str(sent.request_key).map_err(|_| Problem::Malformed)?;
    // The same form sent twice is one job; the same form edited and sent again
    // (a page kept by the browser's Back) is another.
    let inputs = inputs::of_draft(state, user, sent.draft).await?;
    let content = serde_json::to_vec(&(&prompt, &settings, &inputs.ids))
        .map_err(|e| incident::internal("request key", &e))?;
    let key = format!("{key}:{}", secrets::sha256(&content));
    let order = Order {
        prompts: &vec![prompt; usize::from(settings.calls())],
        settings: &settings.of_one_call(),
        inputs: &inputs,
        key: &key,
    };
    queue(state, user, &order, Some(form)).await
}

/// What is asked for at once.
pub struct Order<'a> {
    /// The words of each call to the image API, at least one.
    pub prompts: &'a [Prompt],
    /// What each call asks for.
    pub settings: &'a Settings,
    /// What the first call works on; several work on words alone.
    pub inputs: &'a Inputs,
    /// Sent twice, it is one request.
    pub key: &'a str,
}

/// Reserves the cost and queues, once per key. A limit that was met is no error
/// here: the form was settled with it.
pub async fn queue(
    state: &AppState,
    user: &User,
    order: &Order<'_>,
    form: Option<SentForm<'_>>,
) -> Result<Enqueued, AppError> {
    let settings = order.settings;
    let now_ms = state.clock.now_ms();
    if user.suspended_until(now_ms).is_some() {
        return Err(AccountProblem::Suspended.into());
    }
    let offered = state.offered();
    let model = offered
        .iter()
        .find(|model| model.id == settings.model)
        .ok_or(Problem::UnknownModel)?;
    if order.prompts.is_empty() {
        return Err(Problem::EmptyPrompt.into());
    }
    for prompt in order.prompts {
        model.check(prompt, settings)?;
    }
    if let Err(retry_after_s) = abuse::may_make(state, &user.id) {
        return Err(AppError::TooMany { retry_after_s });
    }
    if let Err(retry_after_s) = state.limits.job(state, &user.id).await {
        return Err(AppError::TooMany { retry_after_s });
    }
    let prompts = order.prompts.iter();
    // Ids made one after the other say the order, in one millisecond, too.
    let new = prompts.map(|prompt| NewJob {
        id: uuid::Uuid::now_v7().to_string(),
        prompt: prompt.clone(),
        reserved_micros: model.quote(settings, prompt.chars().count()).reserve_micros,
    });
    let request = NewRequest {
        jobs: &new.collect::<Vec<NewJob>>(),
        user_id: &user.id,
        request_key: order.key,
        settings,
        now_ms,
        inputs: &order.inputs.ids,
        keeps_outside: order.inputs.keeps_outside,
        parent_id: order.inputs.parent.as_deref(),
        form,
    };
    let (enqueued, spent) = jobs::enqueue(&state.db, &request, limits(state)).await?;
    budget_watch::look(state, spent, enqueued == Enqueued::ServiceBudgetReached);
    if matches!(enqueued, Enqueued::New(_)) {
        abuse::made(state, &user.id);
        state.job_queued.notify_one();
        state.progress.queued(&user.id);
    }
    Ok(enqueued)
}

/// The request of this person that a job belongs to, with what is happening to it.
pub async fn request(
    state: &AppState,
    user_id: &str,
    id: &str,
    locale: Locale,
) -> Result<Followed, AppError> {
    let found = job_views::by_owner(&state.db, id, user_id).await?;
    let request = found.ok_or(AppError::NotFound)?;
    Ok(requests::follow(state, locale, &request))
}

/// The person's unfinished requests, those that ended well just now, and those
/// that failed lately.
pub async fn recent(
    state: &AppState,
    user_id: &str,
    locale: Locale,
) -> Result<Vec<Followed>, AppError> {
    let found = job_views::recent(&state.db, user_id, ended_since(state)).await?;
    let each = found.iter();
    Ok(each
        .map(|request| requests::in_list(state, locale, request))
        .collect())
}

fn ended_since(state: &AppState) -> EndedSince {
    let now_ms = state.clock.now_ms();
    EndedSince {
        ready_ms: now_ms - READY_SHOWN_MS,
        failed_ms: now_ms - FAILED_SHOWN_MS,
    }
}
