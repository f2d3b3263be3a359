//! Looks at the world, as far as the next plan needs it. Reads only.

use super::{Context, context::key_of, errors::PassError, memory::Unread, needs, search, serving, siblings};
use crate::{
    api::{AcmCertificate, AcmCertificateStatus, ClaimState, ConditionType, RequestIntent, TAG_NAMESPACE, TAG_UID},
    aws::Meaning,
    mistake::Mistake,
    names::{CertificateArn, HostedZoneId, RecordName},
    plan::{
        Desired, Look, Observed, Retiring, Sight, are_records_doubtful, certificate_that_matters,
        certificates_to_delete, is_worth_describing, take_in, wanted_records, zone_for,
    },
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// ACM takes some seconds until a new certificate can be described; the first look before that is wasted.
const FIRST_DESCRIBE: SignedDuration = SignedDuration::from_millis(1500);
/// So long after its request a certificate that cannot be described may still show up ("up to 5 minutes").
const VISIBLE_WITHIN: SignedDuration = SignedDuration::from_mins(5);
/// Two looks so far apart make an absence.
const ABSENCE: SignedDuration = SignedDuration::from_secs(10);
/// A listing lags: certificates younger than this may be missing in it.
const LISTING_LAG: SignedDuration = SignedDuration::from_secs(60);
/// How old the list of zones may be while all is well.
const ZONES_AGE: SignedDuration = SignedDuration::from_secs(60);
/// So long a blocked deletion is expected to go on soon.
const EAGER_FOR: SignedDuration = SignedDuration::from_mins(10);
/// One pass's view of an object's surroundings. `forced`: a person asked to look again now.
pub(super) async fn observe(
    ctx: &Context,
    object: &AcmCertificate,
    desired: &Desired,
    forced: bool,
) -> Result<Observed, PassError> {
    let (now, steady) = (ctx.clock.now(), ctx.clock.steady());
    let mut observed = Observed { status: object.status.clone().unwrap_or_default(), ..Observed::default() };
    if !desired.has_finalizer {
        return Ok(observed);
    }
    let key = key_of(&desired.owner.namespace, &desired.owner.name);
    observed.refused = ctx.memory.refused(&key, desired.generation, steady).into_iter().map(|(kind, _)| kind).collect();
    observed.found_by_tags = search::find_by_tags(ctx, desired, &observed.status, now).await;
    if !desired.is_only_watched() {
        observed.earlier = search::find_earlier(ctx, desired, &observed.status, now).await?;
    }
    watch(ctx, desired, &observed.status);
    observed.stale_since = ctx.fleet.stale_since(&desired.region, ctx.settings.stale_after);
    if desired.deleting {
        observe_deletion(ctx, object, desired, &mut observed).await?;
        // A deletion describes what the listings do not show, so they may be well and it is not.
        let is_unread = observed.is_deletion_unread();
        let unread = ctx.memory.unread_since(&key, Unread::Certificates, is_unread, steady, now);
        observed.stale_since = observed.stale_since.or(ctx.if_stale(unread));
        return Ok(observed);
    }
    if !desired.is_only_watched() {
        for previous in &observed.status.previous {
            if let Ok(arn) = previous.certificate_arn.parse::<CertificateArn>() {
                let is_new = !previous.shown && is_within(VISIBLE_WITHIN, previous.since.0, now);
                let retiring = look_at_retiring(ctx, &arn, is_new).await;
                observed.retiring.insert(arn, retiring);
            }
        }
    }
    // Where listings have failed for long, the certificate itself may still be described.
    let directly = forced || observed.stale_since.is_some() || search::is_full_look_due(ctx, &observed.status);
    observed.certificate = look_at_certificate(ctx, desired, &observed.status, now, directly).await;
    observed.serving = serving::look(ctx, desired, &observed.status).await;
    // It may be the certificate alone that cannot be read.
    if observed.certificate != Look::NotTaken {
        let is_unread = matches!(observed.certificate, Look::Failed(_));
        let unread = ctx.memory.unread_since(&key, Unread::Certificates, is_unread, steady, now);
        observed.stale_since = observed.stale_since.or(ctx.if_stale(unread));
    }
    if !desired.is_only_watched() {
        observed.next_request_at = next_request_at(ctx, desired, now);
    }
    if !matches!(observed.certificate, Look::Seen(Sight::Absent { .. })) {
        observed.tags = search::look_at_tags(ctx, desired, &observed.status, forced).await;
    }
    if desired.is_only_watched() && certificate_that_matters(&observed.status).is_none() {
        return Ok(observed);
    }
    if desired.adopts.is_some() && observed.status.request.is_none() {
        observed.account = ctx.account.get().cloned();
        observed.other_owner_lives = lives_the_owner(ctx, desired, &observed).await?;
        return Ok(observed);
    }
    let ledger = match &observed.certificate {
        Look::Seen(Sight::Detail(detail)) => take_in(&observed.status, detail),
        Look::Seen(Sight::Unchanged) => observed.status.clone(),
        _ => return Ok(observed),
    };
    let alive = matches!(ledger.certificate_status.as_deref(), Some("PENDING_VALIDATION" | "ISSUED"));
    // NB: of a spec that makes no sense the zone is not known.
    if desired.writes_records && alive && desired.rejection.is_none() {
        look_at_records(ctx, object, desired, &ledger, &mut observed, forced).await?;
        if let Some(is_unread) = observed.are_records_unread() {
            let unread = ctx.memory.unread_since(&key, Unread::Records, is_unread, steady, now);
            observed.records_stale_since = ctx.if_stale(unread);
        }
    }
    if desired.writes_records && alive && !desired.is_only_watched() {
        match count_needs(ctx, object, &mut observed).await {
            // What cannot be counted now stays, and holds up nothing else.
            Err(PassError::Aws(error)) => {
                tracing::warn!("who needs the records of earlier names is not known: {error}")
            }
            counted => counted?,
        }
    }
    Ok(observed)
}

/// Was that no longer ago? A time that lies ahead was taken by another clock, and tells nothing.
fn is_within(limit: SignedDuration, at: Timestamp, now: Timestamp) -> bool {
    (SignedDuration::ZERO..limit).contains(&now.duration_since(at))
}

/// When the namespace may request its next certificate, if not now.
fn next_request_at(ctx: &Context, desired: &Desired, now: Timestamp) -> Option<Timestamp> {
    ctx.budget.seed(&desired.owner.namespace, || ctx.cached_statuses());
    ctx.budget.next_at(&desired.owner.namespace, now)
}

/// Does the object live whose UID stands in the tags of the certificate to be adopted?
async fn lives_the_owner(ctx: &Context, desired: &Desired, observed: &Observed) -> Result<bool, PassError> {
    let objects = ctx.cluster.list().await?;
    let knows = |other: &AcmCertificate| {
        let status = other.status.clone().unwrap_or_default();
        let is_other = other.metadata.uid.as_ref() != Some(&desired.owner.uid);
        is_other && desired.adopts.as_ref().is_some_and(|arn| certificates_to_delete(&status).contains(arn))
    };
    if objects.readable.iter().any(knows) {
        return Ok(true);
    }
    let uid = observed.tags.seen().and_then(|tags| tags.get(TAG_UID));
    let Some(uid) = uid.filter(|uid| **uid != desired.owner.uid) else { return Ok(false) };
    let namespace = observed.tags.seen().and_then(|tags| tags.get(TAG_NAMESPACE));
    let watched = ctx.cluster.namespaces();
    if !watched.is_empty() && namespace.is_none_or(|namespace| !watched.contains(namespace)) {
        // Out of sight: in doubt it lives.
        return Ok(true);
    }
    Ok(objects.lives(uid))
}

/// Who needs the records that are announced as going, and how they stand in their zones.
async fn count_needs(ctx: &Context, object: &AcmCertificate, observed: &mut Observed) -> Result<(), PassError> {
    let going: Vec<_> = observed.status.records.iter().filter(|claim| claim.state == ClaimState::Deleting).collect();
    if going.is_empty() {
        return Ok(());
    }
    observed.needs = needs::count(ctx, object).await?;
    for claim in going {
        let (zone, name) = (HostedZoneId::new(&claim.zone_id), RecordName::new(&claim.name));
        let look = look_at_record(ctx, &zone, &name).await;
        observed.record_sets.insert((zone, name), look);
    }
    Ok(())
}

/// Tells the fleet which certificates concern this object.
fn watch(ctx: &Context, desired: &Desired, status: &AcmCertificateStatus) {
    let key = key_of(&desired.owner.namespace, &desired.owner.name);
    let arns: BTreeSet<_> = certificates_to_delete(status).into_iter().collect();
    if !arns.is_empty() {
        ctx.fleet.watch(key, &desired.region, arns, is_eager(desired, status, ctx.clock.now()));
    }
}

/// Is a change of the certificate expected soon? What waits for a person does not keep a region busy.
fn is_eager(desired: &Desired, status: &AcmCertificateStatus, now: Timestamp) -> bool {
    let condition = |kind: ConditionType| status.conditions.iter().find(|c| c.type_ == kind.as_str());
    if desired.deleting {
        let blocked = condition(ConditionType::DeletionBlocked);
        return blocked.is_none_or(|c| now.duration_since(c.last_transition_time.0) < EAGER_FOR);
    }
    let pending = status.request.as_ref().is_some_and(|request| request.certificate_arn.is_some());
    pending && condition(ConditionType::Stalled).is_none()
}

async fn look_at_certificate(
    ctx: &Context,
    desired: &Desired,
    status: &AcmCertificateStatus,
    now: Timestamp,
    directly: bool,
) -> Look<Sight> {
    let request = status.request.as_ref();
    let pending = request.and_then(|request| request.certificate_arn.as_deref());
    let known = pending.or(status.certificate_arn.as_deref()).and_then(|arn| arn.parse::<CertificateArn>().ok());
    let to_be_adopted = desired.adopts.clone().filter(|_| request.is_none() && !desired.is_only_watched());
    let directly = directly || to_be_adopted.is_some();
    let Some(arn) = known.or(to_be_adopted) else { return Look::NotTaken };
    let is_younger = |than| request.is_some_and(|request| is_within(than, request.sent_at.0, now));
    let is_new = pending.is_some() && status.certificate_status.is_none();
    if is_new && is_younger(FIRST_DESCRIBE) {
        return Look::Seen(Sight::Absent { confirmed: false });
    }
    let sweep = ctx.fleet.rows(&desired.region);
    let row = sweep.as_ref().and_then(|rows| rows.get(&arn));
    let is_missing = row.is_none() && sweep.is_some() && !is_younger(LISTING_LAG);
    if row.is_none() && Mistake::NotListedTakenAsGone.is_made() {
        return Look::Seen(Sight::Absent { confirmed: true });
    }
    if row.is_some() {
        ctx.memory.present(&arn);
    }
    if !directly && !is_missing && !is_worth_describing(status, row) {
        return match (&sweep, pending) {
            // A pending certificate whose records are known can go on without the listing.
            (Some(_), _) | (None, Some(_)) => Look::Seen(Sight::Unchanged),
            (None, None) => ctx.fleet.last_error(&desired.region).map_or(Look::NotTaken, Look::Failed),
        };
    }
    match ctx.certificates.describe_certificate(arn.clone()).await {
        Ok(detail) => {
            ctx.memory.present(&arn);
            Look::Seen(Sight::Detail(Box::new(detail)))
        }
        Err(error) if error.is(Meaning::NotFound) => {
            let steady = ctx.clock.steady();
            let long_gone = steady.duration_since(ctx.memory.absent_since(&arn, steady)) >= ABSENCE;
            let confirmed = long_gone && !(is_new && is_younger(VISIBLE_WITHIN));
            Look::Seen(Sight::Absent { confirmed })
        }
        Err(error) => Look::Failed(error),
    }
}

async fn look_at_records(
    ctx: &Context,
    object: &AcmCertificate,
    desired: &Desired,
    ledger: &AcmCertificateStatus,
    observed: &mut Observed,
    forced: bool,
) -> Result<(), PassError> {
    let wanted = wanted_records(ledger);
    if wanted.is_empty() {
        return Ok(());
    }
    let now = ctx.clock.steady();
    let by = key_of(&desired.owner.namespace, &desired.owner.name);
    let is_done = |name: &RecordName| {
        ledger.records.iter().any(|claim| {
            RecordName::new(&claim.name) == *name && matches!(claim.state, ClaimState::Created | ClaimState::Found)
        })
    };
    // While a record has no zone, a new zone is what everybody waits for.
    let all_done = wanted.iter().all(|record| is_done(&record.name));
    let pending = SignedDuration::try_from(ctx.settings.pending_period).unwrap_or(ZONES_AGE);
    let age = if all_done && !forced { ZONES_AGE } else { pending.min(ZONES_AGE) };
    let doubtful = are_records_doubtful(ledger);
    let due = |zone: &HostedZoneId, name: &RecordName| {
        forced
            || doubtful
            || !is_done(name)
            || ctx.memory.is_record_due(&by, &(zone.clone(), name.clone()), ctx.settings.record_period, now)
    };
    let zones = match ctx.zones.list(age).await {
        Ok(zones) => zones,
        Err(error) => {
            observed.zones = Look::Failed(error);
            return Ok(());
        }
    };
    let mut looked_at = BTreeSet::new();
    for record in &wanted {
        let Ok(zone) = zone_for(&record.name, &zones, desired.hosted_zone.as_ref()) else { continue };
        if !due(&zone, &record.name) {
            continue;
        }
        let look = look_at_record(ctx, &zone, &record.name).await;
        let key = (zone, record.name.clone());
        let is_found = matches!(&look, Look::Seen(Some(set)) if set.has_only_value(&record.value));
        if look.seen().is_some() {
            ctx.memory.looked_at(&by, key.clone(), is_found, ctx.clock.steady());
        }
        if is_found && !is_done(&record.name) {
            // Our entry is about to be stored. Only then may the record be relied upon, if it is still there.
            ctx.memory.look_again(&by, &key);
        }
        looked_at.insert(record.name.clone());
        observed.record_sets.insert(key, look);
    }
    observed.zones = Look::Seen(zones.as_ref().clone());
    if !looked_at.is_empty() {
        observed.records_in_deletion = siblings::records_in_deletion(ctx, object, &looked_at).await?;
    }
    for key in observed.record_sets.keys().filter(|(_, name)| observed.records_in_deletion.contains(name)) {
        ctx.memory.look_again(&by, key);
    }
    Ok(())
}

async fn look_at_record(ctx: &Context, zone: &HostedZoneId, name: &RecordName) -> Look<Option<crate::aws::RecordSet>> {
    Look::from_result(ctx.records.find_record_set(zone.clone(), name.clone()).await)
}

/// `is_new`: requested so recently that ACM may not show it yet. Then, and at a first look, "not found" proves nothing,
/// unless ACM has taken its deletion.
async fn look_at_retiring(ctx: &Context, arn: &CertificateArn, is_new: bool) -> Retiring {
    let detail = match ctx.certificates.describe_certificate(arn.clone()).await {
        Ok(detail) => Look::Seen(Some(Box::new(detail))),
        Err(error) if error.is(Meaning::NotFound) => {
            let now = ctx.clock.steady();
            let twice = now.duration_since(ctx.memory.absent_since(arn, now)) >= ABSENCE;
            if ctx.memory.was_let_go(arn) || (twice && !is_new) { Look::Seen(None) } else { Look::NotTaken }
        }
        Err(error) => Look::Failed(error),
    };
    let tags = match &detail {
        Look::Seen(Some(_)) => Look::from_result(ctx.certificates.list_tags(arn.clone()).await),
        _ => Look::NotTaken,
    };
    Retiring { detail, tags }
}

async fn observe_deletion(
    ctx: &Context,
    object: &AcmCertificate,
    desired: &Desired,
    observed: &mut Observed,
) -> Result<(), PassError> {
    if desired.suspend {
        return Ok(());
    }
    if let Some(arn) = certificates_to_delete(&observed.status).into_iter().next() {
        let status = &observed.status;
        let is_it = |request: &&RequestIntent| request.certificate_arn.as_deref() == Some(arn.as_str());
        let unseen = status.request.as_ref().filter(is_it).filter(|_| status.certificate_status.is_none());
        let pending = unseen.map(|request| request.sent_at.0);
        let put_aside =
            status.previous.iter().find(|p| !p.shown && p.certificate_arn == arn.as_str()).map(|p| p.since.0);
        let is_new = pending.or(put_aside).is_some_and(|at| is_within(VISIBLE_WITHIN, at, ctx.clock.now()));
        let retiring = look_at_retiring(ctx, &arn, is_new).await;
        observed.retiring.insert(arn, retiring);
        return Ok(());
    }
    match count_needs(ctx, object, observed).await {
        Err(PassError::Aws(error)) => observed.uncounted = Some(error),
        counted => counted?,
    }
    Ok(())
}
