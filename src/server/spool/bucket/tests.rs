//! The spool in a bucket: what one node writes another one finds, and of two who
//! write for one job neither harms the other.

use super::*;
use crate::{
    model::catalogue::Usage,
    server::{image_api::Picture, spool::Spool},
};
use std::sync::Arc;

/// The header of a GIF of one pixel, and nothing behind it.
const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x00\x00\x00";

/// A bucket with a job, and two nodes that share it.
struct Shared {
    objects: Objects,
    one: Spool,
    other: Spool,
    job: String,
}

impl Shared {
    fn new() -> Shared {
        let objects = Objects::in_memory();
        Shared {
            one: Spool::in_bucket(objects.clone()),
            other: Spool::in_bucket(objects.clone()),
            job: uuid::Uuid::now_v7().to_string(),
            objects,
        }
    }

    fn key(&self, name: &str) -> String {
        format!("spool/{}/{name}", self.job)
    }

    fn aside(&self, name: &str) -> String {
        format!("set-aside/{}/{name}", self.job)
    }

    async fn has(&self, key: &str) -> bool {
        self.objects.get_at(key).await.is_ok()
    }

    async fn put(&self, key: String, text: &'static str) {
        let put = self.objects.put_at(&key, text.into()).await;
        put.expect("written");
    }

    async fn keys(&self, folder: &str) -> Vec<String> {
        let listing = self.objects.list(folder);
        let all: Vec<Listed> = listing.try_collect().await.expect("listed");
        all.into_iter().map(|object| object.key).collect()
    }

