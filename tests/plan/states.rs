//! Objects that are led into a state, as the controller would lead them: each pass plans and reports.

use super::*;
use acmcert::aws::RenewalDetail;

pub(super) const NAME: &str = "shop.example.com";
const BALANCER: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/1";

/// A certificate that is used, as ACM describes it.
pub(super) fn used() -> CertificateDetail {
    CertificateDetail {
        in_use_by: vec![BALANCER.into()],
        renewal_eligibility: Some("ELIGIBLE".into()),
        ..described("ISSUED", &[NAME])
    }
}

pub(super) fn look(detail: CertificateDetail) -> Look<Sight> {
    Look::Seen(Sight::Detail(Box::new(detail)))
}

/// A pass in which that is seen of the certificate, and its record in place.
pub(super) fn seeing(mut object: Object, detail: CertificateDetail) -> Object {
    object.pass(SignedDuration::ZERO, |seen| {
        seen.certificate = look(detail);
        look_at_records(seen, Some(&value(NAME)));
    });
    object
}

/// Served, used, records in place: nothing is wrong.
pub(super) fn eligible() -> Object {
    seeing(Object::issued(), used())
}

pub(super) fn ineligible() -> Object {
    seeing(Object::issued(), CertificateDetail { renewal_eligibility: Some("INELIGIBLE".into()), ..used() })
}

/// A renewal, and how far it is with the name.
pub(super) fn renewal(status: &str, reason: Option<&str>) -> Option<RenewalDetail> {
    let name = if status == "FAILED" { "FAILED" } else { "PENDING_VALIDATION" };
    let domain = DomainDetail { status: Some(name.into()), ..described("ISSUED", &[NAME]).domains.remove(0) };
    let reason = reason.map(str::to_owned);
    Some(RenewalDetail { status: status.into(), reason, updated_at: Some(now()), domains: vec![domain] })
}

pub(super) fn renewing(status: &str, reason: Option<&str>) -> Object {
    seeing(eligible(), CertificateDetail { renewal: renewal(status, reason), ..used() })
}

pub(super) fn with_conflict() -> Object {
    let mut object = eligible();
    object.pass(SignedDuration::ZERO, |seen| {
        seen.certificate = Look::Seen(Sight::Unchanged);
        look_at_records(seen, Some("elsewhere.example.net"));
    });
    object
}

pub(super) fn requesting() -> Object {
    let mut object = Object::of(&[NAME]);
    object.pass(SignedDuration::ZERO, |_| {});
    object
}

fn pending(record: Option<&str>) -> impl FnOnce(&mut Observed) {
    let record = record.map(str::to_owned);
    move |seen| {
        seen.certificate = detail("PENDING_VALIDATION", &[NAME]);
        look_at_records(seen, record.as_deref());
    }
}

pub(super) fn waiting_for_records() -> Object {
    let mut object = Object::requested(&[NAME]);
    object.pass(SignedDuration::ZERO, pending(None));
    object
}

pub(super) fn validating() -> Object {
    let mut object = waiting_for_records();
    object.pass(SignedDuration::ZERO, pending(None));
    object
}

pub(super) fn overdue() -> Object {
    let mut object = validating();
    object.pass(SignedDuration::from_hours(74), pending(Some(&value(NAME))));
    object
}

pub(super) fn pending_with_conflict() -> Object {
    let mut object = Object::requested(&[NAME]);
    object.pass(SignedDuration::ZERO, pending(Some("elsewhere.example.net")));
    object
}

fn with_zones(names: &[(&str, &str)]) -> Object {
    let zone = |(id, name): &(&str, &str)| HostedZone {
        id: HostedZoneId::new(id),
        name: RecordName::new(name),
        private: false,
    };
    let zones: Vec<_> = names.iter().map(zone).collect();
    let mut object = Object::requested(&[NAME]);
    object.pass(SignedDuration::ZERO, |seen| {
        seen.certificate = detail("PENDING_VALIDATION", &[NAME]);
        seen.zones = Look::Seen(zones);
    });
    object
}

pub(super) fn without_zone() -> Object {
    with_zones(&[("Z1", "example.org")])
}

pub(super) fn with_two_zones() -> Object {
    with_zones(&[("Z1", "example.com"), ("Z2", "example.com")])
}

/// The spec has another name more; what served goes on serving.
pub(super) fn replacing() -> Object {
    let mut object = eligible();
    object.desired = Desired { generation: 2, ..Object::of(&[NAME, "www.example.com"]).desired };
    object.pass(SignedDuration::ZERO, |seen| seen.certificate = Look::Seen(Sight::Unchanged));
    object
}

/// What is requested for it, as ACM describes it.
pub(super) fn second(status: &str) -> CertificateDetail {
    let arn = ARN.replace("/1", "/2").parse().unwrap();
    CertificateDetail { arn, ..described(status, &[NAME, "www.example.com"]) }
}

pub(super) fn replacement_requested() -> Object {
    let mut object = replacing();
    let request = object.plan(|_| {}).with_requested(&second("PENDING_VALIDATION").arn);
    object.store(&request);
    object
}

pub(super) fn replacing_with_conflict() -> Object {
    let mut object = replacement_requested();
    object.pass(SignedDuration::ZERO, |seen| {
        seen.certificate = look(second("PENDING_VALIDATION"));
        look_at_records(seen, Some("elsewhere.example.net"));
    });
    object
}

