//! One object: observe, plan, execute, report.

use super::{
    Context,
    act::act,
    context::key_of,
    errors::PassError,
    observe::observe,
    pause::{pause, pause_of_watched},
    status::{asked_by, tell_and_write},
};
use crate::{
    api::{ANNOTATION_ADOPT_FROM, ANNOTATION_RECONCILE_AT, ANNOTATION_RETRY, AcmCertificate, FINALIZER},
    names::RecordName,
    plan::{Desired, Envelope, Owner, Patience, Plan, Step, plan, wanted_records},
};
use jiff::SignedDuration;
use kube::{ResourceExt, core::DeserializeGuard};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// Steps in a row for one object; then it goes to the end of the queue.
const STEPS: usize = 24;
/// How long until a copy that is newer than our own write has come.
pub(super) const CATCH_UP: Duration = Duration::from_millis(500);
/// A watch that lags longer than this is not waited for: the API server may have been restored from a backup, and then no
/// newer copy ever comes.
const WATCH_LAG: SignedDuration = SignedDuration::from_secs(30);
/// How often a process that may not work asks again.
const STANDBY: Duration = Duration::from_secs(1);

/// How a step ended.
pub(super) enum Passed {
    /// The object was written or the world changed: plan anew, from this copy.
    Again(Box<AcmCertificate>),
    /// Nothing to do for so long.
    Wait(Duration),
    /// The object is gone.
    Gone,
}

/// Brings one object closer to what its spec says, until it has to wait: for so long, or until it changes.
///
/// # Errors
/// What ended a pass early; [`retry_after`](super::retry_after) says when to try again.
pub async fn reconcile(
    guarded: Arc<DeserializeGuard<AcmCertificate>>,
    ctx: Arc<Context>,
) -> Result<Option<Duration>, PassError> {
    let object = match &guarded.0 {
        Ok(object) => object,
        Err(invalid) => {
            let name = invalid.metadata.name.clone().unwrap_or_default();
            tracing::warn!(name, "a stored object cannot be read and is left alone: {}", invalid.error);
            return Ok(None);
        }
    };
    let owner = owner_of(object, &ctx)?;
    if !ctx.leadership.is_held(ctx.clock.now()) {
        return Ok(Some(STANDBY));
    }
    let Some(object) = newest(&ctx, object, &owner.uid).await? else { return Ok(Some(CATCH_UP)) };
    let key = key_of(&owner.namespace, &owner.name);
    // NB: the semaphore is never closed.
    let _turn = ctx.turns.acquire().await;
    let mut current = Box::new(object);
    for _ in 0..STEPS {
        match pass(&ctx, &current, owner.clone()).await? {
            Passed::Again(next) => current = next,
            Passed::Wait(wait) => {
                ctx.memory.succeeded(&key);
                return Ok(Some(wait));
            }
            Passed::Gone => {
                ctx.memory.forget(&owner.uid, &key);
                ctx.fleet.forget(&key);
                return Ok(None);
            }
        }
    }
    Ok(Some(CATCH_UP))
}

/// The copy to work from; nothing while a newer one than this is on its way.
async fn newest(ctx: &Context, object: &AcmCertificate, uid: &str) -> Result<Option<AcmCertificate>, PassError> {
    match ctx.memory.stale_for(uid, object.resource_version().as_deref(), ctx.clock.steady()) {
        None => Ok(Some(object.clone())),
        Some(lag) if lag < WATCH_LAG => Ok(None),
        Some(_) => {
            let live = ctx.cluster.get(&object.namespace().unwrap_or_default(), &object.name_any()).await?;
            let live = live.filter(|live| live.uid().as_deref() == Some(uid));
            if let Some(live) = &live {
                ctx.memory.read_live(uid, live.resource_version().as_deref());
            }
            Ok(live)
        }
    }
}

