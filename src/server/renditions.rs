//! Renditions as those who look at pictures meet them: under which widths they are
//! shown, and those that are being made at this moment. A picture is in the library
//! before they are there: whoever asks for one meanwhile waits for it, instead of
//! getting an original that is fifty times as heavy.

use super::{AppState, objects::ObjectKey};
use crate::store::images::Image;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// How long anybody waits for renditions that are being made. Then the original
/// stands in for the one that was asked for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The widths under which a picture's renditions are asked for, in pixels, ascending:
/// those it has, or will have within moments. None where the original is shown.
pub fn widths(image: &Image) -> Vec<u32> {
    if image.widths.is_empty() && image.renditions_coming {
        return imgc_pictures::thumbnail_widths(image.width);
    }
    image.widths.clone()
}

/// The widths that are there of each picture whose renditions this node is making.
type UnderWay = Mutex<HashMap<String, watch::Sender<Vec<u32>>>>;

/// The renditions that this node is making.
#[derive(Clone, Default)]
pub struct Renditions(Arc<UnderWay>);

/// The making of one picture's renditions; dropped when they are noted, or given up.
pub struct Making {
    under_way: Renditions,
    image: String,
}

impl Renditions {
    /// Announces a picture's renditions, before anybody can ask for them.
    pub fn announce(&self, image: &str) -> Making {
        self.lock()
            .insert(image.to_owned(), watch::Sender::new(Vec::new()));
        Making {
            under_way: self.clone(),
            image: image.to_owned(),
        }
    }

    /// Whether this node is making this picture's.
    pub fn are_under_way(&self, image: &str) -> bool {
        self.lock().contains_key(image)
    }

    /// Waits until this node no longer makes this picture's, for a while at most.
    pub async fn until_ended(&self, image: &str) {
        self.until(image, |_| false).await;
    }

    /// Waits until this rendition is in the object store, or nobody here makes it.
    async fn until_there(&self, image: &str, width: u32) {
        self.until(image, |there| there.contains(&width)).await;
    }

    async fn until(&self, image: &str, enough: impl Fn(&[u32]) -> bool) {
        let follows = self.lock().get(image).map(watch::Sender::subscribe);
        if let Some(mut there) = follows {
            let there = there.wait_for(|widths| enough(widths));
            // Late or given up: what is in the store says so.
            let _ = tokio::time::timeout(PATIENCE, there).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<Vec<u32>>>> {
        // A panic elsewhere leaves the map usable: it holds no invariant.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Making {
    /// The picture's id.
    pub fn image(&self) -> &str {
        &self.image
    }

    /// A rendition is in the object store.
    pub fn there(&self, width: u32) {
        if let Some(entry) = self.under_way.lock().get(&self.image) {
            entry.send_modify(|widths| widths.push(width));
        }
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        self.under_way.lock().remove(&self.image);
    }
}

/// The picture as it can be sent by now. Where a rendition is asked for that is on
/// its way, this waits for it; one that is there counts although no row knows it yet.
pub(super) async fn awaited(state: &AppState, mut image: Image, file: &str) -> Image {
    if !image.renditions_coming {
        return image;
    }
    let width = file
        .strip_suffix(".webp")
        .and_then(|stem| stem.parse().ok());
    let Some(width) = width.filter(|width| widths(&image).contains(width)) else {
        return image;
    };
    state.renditions.until_there(&image.id, width).await;
    let key = ObjectKey::Rendition {
        image: &image.id,
        width,
    };
    if state.objects.size(key).await.is_ok() {
        image.widths = vec![width];
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_asks_waits_for_the_one_asked_for_and_for_nothing_that_was_given_up() {
        let renditions = Renditions::default();
        renditions.until_there("nobody's", 320).await;
        let making = renditions.announce("a");
        assert!(renditions.are_under_way("a") && !renditions.are_under_way("b"));
        let waits = |width| {
            let renditions = renditions.clone();
            tokio::spawn(async move { renditions.until_there("a", width).await })
        };
        let (small, large) = (waits(320), waits(1280));
        tokio::task::yield_now().await;
        making.there(320);
        small.await.unwrap();
        assert!(!large.is_finished(), "it is not there yet");
        drop(making);
        large.await.unwrap();
        assert!(!renditions.are_under_way("a"));
    }
}
