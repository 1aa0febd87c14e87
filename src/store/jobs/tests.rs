//! Steps that are taken twice, by two, or too late: each changes a job once.

use super::*;
use crate::{
    model::{allowance::Allowance, limits::BUDGET_BREAK_MS},
    store::{
        erasures,
        images::{self, FinishedJob, NewImage},
        leases::{self, Lease},
        service_state::{self, BUDGET_BREAK_UNTIL},
        users::{self, IdentityClaims},
    },
};

/// A database with one person.
struct Place {
    db: Db,
    _folder: tempfile::TempDir,
}

const LIMITS: Limits = Limits {
    per_person: Allowance {
        pictures_per_day: Some(1_000),
        micros_per_month: None,
    },
    service_micros_per_day: 1_000_000,
    active_per_person: 1_000,
    day_start_ms: 0,
    month_start_ms: 0,
};
const CAME: Booking = Booking {
    cost: Settled {
        micros: 7,
        estimated: false,
    },
    pictures: 1,
};

impl Place {
    async fn new() -> Place {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(&folder.path().join("test.db"))
            .await
            .expect("opens");
        let identity = IdentityClaims {
            issuer: "https://provider.example",
            subject: "ada",
            email: "ada@example.com",
            email_assumed: false,
            name: "Ada",
        };
        let made = users::sign_in(&db, "ada", &identity, "en", 1).await;
        made.expect("an account");
        Place {
            db,
            _folder: folder,
        }
    }

    async fn enqueue(&self, id: &str, now_ms: i64) -> Enqueued {
        let settings = Settings {
            count: 1,
            ..Settings::default()
        };
        let job = NewJob {
            id: id.to_owned(),
            prompt: Prompt("a boat".into()),
            reserved_micros: 9,
        };
        let request = NewRequest {
            jobs: &[job],
            user_id: "ada",
            request_key: id,
            settings: &settings,
            now_ms,
            inputs: &[],
            keeps_outside: false,
            parent_id: None,
            form: None,
        };
        enqueue(&self.db, &request, LIMITS)
            .await
            .expect("answered")
            .0
    }

    /// Queues jobs of these names, the first one first.
    async fn queue(&self, ids: &[&str]) {
        for (at, id) in (1..).zip(ids) {
            let queued = self.enqueue(id, at).await;
            assert_eq!(queued, Enqueued::New((*id).into()));
        }
    }

    async fn claim(&self, owner: &str) -> Result<Claimed, DbError> {
        claim(&self.db, owner, 60, 100, 10).await
    }

    /// The job that this claim is told of.
    async fn claimed(&self, owner: &str) -> Option<String> {
        let claimed = self.claim(owner).await.expect("answered");
        claimed.job.map(|job| job.id)
    }

    async fn job(&self, id: &str) -> Job {
        let found = leases::by_id(&self.db, id).await.expect("answered");
        found.expect("a job")
    }

    async fn fails(&self, id: &str, owner: &str, kind: FailureKind) -> bool {
        let failure = Failure {
            kind,
            categories: None,
            incident: None,
        };
        let failed = fail(&self.db, id, owner, &failure, false, 200).await;
        failed.expect("answered")
    }

    async fn takes_over(&self, id: &str, seen: Option<&str>, owner: &str) -> bool {
        let row = self.job(id).await;
        let seen = Lease {
            job: row.id,
            owner: seen.map(str::to_owned),
            until_ms: seen.map(|_| 60),
        };
        let taken = leases::take_over(&self.db, &seen, owner, 120).await;
        taken.expect("answered").is_some()
    }

    async fn regains(&self, id: &str, claim: &str) -> bool {
        let regained = leases::regain(&self.db, id, claim, 180, 300).await;
        regained.expect("answered").is_some()
    }
}

