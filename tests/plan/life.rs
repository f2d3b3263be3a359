//! From the finalizer to an issued certificate, its edits and its tags.

use super::*;

#[test]
fn the_finalizer_comes_before_anything_else() {
    let mut object = Object::of(&["shop.example.com"]);
    object.desired.has_finalizer = false;
    assert_eq!(effect(&object.plan(|_| {})), &Effect::AddFinalizer);
}

#[test]
fn the_intent_is_stored_before_the_request_and_the_request_repeats_it() {
    let mut object = Object::of(&["shop.example.com", "www.example.com"]);
    let intent = object.plan(|_| {});
    assert_eq!(intent.step, Step::Write);
    assert_eq!(object.store(&intent), "False/Requesting");
    let stored = object.status.request.clone().unwrap();
    let Effect::RequestCertificate(first) = effect(&object.plan(|_| {})).clone() else { panic!() };
    let Effect::RequestCertificate(again) = effect(&object.plan(|_| {})).clone() else { panic!() };
    assert_eq!(first, again);
    assert_eq!(first.token, stored.token);
    assert_eq!(first.tags["acmcert.io/uid"], "uid-1");
    assert_eq!(first.tags["acmcert.io/attempt"], "0");
}

#[test]
fn an_old_intent_is_looked_up_by_its_tags_and_never_sent_blindly() {
    let mut object = Object::of(&["shop.example.com"]);
    let intent = object.plan(|_| {});
    object.store(&intent);
    let long_ago = now() - SignedDuration::from_mins(41);
    object.status.request.as_mut().unwrap().sent_at.0 = long_ago;
    assert_eq!(object.plan(|_| {}).step, Step::Wait, "before the look-up");
    let found = object.plan(|seen| seen.found_by_tags = Look::Seen(vec![arn()]));
    assert_eq!(found.step, Step::Write);
    assert_eq!(found.ledger.request.as_ref().unwrap().certificate_arn.as_deref(), Some(ARN));
    let nothing = object.plan(|seen| seen.found_by_tags = Look::Seen(vec![]));
    assert_eq!(nothing.step, Step::Write);
    let renewed = nothing.ledger.request.unwrap();
    let before = object.status.request.unwrap();
    assert_eq!((renewed.sent_at.0, &renewed.token), (now(), &before.token));
}

#[test]
fn a_second_certificate_of_one_intent_is_told_and_put_aside() {
    let mut object = Object::of(&["shop.example.com"]);
    let intent = object.plan(|_| {});
    object.store(&intent);
    object.status.request.as_mut().unwrap().sent_at.0 = now() - SignedDuration::from_mins(41);
    let other: CertificateArn = ARN.replace("/1", "/2").parse().unwrap();
    let plan = object.plan(|seen| seen.found_by_tags = Look::Seen(vec![arn(), other.clone()]));
    assert_eq!(plan.ledger.previous[0].certificate_arn, other.as_str());
    assert_eq!(plan.notices[0].reason.as_str(), "DuplicateFound");
}

#[test]
fn an_idle_certificate_is_not_written() {
    let mut object = Object::issued();
    let before = object.status.clone();
    let plan = object.plan(|seen| {
        seen.certificate = Look::Seen(Sight::Unchanged);
        zones(seen);
    });
    assert_eq!(plan.step, Step::Wait);
    object.store(&plan);
    assert_eq!(object.status, before);
}

