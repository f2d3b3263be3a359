//! Certificates that exist already: adopted by ARN, taken over after a rebuild of the cluster, or lost to another owner.

use super::{
    Desired, Earlier, Effect, Look, Observed, Patience, Plan, Sight, Step, Verdict, identity,
    ledger::put_aside,
    request::intend,
    sentences::{NO_RECORDS_YET, listed, not_yet},
    story, trouble,
};
use crate::{
    api::{
        AcmCertificateStatus, ConditionType, Reason, RequestIntent, TAG_CLUSTER, TAG_MANAGED_BY, TAG_NAME,
        TAG_NAMESPACE, TAG_UID,
    },
    aws::CertificateDetail,
    names::CertificateArn,
};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::collections::BTreeMap;

/// How soon what stands in the way of an adoption is looked at again: it heals without a touch.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(60);

/// Controllers that mark their certificates with tags of such a prefix.
const OTHER_CONTROLLERS: [&str; 2] = ["elbv2.k8s.aws", "services.k8s.aws"];

/// `spec.certificateArn`: the certificate is proven fit, tagged, and from then on guarded like our own.
pub(super) fn adopt(desired: &Desired, observed: &Observed, arn: &CertificateArn, now: Timestamp) -> Plan {
    let status = &observed.status;
    let wait = |patience| Plan::new(Step::Wait, status.clone(), Verdict::unchanged(), patience);
    let detail = match &observed.certificate {
        Look::Seen(Sight::Detail(detail)) => detail,
        Look::Seen(Sight::Absent { confirmed: true }) => return mismatch(desired, status, &is_missing(arn), now),
        Look::Seen(_) | Look::NotTaken => return wait(Patience::Soon),
        Look::Failed(error) => {
            let verdict = Verdict { ready: trouble(&desired.domain_name, error), ..Verdict::unchanged() };
            return Plan { failed: Some(error.clone()), verdict, ..wait(Patience::Pending) };
        }
    };
    let tags = match &observed.tags {
        Look::Seen(tags) => tags,
        Look::NotTaken => return wait(Patience::Soon),
        Look::Failed(error) => {
            let verdict = Verdict { ready: trouble(&desired.domain_name, error), ..Verdict::unchanged() };
            return Plan { failed: Some(error.clone()), verdict, ..wait(Patience::Pending) };
        }
    };
    if let Some(objection) = objection(desired, observed, detail, tags) {
        return mismatch(desired, status, &objection, now);
    }
    let requested_at = detail.issued_at.unwrap_or(now);
    let plan = take(desired, status, arn, 0, tags, requested_at);
    plan.with_notice(story::adopted(arn, "as spec.certificateArn says"))
}

/// What is wrong with the certificate, in words with the remedy. The first objection counts.
fn objection(
    desired: &Desired,
    observed: &Observed,
    detail: &CertificateDetail,
    tags: &BTreeMap<String, String>,
) -> Option<String> {
    let arn = &detail.arn;
    let other_account = observed.account.as_ref().filter(|account| *account != arn.account());
    let by_mail = detail.domains.iter().any(|domain| domain.method.as_deref() == Some("EMAIL"));
    let key = detail.key_algorithm.as_deref().unwrap_or("unknown");
    let checks = [
        other_account.map(|account| {
            format!("{arn} belongs to account {}, the operator works in {account}; name one of its own", arn.account())
        }),
        (detail.type_ != "AMAZON_ISSUED").then(|| {
            format!("{arn} is of type {}; only certificates that ACM itself issues can be adopted", detail.type_)
        }),
        detail.managed_by.as_ref().map(|by| format!("{arn} is managed by {by}; leave it there")),
        (!identity::has_exactly(&detail.names, desired)).then(|| {
            format!(
                "{arn} covers {}; make spec.domainName the first of them and spec.subjectAlternativeNames the others",
                listed(&detail.names)
            )
        }),
        desired.key_algorithm.as_ref().filter(|wanted| *wanted != key).map(|wanted| {
            format!("{arn} has a key of {key}, spec.keyAlgorithm says {wanted}; correct the spec or leave it out")
        }),
        by_mail.then(|| format!("{arn} is validated by e-mail; adopt a certificate that is validated by DNS")),
        foreign_owner(desired, observed, tags),
    ];
    checks.into_iter().flatten().next()
}

