//! Carries one effect out: one request, bound to what was read.

use super::{Context, errors::PassError, needs::cleans_up, reconcile::owner_of};
use crate::{
    api::{AcmCertificate, RecordClaim},
    aws::{ChangeAction, Meaning, Operation, RecordChange, RecordSet},
    names::{CertificateArn, HostedZoneId, RecordName, Region},
    plan::{Effect, is_token_safe},
};
use jiff::Timestamp;
use kube::ResourceExt;

/// What became of an effect.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Done.
    Done,
    /// ACM answered the certificate's ARN.
    Requested(CertificateArn),
    /// The object itself was written: the new copy.
    Written(Box<AcmCertificate>),
    /// Not sent: the namespace has used up its requests until then.
    OverBudget(Timestamp),
    /// Not sent: the object has changed since it was read. The live copy, if there still is one.
    Outdated(Option<Box<AcmCertificate>>),
}

/// Sends an effect.
pub(super) async fn execute(ctx: &Context, object: &AcmCertificate, effect: Effect) -> Result<Outcome, PassError> {
    tracing::debug!("{effect}");
    match effect {
        Effect::AddFinalizer => {
            let written = ctx.cluster.patch_finalizer(object, true).await?;
            Ok(Outcome::Written(Box::new(written)))
        }
        Effect::RemoveFinalizer => match ctx.cluster.patch_finalizer(object, false).await {
            Ok(written) => Ok(Outcome::Written(Box::new(written))),
            // Another leader was faster.
            Err(error) if error.is_not_found() => Ok(Outcome::Outdated(None)),
            Err(error) => Err(error.into()),
        },
        Effect::RequestCertificate(request) => {
            let permit = ctx.permit(Operation::RequestCertificate, Some(&request.region)).await;
            // The wait for the permit may have been long: a spec that was edited since is planned for anew.
            if let Some(outdated) = outdated(ctx, object).await? {
                return Ok(outdated);
            }
            if !is_token_safe(&object.status.clone().unwrap_or_default(), ctx.clock.now()) {
                return Ok(Outcome::Outdated(Some(Box::new(object.clone()))));
            }
            let namespace = object.namespace().unwrap_or_default();
            if let Err(at) = ctx.budget.take(&namespace, &request.token, ctx.clock.now()) {
                return Ok(Outcome::OverBudget(at));
            }
            ctx.memory.sends(&object.uid().unwrap_or_default(), ctx.clock.steady());
            let arn = ctx.certificates.request_certificate(permit, *request).await.map_err(PassError::Aws)?;
            Ok(Outcome::Requested(arn))
        }
        Effect::CreateRecords { zone, records } => change(ctx, object, ChangeAction::Create, zone, &records).await,
        Effect::DeleteRecords { zone, records } => change(ctx, object, ChangeAction::Delete, zone, &records).await,
        Effect::DeleteCertificate(arn) => {
            let permit = ctx.permit(Operation::DeleteCertificate, Some(arn.region())).await;
            if let Some(outdated) = outdated(ctx, object).await? {
                return Ok(outdated);
            }
            if !is_still_ours(ctx, object, &arn).await? {
                return Ok(Outcome::Outdated(Some(Box::new(object.clone()))));
            }
            match ctx.certificates.delete_certificate(permit, arn).await {
                Err(error) if !error.is(Meaning::NotFound) => Err(PassError::Aws(error)),
                _ => Ok(Outcome::Done),
            }
        }
        Effect::AddTags { arn, tags, seen } => {
            let permit = ctx.permit(Operation::AddTagsToCertificate, Some(arn.region())).await;
            if let Some(outdated) = outdated(ctx, object).await? {
                return Ok(outdated);
            }
            // Somebody else may have taken it since: nobody fights.
            let now = ctx.certificates.list_tags(arn.clone()).await.map_err(PassError::Aws)?;
            if now != seen && !owner_of(object, ctx)?.is_named_by(&now) {
                return Ok(Outcome::Outdated(Some(Box::new(object.clone()))));
            }
            ctx.certificates.add_tags(permit, arn, tags).await.map_err(PassError::Aws)?;
            Ok(Outcome::Done)
        }
        Effect::RemoveTags { arn, keys } => {
            let permit = ctx.permit(Operation::RemoveTagsFromCertificate, Some(arn.region())).await;
            if let Some(outdated) = outdated(ctx, object).await? {
                return Ok(outdated);
            }
            if !is_still_ours(ctx, object, &arn).await? {
                return Ok(Outcome::Outdated(Some(Box::new(object.clone()))));
            }
            ctx.certificates.remove_tags(permit, arn, keys).await.map_err(PassError::Aws)?;
            Ok(Outcome::Done)
        }
        Effect::HandOver { namespace, name, uid, record } => {
            hand_over(ctx, object, (&namespace, &name, &uid), record).await
        }
    }
}

