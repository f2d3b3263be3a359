//! How long to wait.

use super::{Context, context::key_of};
use crate::{
    api::{AcmCertificate, ConditionType},
    names::{HostedZoneId, RecordName, Region},
    plan::{Patience, wanted_records},
};
use jiff::SignedDuration;
use kube::ResourceExt;
use std::time::Duration;

/// How long to wait when nothing wakes the object up. Spread by up to a tenth, so that a mass start does not stay one.
pub(super) fn pause(ctx: &Context, object: &AcmCertificate, patience: Patience) -> Duration {
    spread(object, pause_within(ctx, object, patience, settled_pause(ctx, object)))
}

/// The same for an object whose records are not mended: they are looked at once in a period, wherever they are missing.
pub(super) fn pause_of_watched(ctx: &Context, object: &AcmCertificate, patience: Patience) -> Duration {
    spread(object, pause_within(ctx, object, patience, ctx.settings.record_period))
}

fn spread(object: &AcmCertificate, base: Duration) -> Duration {
    let seed =
        object.uid().unwrap_or_default().bytes().fold(0_u32, |sum, b| sum.wrapping_mul(31).wrapping_add(b.into()));
    base + base.mul_f64(f64::from(seed % 100) / 1000.0)
}

fn pause_within(ctx: &Context, object: &AcmCertificate, patience: Patience, settled: Duration) -> Duration {
    let settled = until_stale(ctx, object).map_or(settled, |left| left.min(settled));
    match patience {
        Patience::Soon => Duration::from_secs(2).min(ctx.settings.pending_period),
        Patience::Pending => ctx.settings.pending_period,
        Patience::Blocked => blocked_pause(ctx, object),
        Patience::Settled => settled,
        Patience::Until(at) => {
            let left = Duration::try_from(at.duration_since(ctx.clock.now())).unwrap_or_default();
            left.clamp(Duration::from_millis(500), settled.max(Duration::from_millis(500)))
        }
    }
}

/// While a region cannot be read: until what is known of it is too old, so that this is told on time.
fn until_stale(ctx: &Context, object: &AcmCertificate) -> Option<Duration> {
    let region: Region = object.status.as_ref()?.region.as_ref()?.parse().ok()?;
    ctx.fleet.last_error(&region)?;
    let left = ctx.settings.stale_after.saturating_sub(ctx.fleet.unread_for(&region)?);
    // NB: only what is older than that is too old.
    Duration::try_from(left).ok().map(|left| left + Duration::from_secs(1))
}

/// Until the next look at a record is due: a wake-up in between does not put it off.
fn settled_pause(ctx: &Context, object: &AcmCertificate) -> Duration {
    let period = ctx.settings.record_period;
    let Some(status) = &object.status else { return period };
    // Only records that the next pass would look at: not those of names that were edited out.
    let wanted: Vec<_> = wanted_records(status).into_iter().map(|record| record.name).collect();
    let alive = matches!(status.certificate_status.as_deref(), Some("PENDING_VALIDATION" | "ISSUED"));
    let claims = status.records.iter().filter(|_| alive);
    let records = claims.map(|claim| (HostedZoneId::new(&claim.zone_id), RecordName::new(&claim.name)));
    let records = records.filter(|(_, name)| wanted.contains(name));
    let key = key_of(&object.namespace().unwrap_or_default(), &object.name_any());
    ctx.memory.next_record_look(&key, records, period, ctx.clock.steady()).max(ctx.settings.pending_period.min(period))
}

/// The longer somebody else has not acted, the longer until the next look: half the time so far, up to a minute.
fn blocked_pause(ctx: &Context, object: &AcmCertificate) -> Duration {
    let conditions = object.status.iter().flat_map(|status| &status.conditions);
    let since = conditions
        .filter(|c| c.type_ == ConditionType::DeletionBlocked.as_str())
        .map(|c| c.last_transition_time.0)
        .next();
    let blocked_for = since.map_or(SignedDuration::ZERO, |since| ctx.clock.now().duration_since(since));
    let half = Duration::try_from(blocked_for / 2).unwrap_or_default();
    half.clamp(ctx.settings.pending_period, Duration::from_secs(60).max(ctx.settings.pending_period))
}

/// Doubles with each failure.
pub(super) fn backoff(first: Duration, most: Duration, failures: u32) -> Duration {
    let doubled = first.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1).min(20)));
    doubled.min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backoff_doubles_up_to_its_limit() {
        let pause = |failures| backoff(Duration::from_secs(1), Duration::from_secs(300), failures).as_secs();
        assert_eq!([1, 2, 3, 9, 10, 100].map(pause), [1, 2, 4, 256, 300, 300]);
    }
}
