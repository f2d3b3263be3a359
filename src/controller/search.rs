//! Certificates that are looked for by their tags, and the tags of the one that matters.

use super::{Context, context::key_of, errors::PassError};
use crate::{
    api::{AcmCertificateStatus, TAG_ATTEMPT, TAG_SPEC_HASH, TAG_UID},
    aws::{AwsError, CertificateSummary, Meaning},
    names::CertificateArn,
    plan::{
        Desired, Earlier, Look, certificate_that_matters, identity, is_earlier_life_possible, is_intent_open,
        is_said_to_be_lost,
    },
};
use jiff::{SignedDuration, Timestamp};
use std::{collections::BTreeMap, time::Duration};

/// What a lost answer may have made is visible in a listing after this: the time-out of a call, and the listing's lag.
const LOST_ANSWER: SignedDuration = SignedDuration::from_secs(60);
/// Clocks differ: a certificate may seem to be so much older than its request.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);
/// How old a listing may be in which certificates of an earlier life are looked for: those are much older.
const EARLIER_LISTING: SignedDuration = SignedDuration::from_secs(60);
/// A settled certificate is fully looked at this often at least.
const FULLY_AT_LEAST: Duration = Duration::from_secs(24 * 3600);

/// The certificates that an unanswered request may have made: since then, and proven by their tags. Not by their names,
/// for the spec may have changed.
pub(super) async fn find_by_tags(
    ctx: &Context,
    desired: &Desired,
    status: &AcmCertificateStatus,
    now: Timestamp,
) -> Look<Vec<CertificateArn>> {
    let Some(request) = &status.request else { return Look::NotTaken };
    // The last that was sent may still take effect. What an earlier process sent last is not known, but it was before this
    // one began.
    let sent = ctx.memory.last_sent(&desired.owner.uid).unwrap_or(ctx.started_at);
    let is_fresh = (SignedDuration::ZERO..LOST_ANSWER).contains(&now.duration_since(request.sent_at.0));
    if !is_intent_open(desired, status, now) || is_fresh || ctx.clock.steady().duration_since(sent) < LOST_ANSWER {
        return Look::NotTaken;
    }
    // What other objects know is theirs: in a mass creation that is nearly everything that is so young.
    let others = ctx.certificates_of_others(&key_of(&desired.owner.namespace, &desired.owner.name));
    let found = async {
        let rows = ctx.fleet.list_certificates(&desired.region, SignedDuration::ZERO).await?;
        let mut proven = vec![];
        let since = request.sent_at.0 - CLOCK_SKEW;
        // A clock that was put back tells no times.
        let since = if since > now { Timestamp::MIN } else { since };
        let is_candidate =
            |row: &&CertificateSummary| row.created_at.is_none_or(|at| at >= since) && !others.contains(&row.arn);
        for row in rows.values().filter(is_candidate) {
            let Some(tags) = tags_of(ctx, &row.arn).await? else { continue };
            let is = |key: &str, value: &str| tags.get(key).is_some_and(|tag| tag == value);
            let same = is(TAG_SPEC_HASH, &request.spec_hash) && is(TAG_ATTEMPT, &request.attempt.to_string());
            if desired.owner.is_proven_by(&tags) && (same || desired.deleting) {
                proven.push(row);
            }
        }
        // The one in use, else the oldest.
        proven.sort_by_key(|row| (!row.in_use, row.created_at, row.arn.clone()));
        Ok::<_, AwsError>(proven.into_iter().map(|row| row.arn.clone()).collect::<Vec<_>>())
    };
    Look::from_result(found.await)
}

/// What an earlier life of the object may have left: an object restored from a backup without its status, or made anew
/// from Git in a rebuilt cluster. Only for an object that has asked for nothing yet.
pub(super) async fn find_earlier(
    ctx: &Context,
    desired: &Desired,
    status: &AcmCertificateStatus,
    now: Timestamp,
) -> Result<Look<Vec<Earlier>>, PassError> {
    if status.request.is_some() || status.certificate_arn.is_some() || !is_earlier_life_possible(desired, now) {
        return Ok(Look::NotTaken);
    }
    let found = match candidates(ctx, desired).await {
        Ok(found) => found,
        Err(error) => return Ok(Look::Failed(error)),
    };
    if found.iter().all(|one| desired.owner.is_proven_by(&one.tags)) {
        return Ok(Look::Seen(found));
    }
    // A namesake's certificate is taken over only if that namesake lives nowhere in this cluster.
    let alive = ctx.cluster.list().await?;
    let is_free =
        |one: &Earlier| one.tags.get(TAG_UID).is_none_or(|uid| *uid == desired.owner.uid || !alive.lives(uid));
    Ok(Look::Seen(found.into_iter().filter(is_free).collect()))
}

