//! Certificates that carry this cluster's tags and that no object knows: left by a request that took effect when its
//! object was gone already, or by an object that went without its finalizer.
//!
//! What is unused and not ISSUED is deleted. What is issued or in use is reported and stays, for it may be what a
//! rebuilt cluster is about to take over. What carries the UID of an object that lives, and that it does not know, was made
//! by a request that took effect long after it was sent: the object is given it, to be retired.

use super::{Context, events};
use crate::{
    api::{AcmCertificate, TAG_NAMESPACE, TAG_UID},
    aws::{AwsError, CertificateSummary, Meaning, Operation},
    names::{CertificateArn, Region},
    plan::{Owner, certificates_to_delete, duplicate_found, is_unanswered, put_aside},
};
use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Younger certificates belong to objects whose status is about to say so.
const TOO_YOUNG: SignedDuration = SignedDuration::from_mins(5);

/// What was learnt of a certificate that no object knows.
#[derive(Debug)]
struct Stranger {
    /// The UID in its tags, if they are of this cluster.
    uid: Option<String>,
    /// Since when its owner has been missing, by the steady clock.
    missing_since: Option<Timestamp>,
    reported: bool,
}

/// What is remembered between two sweeps. It may be lost: then the grace begins anew.
#[derive(Debug, Default)]
pub struct Orphans(BTreeMap<CertificateArn, Stranger>);

/// Looks for orphans after each sweep, as long as the context is used.
pub(super) async fn run(ctx: Arc<Context>) {
    let mut orphans = Orphans::default();
    loop {
        tokio::time::sleep(ctx.settings.settled_period).await;
        ctx.tidy();
        if ctx.leadership.is_held(ctx.clock.now()) {
            orphans.sweep(&ctx).await;
        }
    }
}

impl Orphans {
    /// Looks at every region in use once.
    pub async fn sweep(&mut self, ctx: &Context) {
        let mut regions = ctx.fleet.regions();
        regions.insert(ctx.settings.defaults.region.clone());
        for region in regions {
            if let Err(error) = self.sweep_region(ctx, &region).await {
                tracing::debug!(%region, "orphans cannot be looked for: {error}");
            }
        }
    }

    async fn sweep_region(&mut self, ctx: &Context, region: &Region) -> Result<(), String> {
        let age = SignedDuration::try_from(ctx.settings.settled_period).unwrap_or(SignedDuration::MAX);
        let rows = ctx.fleet.list_certificates(region, age).await.map_err(|error| error.to_string())?;
        let now = ctx.clock.now();
        let known = known(ctx);
        let young = TOO_YOUNG.min(ctx.settings.orphan_grace);
        let is_stranger = |row: &&CertificateSummary| {
            !known.contains(&row.arn) && row.created_at.is_none_or(|at| now.duration_since(at) >= young)
        };
        let strangers: Vec<_> = rows.values().filter(is_stranger).map(|row| row.arn.clone()).collect();
        self.0.retain(|arn, _| arn.region() != region || strangers.contains(arn));
        for arn in &strangers {
            if !self.0.contains_key(arn) {
                let uid = match read_uid(ctx, arn).await {
                    Ok(uid) => uid,
                    Err(error) => {
                        tracing::debug!(%arn, "whose it is cannot be read: {error}");
                        continue;
                    }
                };
                self.0.insert(arn.clone(), Stranger { uid, missing_since: None, reported: false });
            }
        }
        self.judge(ctx, region, now).await.map_err(|error| error.to_string())
    }

    /// Decides on the strangers of a region that carry this cluster's tags.
    async fn judge(&mut self, ctx: &Context, region: &Region, now: Timestamp) -> Result<(), super::ClusterError> {
        let ours =
            |(arn, stranger): &(&CertificateArn, &mut Stranger)| arn.region() == region && stranger.uid.is_some();
        let mut candidates: Vec<_> = self.0.iter_mut().filter(ours).collect();
        if candidates.is_empty() {
            ctx.metrics.orphans(region, 0);
            return Ok(());
        }
        // Live and whole: "absent" is never inferred from a cache.
        let alive = ctx.cluster.list().await?;
        let (mut orphans, steady) = (0, ctx.clock.steady());
        for (arn, stranger) in &mut candidates {
            let Some(uid) = stranger.uid.clone() else { continue };
            let owner = alive.readable.iter().find(|object| object.metadata.uid.as_ref() == Some(&uid));
            if owner.map_or(alive.lives(&uid), |owner| may_know(owner, arn)) {
                stranger.missing_since = None;
                continue;
            }
            let since = *stranger.missing_since.get_or_insert(steady);
            if steady.duration_since(since) < ctx.settings.orphan_grace {
                continue;
            }
            if let Some(owner) = owner {
                if let Err(error) = give(ctx, owner, arn, now).await {
                    tracing::debug!(%arn, "its object cannot be given it now: {error}");
                }
                continue;
            }
            match remove(ctx, arn, &uid).await {
                Ok(true) => tracing::warn!(%arn, uid, "an orphan, unused and not issued, is deleted"),
                Ok(false) => {
                    orphans += 1;
                    if !std::mem::replace(&mut stranger.reported, true) {
                        tracing::warn!(
                            %arn,
                            uid,
                            "an orphan: it carries this cluster's tags, and no object knows it; it stays, for it is issued \
                             or in use. Adopt it with spec.certificateArn, or delete it in ACM"
                        );
                    }
                }
                Err(error) => tracing::warn!(%arn, "an orphan cannot be dealt with now: {error}"),
            }
        }
        ctx.metrics.orphans(region, orphans);
        Ok(())
    }
}

