//! Validation records: claimed, created, relied upon, in conflict.

use super::*;

#[test]
fn a_record_is_claimed_while_absent_then_created_then_ours() {
    let mut object = Object::requested(&["shop.example.com", "*.shop.example.com"]);
    let see = |seen: &mut Observed| {
        seen.certificate = detail("PENDING_VALIDATION", &["shop.example.com", "*.shop.example.com"]);
        look_at_records(seen, None);
    };
    let claim = object.plan(see);
    assert_eq!(claim.step, Step::Write);
    object.store(&claim);
    assert_eq!(object.status.records.len(), 1, "x and *.x share one record");
    assert_eq!(object.status.records[0].state, ClaimState::Creating);
    assert_eq!(object.condition("RecordsReady"), "False/RecordMissing");
    let create = object.plan(see);
    assert!(matches!(effect(&create), Effect::CreateRecords { records, .. } if records.len() == 1));
    assert_eq!(object.store(&create), "False/WaitingForValidation");
    assert_eq!(object.status.records[0].state, ClaimState::Created);
    assert_eq!(object.condition("RecordsReady"), "True/InPlace");
}

#[test]
fn a_claim_whose_answer_was_lost_is_ours_when_the_record_is_there() {
    let mut object = Object::requested(&["shop.example.com"]);
    let claim = object.plan(|seen| {
        seen.certificate = detail("PENDING_VALIDATION", &["shop.example.com"]);
        look_at_records(seen, None);
    });
    object.store(&claim);
    let after = object.plan(|seen| {
        seen.certificate = Look::Seen(Sight::Unchanged);
        look_at_records(seen, Some(&value("shop.example.com")));
    });
    assert_eq!(after.ledger.records[0].state, ClaimState::Created);
}

#[test]
fn a_record_that_was_there_before_is_relied_upon_and_not_ours() {
    let mut object = Object::requested(&["shop.example.com"]);
    let see = |seen: &mut Observed| {
        seen.certificate = detail("PENDING_VALIDATION", &["shop.example.com"]);
        look_at_records(seen, Some(&value("shop.example.com")));
    };
    let claim = object.plan(see);
    assert_eq!(claim.step, Step::Write, "our entry is stored, then the record is looked at once more");
    object.store(&claim);
    assert_eq!(object.status.records[0].state, ClaimState::Found);
    assert_eq!(object.plan(see).step, Step::Wait);
}

#[test]
fn records_of_names_that_were_edited_out_are_counted_and_deleted_while_the_object_lives() {
    let mut object = Object::issued();
    let old = RecordClaim { name: "_r.old.example.com".into(), ..object.status.records[0].clone() };
    object.status.records.push(old.clone());
    let see = |need: Option<Need>| {
        let name = RecordName::new("_r.old.example.com");
        move |seen: &mut Observed| {
            seen.certificate = Look::Seen(Sight::Unchanged);
            zones(seen);
            let key = (HostedZoneId::new("Z1"), name.clone());
            let values = vec![value("shop.example.com")];
            let set = RecordSet { name, type_: "CNAME".into(), ttl_seconds: Some(300), values };
            seen.record_sets.insert(key.clone(), Look::Seen(Some(set)));
            seen.needs.extend(need.map(|need| (key, need)));
        }
    };
    let announced = object.plan(see(None));
    assert_eq!(announced.step, Step::Write);
    assert_eq!(object.store(&announced), "True/Issued");
    let states: Vec<_> = object.status.records.iter().map(|claim| claim.state).collect();
    assert_eq!(states, [ClaimState::Created, ClaimState::Deleting], "only the one that nobody wants");
    assert_eq!(object.plan(see(None)).step, Step::Wait, "undecided");
    let kept = object.plan(see(Some(Need::Certificate(arn()))));
    assert_eq!((kept.step, kept.notices[0].reason.as_str()), (Step::Write, "RecordKept"));
    let delete = object.plan(see(Some(Need::Nobody)));
    assert!(matches!(effect(&delete), Effect::DeleteRecords { records, .. } if records[0].name == old.name));
    assert_eq!(object.store(&delete), "True/Issued");
    assert_eq!(object.status.records.len(), 1);
}

#[test]
fn a_record_that_got_another_ttl_is_still_ours_and_deleted_as_it_stands() {
    let mut object = Object::issued();
    let plan = object.plan(|seen| {
        seen.certificate = Look::Seen(Sight::Unchanged);
        look_at_records(seen, Some(&value("shop.example.com")));
        for set in seen.record_sets.values_mut() {
            let Look::Seen(Some(set)) = set else { panic!() };
            set.ttl_seconds = Some(60);
        }
    });
    assert_eq!(plan.step, Step::Write);
    assert_eq!(object.store(&plan), "True/Issued");
    assert_eq!((object.status.records[0].ttl_seconds, object.status.records[0].state), (60, ClaimState::Created));
}

#[test]
fn a_record_with_another_value_is_a_conflict_and_nothing_is_written() {
    let mut object = Object::requested(&["shop.example.com"]);
    let plan = object.plan(|seen| {
        seen.certificate = detail("PENDING_VALIDATION", &["shop.example.com"]);
        look_at_records(seen, Some("elsewhere.example.net"));
    });
    assert_eq!(plan.step, Step::Wait);
    assert_eq!(object.store(&plan), "False/RecordConflict");
    assert_eq!(object.condition("Stalled"), "True/RecordConflict");
    assert!(object.status.records.is_empty());
}

