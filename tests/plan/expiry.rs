//! Warnings before the end, each once, and the end.

use super::*;

/// Unused, so that nothing renews it.
fn unused(lifetime: i64) -> Object {
    let mut object = Object::issued();
    object.desired.limits.unused_grace = days(10_000);
    object.status.not_after.as_mut().unwrap().0 = now() + days(lifetime);
    assert!(object.pass(SignedDuration::ZERO, idle).is_empty());
    object
}

fn idle(seen: &mut Observed) {
    seen.certificate = Look::Seen(Sight::Unchanged);
    zones(seen);
}

/// ACM renews it, as far as is known.
fn on_track(object: &mut Object) {
    object.status.in_use_by_count = Some(1);
    object.status.renewal.as_mut().unwrap().eligibility = Some("ELIGIBLE".into());
}

#[test]
fn each_threshold_within_a_third_of_the_lifetime_is_announced_once_and_then_the_end() {
    for (lifetime, thresholds) in
        [(198, vec![45, 30, 15, 7, 3, 1]), (100, vec![30, 15, 7, 3, 1]), (47, vec![15, 7, 3, 1]), (2, vec![])]
    {
        let mut object = unused(lifetime);
        let mut told = vec![];
        let mut announced = vec![];
        let mut writes = 0;
        for _ in 0..lifetime * 4 + 8 {
            let before = object.status.clone();
            told.extend(object.pass(SignedDuration::from_hours(6), idle));
            writes += usize::from(object.status != before);
            let last = object.status.announced.as_ref().map(|announced| announced.threshold_days);
            announced.extend(last.filter(|last| announced.last() != Some(last)));
        }
        assert_eq!(announced, thresholds, "{lifetime} days");
        let mut wanted = vec!["Warning ExpiringSoon"; thresholds.len()];
        if !thresholds.is_empty() {
            wanted.insert(1, "Warning NotInUse");
        }
        wanted.push("Warning Expired");
        assert_eq!(events(&told), wanted, "{lifetime} days");
        assert_eq!(writes, thresholds.len() + 1, "{lifetime} days: one write for each change");
        let keys: std::collections::BTreeSet<_> = told.iter().map(|notice| (notice.reason, &notice.key)).collect();
        assert_eq!(keys.len(), told.len(), "each has a name of its own");
    }
}

#[test]
fn a_warning_says_when_and_why() {
    let mut object = unused(198);
    let told = object.pass(days(190), idle);
    assert_eq!(events(&told), ["Warning ExpiringSoon"], "of three thresholds that have passed one is told");
    for part in ["01:02", "2027-06-11", "15 days or less", "shop.example.com: no AWS resource uses the certificate"] {
        assert!(told[0].note.contains(part), "{part}: {}", told[0].note);
    }
}

#[test]
fn a_certificate_that_is_adopted_five_days_before_its_end_gets_one_warning() {
    let mut object = unused(5);
    object.status.not_before.as_mut().unwrap().0 = now() - days(193);
    object.status.announced = None;
    assert_eq!(events(&object.pass(SignedDuration::ZERO, idle)), ["Warning ExpiringSoon"]);
    assert_eq!(object.status.announced.as_ref().unwrap().threshold_days, 7);
    assert!(object.pass(days(1), idle).is_empty());
    assert_eq!(events(&object.pass(days(1), idle)), ["Warning ExpiringSoon"], "three days");
}

#[test]
fn nothing_is_warned_of_while_the_renewal_is_on_track() {
    let mut object = unused(198);
    on_track(&mut object);
    for _ in 0..178 {
        assert!(object.pass(days(1), idle).is_empty());
    }
    assert_eq!(object.condition("RenewalReady"), "True/Eligible");
    // Twenty days before the end it is not any more.
    object.status.in_use_by_count = Some(0);
    object.status.renewal.as_mut().unwrap().eligibility = Some("INELIGIBLE".into());
    assert_eq!(events(&object.pass(SignedDuration::ZERO, idle)), ["Warning ExpiringSoon"]);
    assert_eq!(object.status.announced.as_ref().unwrap().threshold_days, 30);
    // On track, and off again within the same threshold.
    on_track(&mut object);
    assert!(object.pass(days(1), idle).is_empty());
    object.status.in_use_by_count = Some(0);
    object.status.renewal.as_mut().unwrap().eligibility = Some("INELIGIBLE".into());
    assert!(object.pass(days(1), idle).is_empty());
}

#[test]
fn what_cannot_be_seen_is_warned_of_and_not_called_expired() {
    let mut object = unused(198);
    on_track(&mut object);
    let mut told = vec![];
    object.pass(days(150), idle);
    for _ in 0..60 {
        told.extend(object.pass(days(1), |seen| {
            seen.certificate = Look::Failed(outage());
            seen.stale_since = Some(now() + days(150));
        }));
    }
    assert_eq!(events(&told), vec!["Warning ExpiringSoon"; 6]);
    assert!(told[0].note.contains("could not be read since 2027-04-24T12:00:00Z"), "{}", told[0].note);
    assert_eq!(object.condition("Ready"), "Unknown/ObservationStale", "ACM may have renewed it");
}

#[test]
fn a_renewed_certificate_begins_anew() {
    let mut object = unused(198);
    object.pass(days(190), idle);
    object.status.serial = Some("03:04".into());
    object.status.not_before.as_mut().unwrap().0 = now() + days(190);
    object.status.not_after.as_mut().unwrap().0 = now() + days(190 + 198);
    assert!(object.pass(days(1), idle).is_empty());
    assert_eq!(events(&object.pass(days(152), idle)), ["Warning ExpiringSoon", "Warning NotInUse"]);
}

#[test]
fn the_clock_makes_it_expired_and_only_acm_has_it_replaced() {
    let mut object = unused(198);
    object.pass(days(197), idle);
    assert_eq!(object.plan(idle).patience, Patience::Until(now() + days(198)));
    let told = object.pass(days(1), idle);
    assert_eq!(events(&told), ["Warning Expired"]);
    assert!(told[0].note.contains("2027-06-11T12:00:00Z"), "{}", told[0].note);
    assert_eq!(object.condition("Ready"), "False/Expired");
    assert_eq!(object.condition("Issued"), "False/Expired");
    assert_eq!(object.condition("Stalled"), "True/Expired");
    assert_eq!(object.plan(idle).step, Step::Wait);
    assert!(object.pass(days(3), idle).is_empty());
    assert_eq!(object.status.certificate_arn.as_deref(), Some(ARN), "on the clock's word nothing is replaced");
    let expired = |seen: &mut Observed| seen.certificate = detail("EXPIRED", &["shop.example.com"]);
    assert!(object.pass(days(1), expired).is_empty(), "it is known");
    assert_eq!(object.condition("Ready"), "False/Expired");
    let again = object.pass(SignedDuration::from_hours(2), expired);
    assert!(again.is_empty());
    assert_eq!(object.status.request.as_ref().unwrap().attempt, 1, "another one is requested");
}

#[test]
fn the_next_pass_comes_when_the_next_warning_is_due() {
    let mut object = unused(198);
    assert_eq!(object.plan(idle).patience, Patience::Until(now() + days(153)));
    object.desired.suspend = true;
    assert_eq!(object.plan(idle).patience, Patience::Until(now() + days(153)), "suspended or not");
    object.desired.limits.expiry_thresholds = vec![days(2), days(60)];
    object.desired.suspend = false;
    assert_eq!(object.plan(idle).patience, Patience::Until(now() + days(138)), "in whatever order");
}
