//! The journal and the counters say what happened, the same again for the same calls, and time goes one way.

use std::collections::BTreeMap;

use acmcert_sim::World;
use acmcert_sim::world::call::{Call, Caller, ListCertificates, RequestCertificate};
use acmcert_sim::world::settings::Settings;
use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof};
use serde_json::json;

use crate::sequence::{Step, for_all, steps};
use crate::walk::Walk;

/// What time does to certificates.
const BY_WORLD: [&str; 9] = [
    "Issue",
    "Fail",
    "TimeOut",
    "Expire",
    "StartRenewal",
    "UpdateRenewal",
    "FinishRenewal",
    "FailRenewal",
    "WithdrawRenewal",
];

#[test]
fn the_journal_has_every_mutation_and_the_counters_have_every_call() {
    for_all(&steps(), |steps| {
        let mut walk = Walk::new(&json!({}));
        for step in &steps {
            walk.take(step);
        }
        let (mut callers, mut control) = (BTreeMap::new(), BTreeMap::new());
        let mut last = Timestamp::MIN;
        for (position, entry) in walk.world.journal(0).iter().enumerate() {
            prop_assert_eq!(entry.seq, position as u64 + 1);
            prop_assert!(entry.at >= last, "entry {} is older than the one before", entry.seq);
            last = entry.at;
            match entry.by.as_str() {
                "world" => prop_assert!(BY_WORLD.contains(&entry.operation.as_str()), "{entry:?}"),
                "control" => *control.entry(entry.operation.clone()).or_insert(0_u64) += 1,
                _ => *callers.entry(entry.operation.clone()).or_insert(0_u64) += 1,
            }
        }
        prop_assert_eq!(&callers, &walk.tally.callers);
        prop_assert_eq!(&control, &walk.tally.control);
        let mut calls = BTreeMap::new();
        for count in walk.world.call_counts() {
            *calls.entry((count.operation.to_owned(), count.outcome)).or_insert(0_u64) += count.count;
        }
        prop_assert_eq!(&calls, &walk.tally.calls);
        Ok(())
    });
}

/// Journal and state as text, after the same steps with the same seed.
fn story(steps: &[Step]) -> String {
    let mut walk = Walk::new(&json!({"jitter": 0.3, "changeProcessingSeconds": 5, "deleteReleaseSeconds": 900}));
    for step in steps {
        walk.take(step);
    }
    let journal = serde_json::to_string(walk.world.journal(0)).unwrap();
    let state = serde_json::to_string(&walk.world.state()).unwrap();
    format!("{journal}\n{state}")
}

#[test]
fn the_same_seed_and_steps_give_the_same_journal_byte_for_byte() {
    for_all(&steps(), |steps| {
        let (first, second) = (story(&steps), story(&steps));
        prop_assert!(first == second, "{first}\n{second}");
        Ok(())
    });
}

/// Moments around the start, and the ends of time.
fn moment() -> impl Strategy<Value = Timestamp> {
    let start: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    let near = (-100_000_000_000_i64..100_000_000_000_i64)
        .prop_map(move |milliseconds| start + SignedDuration::from_millis(milliseconds));
    prop_oneof![20 => near, 1 => Just(Timestamp::MIN), 1 => Just(Timestamp::MAX)]
}

#[test]
fn time_never_goes_back_whatever_time_is_given() {
    let moments = vec((moment(), 0..3_u8, any::<bool>()), 1..40);
    for_all(&moments, |moments| {
        let start: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let mut world = World::new(7, Settings::default().patched(&json!({"jitter": 1})).unwrap(), start);
        let caller = Caller {
            account: "111111111111".to_owned(),
            region: "us-east-1".to_owned(),
            access_key: "AKIASIM".to_owned(),
        };
        for (at, kind, by_mail) in moments {
            let before = world.now();
            let request = RequestCertificate {
                domain_name: "example.com".to_owned(),
                validation_method: (!by_mail).then(|| "DNS".to_owned()),
                ..RequestCertificate::default()
            };
            // NB: whether a call is throttled is of no interest here.
            match kind {
                0 => world.advance(at),
                1 => drop(world.call(&caller, &Call::RequestCertificate(request), at)),
                _ => drop(world.call(&caller, &Call::ListCertificates(ListCertificates::default()), at)),
            }
            // NB: the last moment of time has no whole millisecond of its own.
            let whole = Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at);
            prop_assert_eq!(world.now(), before.max(whole));
        }
        let journal = world.journal(0);
        prop_assert!(journal.is_sorted_by_key(|entry| entry.at), "{journal:?}");
        Ok(())
    });
}
