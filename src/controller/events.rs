//! Events: created by name, so that neither a restart nor a second leader repeats one. Publishing never fails a pass.

use super::{Context, context::key_of};
use crate::{
    api::{AcmCertificate, REPORTING_CONTROLLER},
    plan::Notice,
};
use k8s_openapi::{
    api::events::v1::Event,
    apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta},
};
use kube::{Resource, ResourceExt};
use sha2::{Digest, Sha256};

/// The API server refuses longer notes.
const NOTE_OCTETS: usize = 1024;
/// Names of objects have at most so many octets; the hash and its dot take 17.
const NAME_OCTETS: usize = 253 - 17;

/// Publishes what a pass has to tell.
pub(super) async fn publish(ctx: &Context, object: &AcmCertificate, notices: &[Notice]) {
    let namespace = object.namespace().unwrap_or_default();
    let key = key_of(&namespace, &object.name_any());
    for notice in notices {
        tracing::info!(reason = %notice.reason, "{}", notice.note);
        if !ctx.memory.may_publish(&key, notice.warning, ctx.clock.now()) {
            continue;
        }
        let event = event(ctx, object, &namespace, notice);
        if let Err(error) = ctx.cluster.create_event(&namespace, &event).await {
            // A namespace that is being deleted takes no new objects: that is no news.
            tracing::debug!(reason = %notice.reason, "an Event could not be published: {error}");
        }
    }
}

fn event(ctx: &Context, object: &AcmCertificate, namespace: &str, notice: &Notice) -> Event {
    Event {
        metadata: ObjectMeta {
            name: Some(event_name(object, notice)),
            namespace: Some(namespace.to_owned()),
            ..ObjectMeta::default()
        },
        event_time: Some(MicroTime(ctx.clock.now())),
        action: Some("Reconcile".into()),
        reason: Some(notice.reason.as_str().into()),
        note: Some(truncate(&notice.note).to_owned()),
        type_: Some(if notice.warning { "Warning" } else { "Normal" }.into()),
        regarding: Some(object.object_ref(&())),
        reporting_controller: Some(REPORTING_CONTROLLER.into()),
        reporting_instance: Some(ctx.settings.instance.clone()),
        ..Event::default()
    }
}

fn event_name(object: &AcmCertificate, notice: &Notice) -> String {
    let mut sha = Sha256::new();
    for part in [object.uid().as_deref().unwrap_or_default(), notice.reason.as_str(), &notice.key] {
        sha.update((part.len() as u64).to_be_bytes());
        sha.update(part);
    }
    let hash: String = sha.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let name = object.name_any();
    let name = name.get(..NAME_OCTETS).unwrap_or(&name).trim_end_matches(['.', '-']);
    format!("{name}.{hash}")
}

fn truncate(note: &str) -> &str {
    if note.len() <= NOTE_OCTETS {
        return note;
    }
    let end = (0..=NOTE_OCTETS).rev().find(|at| note.is_char_boundary(*at)).unwrap_or(0);
    &note[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_notes_end_on_a_character() {
        let note = "ü".repeat(600);
        assert_eq!(truncate(&note).len(), 1024);
        let odd = format!("x{note}");
        assert_eq!(truncate(&odd).len(), 1023);
        assert_eq!(truncate("short"), "short");
    }
}
