//! Who needs a record that an object lets go of: other objects of ours, and every certificate of the account.

use super::{Context, errors::PassError, objects::Objects};
use crate::{
    api::{AcmCertificate, ClaimState, FINALIZER, RecordClaim, TAG_UID},
    aws::{AwsError, CertificateSummary, Meaning},
    mistake::Mistake,
    names::{CertificateArn, DomainName, HostedZoneId, RecordName, Region},
    plan::{Need, certificates_to_delete},
};
use jiff::SignedDuration;
use kube::ResourceExt;
use std::collections::{BTreeMap, BTreeSet};

/// How old a listing may be that decides on a record. Certificates that are younger belong to objects whose entries
/// are read live, or to somebody who has yet to look for the record.
const LISTING_AGE: SignedDuration = SignedDuration::from_secs(2);
/// How long a failure to read a region counts as passing.
const TRANSIENT: SignedDuration = SignedDuration::from_mins(30);
/// How long a denial does: credentials expire and come back; a region that a policy closes stays so.
const DENIED: SignedDuration = SignedDuration::from_secs(60);
/// How long another object of the same name may take to store its entry; then the record becomes its own without one.
const CLAIM_GRACE: SignedDuration = SignedDuration::from_secs(60);

/// Who needs each of the object's records. A record that is missing in the answer is not decided yet.
pub(super) async fn count(
    ctx: &Context,
    object: &AcmCertificate,
) -> Result<BTreeMap<(HostedZoneId, RecordName), Need>, PassError> {
    let status = object.status.clone().unwrap_or_default();
    if Mistake::RecordDeletedWithoutCounting.is_made() {
        let key = |claim: &RecordClaim| (HostedZoneId::new(&claim.zone_id), RecordName::new(&claim.name));
        return Ok(status.records.iter().map(|claim| (key(claim), Need::Nobody)).collect());
    }
    let Objects { readable, unreadable } = ctx.cluster.list().await?;
    let others: Vec<_> = readable.into_iter().filter(|other| other.uid() != object.uid()).collect();
    let mut regions: BTreeSet<Region> = ctx.settings.shared_record_regions.iter().cloned().collect();
    let used = others.iter().chain([object]).filter_map(|other| other.status.as_ref()?.region.as_ref()?.parse().ok());
    regions.extend(used);
    regions.extend(unreadable.iter().filter_map(|object| object.region.clone()));
    let deleting_for = object.metadata.deletion_timestamp.as_ref().map(|at| ctx.clock.now().duration_since(at.0));
    let is_early = deleting_for.is_none_or(|age| age < CLAIM_GRACE);
    let mut needs = BTreeMap::new();
    for claim in status.records.iter().filter(|claim| claim.state == ClaimState::Deleting) {
        let name = RecordName::new(&claim.name);
        let key = (HostedZoneId::new(&claim.zone_id), name.clone());
        let about_to_claim = others.iter().find(|other| is_about_to_claim(other, &name));
        // NB: nothing can be handed to an object that cannot be read.
        let keeper = unreadable.iter().find(|object| object.records.contains(&name));
        let kept =
            keeper.map(|object| Need::Doubt(format!("{}, which cannot be read, has an entry for it", object.name)));
        let need = match (other_object(&others, claim).or(kept), about_to_claim) {
            (Some(need), _) => need,
            // Undecided: that object is about to store its entry, and then the record becomes its own.
            (None, Some(_)) if is_early => continue,
            // NB: its certificate may be too young for any listing.
            (None, Some(other)) => as_need(other),
            (None, None) => match heir_of(certificate_of_the_account(ctx, &regions, &name).await?, &others) {
                Need::Certificate(arn) => owner_by_tags(ctx, arn, &others).await.map_err(PassError::Aws)?,
                need => need,
            },
        };
        match need {
            // Undecided: an object that has lost its finalizer gets it back in its next pass.
            need if !may_inherit(&need, &others) && is_early => {}
            Need::Object { ref namespace, ref name, .. } if !may_inherit(&need, &others) => {
                let why = format!("{namespace}/{name} relies on it, and lacks the finalizer {FINALIZER}");
                needs.insert(key, Need::Doubt(why));
            }
            need => {
                needs.insert(key, need);
            }
        }
    }
    Ok(needs)
}

/// May the record be handed to whom needs it, as far as that is an object of ours?
fn may_inherit(need: &Need, others: &[AcmCertificate]) -> bool {
    let Need::Object { uid: heir, .. } = need else { return true };
    others.iter().any(|other| other.metadata.uid.as_ref() == Some(heir) && cleans_up(other))
}

/// A certificate that belongs to another object of ours: that object becomes the record's keeper, whatever zone the
/// record stands in, so that it goes with the last of them.
fn heir_of(need: Need, others: &[AcmCertificate]) -> Need {
    let Need::Certificate(arn) = &need else { return need };
    let knows = |other: &&AcmCertificate| {
        other.status.as_ref().is_some_and(|status| certificates_to_delete(status).contains(arn))
    };
    match others.iter().find(knows) {
        Some(heir) => as_need(heir),
        None => need,
    }
}

