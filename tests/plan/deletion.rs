//! Letting go: certificate, records, finalizer.

use super::*;

#[test]
fn the_certificate_goes_before_its_records_and_those_before_the_finalizer() {
    let mut object = Object::issued().deleted();
    let delete = object.plan(|seen| _ = seen.retiring.insert(arn(), ours()));
    assert_eq!(effect(&delete), &Effect::DeleteCertificate(arn()));
    let gone = Retiring { detail: Look::Seen(None), tags: Look::NotTaken };
    let forgotten = object.plan(|seen| _ = seen.retiring.insert(arn(), gone));
    assert_eq!(forgotten.step, Step::Write);
    object.store(&forgotten);
    let announced = object.plan(|_| {});
    assert_eq!(announced.step, Step::Write);
    object.store(&announced);
    assert_eq!(object.status.records[0].state, ClaimState::Deleting);
    let record = RecordName::new("_r.shop.example.com");
    let see = |need: Need| {
        move |seen: &mut Observed| {
            seen.needs.insert((HostedZoneId::new("Z1"), RecordName::new("_r.shop.example.com")), need);
            look_at_records(seen, Some(&value("shop.example.com")));
        }
    };
    // Undecided: nothing happens.
    assert_eq!(object.plan(|seen| look_at_records(seen, Some(&value("shop.example.com")))).step, Step::Wait);
    // Somebody needs it, or may.
    for need in [Need::Certificate(arn()), Need::Doubt("a region cannot be read".into())] {
        let kept = object.plan(see(need));
        assert_eq!(kept.step, Step::Write);
        assert!(kept.ledger.records.is_empty());
        assert_eq!(kept.notices[0].reason.as_str(), "RecordKept");
    }
    let heir = Need::Object { namespace: "shop".into(), name: "heir".into(), uid: "u2".into() };
    assert!(
        matches!(effect(&object.plan(see(heir))), Effect::HandOver { name, uid, .. } if name == "heir" && uid == "u2")
    );
    let delete = object.plan(see(Need::Nobody));
    assert!(matches!(effect(&delete), Effect::DeleteRecords { records, .. } if records[0].name == record.as_str()));
    object.store(&delete);
    assert_eq!(effect(&object.plan(|_| {})), &Effect::RemoveFinalizer);
}

#[test]
fn a_record_that_somebody_has_changed_is_not_deleted() {
    let mut object = Object::issued().deleted();
    object.status.certificate_arn = None;
    object.status.request = None;
    object.status.records[0].state = ClaimState::Deleting;
    let plan = object.plan(|seen| {
        seen.needs.insert((HostedZoneId::new("Z1"), RecordName::new("_r.shop.example.com")), Need::Nobody);
        look_at_records(seen, Some("elsewhere.example.net"));
    });
    assert_eq!(plan.step, Step::Write);
    assert_eq!(plan.notices[0].reason.as_str(), "RecordKept");
}

#[test]
fn what_is_in_use_or_not_ours_is_not_deleted() {
    let object = Object::issued().deleted();
    let mut used = ours();
    if let Look::Seen(Some(detail)) = &mut used.detail {
        detail.in_use_by = vec!["arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/1".into()];
    }
    let blocked = object.plan(|seen| _ = seen.retiring.insert(arn(), used));
    assert_eq!(blocked.step, Step::Wait);
    assert!(blocked.verdict.deletion_blocked.unwrap().message.contains("app/web"));
    for tags in [BTreeMap::new(), BTreeMap::from([("acmcert.io/uid".to_owned(), "uid-1".to_owned())])] {
        let foreign = Retiring { tags: Look::Seen(tags), ..ours() };
        let left = object.plan(|seen| _ = seen.retiring.insert(arn(), foreign));
        assert_eq!(left.step, Step::Write);
        assert_eq!(left.ledger.certificate_arn, None);
        assert_eq!(left.notices[0].reason.as_str(), "OwnershipLost");
    }
}

