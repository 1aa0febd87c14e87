//! What somebody does to a job of theirs: cancel or stop it, start it again, or take its
//! words and settings into the composer.

use super::{
    limits::job_of,
    pipeline::{Order, queue},
    requests,
};
use crate::{
    error::AppError,
    model::{FailureKind, JobState, draft::Draft},
    references::inputs,
    server::{AppState, Context, incident},
    store::{
        job_views::{self, ShownRequest},
        jobs::{self, Cancelled, Job},
        uploads::Upload,
        users::{self, User},
    },
};

/// The longest name of a press on a button, in characters.
const PRESS_MAX: usize = 40;

/// Cancels what waits of a request. Where `stops`, what is awaited is stopped, on
/// whichever node: that may be billed all the same, so nobody is taken to mean it who was
/// shown a job that waits. What came already is kept.
pub async fn cancel(
    state: &AppState,
    user_id: &str,
    id: &str,
    stops: bool,
) -> Result<(), AppError> {
    let done = jobs::cancel(&state.db, id, user_id, stops, state.clock.now_ms()).await?;
    for id in &done.in_queue {
        state.progress.finished(id);
        state.metrics.job_cancelled();
    }
    for id in &done.under_way {
        // Of another node's, the watch there finds it.
        state.progress.stop(id, !state.db.is_shared());
    }
    if done != Cancelled::default() {
        return Ok(());
    }
    let request = job_views::by_owner(&state.db, id, user_id).await?;
    let request = request.ok_or(AppError::NotFound)?;
    let was = |job: &Job| {
        let stopped = job.failure.as_ref().map(|f| f.kind) == Some(FailureKind::Stopped);
        stopped || job.state == JobState::Cancelled
    };
    match request.jobs.iter().any(|shown| was(&shown.job)) {
        true => Ok(()),
        false => Err(AppError::TooLate),
    }
}

/// Starts an ended request again, all of it. The key follows from the request, so that
/// pressing twice is one new request; of one whose pictures are there, the form's own key
/// says which press it was.
pub async fn retry(
    context: &Context,
    user: &User,
    id: &str,
    request_key: &str,
) -> Result<String, AppError> {
    let state = &context.state;
    let (request, uploads) = with_uploads(state, &user.id, id).await?;
    let (job, prompts) = (request.job(), requests::prompts_of(&request));
    let key = match requests::state_of(&request) {
        // Its words may have gone with its pictures.
        JobState::Ready if !prompts.is_empty() => {
            let key = request_key.as_bytes();
            let is_one = (1..=PRESS_MAX).contains(&key.len())
                && key.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-');
            if !is_one {
                return Err(AppError::TooLate);
            }
            format!("again:{}:{request_key}", job.id)
        }
        state if state.is_final() && state != JobState::Ready => format!("retry:{}", job.id),
        _ => return Err(AppError::TooLate),
    };
    let settings = requests::settings_of(&request);
    let order = Order {
        prompts: &prompts,
        settings: &settings.of_one_call(),
        inputs: &inputs::of_job(job, uploads)?,
        key: &key,
    };
    let enqueued = queue(state, user, &order, None).await?;
    job_of(state, enqueued)
}

/// Makes a job's words and settings the composer's draft.
pub async fn edit(state: &AppState, user_id: &str, id: &str) -> Result<(), AppError> {
    let (request, uploads) = with_uploads(state, user_id, id).await?;
    let wanted = requests::settings_of(&request);
    let offered = state.offered();
    let model = offered
        .iter()
        .find(|model| model.id == wanted.model)
        .unwrap_or(&offered[0]);
    let settings = model.adapt(&wanted);
    let mut draft = Draft::from_settings(requests::words_of(&request), &settings, model);
    inputs::restore(request.job(), uploads, &mut draft);
    let json = serde_json::to_string(&draft).map_err(|e| incident::internal("draft", &e))?;
    users::set_draft(&state.db, user_id, Some(&json)).await?;
    Ok(())
}

/// The request of this person that a job belongs to, with the uploads the job works on.
async fn with_uploads(
    state: &AppState,
    user_id: &str,
    id: &str,
) -> Result<(ShownRequest, Vec<Upload>), AppError> {
    let found = job_views::with_inputs(&state.db, id, user_id).await?;
    found.ok_or(AppError::NotFound)
}