#[tokio::test]
async fn a_claim_that_is_asked_for_again_is_told_of_the_job_it_got() {
    let place = Place::new().await;
    place.queue(&["one", "two"]).await;
    let first = place.claim("a/1").await.expect("answered");
    assert!(first.more);
    for _ in 0..2 {
        assert_eq!(place.claimed("a/1").await.as_deref(), Some("one"));
    }
    assert_eq!(place.job("one").await.attempts, 1, "it is one attempt");
    let second = place.claim("b/1").await.expect("answered");
    assert!(second.job.is_some_and(|job| job.id == "two") && !second.more);
    assert_eq!(place.claimed("b/2").await, None);
    // One that arrives when its job has gone on takes no other.
    place.queue(&["three"]).await;
    let went_on = received(&place.db, "one", "a/1", CAME, 150).await;
    assert_eq!(went_on, Ok(true));
    let late = place.claim("a/1").await;
    assert_eq!(late.err(), Some(DbError::Constraint));
    assert_eq!(place.claimed("a/2").await.as_deref(), Some("three"));
}

#[tokio::test]
async fn steps_taken_twice_count_once_and_nobody_else_takes_them() {
    let place = Place::new().await;
    let db = &place.db;
    place.queue(&["one", "two"]).await;
    place.claimed("a/1").await;
    place.claimed("a/2").await;
    let row = NewImage {
        id: "picture".into(),
        position: 0,
        width: 1,
        height: 1,
        format: "png".into(),
        bytes: 1,
        sha256: String::new(),
        placeholder: "#000000".into(),
        revised_prompt: None,
        cost_micros: 7,
        credentials: false,
        renditions_due_ms: None,
    };
    let prompt = Prompt("a boat".into());
    let finish = async |id: &str, owner: &str, booking: Option<Booking>| {
        let own = NewImage {
            id: format!("picture {id}"),
            ..row.clone()
        };
        let finished = FinishedJob {
            id,
            owner,
            prompt: &prompt,
            images: std::slice::from_ref(&own),
            objects: &[],
            booking,
        };
        images::finish_job(db, &finished, 400).await
    };
    for (owner, done) in [("b/1", Ok(false)), ("a/1", Ok(true)), ("a/1", Ok(true))] {
        assert_eq!(received(db, "one", owner, CAME, 200).await, done);
    }
    assert_eq!(
        finish("one", "a/1", None).await,
        Ok(false),
        "not stored yet"
    );
    for (owner, done) in [("b/1", Ok(false)), ("a/1", Ok(true)), ("a/1", Ok(true))] {
        assert_eq!(stored(db, "one", owner, 300).await, done);
    }
    for (owner, done) in [("b/1", Ok(false)), ("a/1", Ok(true)), ("a/1", Ok(true))] {
        assert_eq!(finish("one", owner, None).await, done);
    }
    let job = place.job("one").await;
    assert_eq!((job.state, job.cost_micros), (JobState::Ready, Some(7)));
    assert!(!place.fails("one", "a/1", FailureKind::StorageFailed).await);
    // Booked, stored and ended in one step, which is as one.
    for (owner, done) in [("b/1", Ok(false)), ("a/2", Ok(true)), ("a/2", Ok(true))] {
        assert_eq!(finish("two", owner, Some(CAME)).await, done);
    }
    let job = place.job("two").await;
    assert_eq!((job.state, job.cost_micros), (JobState::Ready, Some(7)));
    let both = ["picture one".to_owned(), "picture two".to_owned()];
    let pictures = images::listed(db, "ada", &both).await;
    assert_eq!(pictures.map(|pictures| pictures.len()), Ok(2));
}

#[tokio::test]
async fn what_was_not_sent_is_no_attempt_however_often_that_is_said() {
    let place = Place::new().await;
    let db = &place.db;
    place.queue(&["one"]).await;
    place.claimed("a/1").await;
    for _ in 0..2 {
        assert_eq!(requeue(db, "one", "a/1", 50, 0, 200).await, Ok(true));
    }
    let job = place.job("one").await;
    assert_eq!((job.state, job.attempts), (JobState::Queued, 0));
    assert_eq!(place.claimed("b/1").await.as_deref(), Some("one"));
    assert_eq!(requeue(db, "one", "a/1", 50, 0, 200).await, Ok(false));
    let job = place.job("one").await;
    assert_eq!((job.state, job.attempts), (JobState::Dispatching, 1));
    for (owner, failed) in [("a/1", false), ("b/1", true), ("b/1", true)] {
        assert_eq!(
            place.fails("one", owner, FailureKind::Overloaded).await,
            failed
        );
    }
}