#[test]
fn a_record_in_deletion_is_claimed_and_waited_for() {
    for value in [None, Some(value("shop.example.com"))] {
        let mut object = Object::requested(&["shop.example.com"]);
        let see = |seen: &mut Observed| {
            seen.certificate = detail("PENDING_VALIDATION", &["shop.example.com"]);
            look_at_records(seen, value.as_deref());
            seen.records_in_deletion.insert(RecordName::new("_r.shop.example.com"));
        };
        let plan = object.plan(see);
        assert_eq!(plan.step, if value.is_some() { Step::Write } else { Step::Wait });
        assert_eq!(object.store(&plan), "False/WaitingForRecords");
        let plan = object.plan(see);
        assert_eq!(plan.step, Step::Wait);
        assert_eq!(object.store(&plan), "False/WaitingForRecords");
    }
}

#[test]
fn a_refused_batch_holds_up_neither_the_switch_nor_the_retirement() {
    let mut object = Object::requested(&["shop.example.com"]);
    let see = |status: &'static str| {
        move |seen: &mut Observed| {
            seen.certificate = detail(status, &["shop.example.com"]);
            look_at_records(seen, None);
        }
    };
    let claim = object.plan(see("PENDING_VALIDATION"));
    object.store(&claim);
    let create = object.plan(see("PENDING_VALIDATION"));
    let which = effect(&create).which();
    let refused = object.plan(|seen| {
        see("ISSUED")(seen);
        seen.refused = vec![which.clone()];
    });
    assert_eq!(refused.step, Step::Wait);
    assert_eq!(object.store(&refused), "True/Issued");
    assert_eq!(object.status.certificate_arn.as_deref(), Some(ARN));
    assert_eq!(object.status.records[0].state, ClaimState::Creating, "it was not created");
}

#[test]
fn while_one_record_cannot_be_seen_another_that_is_created_does_not_make_all_of_them_ready() {
    let mut object = Object::requested(&["shop.example.com", "blog.example.com"]);
    let see = |seen: &mut Observed| {
        seen.certificate = detail("PENDING_VALIDATION", &["shop.example.com", "blog.example.com"]);
        look_at_records(seen, None);
        let unseen = (HostedZoneId::new("Z1"), RecordName::new("_r.blog.example.com"));
        seen.record_sets.insert(unseen, Look::Failed(outage()));
    };
    for _ in 0..2 {
        let plan = object.plan(see);
        object.store(&plan);
    }
    assert_eq!(object.status.records[0].state, ClaimState::Created);
    assert_eq!(object.condition("RecordsReady"), "False/WaitingForRecords");
    assert_eq!(object.condition("Ready"), "False/WaitingForRecords");
}

#[test]
fn while_route_53_cannot_be_read_for_long_nothing_is_claimed_of_the_records_nor_of_the_renewal() {
    let mut object = states::eligible();
    let see = |stale: bool| {
        move |seen: &mut Observed| {
            seen.certificate = Look::Seen(Sight::Unchanged);
            zones(seen);
            let record = (HostedZoneId::new("Z1"), RecordName::new("_r.shop.example.com"));
            seen.record_sets.insert(record, Look::Failed(outage()));
            seen.records_stale_since = stale.then(now);
        }
    };
    assert!(object.pass(days(1), see(false)).is_empty());
    assert_eq!(object.condition("RecordsReady"), "True/InPlace", "a while changes nothing");
    assert!(object.pass(days(1), see(true)).is_empty());
    assert_eq!(object.condition("Ready"), "True/Issued");
    assert_eq!(object.condition("RecordsReady"), "Unknown/ObservationStale");
    assert_eq!(object.condition("RenewalReady"), "Unknown/ObservationStale");
    let message = object.message("RecordsReady");
    assert!(
        message.starts_with("shop.example.com: nothing was seen of Route 53 since 2026-11-25T12:00:00Z"),
        "{message}"
    );
}

#[test]
fn what_is_refused_of_one_zone_holds_up_no_other() {
    let mut object = Object::requested(&["shop.example.com", "www.example.org"]);
    let see = |seen: &mut Observed| {
        seen.certificate = detail("PENDING_VALIDATION", &["shop.example.com", "www.example.org"]);
        look_at_records(seen, None);
        let other = HostedZone { id: HostedZoneId::new("Z2"), name: RecordName::new("example.org"), private: false };
        seen.zones = Look::Seen(seen.zones.seen().unwrap().iter().cloned().chain([other]).collect());
        seen.record_sets.insert((HostedZoneId::new("Z2"), RecordName::new("_r.www.example.org")), Look::Seen(None));
    };
    let claim = object.plan(see);
    object.store(&claim);
    let first = object.plan(see);
    let zone_of = |plan: &Plan| match effect(plan) {
        Effect::CreateRecords { zone, .. } => zone.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(zone_of(&first), "Z1");
    let which = effect(&first).which();
    let second = object.plan(|seen| {
        see(seen);
        seen.refused = vec![which];
    });
    assert_eq!(zone_of(&second), "Z2");
}