#[test]
fn a_deletion_that_cannot_read_aws_for_long_says_so_and_since_when() {
    let mut object = Object::issued().deleted();
    let unread = Retiring { detail: Look::Failed(outage()), tags: Look::NotTaken };
    let see = |stale_since: Option<Timestamp>| {
        let unread = unread.clone();
        move |seen: &mut Observed| {
            seen.stale_since = stale_since;
            seen.retiring.insert(arn(), unread);
        }
    };
    let before = object.status.clone();
    assert!(object.pass(SignedDuration::from_mins(5), see(None)).is_empty());
    assert_eq!(object.status, before, "a short outage changes nothing");
    let told = object.pass(SignedDuration::from_mins(6), see(Some(now())));
    assert_eq!(events(&told), ["Warning DeletionBlocked"]);
    assert_eq!(object.condition("DeletionBlocked"), "True/ObservationStale");
    assert_eq!(object.condition("Ready"), "False/Deleting");
    assert_eq!(object.condition("Issued"), "Unknown/ObservationStale");
    let message = object.message("DeletionBlocked");
    assert!(message.contains("2026-11-25T12:00:00Z") && message.contains("DescribeCertificate"), "{message}");
    // After a restart nothing is known of how long it has lasted: what was said stays.
    assert!(object.pass(SignedDuration::from_mins(1), see(None)).is_empty());
    assert_eq!(object.condition("DeletionBlocked"), "True/ObservationStale");
    object.pass(SignedDuration::from_mins(1), |seen| _ = seen.retiring.insert(arn(), ours()));
    assert_eq!(object.condition("DeletionBlocked"), "");
    assert_eq!(object.condition("Issued"), "True/Issued");
}

#[test]
fn a_certificate_that_is_to_be_retained_and_carries_another_object_s_tags_is_said_to_be_lost() {
    let uid = |uid: &str| BTreeMap::from([("acmcert.io/uid".to_owned(), uid.to_owned())]);
    for (tags, wanted) in [(BTreeMap::new(), "Retained"), (uid("uid-2"), "OwnershipLost")] {
        let mut object = Object::issued().deleted();
        object.desired.deletion_policy = DeletionPolicy::Retain;
        let seen = Retiring { tags: Look::Seen(tags), ..ours() };
        let plan = object.plan(|observed| _ = observed.retiring.insert(arn(), seen));
        assert_eq!(plan.step, Step::Write);
        assert_eq!(plan.notices[0].reason.as_str(), wanted);
        assert!(!plan.notices[0].note.contains("spec.deletionPolicy"), "the default may have decided");
    }
}

#[test]
fn a_replaced_certificate_is_told_when_it_is_gone() {
    let mut object = states::seeing(states::replacement_requested(), states::second("ISSUED"));
    assert_eq!(object.status.previous[0].certificate_arn, ARN);
    let gone = |seen: &mut Observed| {
        seen.certificate = Look::Seen(Sight::Unchanged);
        seen.retiring.insert(arn(), Retiring { detail: Look::Seen(None), tags: Look::NotTaken });
    };
    let plan = object.plan(gone);
    assert_eq!(plan.step, Step::Write);
    let mut unseen =
        Object { desired: object.desired.clone(), status: object.status.clone(), now: object.now, told: vec![] };
    let told = object.pass(SignedDuration::ZERO, gone);
    assert_eq!(events(&told), ["Normal Deleted"]);
    assert_eq!(told[0].note, format!("shop.example.com: {ARN} is deleted."));
    assert!(object.status.previous.is_empty());
    // One that ACM has never shown may never have been.
    unseen.status.previous[0].shown = false;
    assert!(unseen.pass(SignedDuration::ZERO, gone).is_empty());
    assert!(unseen.status.previous.is_empty());
}

#[test]
fn a_record_that_stays_is_told_of_also_where_the_next_one_is_handed_over() {
    let mut object = Object::issued().deleted();
    object.status.certificate_arn = None;
    object.status.request = None;
    let own = object.status.records[0].clone();
    object.status.records.push(RecordClaim { name: "_r.www.example.com".into(), ..own });
    for claim in &mut object.status.records {
        claim.state = ClaimState::Deleting;
    }
    let plan = object.plan(|seen| {
        look_at_records(seen, Some("elsewhere.example.net"));
        let key = |name: &str| (HostedZoneId::new("Z1"), RecordName::new(name));
        seen.needs.insert(key("_r.shop.example.com"), Need::Nobody);
        let heir = Need::Object { namespace: "shop".into(), name: "heir".into(), uid: "u2".into() };
        seen.needs.insert(key("_r.www.example.com"), heir);
    });
    assert!(matches!(effect(&plan), Effect::HandOver { record, .. } if record.name == "_r.www.example.com"));
    assert!(plan.ledger.records.is_empty());
    assert_eq!(events(&plan.notices), ["Normal RecordKept"]);
}
