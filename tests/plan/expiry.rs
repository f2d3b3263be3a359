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
            let last = object.status.announced.as_ref().and_then(|announced| announced.threshold_days);
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
    assert_eq!(told[0].note.matches("2027-06-11").count(), 1, "{}", told[0].note);
    for part in ["01:02", "2027-06-11", "15 days or less", "not on track: no AWS resource uses the certificate"] {
        assert!(told[0].note.contains(part), "{part}: {}", told[0].note);
    }
}

#[test]
fn a_certificate_that_is_adopted_five_days_before_its_end_gets_one_warning() {
    let mut object = unused(5);
    object.status.not_before.as_mut().unwrap().0 = now() - days(193);
    object.status.announced = None;
    assert_eq!(events(&object.pass(SignedDuration::ZERO, idle)), ["Warning ExpiringSoon"]);
    assert_eq!(object.status.announced.as_ref().unwrap().threshold_days, Some(7));
    assert!(object.pass(days(1), idle).is_empty());
    assert_eq!(events(&object.pass(days(1), idle)), ["Warning ExpiringSoon"], "three days");
}

fn off_track(object: &mut Object) {
    object.status.in_use_by_count = Some(0);
    object.status.renewal.as_mut().unwrap().eligibility = Some("INELIGIBLE".into());
}

/// ACM begins 60 to 45 days before the end: 31 days before it, it may simply take its time.
#[test]
fn nothing_is_warned_of_while_the_renewal_is_on_track_and_may_still_come_in_time() {
    let mut object = unused(198);
    on_track(&mut object);
    for _ in 0..167 {
        assert!(object.pass(days(1), idle).is_empty());
    }
    assert_eq!(object.condition("RenewalReady"), "True/Eligible");
    // Now it is not any more.
    off_track(&mut object);
    assert_eq!(events(&object.pass(SignedDuration::ZERO, idle)), ["Warning ExpiringSoon", "Warning NotInUse"]);
    assert_eq!(object.status.announced.as_ref().unwrap().threshold_days, Some(45));
    // On track, and off again within the same threshold.
    on_track(&mut object);
    assert!(object.pass(SignedDuration::from_hours(6), idle).is_empty());
    off_track(&mut object);
    assert!(object.pass(SignedDuration::from_hours(6), idle).is_empty());
}

#[test]
fn a_renewal_that_does_not_come_is_warned_of_though_nothing_is_known_to_keep_it() {
    for (lifetime, thresholds) in [(198, vec![30, 15, 7, 3, 1]), (100, vec![15, 7, 3, 1]), (47, vec![7, 3, 1])] {
        let mut object = unused(lifetime);
        on_track(&mut object);
        let end = (now() + days(lifetime)).strftime("%Y-%m-%d").to_string();
        let mut announced = vec![];
        for _ in 1..lifetime * 4 {
            for notice in object.pass(SignedDuration::from_hours(6), idle) {
                assert_eq!((notice.reason.as_str(), notice.warning), ("ExpiringSoon", true));
                let why = "its renewal has not come: ACM renews the certificate by itself; ACM was to begin about ";
                assert!(notice.note.contains(why), "{}", notice.note);
                assert_eq!(notice.note.matches(&end).count(), 1, "the end once: {}", notice.note);
                announced.extend(object.status.announced.as_ref().unwrap().threshold_days);
            }
            assert_eq!(object.condition("RenewalReady"), "True/Eligible");
        }
        assert_eq!(announced, thresholds, "{lifetime} days");
    }
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
    for notice in &told {
        assert!(notice.note.contains("its renewal could not be observed"), "{}", notice.note);
        assert!(notice.note.contains("nothing was seen of ACM since 2027-04-24T12:00:00Z"), "{}", notice.note);
        assert!(!notice.note.contains("not on track"), "nobody knows: {}", notice.note);
    }
    assert_eq!(object.condition("Ready"), "Unknown/ObservationStale", "ACM may have renewed it");
    let message = object.message("Ready");
    for part in ["expired at 2027-06-11T12:00:00Z", "as far as was seen", "since 2027-04-24T12:00:00Z"] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

/// ACM cannot be read.
fn unread(seen: &mut Observed) {
    seen.certificate = Look::Failed(outage());
    seen.stale_since = Some(now() + days(150));
}

fn expired(object: &Object) {
    for (kind, wanted) in [
        ("Ready", "False/Expired"),
        ("Issued", "False/Expired"),
        ("Stalled", "True/Expired"),
        ("RenewalReady", "False/Ineligible"),
        ("RecordsReady", "Unknown/ObservationStale"),
    ] {
        assert_eq!(object.condition(kind), wanted, "{kind}");
    }
}

#[test]
fn an_end_that_comes_in_an_outage_is_not_known_even_of_a_certificate_that_nobody_used() {
    let mut object = unused(198);
    object.pass(days(150), idle);
    let mut told = vec![];
    for _ in 0..60 {
        told.extend(object.pass(days(1), unread));
    }
    assert_eq!(events(&told), vec!["Warning ExpiringSoon"; 6]);
    assert_eq!(object.condition("Ready"), "Unknown/ObservationStale", "it may have been attached and renewed");
    assert_eq!(object.condition("Issued"), "Unknown/ObservationStale");
    assert!(object.message("Ready").contains("as far as was seen"), "{}", object.message("Ready"));
    let settled = object.status.clone();
    assert!(object.pass(days(1), unread).is_empty());
    assert_eq!(object.status, settled, "waiting writes nothing");
    assert_eq!(events(&object.pass(days(1), idle)), ["Warning Expired"], "now it is seen");
    assert_eq!(object.condition("Ready"), "False/Expired");
}

#[test]
fn an_end_that_was_told_stays_told_in_an_outage() {
    // By the clock, of a certificate that ACM was to renew.
    let mut object = unused(198);
    on_track(&mut object);
    assert_eq!(events(&object.pass(days(198), idle)), ["Warning Expired"]);
    assert!(object.pass(days(1), unread).is_empty());
    expired(&object);
    // By ACM's word.
    for (word, reason) in [("EXPIRED", "Expired"), ("REVOKED", "Revoked")] {
        let mut object = unused(198);
        let ended = |seen: &mut Observed| {
            let detail = CertificateDetail { status: word.into(), ..described("ISSUED", &["shop.example.com"]) };
            seen.certificate = Look::Seen(Sight::Detail(Box::new(detail)));
        };
        assert_eq!(events(&object.pass(days(100), ended)), [format!("Warning {reason}")]);
        for _ in 0..3 {
            assert!(object.pass(days(1), unread).is_empty());
            assert_eq!(object.condition("Ready"), format!("False/{reason}"));
            assert_eq!(object.condition("Issued"), format!("False/{reason}"));
        }
    }
}

#[test]
fn the_end_of_what_serves_while_its_replacement_is_on_its_way_is_told_too() {
    let mut object = states::replacement_requested();
    let told = object.pass(days(198), |seen| {
        seen.certificate = states::look(states::second("PENDING_VALIDATION"));
        look_at_records(seen, Some(&value("shop.example.com")));
    });
    assert_eq!(events(&told), ["Warning Expired"]);
    assert_eq!(object.condition("Ready"), "False/Replacing");
    assert_eq!(object.condition("Issued"), "False/Expired");
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
