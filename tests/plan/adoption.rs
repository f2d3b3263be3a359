//! Certificates that exist already: adopted, taken over, lost.

use super::*;
use acmcert::aws::CertificateDetail;

fn adopting(more: serde_json::Value) -> Object {
    let mut spec = serde_json::json!({ "domainName": "shop.example.com", "certificateArn": ARN });
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Object::with(&serde_json::from_value(spec).unwrap())
}

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn see(detail: CertificateDetail, tags: BTreeMap<String, String>) -> impl FnOnce(&mut Observed) {
    move |seen| {
        seen.account = Some("123456789012".into());
        seen.certificate = Look::Seen(Sight::Detail(Box::new(detail)));
        seen.tags = Look::Seen(tags);
        look_at_records(seen, Some(&value("shop.example.com")));
    }
}

fn fit() -> CertificateDetail {
    described("ISSUED", &["shop.example.com"])
}

#[test]
fn a_certificate_that_fits_is_tagged_then_recorded_then_serves() {
    let mut object = adopting(serde_json::json!({ "tags": { "team": "shop" } }));
    assert_eq!(object.desired.deletion_policy, DeletionPolicy::Retain, "what was there before outlives the object");
    let tagged = object.plan(see(fit(), tags(&[("cost", "12")])));
    let Effect::AddTags { tags: added, .. } = effect(&tagged).clone() else { panic!() };
    assert_eq!((added["acmcert.io/uid"].as_str(), added["team"].as_str(), added.len()), ("uid-1", "shop", 8));
    assert_eq!(tagged.notices[0].reason.as_str(), "Adopted");
    // Crashed before the status was written: the tags are ours already.
    let recorded = object.plan(see(fit(), added.clone()));
    assert_eq!(recorded.step, Step::Write);
    object.store(&tagged);
    for _ in 0..3 {
        let plan = object.plan(see(fit(), added.clone()));
        object.store(&plan);
    }
    assert_eq!(object.condition("Ready"), "True/Issued");
    assert_eq!(object.status.certificate_arn.as_deref(), Some(ARN));
}

#[test]
fn any_key_is_adopted_where_the_spec_names_none() {
    let ec = || CertificateDetail { key_algorithm: Some("EC_prime256v1".into()), ..fit() };
    let mut object = adopting(serde_json::json!({}));
    let mut proof = BTreeMap::new();
    for _ in 0..4 {
        let plan = object.plan(see(ec(), proof.clone()));
        if let Step::Do(Effect::AddTags { tags, .. }) = &plan.step {
            proof = tags.clone();
        }
        object.store(&plan);
    }
    assert_eq!(object.condition("Ready"), "True/Issued");
}

#[test]
fn what_does_not_fit_is_told_and_not_touched() {
    let detail = |change: fn(&mut CertificateDetail)| {
        let mut detail = fit();
        change(&mut detail);
        detail
    };
    let foreign = |cluster: &str| {
        tags(&[("acmcert.io/managed-by", "acmcert"), ("acmcert.io/cluster", cluster), ("acmcert.io/uid", "other")])
    };
    let cases: [(CertificateDetail, BTreeMap<String, String>, &str); 8] = [
        (detail(|d| d.type_ = "IMPORTED".into()), tags(&[]), "IMPORTED"),
        (detail(|d| d.managed_by = Some("CLOUDFRONT".into())), tags(&[]), "CLOUDFRONT"),
        (detail(|d| d.names = vec!["www.example.com".into()]), tags(&[]), "covers www.example.com"),
        (detail(|d| d.names.push("www.example.com".into())), tags(&[]), "covers shop.example.com, www.example.com"),
        (detail(|d| d.domains[0].method = Some("EMAIL".into())), tags(&[]), "e-mail"),
        (fit(), foreign("green"), "acmcert.io/adopt-from to green"),
        (fit(), tags(&[("elbv2.k8s.aws/cluster", "blue")]), "acmcert.io/adopt-from to elbv2.k8s.aws"),
        (fit(), tags(&[("services.k8s.aws/controller-version", "1")]), "services.k8s.aws"),
    ];
    for (detail, tags, says) in cases {
        let mut object = adopting(serde_json::json!({}));
        let plan = object.plan(see(detail, tags));
        assert_eq!(plan.step, Step::Wait, "{says}");
        assert_eq!(object.store(&plan), "False/AdoptionMismatch", "{says}");
        assert_eq!(object.condition("Stalled"), "True/AdoptionMismatch");
        assert!(object.message("Ready").contains(says), "{says}: {}", object.message("Ready"));
    }
    let mut object = adopting(serde_json::json!({ "keyAlgorithm": "EC_prime256v1" }));
    let plan = object.plan(see(fit(), tags(&[])));
    assert_eq!(object.store(&plan), "False/AdoptionMismatch");
    let plan = object.plan(|seen| seen.certificate = Look::Seen(Sight::Absent { confirmed: true }));
    assert_eq!(object.store(&plan), "False/AdoptionMismatch");
    assert!(object.message("Ready").contains("does not exist"));
    let plan = object.plan(|seen| {
        see(fit(), tags(&[]))(seen);
        seen.account = Some("999999999999".into());
    });
    object.store(&plan);
    assert!(object.message("Ready").contains("999999999999"));
}

