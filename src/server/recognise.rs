//! What a picture of the service is found again by.

use super::{AppState, archive, objects::ObjectKey};
use crate::store::{images::Image, removed::Traces};
use imgc_pictures::{Fingerprint, Looks};

/// What is left of a picture that is removed. Where its original cannot be read or
/// decoded, its row tells what there is: no decision waits for it.
pub async fn traces(state: &AppState, image: &Image) -> Traces {
    let original = state.objects.read(archive::original(image)).await;
    let Ok(bytes) = original else {
        tracing::warn!(image = image.id, "copies are found by the bytes alone");
        return Traces::default();
    };
    match imgc_pictures::fingerprint(bytes).await {
        Ok(Fingerprint { pixels, looks }) => Traces {
            pixels: Some(pixels),
            looks: Some(Looks::to_text(&looks)),
        },
        Err(error) => {
            tracing::warn!(image = image.id, %error, "copies are found by the bytes alone");
            Traces::default()
        }
    }
}

/// What a picture looks like whose row does not say: by its smallest rendition, which is
/// decoded in a moment. `None` where nothing of it can be decoded.
pub async fn looks(state: &AppState, image: &Image) -> Option<Looks> {
    let smallest = image.widths.first().map(|width| ObjectKey::Rendition {
        image: &image.id,
        width: *width,
    });
    let key = smallest.unwrap_or_else(|| archive::original(image));
    let bytes = state.objects.read(key).await.ok()?;
    imgc_pictures::looks(bytes).await.ok()?
}
