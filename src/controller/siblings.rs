//! Other objects that rely on the same validation record.

use super::{Context, errors::PassError};
use crate::{
    api::{AcmCertificate, ClaimState},
    names::RecordName,
};
use kube::ResourceExt;
use std::collections::BTreeSet;

/// Which of these records is another object about to delete?
///
/// The watch cache tells who has an entry for the record at all; what the entry says is read live, for the answer
/// decides whether to rely on the record. Our own entry is stored before we ask, and whoever deletes stores `Deleting`
/// before it asks: so one of the two sees the other.
pub(super) async fn records_in_deletion(
    ctx: &Context,
    object: &AcmCertificate,
    names: &BTreeSet<RecordName>,
) -> Result<BTreeSet<RecordName>, PassError> {
    let mut in_deletion = BTreeSet::new();
    for cached in ctx.cached() {
        let Ok(sibling) = &cached.0 else { continue };
        if sibling.uid() == object.uid() || !has_claim_on(sibling, names) {
            continue;
        }
        let namespace = sibling.namespace().unwrap_or_default();
        let live = ctx.cluster.get(&namespace, &sibling.name_any()).await?;
        let claims = live.and_then(|live| live.status).map(|status| status.records).unwrap_or_default();
        let going = claims.into_iter().filter(|claim| claim.state == ClaimState::Deleting);
        in_deletion.extend(going.map(|claim| RecordName::new(&claim.name)).filter(|name| names.contains(name)));
    }
    Ok(in_deletion)
}

fn has_claim_on(object: &AcmCertificate, names: &BTreeSet<RecordName>) -> bool {
    let claims = object.status.as_ref().map(|status| &status.records[..]).unwrap_or_default();
    claims.iter().any(|claim| names.contains(&RecordName::new(&claim.name)))
}
