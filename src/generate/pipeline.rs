//! The composer's and the job page's requests: validate, reserve, queue, look up.

pub use super::limits::job_of;
use super::{api::Composer, examples, limits::limits};
use crate::{
    error::{AccountProblem, AppError, Problem, UploadProblem},
    i18n::Locale,
    model::{JobState, JobView, Prompt, draft::Draft, folding::says_nothing, limits::DAY_MS},
    references::{
        inputs::{self, Inputs},
        tray::Tray,
    },
    routes,
    server::{
        AppState, Context, abuse, budget_watch, cards, drafts, incident, secrets,
        session::{SigningIn, keep_draft},
    },
    store::{
        job_views::{self, EndedSince, ShownJob},
        jobs::{self, Enqueued, NewJob, SentForm},
        users::User,
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
            (tray, Some(left), views(state, around.jobs))
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

/// Queues a job from the form. What is refused is kept as the person's draft.
pub async fn submit(context: &Context, sent: &Submission<'_>) -> Result<String, AppError> {
    let state = &context.state;
    let draft = sent.draft;
    let Some(user) = context.user().await? else {
        may_wait(context).await?;
        keep_for_stranger(context, draft).await?;
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
    queue(state, user, &prompt, &settings, &inputs, &key, Some(form)).await
}

/// Reserves the cost and queues, once per key. A limit that was met is no error
/// here: the form was settled with it.
pub async fn queue(
    state: &AppState,
    user: &User,
    prompt: &Prompt,
    settings: &crate::model::Settings,
    inputs: &Inputs,
    request_key: &str,
    form: Option<SentForm<'_>>,
) -> Result<Enqueued, AppError> {
    let now_ms = state.clock.now_ms();
    if user.suspended_until(now_ms).is_some() {
        return Err(AccountProblem::Suspended.into());
    }
    let offered = state.offered();
    let model = offered
        .iter()
        .find(|model| model.id == settings.model)
        .ok_or(Problem::UnknownModel)?;
    model.check(prompt, settings)?;
    if let Err(retry_after_s) = abuse::may_make(state, &user.id) {
        return Err(AppError::TooMany { retry_after_s });
    }
    if let Err(retry_after_s) = state.limits.job(state, &user.id).await {
        return Err(AppError::TooMany { retry_after_s });
    }
    let quote = model.quote(settings, prompt.chars().count());
    let job = NewJob {
        id: &uuid::Uuid::now_v7().to_string(),
        user_id: &user.id,
        request_key,
        prompt,
        settings,
        reserved_micros: quote.reserve_micros,
        now_ms,
        inputs: &inputs.ids,
        keeps_outside: inputs.keeps_outside,
        parent_id: inputs.parent.as_deref(),
        form,
    };
    let (enqueued, spent) = jobs::enqueue(&state.db, &job, limits(state)).await?;
    budget_watch::look(state, spent, enqueued == Enqueued::ServiceBudgetReached);
    if matches!(enqueued, Enqueued::New(_)) {
        abuse::made(state, &user.id);
        state.job_queued.notify_one();
        state.progress.queued(&user.id);
    }
    Ok(enqueued)
}

/// A job of this person, with what is happening to it.
pub async fn job_view(state: &AppState, user_id: &str, id: &str) -> Result<JobView, AppError> {
    let found = job_views::by_owner(&state.db, id, user_id).await?;
    found
        .map(|shown| view(state, shown))
        .ok_or(AppError::NotFound)
}

fn view(state: &AppState, shown: ShownJob) -> JobView {
    let ShownJob { job, ahead, images } = shown;
    let partial = (job.state == JobState::Dispatching)
        .then(|| state.progress.newest_partial(&job.id))
        .flatten()
        .map(|p| routes::job_partial(&job.id, &p.index.to_string()));
    let model = state.config.model(&job.settings.model);
    JobView {
        state: job.state,
        model_name: model.map_or_else(|| job.settings.model.clone(), |m| m.name.clone()),
        expected_size: crate::model::catalogue::parse_size(&job.settings.size),
        position: ahead,
        created_at_ms: job.created_at_ms,
        retry_at_ms: job.retry_at_ms(),
        attempts: job.attempts,
        dispatched_at_ms: job.dispatched_at_ms,
        finished_at_ms: job.finished_at_ms,
        now_ms: state.clock.now_ms(),
        failure: job.failure,
        images: images.iter().map(|i| cards::card(i, true)).collect(),
        partial,
        cost_micros: job.cost_micros.unwrap_or(job.reserved_micros),
        settled: job.cost_micros.is_some(),
        estimated: job.cost_estimated,
        came: job.pictures,
        id: job.id,
        prompt: job.prompt,
        settings: job.settings,
    }
}

/// The person's unfinished jobs, those that ended well just now, and those
/// that failed lately.
pub async fn recent_jobs(state: &AppState, user_id: &str) -> Result<Vec<JobView>, AppError> {
    let found = job_views::recent(&state.db, user_id, ended_since(state)).await?;
    Ok(views(state, found))
}

fn ended_since(state: &AppState) -> EndedSince {
    let now_ms = state.clock.now_ms();
    EndedSince {
        ready_ms: now_ms - READY_SHOWN_MS,
        failed_ms: now_ms - FAILED_SHOWN_MS,
    }
}

fn views(state: &AppState, shown: Vec<ShownJob>) -> Vec<JobView> {
    shown.into_iter().map(|shown| view(state, shown)).collect()
}