/// One step.
async fn pass(ctx: &Context, object: &AcmCertificate, owner: Owner) -> Result<Passed, PassError> {
    // Parse. Pure; of a spec that makes no sense, what is left is watched and reported until it is edited.
    let desired = desire(ctx, object, owner);
    // Take turns with siblings on shared records. Waits a little, cannot fail.
    let Some(_held) = ctx.memory.lock_records(records_of(object)).await else {
        return Ok(Passed::Wait(pause(ctx, object, Patience::Soon)));
    };
    // A person's wish to look again at once.
    let forced = is_forced(object);
    if forced {
        let wish = asked_by(object, ANNOTATION_RECONCILE_AT).unwrap_or_default();
        ctx.memory.clear_refusals(&key_of(&desired.owner.namespace, &desired.owner.name), wish);
    }
    // Observe. Reads AWS and the API server; failures of AWS are part of what was observed.
    let observed = observe(ctx, object, &desired, forced).await?;
    // Plan. Pure.
    let plan = plan(&desired, &observed, ctx.clock.now());
    // Execute and report. Writes.
    match plan.step.clone() {
        Step::Wait => wait(ctx, object, &desired, plan).await,
        Step::Write => write(ctx, object, &desired, plan).await,
        Step::Do(effect) => act(ctx, object, &desired, plan, effect).await,
    }
}

async fn wait(ctx: &Context, object: &AcmCertificate, desired: &Desired, plan: Plan) -> Result<Passed, PassError> {
    let key = key_of(&desired.owner.namespace, &desired.owner.name);
    let by_patience = if desired.is_only_watched() { pause_of_watched } else { pause };
    let refused = ctx.memory.refused(&key, desired.generation, ctx.clock.steady());
    let pause = match refused.iter().filter_map(|(_, left)| Duration::try_from(*left).ok()).min() {
        // When a refused effect may be sent again, and sooner only if something else is due.
        Some(left) if plan.patience == Patience::Blocked => left.min(by_patience(ctx, object, Patience::Settled)),
        Some(left) => left.min(by_patience(ctx, object, plan.patience)),
        None => by_patience(ctx, object, plan.patience),
    };
    if desired.deleting && !desired.has_finalizer {
        return Ok(Passed::Gone);
    }
    tell_and_write(ctx, object, desired, &plan).await?;
    match plan.failed {
        // What could not be read is said in the log and tried again later and later.
        Some(error) => Err(PassError::Aws(error)),
        None => Ok(Passed::Wait(pause)),
    }
}

async fn write(ctx: &Context, object: &AcmCertificate, desired: &Desired, plan: Plan) -> Result<Passed, PassError> {
    match tell_and_write(ctx, object, desired, &plan).await? {
        Some(written) => Ok(Passed::Again(Box::new(written))),
        None => Ok(Passed::Wait(pause(ctx, object, plan.patience))),
    }
}

fn desire(ctx: &Context, object: &AcmCertificate, owner: Owner) -> Desired {
    let status = object.status.as_ref();
    let envelope = Envelope {
        owner,
        generation: object.metadata.generation.unwrap_or_default(),
        deleting: object.metadata.deletion_timestamp.is_some(),
        has_finalizer: object.finalizers().iter().any(|finalizer| finalizer == FINALIZER),
        pinned_region: status.and_then(|status| status.region.as_ref()).and_then(|region| region.parse().ok()),
        retry: asked_by(object, ANNOTATION_RETRY),
        adopt_from: asked_by(object, ANNOTATION_ADOPT_FROM),
        created_at: object.metadata.creation_timestamp.as_ref().map(|at| at.0),
    };
    let served = status.and_then(|status| status.names.first());
    Desired::parse_or_reject(envelope, &object.spec, &ctx.settings.defaults, served.map(String::as_str))
}

pub(super) fn owner_of(object: &AcmCertificate, ctx: &Context) -> Result<Owner, PassError> {
    Ok(Owner {
        cluster: ctx.settings.cluster.clone(),
        cluster_alias: ctx.settings.cluster_alias.clone(),
        cluster_is_named: ctx.settings.cluster_is_named,
        namespace: object.namespace().ok_or(PassError::Incomplete("namespace"))?,
        name: object.metadata.name.clone().ok_or(PassError::Incomplete("name"))?,
        uid: object.uid().ok_or(PassError::Incomplete("uid"))?,
    })
}

fn is_forced(object: &AcmCertificate) -> bool {
    let asked = asked_by(object, ANNOTATION_RECONCILE_AT);
    asked.is_some()
        && asked.as_ref() != object.status.as_ref().and_then(|status| status.last_handled_reconcile_at.as_ref())
}

fn records_of(object: &AcmCertificate) -> BTreeSet<RecordName> {
    let Some(status) = &object.status else { return BTreeSet::new() };
    let claimed = status.records.iter().map(|claim| RecordName::new(&claim.name));
    wanted_records(status).into_iter().map(|record| record.name).chain(claimed).collect()
}
