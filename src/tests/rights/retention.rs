//! What is kept how long: the janitor, its report, and the store it compares.

use super::{DAY_MS, HOUR_MS, count};
use crate::harness::{Server, on_d1};
use imgc::{
    housekeeping::{self, orphans, rules},
    model::limits::CLOSING_GRACE_MS,
    model::retention::RetentionRule,
    server::objects::ObjectKey,
    store::retention,
};

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_shortened_after_seven_days_and_sign_ins_forgotten_after_six_months() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    assert!(ada.get("/account").await.text.contains("127.0.0.1"));
    server.state.clock.advance_ms(7 * DAY_MS - HOUR_MS);
    housekeeping::round(&server.state).await;
    let whole = "SELECT COUNT(*) AS n FROM sign_in_records WHERE address = '127.0.0.1'";
    assert_eq!(count(&server, whole).await, 1);
    server.state.clock.advance_ms(2 * HOUR_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(count(&server, whole).await, 0);
    ada.sign_in("Ada Martin").await;
    let page = ada.get("/account").await.text;
    assert!(page.contains("127.0.0.0/24") && page.contains("127.0.0.1"));
    server.state.clock.advance_ms(173 * DAY_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(
        count(&server, "SELECT COUNT(*) AS n FROM sign_in_records").await,
        1
    );
}

/// In days, or in minutes below a day: as a reader of English says it.
fn in_words(period_ms: i64) -> String {
    match period_ms / DAY_MS {
        0 => format!("{} minutes", period_ms / (60 * 1000)),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_says_the_periods_that_are_obeyed() {
    let server = Server::start(&[]).await;
    let page = server.browser().get("/privacy").await.text;
    let start = page.find("id=\"what\"").expect("the inventory");
    let inventory = &page[start..start + page[start..].find("</table>").unwrap()];
    for rule in [
        RetentionRule::Trash,
        RetentionRule::Uploads,
        RetentionRule::Addresses,
        RetentionRule::SignInRecords,
        RetentionRule::Sessions,
        RetentionRule::Logs,
        RetentionRule::Reports,
        RetentionRule::Invitations,
        RetentionRule::RemovedPictures,
        RetentionRule::SealedCopies,
        RetentionRule::GivenUpHandles,
    ] {
        let words = in_words(rule.kept_ms());
        assert!(inventory.contains(&words), "{rule:?}: {words}");
    }
    let rest = &page[start + inventory.len()..];
    for period_ms in [CLOSING_GRACE_MS, RetentionRule::Backups.kept_ms()] {
        assert!(rest.contains(&in_words(period_ms)), "{period_ms}");
    }
    // What it says of the last copy is true of every kind of copy.
    assert!(RetentionRule::MigrationCopies.kept_ms() <= RetentionRule::Backups.kept_ms());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_counts_and_removes_nothing() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = ada.picture("a boat").await;
    let trash = [("ids[]", id.as_str()), ("action", "trash"), ("lang", "en")];
    ada.post("/api/change", &trash).await;
    server.state.clock.advance_ms(31 * DAY_MS);
    let due = |outcomes: &[rules::Outcome], rule| {
        let outcome = outcomes.iter().find(|outcome| outcome.rule == rule);
        outcome.unwrap().removed
    };
    for _ in 0..2 {
        let counted = rules::due(&server.state).await.unwrap();
        assert_eq!(due(&counted, RetentionRule::Trash), 1);
        assert_eq!(due(&counted, RetentionRule::Sessions), 1);
        assert_eq!(due(&counted, RetentionRule::Addresses), 1);
        assert_eq!(due(&counted, RetentionRule::Orphans), 0);
    }
    let done = rules::run_all(&server.state).await;
    assert_eq!(due(&done, RetentionRule::Trash), 1);
    assert!(due(&done, RetentionRule::Objects) >= 2);
    let counted = rules::due(&server.state).await.unwrap();
    assert!(
        counted.iter().all(|outcome| outcome.removed == 0),
        "{counted:?}"
    );
    let runs = retention::runs(&server.state.db).await.unwrap();
    let trash = runs.iter().find(|run| run.rule == "trash").unwrap();
    assert_eq!((trash.removed_ever, trash.failed), (1, false));
    assert_eq!(trash.removed_at_ms, Some(trash.ran_at_ms));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_nothing_is_found_and_removed_after_a_day() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let kept = ada.picture("a boat").await;
    let stray = uuid::Uuid::now_v7().to_string();
    for key in [
        ObjectKey::Original {
            image: &stray,
            format: "png",
        },
        ObjectKey::Rendition {
            image: &stray,
            width: 384,
        },
        ObjectKey::Upload {
            upload: &stray,
            format: "webp",
        },
        ObjectKey::Avatar { user: &stray },
    ] {
        server.state.objects.put(key, "stray".into()).await.unwrap();
    }
    let spooled = format!("spool/{stray}/0");
    if on_d1() {
        let put = server.state.objects.put_at(&spooled, "stray".into());
        put.await.unwrap();
    } else {
        let file = server.data.path().join(&spooled);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, b"stray").unwrap();
    }
    assert_eq!(server.spooled().await, [spooled]);
    assert_eq!(
        orphans::in_store(&server.state).await.unwrap(),
        Vec::<String>::new()
    );
    server.state.clock.advance_ms(DAY_MS + HOUR_MS);
    assert_eq!(orphans::in_store(&server.state).await.unwrap().len(), 4);
    housekeeping::round(&server.state).await;
    assert_eq!(server.spooled().await, Vec::<String>::new());
    assert!(!server.data.path().join("spool").join(&stray).exists());
    let left = server.objects().await;
    assert!(left.iter().all(|name| !name.contains(&stray)), "{left:?}");
    assert_eq!(
        orphans::missing(&server.state).await.unwrap(),
        Vec::<String>::new()
    );
    let original = format!("originals/{kept}.png");
    server.state.objects.delete(&original).await.unwrap();
    assert_eq!(orphans::missing(&server.state).await.unwrap(), vec![kept]);
}
