//! What somebody does to a job of theirs: cancel or stop it, start it again, or take its
//! words and settings into the composer.

use super::{limits::job_of, pipeline::queue};
use crate::{
    error::AppError,
    model::{FailureKind, JobState, draft::Draft},
    references::inputs,
    server::{AppState, Context, incident},
    store::{
        job_views,
        jobs::{self, Cancelled, Job},
        uploads::Upload,
        users::{self, User},
    },
};

/// The longest name of a press on a button, in characters.
const PRESS_MAX: usize = 40;

/// Cancels a queued job. Where `stops`, one whose answer is awaited is stopped, on
/// whichever node: that may be billed all the same, so nobody is taken to mean it who was
/// shown a job that waits. What came already is kept.
pub async fn cancel(
    state: &AppState,
    user_id: &str,
    id: &str,
    stops: bool,
) -> Result<(), AppError> {
    match jobs::cancel(&state.db, id, user_id, stops, state.clock.now_ms()).await? {
        Cancelled::InQueue => {
            state.progress.finished(id);
            state.metrics.job_cancelled();
            Ok(())
        }
        // Of another node's, the watch there finds it.
        Cancelled::UnderWay => {
            state.progress.stop(id, !state.db.is_shared());
            Ok(())
        }
        Cancelled::Nothing => {
            let job = jobs::by_owner(&state.db, id, user_id).await?;
            let job = job.ok_or(AppError::NotFound)?;
            let stopped = job.failure.is_some_and(|f| f.kind == FailureKind::Stopped);
            match job.state {
                JobState::Cancelled => Ok(()),
                _ if stopped => Ok(()),
                _ => Err(AppError::TooLate),
            }
        }
    }
}

/// Starts an ended job again. The key follows from the job, so that pressing
/// twice is one new job; of one whose pictures are there, the form's own key says
/// which press it was.
pub async fn retry(
    context: &Context,
    user: &User,
    id: &str,
    request_key: &str,
) -> Result<String, AppError> {
    let state = &context.state;
    let (job, uploads) = with_uploads(state, &user.id, id).await?;
    let key = match job.state {
        // Its words may have gone with its pictures.
        JobState::Ready if !job.prompt.0.is_empty() => {
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
    let inputs = inputs::of_job(&job, uploads)?;
    let (prompt, settings) = (&job.prompt, &job.settings);
    let enqueued = queue(state, user, prompt, settings, &inputs, &key, None).await?;
    job_of(state, enqueued)
}

/// Makes a job's words and settings the composer's draft.
pub async fn edit(state: &AppState, user_id: &str, id: &str) -> Result<(), AppError> {
    let (job, uploads) = with_uploads(state, user_id, id).await?;
    let offered = state.offered();
    let model = offered
        .iter()
        .find(|model| model.id == job.settings.model)
        .unwrap_or(&offered[0]);
    let settings = model.adapt(&job.settings);
    let mut draft = Draft::from_settings(job.prompt.clone(), &settings, model);
    inputs::restore(&job, uploads, &mut draft);
    let json = serde_json::to_string(&draft).map_err(|e| incident::internal("draft", &e))?;
    users::set_draft(&state.db, user_id, Some(&json)).await?;
    Ok(())
}

/// A job of this person with the uploads it works on.
async fn with_uploads(
    state: &AppState,
    user_id: &str,
    id: &str,
) -> Result<(Job, Vec<Upload>), AppError> {
    let found = job_views::with_inputs(&state.db, id, user_id).await?;
    found.ok_or(AppError::NotFound)
}
