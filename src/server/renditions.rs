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

/// A picture whose renditions are being made.
struct UnderWay {
    /// Its owner's id.
    user_id: String,
    /// The widths that are there.
    there: watch::Sender<Vec<u32>>,
}

/// The renditions that this node is making, by their picture's id.
#[derive(Clone, Default)]
pub struct Renditions(Arc<Mutex<HashMap<String, UnderWay>>>);

/// The making of one picture's renditions; dropped when they are noted, or given up.
pub struct Making {
    under_way: Renditions,
    image: String,
}

impl Renditions {
    /// Announces the renditions of a picture of this person's, before anybody can ask
    /// for them.
    pub fn announce(&self, image: &str, user_id: &str) -> Making {
        let under_way = UnderWay {
            user_id: user_id.to_owned(),
            there: watch::Sender::new(Vec::new()),
        };
        self.lock().insert(image.to_owned(), under_way);
        Making {
            under_way: self.clone(),
            image: image.to_owned(),
        }
    }

    /// Whether this node is making this picture's.
    pub fn are_under_way(&self, image: &str) -> bool {
        self.lock().contains_key(image)
    }

    /// Waits until this node makes none of this person's pictures' any more; false if it
    /// still does after a while.
    pub async fn until_none_of(&self, user_id: &str) -> bool {
        let theirs: Vec<_> = self
            .lock()
            .values()
            .filter(|under_way| under_way.user_id == user_id)
            .map(|under_way| under_way.there.subscribe())
            .collect();
        let ended = async {
            for mut there in theirs {
                // It ends with an error: whoever would say more is gone.
                let _ = there.wait_for(|_| false).await;
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.is_ok()
    }

    /// Waits until this rendition is in the object store, or nobody here makes it.
    async fn until_there(&self, image: &str, width: u32) {
        let follows = self.lock().get(image).map(|of| of.there.subscribe());
        if let Some(mut there) = follows {
            let there = there.wait_for(|widths| widths.contains(&width));
            // Late or given up: what is in the store says so.
            let _ = tokio::time::timeout(PATIENCE, there).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, UnderWay>> {
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
        if let Some(under_way) = self.under_way.lock().get(&self.image) {
            under_way.there.send_modify(|widths| widths.push(width));
        }
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        self.under_way.lock().remove(&self.image);
    }
}

/// Where a rendition is asked for that is on its way, waits for it and looks the
/// picture up `again`: seconds may have gone by, and it may be nobody's to see any
/// more. A rendition that is in the store is then among the picture's widths, although
/// its row tells of none before all are there.
pub(super) async fn awaited<E>(
    state: &AppState,
    image: Image,
    file: &str,
    again: impl Future<Output = Result<Option<Image>, E>>,
) -> Result<Option<Image>, E> {
    let width = file
        .strip_suffix(".webp")
        .and_then(|stem| stem.parse().ok());
    let width = width.filter(|width| image.renditions_coming && widths(&image).contains(width));
    let Some(width) = width else {
        return Ok(Some(image));
    };
    state.renditions.until_there(&image.id, width).await;
    let key = ObjectKey::Rendition {
        image: &image.id,
        width,
    };
    let is_there = state.objects.size(key).await.is_ok();
    let mut image = again.await?;
    if let Some(image) = image
        .as_mut()
        .filter(|image| image.widths.is_empty() && is_there)
    {
        image.widths.push(width);
    }
    Ok(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_asks_waits_for_the_one_asked_for_and_for_nothing_that_was_given_up() {
        let renditions = Renditions::default();
        renditions.until_there("nobody's", 320).await;
        let making = renditions.announce("a", "ada");
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

        let making = renditions.announce("a", "ada");
        assert!(renditions.until_none_of("sam").await);
        let leaving = renditions.clone();
        let leaving = tokio::spawn(async move { leaving.until_none_of("ada").await });
        tokio::task::yield_now().await;
        making.there(320);
        tokio::task::yield_now().await;
        assert!(!leaving.is_finished(), "there is more to come");
        drop(making);
        assert!(leaving.await.unwrap());
    }
}