#[test]
fn a_changed_spec_never_makes_the_old_certificate_ready_for_it() {
    let mut object = Object::issued();
    object.desired = Object::of(&["shop.example.com", "www.example.com"]).desired;
    object.desired.generation = 2;
    let intent = object.plan(|seen| seen.certificate = Look::Seen(Sight::Unchanged));
    assert_eq!(intent.step, Step::Write);
    assert_eq!(object.store(&intent), "False/Replacing");
    assert_eq!(object.condition("Issued"), "True/Issued");
    assert_eq!(object.status.certificate_status, None, "nothing is known of the new one yet");
    assert_eq!(object.status.request.as_ref().unwrap().attempt, 1);
    let request = object.plan(|_| {});
    assert!(
        matches!(effect(&request), Effect::RequestCertificate(request) if request.subject_alternative_names.len() == 1)
    );
    assert_eq!(object.status.certificate_arn.as_deref(), Some(ARN));
    // Edited back: what serves is kept, nothing is requested.
    object.desired = Object::of(&["shop.example.com"]).desired;
    object.desired.generation = 3;
    let back = object.plan(|_| {});
    assert_eq!(back.step, Step::Wait, "the request may have been sent: what it made is looked for first");
    let other: CertificateArn = ARN.replace("/1", "/2").parse().unwrap();
    let found = object.plan(|seen| seen.found_by_tags = Look::Seen(vec![other.clone()]));
    assert_eq!(found.ledger.previous[0].certificate_arn, other.as_str());
    let back = object.plan(|seen| seen.found_by_tags = Look::Seen(vec![]));
    assert_eq!(back.step, Step::Write);
    object.store(&back);
    let settled = object.plan(|seen| {
        seen.certificate = detail("ISSUED", &["shop.example.com"]);
        zones(seen);
    });
    assert_eq!(settled.step, Step::Wait);
    assert_eq!(object.store(&settled), "True/Issued");
}

#[test]
fn user_tags_are_added_to_a_certificate_that_is_proven_ours() {
    let mut object = Object::issued();
    object.desired.tags = BTreeMap::from([("team".to_owned(), "shop".to_owned())]);
    let see = |tags: BTreeMap<String, String>| {
        move |seen: &mut Observed| {
            seen.certificate = Look::Seen(Sight::Unchanged);
            seen.tags = Look::Seen(tags);
            zones(seen);
        }
    };
    let Look::Seen(proof) = ours().tags else { panic!() };
    let plan = object.plan(see(proof.clone()));
    assert!(matches!(effect(&plan), Effect::AddTags { tags, .. } if tags["team"] == "shop"));
    object.store(&plan);
    let tagged: BTreeMap<_, _> = proof.clone().into_iter().chain([("team".into(), "shop".into())]).collect();
    assert_eq!(object.plan(see(tagged.clone())).step, Step::Wait, "once");
    object.desired.tags.insert("team".into(), "other".into());
    assert_eq!(object.plan(see(BTreeMap::new())).step, Step::Wait, "not ours");
    // One of our own tags was changed by hand, while the UID is still there: it is mended.
    object.desired.tags.insert("team".into(), "shop".into());
    let mut damaged = tagged;
    damaged.insert("acmcert.io/namespace".into(), "elsewhere".into());
    let mended = object.plan(see(damaged));
    assert!(
        matches!(effect(&mended), Effect::AddTags { tags, .. } if tags.len() == 1 && tags["acmcert.io/namespace"] == "shop")
    );
}

#[test]
fn a_pending_certificate_that_was_put_aside_is_taken_back_when_the_spec_is_edited_back() {
    let mut object = Object::requested(&["shop.example.com"]);
    object.desired = Object::of(&["shop.example.com", "www.example.com"]).desired;
    let other = object.plan(|_| {});
    object.store(&other);
    assert_eq!(object.status.previous[0].certificate_arn, ARN);
    let second: CertificateArn = ARN.replace("/1", "/2").parse().unwrap();
    object.store(&object.plan(|_| {}).with_requested(&second));
    object.desired = Object::of(&["shop.example.com"]).desired;
    // Not visible yet: a second certificate for one spec is not requested on a guess.
    assert_eq!(object.plan(|_| {}).step, Step::Wait);
    let pending = Retiring {
        detail: Look::Seen(Some(Box::new(described("PENDING_VALIDATION", &["shop.example.com"])))),
        ..ours()
    };
    let back = object.plan(|seen| _ = seen.retiring.insert(arn(), pending));
    assert_eq!(back.step, Step::Write);
    object.store(&back);
    assert_eq!(object.status.request.as_ref().unwrap().certificate_arn.as_deref(), Some(ARN));
    assert_eq!(
        object.status.previous.iter().map(|p| p.certificate_arn.as_str()).collect::<Vec<_>>(),
        [second.as_str()]
    );
    // Deleted meanwhile: then it is requested anew.
    let mut object = Object::requested(&["shop.example.com"]);
    object.desired = Object::of(&["shop.example.com", "www.example.com"]).desired;
    let other = object.plan(|_| {});
    object.store(&other);
    object.store(&object.plan(|_| {}).with_requested(&second));
    object.desired = Object::of(&["shop.example.com"]).desired;
    let gone = Retiring { detail: Look::Seen(None), tags: Look::NotTaken };
    let anew = object.plan(|seen| _ = seen.retiring.insert(arn(), gone));
    assert_eq!((anew.step, anew.ledger.request.unwrap().certificate_arn), (Step::Write, None));
}

