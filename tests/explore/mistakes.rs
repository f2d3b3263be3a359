//! The explorer can fail: each deliberate mistake is caught by the invariant that it breaks.

use super::{
    faults::{Fault, Kind},
    ground::{CLUSTER, Ground},
    operator::{Setup, keep_running},
    random,
    steps::{Phase, Step},
    story::{NAMESPACE, Variant, live, spec},
};
use acmcert::mistake::Mistake;
use acmcert_sim::world::{
    certificate::{Certificate, Status},
    control::Action,
};
use serde_json::json;
use std::time::Duration;

/// A certificate that ACM refuses, again and again, for five hours: how many were requested, and what was broken.
pub(crate) fn refused_for_five_hours() -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let ground = Ground::new(1);
        ground.enter(Phase::Free);
        let operator = tokio::spawn(keep_running(ground.clone(), Setup::default()));
        ground.api.create(NAMESPACE, "a", spec(&["shop.example.com"]), &[]);
        for _ in 0..5 * 360 {
            ground.tell_news();
            tokio::time::sleep(Duration::from_secs(10)).await;
            let mut world = ground.world();
            let state = world.state();
            let is_pending = |c: &&Certificate| {
                c.deleted_at.is_none()
                    && c.status == Status::PendingValidation
                    && c.tags.get("acmcert.io/cluster").is_some_and(|cluster| cluster.as_deref() == Some(CLUSTER))
            };
            let pending = state.certificates.iter().filter(is_pending);
            for certificate in pending.map(|certificate| &certificate.certificate_arn) {
                let action = json!({ "certificateArn": certificate, "action": "fail", "reason": "CAA_ERROR" });
                let action: Action = serde_json::from_value(action).unwrap();
                world.act(&action).unwrap();
            }
        }
        operator.abort();
        let world = ground.world();
        let requests = world.journal(0).iter().filter(|entry| entry.operation == "RequestCertificate").count();
        // At once, after one hour, after two more.
        if requests > 3 {
            ground.judge().accuse_of("B3", &format!("{requests} requests in five hours of refusals"));
        }
        if requests < 3 {
            ground.judge().accuse_of("L1", &format!("{requests} requests in five hours: it was given up"));
        }
        ground.judge().violations().to_vec()
    })
}

fn clean(variant: Variant) -> Vec<String> {
    live(1, variant, &[]).violations
}

fn struck(step: Step, kind: Kind) -> Vec<String> {
    live(1, Variant::One, &[Fault { step, kind }]).violations
}

/// At the first pass of a deletion and at the second, which acts.
fn struck_twice(step: Step, kind: Kind) -> Vec<String> {
    live(1, Variant::One, &[Fault { step, kind }; 2]).violations
}

/// Two leaders and impatient users.
fn by_lot() -> Vec<String> {
    (3..5)
        .flat_map(|seed| random::usual(seed).violations.into_iter().map(move |v| format!("{v} seed {seed}")))
        .collect()
}

/// The invariant that it breaks, and where that shows.
fn evidence(mistake: Mistake) -> (&'static str, Vec<String>) {
    match mistake {
        Mistake::NoToken => ("S1", struck(Step::E4, Kind::AnswerLost)),
        Mistake::TokenChangedAfterAnHour | Mistake::NeverLookedFor => ("S1", struck(Step::R2, Kind::Throttled)),
        Mistake::IntentAfterRequest => ("S1", clean(Variant::One)),
        Mistake::ArnSwitchedAtRequest => ("S9", clean(Variant::One)),
        Mistake::ReadyFromAPreviousGeneration => ("S9", clean(Variant::One)),
        Mistake::Upsert => ("S4", clean(Variant::One)),
        Mistake::RecordDeletedWithoutCounting => ("S5", clean(Variant::Shared)),
        Mistake::RecordsBeforeCertificate => ("L2", clean(Variant::One)),
        Mistake::FinalizerRemovedOnError => ("S7", struck_twice(Step::D2Describe, Kind::ErrorBefore)),
        Mistake::UidNotChecked => ("S8", clean(Variant::One)),
        Mistake::StaleCacheTrusted => ("S2", by_lot()),
        Mistake::NotListedTakenAsGone => ("S1", clean(Variant::One)),
        Mistake::TerminalStateRetriedAtOnce => ("B3", refused_for_five_hours()),
        Mistake::PrivateZonesNotExcluded => ("L1", clean(Variant::One)),
    }
}

#[test]
fn every_deliberate_mistake_is_caught_by_the_invariant_that_it_breaks() {
    let mut missed = vec![];
    for mistake in Mistake::ALL {
        Mistake::make(Some(mistake));
        let (invariant, violations) = evidence(mistake);
        Mistake::make(None);
        if !violations.iter().any(|violation| violation.starts_with(&format!("{invariant}:"))) {
            missed.push(format!("{mistake:?} should break {invariant}, but: {violations:?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn without_a_mistake_the_same_evidence_is_clean() {
    for mistake in Mistake::ALL {
        let (_, violations) = evidence(mistake);
        assert_eq!(violations, Vec::<String>::new(), "{mistake:?}");
    }
}