#[test]
fn another_owner_is_adopted_from_only_when_it_is_named() {
    for (owner, mark) in
        [("elbv2.k8s.aws", "elbv2.k8s.aws/cluster"), ("services.k8s.aws", "services.k8s.aws/namespace")]
    {
        let mut object = adopting(serde_json::json!({}));
        object.desired.adopt_from = Some("somebody".into());
        assert_eq!(object.plan(see(fit(), tags(&[(mark, "x")]))).step, Step::Wait);
        object.desired.adopt_from = Some(owner.into());
        assert!(matches!(object.plan(see(fit(), tags(&[(mark, "x")]))).step, Step::Do(Effect::AddTags { .. })));
    }
    // An object of this cluster: never while it lives, freely afterwards.
    let object = adopting(serde_json::json!({}));
    let sibling =
        tags(&[("acmcert.io/managed-by", "acmcert"), ("acmcert.io/cluster", "blue"), ("acmcert.io/uid", "uid-2")]);
    let alive = object.plan(|seen| {
        see(fit(), sibling.clone())(seen);
        seen.other_owner_lives = true;
    });
    assert_eq!(alive.step, Step::Wait);
    assert!(matches!(object.plan(see(fit(), sibling)).step, Step::Do(Effect::AddTags { .. })));
}

#[test]
fn an_adopted_certificate_is_never_requested_anew() {
    let mut object = adopting(serde_json::json!({}));
    let mut proof = BTreeMap::new();
    for _ in 0..4 {
        let plan = object.plan(see(fit(), proof.clone()));
        if let Step::Do(Effect::AddTags { tags, .. }) = &plan.step {
            proof = tags.clone();
        }
        object.store(&plan);
    }
    object.desired.retry = Some("1".into());
    let ends: [(Sight, &str); 3] = [
        (Sight::Detail(Box::new(described("EXPIRED", &["shop.example.com"]))), "False/Expired"),
        (Sight::Detail(Box::new(described("REVOKED", &["shop.example.com"]))), "False/Revoked"),
        (Sight::Absent { confirmed: true }, "False/AdoptionMismatch"),
    ];
    for (sight, says) in ends {
        let plan = object.plan(|seen| seen.certificate = Look::Seen(sight));
        assert_eq!(plan.step, Step::Wait);
        assert_eq!(object.store(&plan), says);
    }
    let mut edited = adopting(serde_json::json!({ "subjectAlternativeNames": ["www.example.com"] }));
    edited.status = object.status.clone();
    let plan = edited.plan(see(fit(), proof));
    assert_eq!(plan.step, Step::Wait);
    assert_eq!(edited.store(&plan), "False/AdoptionMismatch");
    assert_eq!(edited.status.certificate_arn.as_deref(), Some(ARN), "it still serves");
}

#[test]
fn the_arn_of_something_else_is_refused_with_its_shape() {
    let spec = serde_json::json!({ "domainName": "shop.example.com", "certificateArn": "arn:aws:s3:::bucket" });
    let Err(Rejection { message, .. }) = parse(&serde_json::from_value(spec).unwrap()) else { panic!() };
    assert!(message.contains("spec.certificateArn") && message.contains("arn:aws:s3:::bucket"), "{message}");
}

fn left_by(uid: &str, id: &str, in_use: bool) -> Earlier {
    let mut tags = identity::ownership_tags(&owner(), &Object::issued().status.request.unwrap());
    tags.insert("acmcert.io/uid".into(), uid.into());
    let arn = ARN.replace("/1", &format!("/{id}")).parse().unwrap();
    Earlier { arn, status: "ISSUED".into(), in_use, created_at: Some(now()), tags }
}

