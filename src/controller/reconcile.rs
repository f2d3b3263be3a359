//! One object: observe, plan, execute, report.

use super::{
    Context,
    context::key_of,
    errors::PassError,
    events,
    execute::{Outcome, execute},
    observe::observe,
    pause::{backoff, pause},
};
use crate::{
    api::{ANNOTATION_RECONCILE_AT, ANNOTATION_RETRY, AcmCertificate, AcmCertificateStatus, FINALIZER, Reason},
    aws::{AwsError, Meaning},
    names::{CertificateArn, RecordName},
    plan::{
        Claim, Desired, Effect, Envelope, Owner, Patience, Plan, Rejection, Step, Verdict, plan, report,
        report_rejection, tell, trouble, wanted_records,
    },
};
use jiff::SignedDuration;
use kube::{ResourceExt, core::DeserializeGuard, runtime::controller::Action};
use std::{collections::BTreeSet, mem::Discriminant, sync::Arc, time::Duration};

/// Steps in a row for one object; then it goes to the end of the queue.
const STEPS: usize = 24;
/// How long until a copy that is newer than our own write has come.
const CATCH_UP: Duration = Duration::from_millis(500);
/// First and longest pause between deleting a certificate and looking whether it is gone.
const LET_GO: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));
/// How often a process that may not work asks again.
const STANDBY: Duration = Duration::from_secs(1);

/// How often a write is tried again when somebody else was faster.
const CONFLICTS: usize = 8;
/// So many characters of an annotation are echoed in the status: what its schema takes.
const HANDLED_CHARS: usize = 256;

/// How a step ended.
enum Passed {
    /// The object was written or the world changed: plan anew, from this copy.
    Again(Box<AcmCertificate>),
    /// Nothing to do for so long.
    Wait(Duration),
    /// The object is gone.
    Gone,
}

/// Brings one object closer to what its spec says, until it has to wait.
pub(super) async fn reconcile(
    guarded: Arc<DeserializeGuard<AcmCertificate>>,
    ctx: Arc<Context>,
) -> Result<Action, PassError> {
    let object = match &guarded.0 {
        Ok(object) => object,
        Err(invalid) => {
            let name = invalid.metadata.name.clone().unwrap_or_default();
            tracing::warn!(name, "a stored object cannot be read and is left alone: {}", invalid.error);
            return Ok(Action::await_change());
        }
    };
    let owner = owner_of(object, &ctx)?;
    if !ctx.leadership.is_held(ctx.clock.now()) {
        return Ok(Action::requeue(STANDBY));
    }
    if ctx.memory.is_stale(&owner.uid, object.resource_version().as_deref()) {
        return Ok(Action::requeue(CATCH_UP));
    }
    let key = key_of(&owner.namespace, &owner.name);
    // NB: the semaphore is never closed.
    let _turn = ctx.turns.acquire().await;
    let mut current = Box::new(object.clone());
    for _ in 0..STEPS {
        match pass(&ctx, &current, owner.clone()).await? {
            Passed::Again(next) => current = next,
            Passed::Wait(wait) => {
                ctx.memory.succeeded(&key);
                return Ok(Action::requeue(wait));
            }
            Passed::Gone => {
                ctx.memory.forget(&owner.uid, &key);
                ctx.fleet.forget(&key);
                return Ok(Action::await_change());
            }
        }
    }
    Ok(Action::requeue(CATCH_UP))
}