/// A certificate that no status knows may still be one of ours: of a request whose answer was lost, and that its object has
/// yet to look for. Then that object becomes the record's keeper as well, or the record would outlive them both.
async fn owner_by_tags(ctx: &Context, arn: CertificateArn, others: &[AcmCertificate]) -> Result<Need, AwsError> {
    let tags = ctx.certificates.list_tags(arn.clone()).await?;
    let uid = tags.get(TAG_UID);
    let owner = others.iter().find(|other| uid.is_some() && other.metadata.uid.as_ref() == uid);
    Ok(match owner {
        Some(owner) => as_need(owner),
        None => Need::Certificate(arn),
    })
}

fn other_object(others: &[AcmCertificate], claim: &RecordClaim) -> Option<Need> {
    let relies = |other: &&AcmCertificate| {
        let claims = other.status.as_ref().map(|status| &status.records[..]).unwrap_or_default();
        claims.iter().any(|c| c.name == claim.name && c.zone_id == claim.zone_id && c.state != ClaimState::Deleting)
    };
    // One that stays, rather than one that is on its way out as well.
    let users: Vec<_> = others.iter().filter(relies).collect();
    let stays = users.iter().find(|other| other.metadata.deletion_timestamp.is_none());
    stays.or(users.first()).copied().map(as_need)
}

fn as_need(object: &AcmCertificate) -> Need {
    Need::Object {
        namespace: object.namespace().unwrap_or_default(),
        name: object.name_any(),
        uid: object.uid().unwrap_or_default(),
    }
}

/// Does the object let go of its records when it goes? Not where somebody has removed our finalizer.
pub(super) fn cleans_up(object: &AcmCertificate) -> bool {
    object.finalizers().iter().any(|finalizer| finalizer == FINALIZER)
}

/// Has another object asked for a certificate that may need the record, without knowing its own records yet?
fn is_about_to_claim(other: &AcmCertificate, record: &RecordName) -> bool {
    let names = std::iter::once(&other.spec.domain_name).chain(&other.spec.subject_alternative_names);
    let mut bases = names.filter_map(|name| name.parse::<DomainName>().ok());
    let status = other.status.as_ref();
    let has_requested = status.is_some_and(|status| status.request.is_some());
    let knows_records = status.is_some_and(|status| status.validations.iter().any(|v| v.record.is_some()));
    other.metadata.deletion_timestamp.is_none()
        && has_requested
        && !knows_records
        && bases.any(|name| record.is_within(name.base()))
}

async fn certificate_of_the_account(
    ctx: &Context,
    regions: &BTreeSet<Region>,
    record: &RecordName,
) -> Result<Need, PassError> {
    for region in regions {
        match needed_in(ctx, region, record).await {
            Ok(None) => ctx.memory.readable(region),
            Ok(Some(need)) => {
                ctx.memory.readable(region);
                return Ok(need);
            }
            // It passes, and is waited for, but not for ever.
            Err(error) if ctx.memory.unreadable_for(region, ctx.clock.steady()) > patience_with(&error) => {
                return Ok(Need::Doubt(format!(
                    "certificates in {region} cannot be read ({error}); --shared-record-regions says which are read"
                )));
            }
            Err(error) => return Err(PassError::Aws(error)),
        }
    }
    Ok(Need::Nobody)
}

fn patience_with(error: &AwsError) -> SignedDuration {
    if error.is(Meaning::Denied) { DENIED } else { TRANSIENT }
}

async fn needed_in(ctx: &Context, region: &Region, record: &RecordName) -> Result<Option<Need>, AwsError> {
    let rows = ctx.fleet.list_certificates(region, LISTING_AGE).await?;
    for row in rows.values().filter(|row| may_need(row, record)) {
        // The listing lags and does not tell the validation method: the certificate itself does.
        match ctx.certificates.describe_certificate(row.arn.clone()).await {
            Ok(detail) => {
                let alive = may_be_alive(&detail.status);
                let shown = |record: &crate::aws::RecordDetail, name: &RecordName| record.name == *name;
                let uses = detail.domains.iter().any(|domain| match &domain.record {
                    Some(of) => shown(of, record),
                    // Not shown yet: it will be the one of its name.
                    None => domain.method.as_deref() != Some("EMAIL") && record.is_within(base_of(&domain.domain_name)),
                });
                if alive && uses {
                    return Ok(Some(Need::Certificate(row.arn.clone())));
                }
            }
            Err(error) if error.is(Meaning::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// The record of a name stands below it: a first sieve, so that not every certificate has to be described.
fn may_need(row: &CertificateSummary, record: &RecordName) -> bool {
    let covers = row.has_more_names || row.names.iter().any(|name| record.is_within(base_of(name)));
    // What has no validation record of this kind, for certain. An unknown word needs the record, in doubt.
    let other = matches!(row.type_.as_str(), "IMPORTED" | "PRIVATE");
    may_be_alive(&row.status) && covers && !other
}

/// Not at one of its ends, as far as is known.
fn may_be_alive(status: &str) -> bool {
    !matches!(status, "FAILED" | "EXPIRED" | "REVOKED" | "VALIDATION_TIMED_OUT")
}

fn base_of(name: &str) -> &str {
    name.strip_prefix("*.").unwrap_or(name)
}