/// Another owner, by the tags, that is alive or that the user has not named in `acmcert.io/adopt-from`.
fn foreign_owner(desired: &Desired, observed: &Observed, tags: &BTreeMap<String, String>) -> Option<String> {
    if desired.owner.is_proven_by(tags) {
        return None;
    }
    let tag = |key: &str| tags.get(key).map_or("?", String::as_str);
    if observed.other_owner_lives {
        let object = format!("{}/{} (UID {})", tag(TAG_NAMESPACE), tag(TAG_NAME), tag(TAG_UID));
        return Some(format!(
            "it belongs to another object of this cluster, {object}; delete that one with Retain first"
        ));
    }
    if tags.contains_key(TAG_MANAGED_BY) {
        let object = format!("{}/{} (UID {})", tag(TAG_NAMESPACE), tag(TAG_NAME), tag(TAG_UID));
        if desired.owner.is_our_cluster(tags) {
            return None;
        }
        let cluster = tag(TAG_CLUSTER);
        let message = format!(
            "it belongs to the object {object} of cluster {cluster}; let it go there, or set the annotation \
             acmcert.io/adopt-from to {cluster}"
        );
        return (!is_named(desired, cluster)).then_some(message);
    }
    let prefix = OTHER_CONTROLLERS
        .into_iter()
        .find(|prefix| tags.keys().any(|key| key.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'))))?;
    let message = format!(
        "its tags say that the controller of {prefix} owns it; let it go there, and set the annotation \
         acmcert.io/adopt-from to {prefix}"
    );
    (!is_named(desired, prefix)).then_some(message)
}

/// Does the annotation name that owner? Several may be named, separated by commas; a whole tag key is as good.
fn is_named(desired: &Desired, owner: &str) -> bool {
    let named = desired.adopt_from.as_deref().unwrap_or_default().split(',').map(str::trim);
    named.into_iter().any(|name| name == owner || name.strip_prefix(owner).is_some_and(|rest| rest.starts_with('/')))
}

/// An adopted certificate is never replaced and never requested anew: what does not fit is said.
pub(super) fn mismatch(desired: &Desired, status: &AcmCertificateStatus, why: &str, now: Timestamp) -> Plan {
    let message = format!("{}: {why}.", desired.domain_name);
    let verdict = Verdict::not_ready(Reason::AdoptionMismatch, message);
    Plan::new(Step::Wait, status.clone(), verdict, Patience::Until(now + LOOK_AGAIN))
}

/// The words for an adopted certificate that ACM does not know.
pub(super) fn is_missing(arn: &CertificateArn) -> String {
    format!("{arn} does not exist in region {}; delete this object and make another one", arn.region())
}

/// The words for a spec that was edited away from the certificate that was adopted for it.
pub(super) const EDITED_AWAY: &str = "the spec's names or key algorithm are not those of the adopted certificate, which is \
                                      never replaced; edit them back, or request a certificate with another object";

/// No request yet: what an earlier life of the object has left is taken over, else the first intent is due (E2).
pub(super) fn begin(desired: &Desired, observed: &Observed, now: Timestamp) -> Plan {
    let status = &observed.status;
    let earlier = match &observed.earlier {
        Look::NotTaken => return intend(desired, observed, now, 0, 0),
        Look::Failed(error) => {
            let doing = "looking for a certificate that this object had before.";
            let mut verdict = not_yet(desired, status, Reason::Requesting, doing);
            verdict.ready = trouble(&desired.domain_name, error).or(verdict.ready);
            let plan = Plan::new(Step::Wait, status.clone(), verdict, Patience::Pending);
            return Plan { failed: Some(error.clone()), ..plan };
        }
        Look::Seen(earlier) => earlier,
    };
    let mut found: Vec<&Earlier> = earlier.iter().collect();
    // The one in use, else one that is issued, else the oldest.
    found.sort_by_key(|one| (!one.in_use, one.status != "ISSUED", one.created_at, one.arn.clone()));
    let Some((first, others)) = found.split_first() else { return intend(desired, observed, now, 0, 0) };
    let attempt = first.tags.get(crate::api::TAG_ATTEMPT).and_then(|text| text.parse().ok()).unwrap_or(0);
    let requested_at = first.created_at.unwrap_or(now);
    let mut plan = take(desired, status, &first.arn, attempt, &first.tags, requested_at);
    plan = plan.with_notice(story::adopted(&first.arn, "as its tags say that this object had it before"));
    // Only what is proven ours: the others have a UID that lives no more, and are reported as orphans.
    let extras: Vec<_> =
        others.iter().filter(|one| desired.owner.is_proven_by(&one.tags)).map(|o| o.arn.clone()).collect();
    for extra in &extras {
        put_aside(&mut plan.ledger, extra.to_string(), None, now);
    }
    if extras.is_empty() { plan } else { plan.with_notice(story::duplicate_found(&first.arn, &extras)) }
}

/// Puts a certificate into `request`, as if it had been requested: tagged first, for until then another object may take it.
fn take(
    desired: &Desired,
    status: &AcmCertificateStatus,
    arn: &CertificateArn,
    attempt: i32,
    tags: &BTreeMap<String, String>,
    requested_at: Timestamp,
) -> Plan {
    let spec_hash = desired.spec_hash();
    let request = RequestIntent {
        token: identity::token(&desired.owner, &spec_hash, attempt),
        tags_hash: identity::tags_hash(&desired.tags),
        spec_hash,
        attempt,
        failures: 0,
        sent_at: Time(requested_at),
        certificate_arn: Some(arn.to_string()),
    };
    let missing = identity::missing_tags(desired, &request, tags);
    let mut ledger = status.clone();
    ledger.region = Some(desired.region.to_string());
    ledger.request = Some(request);
    let verdict = not_yet(desired, &ledger, Reason::WaitingForRecords, NO_RECORDS_YET);
    if missing.is_empty() {
        return Plan::new(Step::Write, ledger, verdict, Patience::Soon);
    }
    let effect = Effect::AddTags { arn: arn.clone(), tags: missing, seen: tags.clone() };
    let otherwise = Some(Box::new((status.clone(), Verdict::unchanged())));
    Plan { otherwise, ..Plan::new(Step::Do(effect), ledger, verdict, Patience::Soon) }
}

/// The certificate's tags name somebody else, or nobody: nothing is written, for nobody fights.
pub(super) fn lost(
    desired: &Desired,
    ledger: AcmCertificateStatus,
    tags: &BTreeMap<String, String>,
    now: Timestamp,
) -> Plan {
    let arn = certificate_that_matters(&ledger).unwrap_or_default();
    let tag = |key: &str| tags.get(key).map(String::as_str);
    let whose = match (tag(TAG_UID), tag(TAG_CLUSTER)) {
        (Some(uid), cluster) => {
            let object = [tag(TAG_NAMESPACE), tag(TAG_NAME)].map(|part| part.unwrap_or("?")).join("/");
            format!("carries the tags of {object} (UID {uid}) of cluster {}", cluster.unwrap_or("?"))
        }
        (None, _) => "does not carry the tag acmcert.io/uid any more".to_owned(),
    };
    let message = format!(
        "{}: {arn} {whose}; the operator leaves it as it is. Delete one of the two objects, or set the tag acmcert.io/uid \
         to {} if this one is right.",
        desired.domain_name, desired.owner.uid
    );
    let verdict = Verdict::not_ready(Reason::OwnershipLost, message);
    Plan::new(Step::Wait, ledger, verdict, Patience::Until(now + LOOK_AGAIN))
}

/// Do the conditions say that another owner has the certificate, or did they before it could not be seen any more?
pub fn is_said_to_be_lost(status: &AcmCertificateStatus) -> bool {
    let lost = Reason::OwnershipLost.as_str();
    story::condition(status, ConditionType::Ready).is_some_and(|ready| ready.reason == lost)
        || story::hidden(status, ConditionType::Ready).is_some_and(|told| told.reason == lost)
}

/// The pending certificate while there is one, else the one that serves.
pub fn certificate_that_matters(status: &AcmCertificateStatus) -> Option<String> {
    let pending = status.request.as_ref().and_then(|request| request.certificate_arn.clone());
    pending.or_else(|| status.certificate_arn.clone())
}

/// E12: tags that were changed in ACM or in the spec are mended, on a certificate whose UID tag names this object.
pub(super) fn with_tags(desired: &Desired, observed: &Observed, mut plan: Plan) -> Plan {
    let arn = certificate_that_matters(&plan.ledger).and_then(|arn| arn.parse::<CertificateArn>().ok());
    let before = plan.ledger.clone();
    let (Look::Seen(tags), Some(arn), Some(request)) = (&observed.tags, arn, &mut plan.ledger.request) else {
        return plan;
    };
    let missing = identity::missing_tags(desired, request, tags);
    request.tags_hash = identity::tags_hash(&desired.tags);
    if !missing.is_empty() {
        plan.otherwise = Some(Box::new((before, plan.verdict.clone())));
        plan.step = Step::Do(Effect::AddTags { arn, tags: missing, seen: tags.clone() });
    } else if plan.ledger != before {
        plan.step = Step::Write;
    }
    plan
}