async fn candidates(ctx: &Context, desired: &Desired) -> Result<Vec<Earlier>, AwsError> {
    let spec_hash = desired.spec_hash();
    let mut found = vec![];
    let adopted = desired.adopts.as_ref();
    let rows = ctx.fleet.list_certificates(&desired.region, EARLIER_LISTING).await?;
    let is_candidate = |row: &&CertificateSummary| match adopted {
        Some(arn) => row.arn == *arn,
        None => row.type_ == "AMAZON_ISSUED" && row.managed_by.is_none() && identity::has_exactly(&row.names, desired),
    };
    for row in rows.values().filter(is_candidate) {
        if !matches!(row.status.as_str(), "PENDING_VALIDATION" | "ISSUED") || ctx.memory.was_let_go(&row.arn) {
            continue;
        }
        let Some(tags) = tags_of(ctx, &row.arn).await? else { continue };
        let namesake = desired.owner.may_take_over() && desired.owner.is_namesake_of(&tags, &spec_hash);
        let same = tags.get(TAG_SPEC_HASH).is_some_and(|hash| *hash == spec_hash) || desired.deleting;
        if namesake || (desired.owner.is_proven_by(&tags) && same) {
            let (arn, status, in_use, created_at) = (row.arn.clone(), row.status.clone(), row.in_use, row.created_at);
            found.push(Earlier { arn, status, in_use, created_at, tags });
        }
    }
    Ok(found)
}

/// The tags of a certificate, or nothing if ACM does not know it (any more): listings lag.
async fn tags_of(ctx: &Context, arn: &CertificateArn) -> Result<Option<BTreeMap<String, String>>, AwsError> {
    match ctx.certificates.list_tags(arn.clone()).await {
        Ok(tags) => Ok(Some(tags)),
        Err(error) if error.is(Meaning::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The live tags of the certificate that matters, when it is time: whose it is, and whether its tags have to be mended.
pub(super) async fn look_at_tags(
    ctx: &Context,
    desired: &Desired,
    status: &AcmCertificateStatus,
    forced: bool,
) -> Look<BTreeMap<String, String>> {
    let arn = match certificate_that_matters(status) {
        Some(arn) => arn.parse().ok(),
        None => desired.adopts.clone(),
    };
    let Some(arn) = arn else { return Look::NotTaken };
    let differ = status.request.as_ref().is_none_or(|request| request.tags_hash != identity::tags_hash(&desired.tags));
    let now = ctx.clock.steady();
    if !forced && !differ && !is_said_to_be_lost(status) && !ctx.memory.are_tags_due(&arn, full_look_period(ctx), now) {
        return Look::NotTaken;
    }
    let tags = ctx.certificates.list_tags(arn.clone()).await;
    if tags.is_ok() {
        ctx.memory.looked_at_tags(&arn, now);
    }
    Look::from_result(tags)
}

/// Is it time for a look at all of a settled certificate, what the listings do not show included: its tags, and the names
/// of those who use it?
pub(super) fn is_full_look_due(ctx: &Context, status: &AcmCertificateStatus) -> bool {
    let arn = certificate_that_matters(status).and_then(|arn| arn.parse().ok());
    arn.is_some_and(|arn| ctx.memory.are_tags_due(&arn, full_look_period(ctx), ctx.clock.steady()))
}

/// One full look for each sweep of the listing, over all objects: so that it never costs much more than the sweeps do.
fn full_look_period(ctx: &Context) -> Duration {
    let objects = u32::try_from(ctx.fleet.objects()).unwrap_or(u32::MAX);
    let share = ctx.settings.settled_period.saturating_mul(objects);
    share.clamp(ctx.settings.record_period, FULLY_AT_LEAST.max(ctx.settings.record_period))
}
