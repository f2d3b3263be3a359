//! The pure core, walked through a life: what is planned, and what is said of it.

use acmcert::{
    api::{AcmCertificateSpec, AcmCertificateStatus, ClaimState, DeletionPolicy},
    aws::{AwsError, CertificateDetail, DomainDetail, HostedZone, Meaning, Operation, RecordDetail, RecordSet},
    names::{CertificateArn, HostedZoneId, RecordName},
    plan::{
        Defaults, Desired, Effect, Envelope, Look, Need, Observed, Owner, Plan, Retiring, Sight, Step, identity, plan,
        report,
    },
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

const ARN: &str = "arn:aws:acm:eu-west-1:123456789012:certificate/1";

fn arn() -> CertificateArn {
    ARN.parse().unwrap()
}

fn now() -> Timestamp {
    "2026-11-25T12:00:00Z".parse().unwrap()
}

fn owner() -> Owner {
    let own = |text: &str| text.to_owned();
    Owner { cluster: own("blue"), cluster_alias: None, namespace: own("shop"), name: own("www"), uid: own("uid-1") }
}

fn spec(names: &[&str]) -> AcmCertificateSpec {
    serde_json::from_value(serde_json::json!({ "domainName": names[0], "subjectAlternativeNames": names[1..] }))
        .unwrap()
}

/// An object with a finalizer, and what is stored in its status.
struct Object {
    desired: Desired,
    status: AcmCertificateStatus,
}

impl Object {
    fn of(names: &[&str]) -> Self {
        let envelope = Envelope {
            owner: owner(),
            generation: 1,
            deleting: false,
            has_finalizer: true,
            pinned_region: None,
            retry: None,
        };
        let defaults = Defaults { region: "eu-west-1".parse().unwrap(), deletion_policy: DeletionPolicy::Delete };
        Self {
            desired: Desired::parse(envelope, &spec(names), &defaults).unwrap(),
            status: AcmCertificateStatus::default(),
        }
    }

    /// Plans on top of the stored status; `see` adds what else is seen.
    fn plan(&self, see: impl FnOnce(&mut Observed)) -> Plan {
        let mut observed = Observed { status: self.status.clone(), ..Observed::default() };
        see(&mut observed);
        plan(&self.desired, &observed, now())
    }

    /// Stores what a plan says, and answers `Status/Reason` of Ready.
    fn store(&mut self, plan: &Plan) -> String {
        self.status = report(&self.desired, &self.status, &plan.ledger, &plan.verdict, now());
        self.condition("Ready")
    }

    fn condition(&self, kind: &str) -> String {
        let found = self.status.conditions.iter().find(|condition| condition.type_ == kind);
        found.map(|c| format!("{}/{}", c.status, c.reason)).unwrap_or_default()
    }

    /// An object whose certificate is requested.
    fn requested(names: &[&str]) -> Self {
        let mut object = Self::of(names);
        let intent = object.plan(|_| {});
        object.store(&intent);
        let request = object.plan(|_| {}).with_requested(&arn());
        object.store(&request);
        object
    }

    /// An object whose certificate serves, with the record created by us.
    fn issued() -> Self {
        let mut object = Self::requested(&["shop.example.com"]);
        for _ in 0..2 {
            let plan = object.plan(|seen| {
                seen.certificate = detail("PENDING_VALIDATION", &["shop.example.com"]);
                look_at_records(seen, None);
            });
            object.store(&plan);
        }
        let plan = object.plan(|seen| {
            seen.certificate = detail("ISSUED", &["shop.example.com"]);
            look_at_records(seen, Some(&value("shop.example.com")));
        });
        assert_eq!(object.store(&plan), "True/Issued");
        object
    }

    fn deleted(mut self) -> Self {
        self.desired.deleting = true;
        let plan = self.plan(|_| {});
        assert_eq!(plan.step, Step::Write, "D4 is stored before anything is deleted");
        assert_eq!(self.store(&plan), "False/Deleting");
        self
    }
}

fn base(name: &str) -> &str {
    name.strip_prefix("*.").unwrap_or(name)
}

fn value(name: &str) -> String {
    format!("_v.{}.acm-validations.aws", base(name))
}

fn detail(status: &str, names: &[&str]) -> Look<Sight> {
    Look::Seen(Sight::Detail(Box::new(described(status, names))))
}

fn described(status: &str, names: &[&str]) -> CertificateDetail {
    let domain = |name: &&str| DomainDetail {
        domain_name: (*name).to_owned(),
        method: Some("DNS".into()),
        status: Some(status.replace("ISSUED", "SUCCESS")),
        record: Some(RecordDetail {
            name: RecordName::new(&format!("_r.{}", base(name))),
            type_: "CNAME".into(),
            value: value(name),
        }),
        emails: vec![],
    };
    let issued = status == "ISSUED";
    CertificateDetail {
        arn: arn(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        status: status.into(),
        type_: "AMAZON_ISSUED".into(),
        key_algorithm: Some("RSA_2048".into()),
        serial: issued.then(|| "01:02".into()),
        issuer: issued.then(|| "Amazon".into()),
        not_before: issued.then(now),
        not_after: issued.then(|| now() + SignedDuration::from_hours(198 * 24)),
        issued_at: issued.then(now),
        in_use_by: vec![],
        renewal_eligibility: Some("INELIGIBLE".into()),
        renewal: None,
        failure_reason: None,
        domains: names.iter().map(domain).collect(),
    }
}

fn zones(seen: &mut Observed) {
    let zone = HostedZone { id: HostedZoneId::new("Z1"), name: RecordName::new("example.com"), private: false };
    seen.zones = Look::Seen(vec![zone]);
}

/// The record of shop.example.com, with that value or absent.
fn look_at_records(seen: &mut Observed, value: Option<&str>) {
    zones(seen);
    let name = RecordName::new("_r.shop.example.com");
    let set = value.map(|value| RecordSet {
        name: name.clone(),
        type_: "CNAME".into(),
        ttl_seconds: Some(300),
        values: vec![format!("{value}.")],
    });
    seen.record_sets.insert((HostedZoneId::new("Z1"), name), Look::Seen(set));
}

fn effect(plan: &Plan) -> &Effect {
    match &plan.step {
        Step::Do(effect) => effect,
        other => panic!("no effect but {other:?}"),
    }
}

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
    let kind = effect(&create).kind();
    let refused = object.plan(|seen| {
        see("ISSUED")(seen);
        seen.refused = Some(kind);
    });
    assert_eq!(refused.step, Step::Wait);
    assert_eq!(object.store(&refused), "True/Issued");
    assert_eq!(object.status.certificate_arn.as_deref(), Some(ARN));
    assert_eq!(object.status.records[0].state, ClaimState::Creating, "it was not created");
}

#[test]
fn nothing_is_claimed_of_what_was_not_observed() {
    let mut object = Object::issued();
    let unknown = AwsError {
        operation: Operation::DescribeCertificate,
        meaning: Meaning::Unavailable,
        code: None,
        message: "no answer".into(),
        request_id: None,
    };
    let before = object.status.clone();
    let plan = object.plan(|seen| seen.certificate = Look::Failed(unknown.clone()));
    object.store(&plan);
    assert_eq!(object.status, before, "a short outage changes nothing");
    let plan = object.plan(|seen| {
        seen.certificate = Look::Failed(unknown);
        seen.stale_since = Some(now() - SignedDuration::from_mins(11));
    });
    assert_eq!(object.store(&plan), "Unknown/ObservationStale");
    assert_eq!(object.condition("Issued"), "Unknown/ObservationStale");
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
fn a_certificate_that_is_gone_is_requested_under_a_new_attempt() {
    let mut object = Object::issued();
    let wait = object.plan(|seen| seen.certificate = Look::Seen(Sight::Absent { confirmed: false }));
    assert_eq!(wait.step, Step::Wait);
    assert_eq!(object.store(&wait), "True/Issued", "one look is not enough");
    let token = object.status.request.clone().unwrap().token;
    let gone = object.plan(|seen| seen.certificate = Look::Seen(Sight::Absent { confirmed: true }));
    assert_eq!(object.store(&gone), "False/CertificateGone");
    let request = object.status.request.clone().unwrap();
    assert_eq!((request.attempt, object.status.certificate_arn.clone()), (1, None));
    assert_ne!(request.token, token);
}

fn ours() -> Retiring {
    let tags = identity::ownership_tags(&owner(), &Object::issued().status.request.unwrap());
    let detail = Box::new(described("ISSUED", &["shop.example.com"]));
    Retiring { detail: Look::Seen(Some(detail)), tags: Look::Seen(tags) }
}

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
    let heir = Need::Object { namespace: "shop".into(), name: "heir".into() };
    assert!(matches!(effect(&object.plan(see(heir))), Effect::HandOver { name, .. } if name == "heir"));
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
    assert_eq!(object.plan(see(proof)).step, Step::Wait, "once");
    object.desired.tags.insert("team".into(), "other".into());
    assert_eq!(object.plan(see(BTreeMap::new())).step, Step::Wait, "not ours");
}

#[test]
fn a_terminal_state_is_tried_again_once_when_a_person_asks() {
    let mut object = Object::requested(&["shop.example.com"]);
    let timed_out = |seen: &mut Observed| seen.certificate = detail("VALIDATION_TIMED_OUT", &["shop.example.com"]);
    let ended = object.plan(timed_out);
    assert_eq!(ended.step, Step::Wait);
    assert_eq!(object.store(&ended), "False/ValidationTimedOut");
    object.desired.retry = Some("1".into());
    let again = object.plan(timed_out);
    assert_eq!(again.step, Step::Write);
    object.store(&again);
    assert_eq!(object.status.request.as_ref().unwrap().attempt, 1);
    assert_eq!(object.status.previous[0].certificate_arn, ARN);
    assert_eq!(object.status.last_handled_retry_at.as_deref(), Some("1"));
    object.store(&object.plan(|_| {}).with_requested(&ARN.replace("/1", "/2").parse().unwrap()));
    assert_eq!(object.plan(timed_out).step, Step::Wait, "the same value asks for nothing more");
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
    let plan = object.plan(|seen| _ = seen.retiring.insert(retired.clone(), ours()));
    assert_eq!(effect(&plan), &Effect::DeleteCertificate(retired));
}

#[test]
fn every_effect_says_what_it_does() {
    let object = Object::issued().deleted();
    let delete = object.plan(|seen| _ = seen.retiring.insert(arn(), ours()));
    assert_eq!(effect(&delete).to_string(), format!("delete {ARN}"));
}