    async fn save(&self, spool: &Spool, pictures: &[&'static [u8]]) -> Manifest {
        let saved = spool.save(&self.job, answer(pictures)).await;
        saved.expect("saved")
    }

    /// The list that counts, with the bytes of each picture in it.
    async fn read(&self, spool: &Spool) -> (Manifest, Vec<Option<Bytes>>) {
        let found = spool.find(&self.job).await.expect("readable");
        let Found::Whole(list) = found else {
            panic!("a whole answer")
        };
        let mut all = Vec::new();
        for (index, picture) in list.pictures.iter().enumerate() {
            let bytes = spool.picture(&self.job, index, picture).await;
            all.push(bytes.expect("readable"));
        }
        (list, all)
    }
}

fn answer(pictures: &[&'static [u8]]) -> Arc<Answer> {
    let pictures = pictures.iter().map(|bytes| Picture {
        bytes: Bytes::from_static(bytes),
        revised_prompt: None,
    });
    Arc::new(Answer {
        pictures: pictures.collect(),
        usage: Some(Usage::default()),
    })
}

fn ids(list: &Manifest) -> Vec<String> {
    list.pictures.iter().map(|p| p.image_id.clone()).collect()
}

fn whole(pictures: &[&'static [u8]]) -> Vec<Option<Bytes>> {
    pictures
        .iter()
        .map(|bytes| Some(Bytes::from_static(bytes)))
        .collect()
}

#[tokio::test]
async fn what_one_node_keeps_another_one_finds_and_damage_is_noticed() {
    let shared = Shared::new();
    shared.one.takes_files().await.expect("a bucket");
    assert_eq!(shared.keys("probe").await, Vec::<String>::new());
    let found = shared.other.find(&shared.job).await.expect("readable");
    assert!(matches!(found, Found::Unlisted));
    let none = shared
        .other
        .list_again(&shared.job)
        .await
        .expect("readable");
    assert!(none.is_none());
    let saved = shared.save(&shared.one, &[b"first", b"second"]).await;
    let (list, bytes) = shared.read(&shared.other).await;
    assert_eq!(ids(&list), ids(&saved));
    assert_eq!(bytes, whole(&[b"first", b"second"]));
    assert_eq!(shared.other.jobs().await.expect("listed"), [&*shared.job]);
    let images = shared.other.images_of(&shared.job).await.expect("read");
    assert_eq!(images, ids(&saved));
    shared.put(shared.key("0"), "fir").await;
    assert_eq!(shared.read(&shared.other).await.1[0], None);
    shared.other.remove(&shared.job).await.expect("removed");
    shared.one.remove(&shared.job).await.expect("twice is fine");
    assert_eq!(shared.keys("spool").await, Vec::<String>::new());
    assert!(shared.one.find("../escape").await.is_err());
}

#[tokio::test]
async fn an_answer_kept_again_is_the_same_answer() {
    let shared = Shared::new();
    let first = shared.save(&shared.one, &[b"first", b"second"]).await;
    let again = shared.save(&shared.one, &[b"first", b"second"]).await;
    assert_eq!(ids(&first), ids(&again));
    assert_eq!(shared.keys("spool").await.len(), 3);
    assert_eq!(shared.keys("set-aside").await, Vec::<String>::new());
}

#[tokio::test]
async fn of_two_answers_for_a_job_one_counts_and_the_other_is_set_aside() {
    let shared = Shared::new();
    let (one, other) = tokio::join!(
        shared.save(&shared.one, &[b"a0", b"a1"]),
        shared.save(&shared.other, &[b"b0", b"b1"]),
    );
    assert_eq!(ids(&one), ids(&other));
    let (list, bytes) = shared.read(&shared.one).await;
    assert_eq!(ids(&list), ids(&one));
    let (won, lost) = match bytes[0].as_deref() {
        Some(b"a0") => ([b"a0", b"a1"], [b"b0", b"b1"]),
        _ => ([b"b0", b"b1"], [b"a0", b"a1"]),
    };
    assert_eq!(bytes, whole(&[won[0], won[1]]));
    let mut aside = Vec::new();
    for key in shared.keys("set-aside").await {
        aside.push(shared.objects.get_at(&key).await.expect("kept"));
    }
    aside.sort_unstable();
    assert_eq!(aside, [&lost[0][..], &lost[1][..]]);
    shared.one.erase(&shared.job).await.expect("erased");
    for folder in ["spool", "set-aside"] {
        assert_eq!(shared.keys(folder).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_writer_who_comes_too_late_changes_nothing_that_is_listed() {
    let shared = Shared::new();
    // A node wrote a picture and was stopped; another one took the job over.
    let first = shared.key("0");
    let first = shared.objects.create(&first, Bytes::from_static(b"first"));
    assert!(first.await.expect("written"));
    let listed = shared.other.list_again(&shared.job).await;
    let listed = listed.expect("readable").expect("a picture");
    assert!(listed.listed_again && listed.pictures.len() == 1);
    // The first goes on, and what it has beyond that list is not lost.
    let counts = shared.save(&shared.one, &[b"first", b"second"]).await;
    assert_eq!(ids(&counts), ids(&listed));
    assert_eq!(shared.read(&shared.one).await.1, whole(&[b"first"]));
    let aside = shared.objects.get_at(&shared.aside("1")).await;
    assert_eq!(aside.as_deref(), Ok(&b"second"[..]));
}

#[tokio::test]
async fn whole_pictures_are_found_where_the_list_is_lost_or_damaged() {
    for damage in [None, Some("{\"usage\":"), Some("")] {
        let shared = Shared::new();
        let saved = shared.save(&shared.one, &[b"first", b"second"]).await;
        let list = shared.key(MANIFEST);
        match damage {
            None => shared.objects.delete(&list).await.expect("lost"),
            Some(text) => shared.put(list, text).await,
        }
        // Another writer's, whose place was taken.
        shared.put(shared.key("1-0123"), "third").await;
        let found = shared.other.find(&shared.job).await.expect("readable");
        assert!(matches!(found, Found::Unlisted));
        let listed = shared.other.list_again(&shared.job).await;
        let listed = listed.expect("readable").expect("pictures");
        assert_ne!(ids(&listed)[0], ids(&saved)[0]);
        let (read, bytes) = shared.read(&shared.one).await;
        assert_eq!(ids(&read), ids(&listed));
        assert_eq!(bytes, whole(&[b"first", b"second", b"third"]));
        assert_eq!(shared.has(&shared.aside(MANIFEST)).await, damage.is_some());
        // The same list for whoever asks next.
        let again = shared.one.list_again(&shared.job).await;
        let again = again.expect("readable").expect("pictures");
        assert_eq!(ids(&again), ids(&listed));
    }
}

#[tokio::test]
async fn what_is_set_aside_is_kept_known_and_erased_with_its_owner() {
    let shared = Shared::new();
    let saved = shared.save(&shared.one, &[b"first", b"second"]).await;
    let (job, one) = (&shared.job, &shared.one);
    one.set_aside(job, Some(1)).await.expect("moved");
    one.set_aside(job, Some(1)).await.expect("twice is fine");
    let kept = shared.objects.get_at(&shared.aside("1")).await;
    assert_eq!(kept.as_deref(), Ok(&b"second"[..]));
    assert_eq!(shared.read(one).await.1[1], None);
    // Another of the same name does not replace it.
    shared.put(shared.key("1"), "another").await;
    one.set_aside(job, None).await.expect("moved");
    assert_eq!(shared.keys("spool").await, Vec::<String>::new());
    let kept = shared.objects.get_at(&shared.aside("1")).await;
    assert_eq!(kept.as_deref(), Ok(&b"second"[..]));
    assert!(shared.has(&shared.aside("1.1")).await && shared.has(&shared.aside("0")).await);
    let aside = shared.other.jobs_set_aside().await.expect("listed");
    assert_eq!(aside, std::slice::from_ref(job));
    let images = shared.other.images().await.expect("read");
    assert!(images.contains(&saved.pictures[1].image_id));
    let stranger = uuid::Uuid::now_v7().to_string();
    let among = shared.other.jobs_among(vec![stranger, job.clone()]).await;
    assert_eq!(among.expect("listed"), std::slice::from_ref(job));
    // Nothing to move is fine.
    one.set_aside(job, None).await.expect("moved");
    shared.other.erase(job).await.expect("erased");
    assert_eq!(shared.keys("set-aside").await, Vec::<String>::new());
}

#[tokio::test]
async fn an_original_is_copied_with_its_type_and_youth_is_told() {
    let shared = Shared::new();
    let saved = shared.save(&shared.one, &[GIF]).await;
    let picture = &saved.pictures[0];
    let key = ObjectKey::Original {
        image: &picture.image_id,
        format: "gif",
    };
    // Not these bytes, but the object's.
    let (nothing, spool) = (Bytes::new(), &shared.other);
    let kept = spool.keep_original(&shared.objects, &shared.job, 0, picture, &nothing, key);
    kept.await.expect("copied");
    assert_eq!(shared.objects.read(key).await.expect("there"), GIF);
    let missing = spool.keep_original(&shared.objects, &shared.job, 1, picture, &nothing, key);
    assert_eq!(missing.await.err(), Some(FileError::Missing));
    let now_ms = crate::server::clock::Clock::default().now_ms();
    for (since_ms, settled) in [(now_ms - 60_000, false), (now_ms + 60_000, true)] {
        let told = spool.is_settled(&shared.job, since_ms).await;
        assert_eq!(told.expect("listed"), settled);
    }
}
