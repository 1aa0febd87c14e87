//! The call to the image API, for as long as its person wants it.

use crate::{
    model::FailureKind,
    server::{
        AppState,
        image_api::{Answer, ImageApiError, Input, Request},
    },
    store::jobs::Job,
};
use imgc_pictures::PictureFormat;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// Calls the image API, once; `None` where the job was stopped before there was an answer,
/// which closes the connection.
pub(super) async fn ask(
    state: &AppState,
    job: &Job,
    sent: &[Input],
    stop: &CancellationToken,
) -> Result<Option<Answer>, ImageApiError> {
    let Some(model) = state.config.model(&job.settings.model) else {
        return Err(ImageApiError::Refused {
            kind: FailureKind::ModelUnavailable,
            categories: None,
        });
    };
    state.progress.changed(&job.id);
    let request = Request {
        model,
        prompt: &job.prompt,
        settings: &job.settings,
        safety_identifier: state.key.safety_identifier(&job.user_id),
        inputs: sent,
    };
    let partial = |index, bytes: bytes::Bytes| {
        if PictureFormat::from_magic(&bytes).is_ok() {
            state.progress.partial(&job.id, index, bytes);
        }
    };
    let began = Instant::now();
    let asked = state.image_api.generate(&request, &state.objects, partial);
    tokio::select! {
        // An answer that is there is paid for, and kept.
        biased;
        came = asked => {
            state.metrics.image_api_called(&came, began.elapsed());
            came.map(Some)
        }
        () = stop.cancelled() => Ok(None),
    }
}