#[tokio::test]
async fn an_answer_that_comes_late_is_led_on_by_one_alone() {
    let place = Place::new().await;
    let db = &place.db;
    place.queue(&["one", "two", "three"]).await;
    for owner in ["a/1", "a/2", "a/3"] {
        place.claimed(owner).await;
    }
    // Taken over, and not given up yet: its new owner may find the answer.
    for taken in [true, true] {
        assert_eq!(place.takes_over("one", Some("a/1"), "b/1").await, taken);
    }
    assert!(!place.takes_over("one", Some("a/1"), "c/1").await);
    assert!(!place.regains("one", "a/1").await);
    assert!(place.fails("one", "b/1", FailureKind::AnswerLost).await);
    // Given up: the claim has it back, as often as it asks, and nobody else.
    assert!(!place.regains("one", "b/1").await);
    for _ in 0..2 {
        assert!(place.regains("one", "a/1").await);
    }
    assert!(!place.fails("one", "b/1", FailureKind::AnswerLost).await);
    assert_eq!(leases::revive(db, "one", 300).await, Ok(false));
    let job = place.job("one").await;
    let owner = job.owner().to_owned();
    let told = (job.state, job.failure, job.finished_at_ms, owner);
    assert_eq!(told, (JobState::Dispatching, None, None, "a/1".to_owned()));
    // Revived, it is whose taking over is first.
    place.takes_over("two", Some("a/2"), "b/2").await;
    place.fails("two", "b/2", FailureKind::AnswerLost).await;
    let given_up = leases::given_up_since(db, &["one".into(), "two".into()], 100).await;
    assert_eq!(given_up, Ok(vec!["two".to_owned()]));
    assert_eq!(leases::revive(db, "two", 300).await, Ok(true));
    assert!(place.takes_over("two", None, "c/2").await);
    assert!(!place.regains("two", "a/2").await);
    // Nothing of an account that is closing begins to be made again.
    place.takes_over("three", Some("a/3"), "b/3").await;
    place.fails("three", "b/3", FailureKind::AnswerLost).await;
    let closed = erasures::close(db, "ada", "receipt", 1_000, 300).await;
    assert_eq!(closed, Ok(true));
    assert!(!place.regains("three", "a/3").await);
    assert_eq!(leases::revive(db, "three", 300).await, Ok(false));
}

#[tokio::test]
async fn a_pause_refuses_new_jobs_until_it_ends_or_a_picture_comes() {
    let place = Place::new().await;
    let db = &place.db;
    place.queue(&["one"]).await;
    place.claimed("a/1").await;
    let until_ms = 1_000 + BUDGET_BREAK_MS;
    let set = service_state::set(db, BUDGET_BREAK_UNTIL, until_ms).await;
    set.expect("written");
    assert_eq!(
        place.enqueue("two", 1_000).await,
        Enqueued::Paused { until_ms }
    );
    let known = Enqueued::New("one".into());
    assert_eq!(
        place.enqueue("one", 1_000).await,
        known,
        "it was there before"
    );
    // Of a clock that was wrong, and when the time is over.
    for (id, now_ms) in [("early", -BUDGET_BREAK_MS), ("late", until_ms)] {
        let queued = place.enqueue(id, now_ms).await;
        assert_eq!(queued, Enqueued::New(id.into()));
    }
    let came = received(db, "one", "a/1", CAME, 1_000).await;
    assert_eq!(came, Ok(true));
    let queued = place.enqueue("three", 1_000).await;
    assert_eq!(queued, Enqueued::New("three".into()));
}
