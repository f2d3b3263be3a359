//! Carries a planned effect out, and takes its outcome into the status.

use super::{
    Context,
    context::key_of,
    errors::PassError,
    events,
    execute::{Outcome, execute},
    pause::{backoff, pause},
    reconcile::{CATCH_UP, Passed},
    status::tell_and_write,
};
use crate::{
    api::{AcmCertificate, Reason},
    aws::{AwsError, Meaning},
    names::CertificateArn,
    plan::{
        Claim, Desired, Effect, Patience, Plan, Reaction, Step, Verdict, Which, covers, over_budget, reaction, trouble,
    },
};
use jiff::SignedDuration;
use kube::ResourceExt;
use std::time::Duration;

/// First and longest pause between deleting a certificate and looking whether it is gone.
const LET_GO: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));
/// First and longest pause after a denial: permissions are granted by people, and take effect within minutes.
const DENIED: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(300));
/// How often a write is tried again when somebody else was faster.
const CONFLICTS: usize = 8;

pub(super) async fn act(
    ctx: &Context,
    object: &AcmCertificate,
    desired: &Desired,
    plan: Plan,
    effect: Effect,
) -> Result<Passed, PassError> {
    let key = key_of(&desired.owner.namespace, &desired.owner.name);
    let which = effect.which();
    // Only in a deletion: otherwise the plan has left the effect out.
    let refused = ctx.memory.refused(&key, desired.generation, ctx.clock.steady());
    if let Some((_, left)) = refused.iter().find(|(refused, _)| *refused == which) {
        return Ok(Passed::Wait(Duration::try_from(*left).unwrap_or(CATCH_UP)));
    }
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
            ctx.memory.carried_out(&key, &which);
            ctx.memory.looked_at_tags(&arn, ctx.clock.steady());
            match settle(ctx, object, desired, plan.with_requested(&arn)).await {
                Err(PassError::Cluster(error)) if error.is_conflict() => keep_arn(ctx, object, &arn).await,
                settled => settled,
            }
        }
        Ok(Outcome::Done) => {
            ctx.memory.carried_out(&key, &which);
            let settled = settle(ctx, object, desired, plan).await?;
            // Gone only when ACM shows it. What it shows may lag, so the next look is not at once.
            let times = |arn| ctx.memory.let_go(&desired.owner.uid, &arn);
            let pause = lets_go.map(|arn| backoff(LET_GO.0, LET_GO.1, times(arn)));
            Ok(pause.map_or(settled, Passed::Wait))
        }
        Ok(Outcome::OverBudget(at)) => {
            let plan = over_budget(desired, &object.status.clone().unwrap_or_default(), at);
            tell_and_write(ctx, object, desired, &plan).await?;
            Ok(Passed::Wait(pause(ctx, object, plan.patience)))
        }
        Ok(Outcome::Outdated(Some(live))) => Ok(Passed::Again(live)),
        Ok(Outcome::Outdated(None)) => Ok(if is_final { Passed::Gone } else { Passed::Wait(CATCH_UP) }),
        Err(PassError::Aws(error)) => {
            if let Some(arn) = lets_go.filter(|_| error.is(Meaning::Unavailable) && !error.is_not_sent()) {
                // It may have been done: then "not found" is the answer that was lost.
                ctx.memory.let_go(&desired.owner.uid, &arn);
            }
            fail(ctx, object, desired, plan, error, which).await
        }
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

/// An effect that AWS did not carry out, or of which nothing is known. What else the pass has seen is stored.
async fn fail(
    ctx: &Context,
    object: &AcmCertificate,
    desired: &Desired,
    plan: Plan,
    error: AwsError,
    which: Which,
) -> Result<Passed, PassError> {
    let makes_records = matches!(plan.step, Step::Do(Effect::CreateRecords { .. }));
    let mut plan = plan.without_effect(&object.status.clone().unwrap_or_default());
    let Some(verdict) = failure_verdict(&plan, desired, &error, makes_records) else {
        tell_and_write(ctx, object, desired, &plan).await?;
        return Err(PassError::Aws(error));
    };
    plan.verdict = verdict;
    tracing::warn!(code = error.code, request_id = error.request_id, "{error}");
    let key = key_of(&desired.owner.namespace, &desired.owner.name);
    let held_for = |times| match reaction(error.meaning) {
        Reaction::Stall(Reason::AccessDenied) => backoff(DENIED.0, DENIED.1, times),
        // What AWS refuses for good is not asked again at every turn: it costs the yearly quota.
        Reaction::Stall(_) => backoff(ctx.settings.retry_backoff.0, ctx.settings.retry_backoff.1, times),
        Reaction::Retry | Reaction::Wait => pause(ctx, object, Patience::Blocked),
    };
    let mut held = Duration::ZERO;
    ctx.memory.refuse(&key, desired.generation, which, error.meaning, |times| {
        held = held_for(times);
        ctx.clock.steady() + SignedDuration::try_from(held).unwrap_or(SignedDuration::from_mins(5))
    });
    tell_and_write(ctx, object, desired, &plan).await?;
    // The refused effect is held back, and nothing else: records, expiry and deadlines are looked at in their own time.
    Ok(Passed::Wait(if desired.deleting { held } else { held.min(pause(ctx, object, Patience::Settled)) }))
}

fn failure_verdict(plan: &Plan, desired: &Desired, error: &AwsError, makes_records: bool) -> Option<Verdict> {
    if desired.deleting && error.is(Meaning::InUse) {
        let message = format!("{}: ACM says that the certificate is in use: {}", desired.domain_name, error.message);
        return Some(Verdict { deletion_blocked: Some(Claim::yes(Reason::InUse, message)), ..Verdict::unchanged() });
    }
    let claim = trouble(&desired.domain_name, error)?;
    if desired.deleting {
        if claim.reason != Reason::AccessDenied {
            return None;
        }
        let claim = Claim::yes(Reason::AccessDenied, claim.message);
        return Some(Verdict { deletion_blocked: Some(claim), ..Verdict::unchanged() });
    }
    let is_good = plan.ledger.certificate_arn.is_some() && covers(&plan.ledger, desired);
    match (is_good, makes_records) {
        (true, true) => Some(Verdict { records: Some(claim), ..plan.verdict.clone() }),
        // What serves stays as it is; the failure is in the log.
        (true, false) => Some(plan.verdict.clone()),
        (false, _) => Some(Verdict { ready: Some(claim), ..Verdict::unchanged() }),
    }
}
