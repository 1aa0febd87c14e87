//! What is warned of, and when.

use super::*;
use crate::{
    model::limits::MINUTE_MS,
    store::{health::Work, mail},
};

const NOW_MS: i64 = 1_800_000_000_000;
const GB: u64 = 1_000_000_000;

/// A service of which nothing is to be said.
fn calm() -> Shown {
    let room = Room {
        free: 40 * GB,
        size: 100 * GB,
    };
    Shown {
        standing: Standing {
            work: Work {
                queued: 1,
                running: 2,
                oldest_ms: Some(NOW_MS - MINUTE_MS),
                spent_micros: 1_000_000,
            },
            failures: vec![
                (FailureKind::PromptRefused, 7),
                (FailureKind::AnswerLost, 1),
            ],
            deletions: (3, Some(NOW_MS - MINUTE_MS)),
            mail: mail::Standing {
                waiting: 1,
                oldest_ms: Some(NOW_MS - MINUTE_MS),
                given_up: 0,
            },
        },
        machine: Machine {
            rooms: vec![(Folder::Data, room), (Folder::Backups, room)],
            backup_ms: Some(NOW_MS - 20 * HOUR_MS),
        },
        objects: true,
        copies: Copies::Backups,
        mails: Mails::Sent,
        limit_micros: 20_000_000,
        now_ms: NOW_MS,
    }
}

#[test]
fn what_needs_a_person_is_said_in_words() {
    let is_said = |change: fn(&mut Shown), said: &str| {
        let mut shown = calm();
        change(&mut shown);
        let warnings = shown.warnings(Locale::en);
        assert_eq!(warnings.len(), 1, "{said}: {warnings:?}");
        assert!(warnings[0].contains(said), "{said}: {warnings:?}");
        assert_eq!(shown.warnings(Locale::fr).len(), 1);
    };
    assert_eq!(calm().warnings(Locale::en), Vec::<String>::new());
    is_said(|shown| shown.objects = false, "object store");
    let tight = |shown: &mut Shown| shown.machine.rooms[1].1.free = 9 * GB;
    is_said(tight, "9\u{a0}GB");
    let small = |shown: &mut Shown| {
        shown.machine.rooms[0].1 = Room {
            free: GB / 2,
            size: GB,
        };
    };
    is_said(small, "0.5\u{a0}GB");
    let keyless = |shown: &mut Shown| {
        shown
            .standing
            .failures
            .push((FailureKind::Misconfigured, 4));
    };
    is_said(keyless, "4");
    let waits = |shown: &mut Shown| shown.standing.work.oldest_ms = Some(NOW_MS - 5 * HOUR_MS);
    is_said(waits, "5\u{a0}h");
    let spent = |shown: &mut Shown| shown.standing.work.spent_micros = 19_000_000;
    is_said(spent, "$19.00");
    is_said(|shown| shown.machine.backup_ms = None, "imgc backup");
    let old = |shown: &mut Shown| shown.machine.backup_ms = Some(NOW_MS - 3 * DAY_MS);
    is_said(old, "3 days");
    is_said(|shown| shown.copies = Copies::NoKey, "backup-key");
    let stuck = |shown: &mut Shown| shown.standing.deletions.1 = Some(NOW_MS - 2 * HOUR_MS);
    is_said(stuck, "3 objects");
    is_said(|shown| shown.mails = Mails::NoHost, "mail.host");
    let late = |shown: &mut Shown| shown.standing.mail.oldest_ms = Some(NOW_MS - 2 * HOUR_MS);
    is_said(late, "imgc doctor");
    is_said(|shown| shown.standing.mail.given_up = 2, "days: 2.");
}

#[test]
fn where_others_keep_copies_no_backup_is_missed() {
    for copies in [Copies::Demo, Copies::Provider(30)] {
        let mut shown = calm();
        (shown.copies, shown.machine.backup_ms) = (copies, None);
        assert_eq!(shown.warnings(Locale::en), Vec::<String>::new());
        assert!(shown.facts(Locale::en).len() > 6);
    }
}