/// One step.
async fn pass(ctx: &Context, object: &AcmCertificate, owner: Owner) -> Result<Passed, PassError> {
    // Parse. Pure; a spec that makes no sense is reported and waits for an edit.
    let desired = match desire(ctx, object, owner) {
        Ok(desired) => desired,
        Err(rejection) => return reject(ctx, object, &rejection).await,
    };
    // Take turns with siblings on shared records. Waits, cannot fail.
    let _held = ctx.memory.lock_records(records_of(object)).await;
    // A person's wish to look again at once.
    let forced = is_forced(object);
    if forced {
        ctx.memory.clear_refusal(&key_of(&desired.owner.namespace, &desired.owner.name));
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
    let pause = pause(ctx, object, plan.patience);
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

async fn act(
    ctx: &Context,
    object: &AcmCertificate,
    desired: &Desired,
    plan: Plan,
    effect: Effect,
) -> Result<Passed, PassError> {
    let key = key_of(&desired.owner.namespace, &desired.owner.name);
    let kind = effect.kind();
    if let Some(left) = ctx.memory.refused_for(&key, desired.generation, kind, ctx.clock.now()) {
        return Ok(Passed::Wait(Duration::try_from(left).unwrap_or(CATCH_UP)));
    }
    let makes_records = matches!(effect, Effect::CreateRecords { .. });
    let is_final = effect == Effect::RemoveFinalizer;
    let lets_go = match &effect {
        Effect::DeleteCertificate(arn) | Effect::RemoveTags { arn, .. } => Some(arn.clone()),
        _ => None,
    };
    match execute(ctx, object, effect).await {
        Ok(Outcome::Written(_)) if is_final => {
            events::publish(ctx, object, &plan.notices).await;
            Ok(Passed::Gone)
        }
        Ok(Outcome::Written(written)) => {
            ctx.memory.wrote(&desired.owner.uid, written.resource_version().as_deref());
            Ok(Passed::Again(written))
        }
        Ok(Outcome::Requested(arn)) => {
            ctx.memory.clear_refusal(&key);
            match settle(ctx, object, desired, plan.with_requested(&arn)).await {
                Err(PassError::Cluster(error)) if error.is_conflict() => keep_arn(ctx, object, &arn).await,
                settled => settled,
            }
        }
        Ok(Outcome::Done) => {
            ctx.memory.clear_refusal(&key);
            let settled = settle(ctx, object, desired, plan).await?;
            // D6: gone only when ACM shows it. What it shows may lag, so the next look is not at once.
            let pause = lets_go.map(|arn| backoff(LET_GO.0, LET_GO.1, ctx.memory.let_go(&arn)));
            Ok(pause.map_or(settled, Passed::Wait))
        }
        Ok(Outcome::Outdated(Some(live))) => Ok(Passed::Again(live)),
        Ok(Outcome::Outdated(None)) => Ok(if is_final { Passed::Gone } else { Passed::Wait(CATCH_UP) }),
        Err(PassError::Aws(error)) => fail(ctx, object, desired, error, kind, makes_records).await,
        Err(error) => Err(error),
    }
}

/// E5, when the object was written by somebody else while ACM answered: the ARN goes into the live status, if the intent
/// there is still the one that was answered. Were it lost, it would have to be looked for.
async fn keep_arn(ctx: &Context, object: &AcmCertificate, arn: &CertificateArn) -> Result<Passed, PassError> {
    let token = object.status.as_ref().and_then(|status| status.request.as_ref()).map(|request| request.token.clone());
    for _ in 0..CONFLICTS {
        let live = ctx.cluster.get(&object.namespace().unwrap_or_default(), &object.name_any()).await?;
        let Some(live) = live.filter(|live| live.uid() == object.uid()) else { return Ok(Passed::Wait(CATCH_UP)) };
        let mut status = live.status.clone().unwrap_or_default();
        match &mut status.request {
            Some(request) if Some(&request.token) == token.as_ref() && request.certificate_arn.is_none() => {
                request.certificate_arn = Some(arn.to_string());
            }
            _ => return Ok(Passed::Again(Box::new(live))),
        }
        match ctx.cluster.replace_status(&live, status).await {
            Ok(written) => {
                ctx.memory.wrote(&written.uid().unwrap_or_default(), written.resource_version().as_deref());
                return Ok(Passed::Again(Box::new(written)));
            }
            Err(error) if error.is_conflict() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Passed::Wait(CATCH_UP))
}

/// After an effect: the ledger, if it says anything new.
async fn settle(ctx: &Context, object: &AcmCertificate, desired: &Desired, plan: Plan) -> Result<Passed, PassError> {
    match tell_and_write(ctx, object, desired, &plan).await? {
        Some(written) => Ok(Passed::Again(Box::new(written))),
        None => Ok(Passed::Again(Box::new(object.clone()))),
    }
}

/// An effect that AWS did not carry out, or of which nothing is known. The ledger stays as it is stored.
async fn fail(
    ctx: &Context,
    object: &AcmCertificate,
    desired: &Desired,
    error: AwsError,
    kind: Discriminant<Effect>,
    makes_records: bool,
) -> Result<Passed, PassError> {
    tracing::warn!(code = error.code, request_id = error.request_id, "{error}");
    let status = object.status.clone().unwrap_or_default();
    let Some(verdict) = failure_verdict(&status, desired, &error, makes_records) else {
        return Err(PassError::Aws(error));
    };
    let key = key_of(&desired.owner.namespace, &desired.owner.name);
    let pause = match error.meaning {
        // What AWS refuses for good is not asked again at every turn: it costs the yearly quota.
        Meaning::Invalid | Meaning::QuotaExceeded => {
            let (first, most) = ctx.settings.retry_backoff;
            backoff(first, most, ctx.memory.failed(&key))
        }
        Meaning::Denied => backoff(Duration::from_secs(10), Duration::from_secs(300), ctx.memory.failed(&key)),
        _ => pause(ctx, object, Patience::Blocked),
    };
    let until = ctx.clock.now() + SignedDuration::try_from(pause).unwrap_or(SignedDuration::from_mins(5));
    ctx.memory.refuse(&key, desired.generation, kind, until);
    let patience = Patience::Blocked;
    let plan = Plan { step: Step::Wait, ledger: status, verdict, patience, notices: vec![], failed: None };
    tell_and_write(ctx, object, desired, &plan).await?;
    Ok(Passed::Wait(pause))
}

fn failure_verdict(
    status: &AcmCertificateStatus,
    desired: &Desired,
    error: &AwsError,
    makes_records: bool,
) -> Option<Verdict> {
    if desired.deleting && error.is(Meaning::InUse) {
        let message = format!("ACM says that the certificate is in use: {}", error.message);
        return Some(Verdict { deletion_blocked: Some(Claim::yes(Reason::InUse, message)), ..Verdict::unchanged() });
    }
    let claim = trouble(error)?;
    if desired.deleting {
        if claim.reason != Reason::AccessDenied {
            return None;
        }
        let claim = Claim::yes(Reason::AccessDenied, claim.message);
        return Some(Verdict { deletion_blocked: Some(claim), ..Verdict::unchanged() });
    }
    let is_good = status.certificate_arn.is_some() && crate::plan::covers(status, desired);
    match (is_good, makes_records) {
        (true, true) => Some(Verdict { records: Some(claim), ..Verdict::unchanged() }),
        // What serves stays as it is; the failure is in the log.
        (true, false) => Some(Verdict::unchanged()),
        (false, _) => Some(Verdict { ready: Some(claim), ..Verdict::unchanged() }),
    }
}

async fn reject(ctx: &Context, object: &AcmCertificate, rejection: &Rejection) -> Result<Passed, PassError> {
    let before = object.status.clone().unwrap_or_default();
    let generation = object.metadata.generation.unwrap_or_default();
    let after = report_rejection(&before, rejection, generation, ctx.clock.now());
    events::publish(ctx, object, &tell(&before, &after)).await;
    store(ctx, object, &before, after).await?;
    Ok(Passed::Wait(pause(ctx, object, Patience::Settled)))
}

/// Events first, then the status: so no crash loses one, and their names keep a repetition from telling it twice.
async fn tell_and_write(
    ctx: &Context,
    object: &AcmCertificate,
    desired: &Desired,
    plan: &Plan,
) -> Result<Option<AcmCertificate>, PassError> {
    let before = object.status.clone().unwrap_or_default();
    let mut after = report(desired, &before, &plan.ledger, &plan.verdict, ctx.clock.now());
    if let Some(asked) = object.annotations().get(ANNOTATION_RECONCILE_AT) {
        after.last_handled_reconcile_at = Some(asked.chars().take(HANDLED_CHARS).collect());
    }
    let mut notices = plan.notices.clone();
    notices.extend(tell(&before, &after));
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

fn desire(ctx: &Context, object: &AcmCertificate, owner: Owner) -> Result<Desired, Rejection> {
    let status = object.status.as_ref();
    let envelope = Envelope {
        owner,
        generation: object.metadata.generation.unwrap_or_default(),
        deleting: object.metadata.deletion_timestamp.is_some(),
        has_finalizer: object.finalizers().iter().any(|finalizer| finalizer == FINALIZER),
        pinned_region: status.and_then(|status| status.region.as_ref()).and_then(|region| region.parse().ok()),
        retry: object.annotations().get(ANNOTATION_RETRY).map(|asked| asked.chars().take(HANDLED_CHARS).collect()),
    };
    Desired::parse(envelope, &object.spec, &ctx.settings.defaults)
}

fn owner_of(object: &AcmCertificate, ctx: &Context) -> Result<Owner, PassError> {
    Ok(Owner {
        cluster: ctx.settings.cluster.clone(),
        cluster_alias: ctx.settings.cluster_alias.clone(),
        namespace: object.namespace().ok_or(PassError::Incomplete("namespace"))?,
        name: object.metadata.name.clone().ok_or(PassError::Incomplete("name"))?,
        uid: object.uid().ok_or(PassError::Incomplete("uid"))?,
    })
}

fn is_forced(object: &AcmCertificate) -> bool {
    let asked = object.annotations().get(ANNOTATION_RECONCILE_AT);
    let asked: Option<String> = asked.map(|asked| asked.chars().take(HANDLED_CHARS).collect());
    asked.is_some()
        && asked.as_ref() != object.status.as_ref().and_then(|status| status.last_handled_reconcile_at.as_ref())
}

fn records_of(object: &AcmCertificate) -> BTreeSet<RecordName> {
    let Some(status) = &object.status else { return BTreeSet::new() };
    let claimed = status.records.iter().map(|claim| RecordName::new(&claim.name));
    wanted_records(status).into_iter().map(|record| record.name).chain(claimed).collect()
}