async fn change(
    ctx: &Context,
    object: &AcmCertificate,
    action: ChangeAction,
    zone: HostedZoneId,
    records: &[RecordClaim],
) -> Result<Outcome, PassError> {
    let set = |claim: &RecordClaim| RecordSet {
        name: RecordName::new(&claim.name),
        type_: claim.type_.clone(),
        ttl_seconds: Some(claim.ttl_seconds),
        values: vec![claim.value.clone()],
    };
    let changes = records.iter().map(|claim| RecordChange { action, set: set(claim) }).collect();
    let permit = ctx.permit(Operation::ChangeResourceRecordSets, None::<&Region>).await;
    if let Some(outdated) = outdated(ctx, object).await? {
        return Ok(outdated);
    }
    ctx.records.change_record_sets(permit, zone, changes).await.map_err(PassError::Aws)?;
    Ok(Outcome::Done)
}

/// D2 once more, when the permit is there: the wait for it may have been long. One that is gone is nobody's.
async fn is_still_ours(ctx: &Context, object: &AcmCertificate, arn: &CertificateArn) -> Result<bool, PassError> {
    let owner = owner_of(object, ctx)?;
    match ctx.certificates.list_tags(arn.clone()).await {
        Ok(tags) => Ok(owner.is_proven_by(&tags)),
        Err(error) if error.is(Meaning::NotFound) => Ok(true),
        Err(error) => Err(PassError::Aws(error)),
    }
}

/// D1: before anything is sent, the live object must be the very copy that was planned for.
async fn outdated(ctx: &Context, object: &AcmCertificate) -> Result<Option<Outcome>, PassError> {
    let live = ctx.cluster.get(&object.namespace().unwrap_or_default(), &object.name_any()).await?;
    let same = live
        .as_ref()
        .is_some_and(|live| live.uid() == object.uid() && live.resource_version() == object.resource_version());
    let of_the_same_uid = live.filter(|live| live.uid() == object.uid()).map(Box::new);
    Ok((!same).then_some(Outcome::Outdated(of_the_same_uid)))
}

/// The record becomes that object's to delete: its entry says so before ours goes. The object must still be the one that
/// was chosen, and one that cleans up: else it is chosen anew.
async fn hand_over(
    ctx: &Context,
    object: &AcmCertificate,
    (namespace, name, uid): (&str, &str, &str),
    record: RecordClaim,
) -> Result<Outcome, PassError> {
    let heir = ctx.cluster.get(namespace, name).await?;
    let Some(heir) = heir.filter(|heir| heir.uid().as_deref() == Some(uid) && cleans_up(heir)) else {
        return Ok(Outcome::Outdated(Some(Box::new(object.clone()))));
    };
    let mut status = heir.status.clone().unwrap_or_default();
    let is_it = |claim: &&mut RecordClaim| claim.name == record.name && claim.zone_id == record.zone_id;
    match status.records.iter_mut().find(is_it) {
        Some(claim) => *claim = record,
        None => status.records.push(record),
    }
    let written = ctx.cluster.replace_status(&heir, status).await?;
    ctx.memory.wrote(&written.uid().unwrap_or_default(), written.resource_version().as_deref());
    Ok(Outcome::Done)
}