#[test]
fn after_a_rebuild_the_certificate_in_use_is_taken_over_and_nothing_is_requested() {
    let mut object = Object::of(&["shop.example.com"]);
    let plan = object.plan(|seen| {
        seen.earlier = Look::Seen(vec![left_by("dead", "7", false), left_by("dead", "8", true)]);
    });
    let Effect::AddTags { arn, tags: moved, .. } = effect(&plan).clone() else { panic!() };
    assert!(arn.as_str().ends_with("/8"));
    assert_eq!(moved, tags(&[("acmcert.io/uid", "uid-1")]), "the tags move, and nothing else");
    assert_eq!(plan.notices[0].reason.as_str(), "Adopted");
    object.store(&plan);
    assert_eq!(object.status.request.as_ref().unwrap().certificate_arn.as_deref(), Some(arn.as_str()));
    assert!(object.status.previous.is_empty());
}

#[test]
fn an_object_restored_without_its_status_finds_its_own_certificates() {
    let object = Object::of(&["shop.example.com"]);
    let plan = object.plan(|seen| {
        seen.earlier = Look::Seen(vec![left_by("uid-1", "7", false), left_by("uid-1", "8", true)]);
    });
    assert_eq!(plan.step, Step::Write, "the tags are ours already");
    assert!(plan.ledger.request.unwrap().certificate_arn.unwrap().ends_with("/8"));
    assert!(plan.ledger.previous[0].certificate_arn.ends_with("/7"), "the second one is put aside");
    assert!(plan.notices.iter().any(|notice| notice.reason.as_str() == "DuplicateFound"));
    let nothing = object.plan(|seen| seen.earlier = Look::Seen(vec![]));
    assert_eq!(nothing.ledger.request.unwrap().certificate_arn, None, "the first intent");
}

#[test]
fn a_certificate_whose_uid_tag_changes_is_left_alone_until_it_changes_back() {
    let mut object = Object::issued();
    let Look::Seen(proof) = ours().tags else { panic!() };
    let mut taken = proof.clone();
    taken.insert("acmcert.io/uid".into(), "uid-2".into());
    let see = |tags: Look<BTreeMap<String, String>>| {
        move |seen: &mut Observed| {
            seen.certificate = Look::Seen(Sight::Unchanged);
            seen.tags = tags;
            look_at_records(seen, None);
        }
    };
    let lost = object.plan(see(Look::Seen(taken.clone())));
    assert_eq!(lost.step, Step::Wait, "not even the record is restored: nobody fights");
    assert_eq!(object.store(&lost), "False/OwnershipLost");
    assert_eq!(object.condition("Stalled"), "True/OwnershipLost");
    assert!(object.message("Ready").contains("uid-2"));
    let unseen = object.plan(see(Look::NotTaken));
    assert_eq!(unseen.step, Step::Wait);
    assert_eq!(object.store(&unseen), "False/OwnershipLost");
    object.pass(days(1), |seen| {
        seen.certificate = Look::Failed(outage());
        seen.stale_since = Some(now());
    });
    assert_eq!(object.condition("Ready"), "Unknown/ObservationStale");
    let unseen = object.plan(see(Look::NotTaken));
    assert_eq!(unseen.step, Step::Wait, "an outage makes it ours no more than it was: {unseen:?}");
    let back = object.plan(see(Look::Seen(proof)));
    assert_eq!(back.step, Step::Write, "the missing record is claimed again");
    assert_eq!(object.store(&back), "True/Issued");
}

#[test]
fn a_certificate_that_was_issued_long_ago_is_not_told_as_issued_now() {
    let mut object = adopting(serde_json::json!({}));
    let old = || CertificateDetail { issued_at: Some(now() - SignedDuration::from_hours(90 * 24)), ..fit() };
    let mut proof = BTreeMap::new();
    for _ in 0..4 {
        let plan = object.plan(see(old(), proof.clone()));
        if let Step::Do(Effect::AddTags { tags, .. }) = &plan.step {
            proof = tags.clone();
        }
        object.store(&plan);
    }
    let issued = object.told.iter().find(|notice| notice.reason.as_str() == "Issued").unwrap();
    let wanted = format!("shop.example.com: {ARN} serves, which ACM issued 2026-08-27, valid until 2027-06-11.");
    assert_eq!(issued.note, wanted);
    let requested = Object::issued();
    let issued = requested.told.iter().find(|notice| notice.reason.as_str() == "Issued").unwrap();
    assert_eq!(issued.note, format!("shop.example.com: ACM issued {ARN}, valid until 2027-06-11."));
}