/// Nothing is left to do but for ACM.
pub(super) fn replacement_validated() -> Object {
    let mut object = replacement_requested();
    for created in [false, false, true] {
        object.pass(SignedDuration::ZERO, |seen| {
            seen.certificate = look(second("PENDING_VALIDATION"));
            look_at_records(seen, Some(&value(NAME)));
            let set = RecordSet {
                name: RecordName::new("_r.www.example.com"),
                type_: "CNAME".into(),
                ttl_seconds: Some(300),
                values: vec![value("www.example.com")],
            };
            let key = (HostedZoneId::new("Z1"), set.name.clone());
            seen.record_sets.insert(key, Look::Seen(created.then_some(set)));
        });
    }
    object
}

/// ACM does not know the certificate any more.
pub(super) fn gone(mut object: Object) -> Object {
    object.pass(SignedDuration::ZERO, |seen| seen.certificate = Look::Seen(Sight::Absent { confirmed: true }));
    object
}

/// ACM reports an end.
pub(super) fn ended(mut object: Object, word: &str) -> Object {
    let detail = CertificateDetail { status: word.into(), ..used() };
    object.pass(SignedDuration::ZERO, |seen| seen.certificate = look(detail));
    object
}

pub(super) fn suspended(mut object: Object) -> Object {
    object.desired.suspend = true;
    let is_known = object.status.request.is_some();
    object.pass(SignedDuration::ZERO, |seen| {
        if is_known {
            seen.certificate = Look::Seen(Sight::Unchanged);
        }
    });
    object
}

/// Nothing could be read for long.
pub(super) fn unseen(mut object: Object) -> Object {
    object.pass(SignedDuration::from_mins(11), |seen| {
        seen.certificate = Look::Failed(outage());
        seen.stale_since = Some(now());
    });
    object
}

/// AWS refuses a call.
pub(super) fn refused() -> AwsError {
    AwsError {
        meaning: Meaning::Denied,
        code: Some("AccessDeniedException".into()),
        message: "User: arn:aws:sts::123456789012:assumed-role/x/y is not authorized to perform it".into(),
        ..outage()
    }
}

/// Its records cannot be looked at.
pub(super) fn records_denied() -> Object {
    let mut object = eligible();
    object.pass(SignedDuration::ZERO, |seen| {
        seen.certificate = Look::Seen(Sight::Unchanged);
        seen.zones = Look::Failed(refused());
    });
    object
}

pub(super) fn denied() -> Object {
    let mut object = Object::of(&[NAME]);
    object.pass(SignedDuration::ZERO, |seen| seen.earlier = Look::Failed(refused()));
    object
}

pub(super) fn over_budget() -> Object {
    let mut object = Object::of(&[NAME]);
    object.pass(SignedDuration::ZERO, |seen| seen.next_request_at = Some(now() + SignedDuration::from_hours(3)));
    object
}

fn with_spec(spec: serde_json::Value) -> Object {
    let spec: AcmCertificateSpec = serde_json::from_value(spec).unwrap();
    Object::wishing(Desired::parse_or_reject(envelope(), &spec, &defaults(), None))
}

/// A spec that was never acted upon.
pub(super) fn rejected() -> Object {
    let mut object = with_spec(serde_json::json!({ "domainName": "xn--0.example.com" }));
    object.pass(SignedDuration::ZERO, |_| {});
    object
}

/// What serves was requested for an earlier spec.
pub(super) fn edited_into_nonsense(mut object: Object) -> Object {
    let served = object.status.names.first().cloned();
    let envelope = Envelope { generation: 2, ..envelope() };
    object.desired = Desired::parse_or_reject(envelope, &spec(&["xn--0.example.com"]), &defaults(), served.as_deref());
    object
}

pub(super) fn rejected_while_issued() -> Object {
    let mut object = edited_into_nonsense(eligible());
    object.pass(SignedDuration::ZERO, |seen| seen.certificate = Look::Seen(Sight::Unchanged));
    object
}

pub(super) fn unsupported() -> Object {
    let email = serde_json::json!({ "domainName": NAME, "validation": { "method": "Email" } });
    let mut object = with_spec(email);
    object.pass(SignedDuration::ZERO, |_| {});
    object
}

pub(super) fn mismatched() -> Object {
    let mut object = Object::with(
        &serde_json::from_value(serde_json::json!({ "domainName": NAME, "certificateArn": ARN })).unwrap(),
    );
    object.pass(SignedDuration::ZERO, |seen| seen.certificate = Look::Seen(Sight::Absent { confirmed: true }));
    object
}

pub(super) fn lost() -> Object {
    let mut object = eligible();
    object.pass(SignedDuration::ZERO, |seen| {
        seen.certificate = look(used());
        seen.tags = Look::Seen(BTreeMap::from([("acmcert.io/uid".to_owned(), "uid-2".to_owned())]));
    });
    object
}

pub(super) fn deleting() -> Object {
    eligible().deleted()
}

pub(super) fn deletion_in_use() -> Object {
    let mut object = deleting();
    let used = Retiring { detail: Look::Seen(Some(Box::new(used()))), ..ours() };
    object.pass(SignedDuration::ZERO, |seen| _ = seen.retiring.insert(arn(), used));
    object
}

pub(super) fn deletion_suspended() -> Object {
    let mut object = deleting();
    object.desired.suspend = true;
    object.pass(SignedDuration::ZERO, |_| {});
    object
}

pub(super) fn deletion_failed(error: AwsError, stale_since: Option<Timestamp>) -> Object {
    let mut object = deleting();
    let unread = Retiring { detail: Look::Failed(error), tags: Look::NotTaken };
    object.pass(SignedDuration::ZERO, |seen| {
        seen.stale_since = stale_since;
        seen.retiring.insert(arn(), unread);
    });
    object
}