/// Does the object's live status name the certificate, or may it still look for it itself?
fn may_know(owner: &AcmCertificate, arn: &CertificateArn) -> bool {
    let status = owner.status.clone().unwrap_or_default();
    let searches = status.request.is_none() || is_unanswered(&status);
    searches || owner.metadata.deletion_timestamp.is_some() || certificates_to_delete(&status).contains(arn)
}

/// The certificate becomes the object's to retire.
async fn give(
    ctx: &Context,
    owner: &AcmCertificate,
    arn: &CertificateArn,
    now: Timestamp,
) -> Result<(), super::ClusterError> {
    let mut status = owner.status.clone().unwrap_or_default();
    let kept = certificates_to_delete(&status).into_iter().next();
    put_aside(&mut status, arn.to_string(), None, now);
    tracing::warn!(%arn, "a second certificate of an object is found; it is retired");
    if let Some(kept) = kept {
        events::publish(ctx, owner, &[duplicate_found(&kept, std::slice::from_ref(arn))]).await;
    }
    let written = ctx.cluster.replace_status(owner, status).await?;
    ctx.memory.wrote(&written.uid().unwrap_or_default(), written.resource_version().as_deref());
    Ok(())
}

/// Deletes an orphan that is unused and not issued; `false`: it stays. The permit first, then every check, then the call.
async fn remove(ctx: &Context, arn: &CertificateArn, uid: &str) -> Result<bool, String> {
    let permit = ctx.permit(Operation::DeleteCertificate, Some(arn.region())).await;
    let detail = match ctx.certificates.describe_certificate(arn.clone()).await {
        Ok(detail) => detail,
        Err(error) if error.is(Meaning::NotFound) => return Ok(true),
        Err(error) => return Err(error.to_string()),
    };
    if detail.status == "ISSUED" || !detail.in_use_by.is_empty() {
        return Ok(false);
    }
    let now = read_uid(ctx, arn).await.map_err(|error| error.to_string())?;
    if now.as_deref() != Some(uid) {
        return Err("its tags have changed meanwhile".into());
    }
    if ctx.cluster.list().await.map_err(|error| error.to_string())?.lives(uid) {
        return Err("its object lives after all".into());
    }
    match ctx.certificates.delete_certificate(permit, arn.clone()).await {
        Err(error) if !error.is(Meaning::NotFound) => Err(error.to_string()),
        _ => Ok(true),
    }
}

/// The UID in the tags, if those are of this cluster and of a namespace that is watched.
async fn read_uid(ctx: &Context, arn: &CertificateArn) -> Result<Option<String>, AwsError> {
    let tags = match ctx.certificates.list_tags(arn.clone()).await {
        Ok(tags) => tags,
        Err(error) if error.is(Meaning::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let (Some(uid), Some(namespace)) = (tags.get(TAG_UID), tags.get(TAG_NAMESPACE)) else { return Ok(None) };
    let watched = ctx.cluster.namespaces();
    let is_watched = watched.is_empty() || watched.contains(namespace);
    let settings = &ctx.settings;
    let owner = Owner {
        cluster: settings.cluster.clone(),
        cluster_alias: settings.cluster_alias.clone(),
        cluster_is_named: settings.cluster_is_named,
        namespace: namespace.clone(),
        name: String::new(),
        uid: uid.clone(),
    };
    Ok((is_watched && owner.is_proven_by(&tags)).then(|| uid.clone()))
}

/// Every certificate that an object of the watch caches knows.
fn known(ctx: &Context) -> BTreeSet<CertificateArn> {
    ctx.cached_statuses().iter().flat_map(|(_, _, status)| certificates_to_delete(status)).collect()
}