#[test]
fn a_namespace_that_has_used_its_requests_waits_for_the_next() {
    let mut object = Object::of(&["shop.example.com"]);
    let at = now() + SignedDuration::from_hours(3);
    let plan = object.plan(|seen| seen.next_request_at = Some(at));
    assert_eq!(plan.step, Step::Wait);
    assert_eq!(plan.patience, Patience::Until(at));
    assert_eq!(object.store(&plan), "False/QuotaExceeded");
    assert!(
        object.message("Ready").contains("--requests-per-day")
            && object.message("Ready").contains("2026-11-25T15:00:00Z")
    );
    assert_eq!(object.status.request, None);
}

#[test]
fn many_edits_wait_for_the_certificates_put_aside() {
    let mut object = Object::of(&["shop.example.com"]);
    for edit in 0..40 {
        object.desired = Object::of(&["shop.example.com", &format!("edit-{edit}.example.com")]).desired;
        let intent = object.plan(|_| {});
        object.store(&intent);
        if intent.step == Step::Write {
            let requested =
                object.plan(|_| {}).with_requested(&ARN.replace("/1", &format!("/{edit}")).parse().unwrap());
            object.store(&requested);
        }
    }
    assert_eq!(object.status.previous.len(), 16);
    // Retired one after the other, as soon as they can be.
    let retired: CertificateArn = object.status.previous[0].certificate_arn.parse().unwrap();
    let shown = object.plan(|seen| _ = seen.retiring.insert(retired.clone(), ours()));
    assert_eq!(shown.step, Step::Write, "that ACM has shown it is stored before it is deleted");
    object.store(&shown);
    let plan = object.plan(|seen| _ = seen.retiring.insert(retired.clone(), ours()));
    assert_eq!(effect(&plan), &Effect::DeleteCertificate(retired));
}

#[test]
fn every_effect_says_what_it_does() {
    let object = Object::issued().deleted();
    let delete = object.plan(|seen| _ = seen.retiring.insert(arn(), ours()));
    assert_eq!(effect(&delete).to_string(), format!("delete {ARN}"));
}

#[test]
fn a_request_of_a_clock_that_was_ahead_is_looked_for_before_it_is_repeated() {
    let mut object = Object::of(&["shop.example.com"]);
    let intent = object.plan(|_| {});
    object.store(&intent);
    object.now -= SignedDuration::from_hours(12);
    let search = object.plan(|_| {});
    assert_eq!(search.step, Step::Wait, "how long ago it was sent is not known: {search:?}");
    let renewed = object.plan(|seen| seen.found_by_tags = Look::Seen(vec![]));
    assert_eq!(renewed.step, Step::Write);
    object.store(&renewed);
    let Effect::RequestCertificate(request) = effect(&object.plan(|_| {})).clone() else { panic!("no request") };
    assert_eq!(Some(&request.token), object.status.request.as_ref().map(|request| &request.token));
    object.now -= SignedDuration::from_secs(30);
    assert!(matches!(object.plan(|_| {}).step, Step::Do(Effect::RequestCertificate(_))), "clocks differ a little");
}
