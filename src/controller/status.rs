//! Reports: Events first, then the status, and that only if it differs.

use super::{Context, errors::PassError, events};
use crate::{
    api::{ANNOTATION_RECONCILE_AT, AcmCertificate, AcmCertificateStatus},
    plan::{Desired, Plan, report, tell},
};
use kube::ResourceExt;

/// So many characters of an annotation are echoed in the status: what its schema takes.
const HANDLED_CHARS: usize = 256;

/// What an annotation asks for, as the status echoes it.
pub(super) fn asked_by(object: &AcmCertificate, annotation: &str) -> Option<String> {
    object.annotations().get(annotation).map(|asked| asked.chars().take(HANDLED_CHARS).collect())
}

/// Events first, then the status: so no crash loses one, and their names keep a repetition from telling it twice.
pub(super) async fn tell_and_write(
    ctx: &Context,
    object: &AcmCertificate,
    desired: &Desired,
    plan: &Plan,
) -> Result<Option<AcmCertificate>, PassError> {
    let before = object.status.clone().unwrap_or_default();
    let mut after = report(desired, &before, &plan.ledger, &plan.verdict, ctx.clock.now());
    if let Some(asked) = asked_by(object, ANNOTATION_RECONCILE_AT) {
        after.last_handled_reconcile_at = Some(asked);
    }
    let mut notices = plan.notices.clone();
    notices.extend(tell(&before, &after, &desired.limits));
    events::publish(ctx, object, &notices).await;
    store(ctx, object, &before, after).await
}

/// Writes only a status that differs.
async fn store(
    ctx: &Context,
    object: &AcmCertificate,
    before: &AcmCertificateStatus,
    after: AcmCertificateStatus,
) -> Result<Option<AcmCertificate>, PassError> {
    if *before == after {
        return Ok(None);
    }
    let written = ctx.cluster.replace_status(object, after).await?;
    ctx.memory.wrote(&written.uid().unwrap_or_default(), written.resource_version().as_deref());
    Ok(Some(written))
}
