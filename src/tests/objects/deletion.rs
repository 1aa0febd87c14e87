//! Deleting is believed only where the object is gone, whatever the bucket
//! offers and says.

use super::{
    SECRET, config,
    standin::{Bucket, Mood},
};
use imgc::{
    server::{
        AppState,
        objects::{ObjectKey, Objects, Probe},
        outbox::{self, Deleted},
    },
    store,
};

const KEY: ObjectKey<'static> = ObjectKey::Original {
    image: "0190-test",
    format: "png",
};

fn open(bucket: &Bucket, data: &std::path::Path) -> Objects {
    Objects::open(&config(&bucket.endpoint, SECRET, data)).unwrap()
}

/// Deletes an object of a bucket in these moods: whether that was said to have
/// worked, and whether it had.
async fn delete(single: Mood, bulk: Mood) -> (bool, bool) {
    let data = tempfile::tempdir().unwrap();
    let bucket = Bucket::start(single, bulk).await;
    let objects = open(&bucket, data.path());
    objects.put(KEY, "private".into()).await.unwrap();
    assert_eq!(bucket.keys(), ["some/prefix/originals/0190-test.png"]);
    let said = objects.delete(&KEY.path()).await.is_ok();
    (said, bucket.keys().is_empty())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_goes_by_whichever_way_the_bucket_knows() {
    let refusals = [
        Mood::Status(501),
        Mood::Status(405),
        Mood::Status(403),
        Mood::Status(400),
    ];
    let falsehoods = [
        Mood::Lies,
        Mood::ErrorInside,
        Mood::ForeignError,
        Mood::Page,
    ];
    let mut tried: Vec<(Mood, Mood)> = Vec::new();
    for bulk in refusals.into_iter().chain(falsehoods) {
        tried.push((Mood::Works, bulk));
    }
    for single in [Mood::Status(405), Mood::Status(403), Mood::Lies] {
        tried.push((single, Mood::Works));
    }
    tried.push((Mood::Busy(2), Mood::Status(501)));
    let all = tried.iter().map(|(single, bulk)| delete(*single, *bulk));
    for (moods, found) in tried.iter().zip(futures::future::join_all(all).await) {
        assert_eq!(found, (true, true), "{moods:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_still_there_is_never_called_deleted() {
    let stubborn = [
        (Mood::Lies, Mood::Lies),
        (Mood::Lies, Mood::Status(405)),
        (Mood::Status(403), Mood::ErrorInside),
        (Mood::Status(405), Mood::ForeignError),
        (Mood::Status(403), Mood::Page),
        (Mood::Status(403), Mood::Lies),
    ];
    let all = stubborn.iter().map(|(single, bulk)| delete(*single, *bulk));
    for (moods, found) in stubborn.iter().zip(futures::future::join_all(all).await) {
        assert_eq!(found, (false, false), "{moods:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outbox_tries_until_all_is_gone_and_one_object_holds_up_no_other() {
    let data = tempfile::tempdir().unwrap();
    let bucket = Bucket::start(Mood::Works, Mood::Status(405)).await;
    let state = AppState::open(config(&bucket.endpoint, SECRET, data.path()))
        .await
        .unwrap();
    // More than one round's worth stand first in the queue and cannot go.
    let key = |number: u32| format!("originals/{number:04}.png");
    let (stuck, fine): (Vec<String>, Vec<String>) =
        ((0..250).map(key).collect(), (250..300).map(key).collect());
    {
        let mut inside = bucket.inside();
        for key in stuck.iter().chain(&fine) {
            let whole = format!("some/prefix/{key}");
            inside.objects.insert(whole.clone(), "private".into());
        }
        inside.locked = stuck
            .iter()
            .map(|key| format!("some/prefix/{key}"))
            .collect();
    }
    store::outbox::order(&state.db, &stuck, 1).await.unwrap();
    store::outbox::order(&state.db, &fine, 2).await.unwrap();
    let done = outbox::delete_objects(&state).await;
    assert!(done.interrupted);
    let (waiting, oldest) = store::outbox::waiting(&state.db).await.unwrap();
    assert_eq!((bucket.keys().len() as i64, oldest), (waiting, Some(1)));
    bucket.inside().locked.clear();
    let mut rest = Deleted {
        interrupted: true,
        objects: 0,
    };
    for _ in 0..3 {
        if rest.interrupted {
            rest = outbox::delete_objects(&state).await;
        }
    }
    assert_eq!(bucket.keys(), Vec::<String>::new());
    assert_eq!(store::outbox::waiting(&state.db).await.unwrap(), (0, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctors_probe_tells_what_a_bucket_can_do() {
    let data = tempfile::tempdir().unwrap();
    let well = Probe {
        put: true,
        get: true,
        list: true,
        delete: true,
        single_delete: Some(true),
        bulk_delete: Some(true),
        create_only: Some(true),
        keeps_versions: false,
    };
    let cases = [
        (Mood::Works, Mood::Works, well),
        (
            Mood::Works,
            Mood::Status(405),
            Probe {
                bulk_delete: Some(false),
                ..well
            },
        ),
        (
            Mood::Works,
            Mood::ErrorInside,
            Probe {
                bulk_delete: Some(false),
                ..well
            },
        ),
        (
            Mood::Status(405),
            Mood::Works,
            Probe {
                single_delete: Some(false),
                ..well
            },
        ),
        (
            Mood::Lies,
            Mood::Lies,
            Probe {
                delete: false,
                single_delete: Some(false),
                bulk_delete: Some(false),
                ..well
            },
        ),
    ];
    for (single, bulk, expected) in cases {
        let bucket = Bucket::start(single, bulk).await;
        let found = open(&bucket, data.path()).probe().await;
        assert_eq!(found, expected, "{single:?} {bulk:?}");
        assert_eq!(
            bucket.keys().is_empty(),
            found.delete,
            "{single:?} {bulk:?}"
        );
    }
    let bucket = Bucket::start(Mood::Works, Mood::Works).await;
    bucket.inside().overwrites = true;
    let objects = open(&bucket, data.path());
    assert!(!objects.probe_create_only().await);
    assert_eq!(bucket.keys(), Vec::<String>::new());
    let found = objects.probe().await;
    assert_eq!(
        found,
        Probe {
            create_only: Some(false),
            ..well
        }
    );
    let bucket = Bucket::start(Mood::Works, Mood::Works).await;
    bucket.inside().versions = true;
    let found = open(&bucket, data.path()).probe().await;
    assert_eq!(
        found,
        Probe {
            keeps_versions: true,
            ..well
        }
    );
}
