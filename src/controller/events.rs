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
/// So much of a longer note is its end, where the remedy stands.
const END_OCTETS: usize = 480;
/// In place of what is left out.
const GAP: &str = " ... ";
/// Names of objects have at most so many octets; the hash and its dot take 17.
const NAME_OCTETS: usize = 253 - 17;

/// Publishes what a pass has to tell.
pub(super) async fn publish(ctx: &Context, object: &AcmCertificate, notices: &[Notice]) {
    let namespace = object.namespace().unwrap_or_default();
    let key = key_of(&namespace, &object.name_any());
    for notice in notices {
        tracing::info!(reason = %notice.reason, "{}", notice.note);
        if !ctx.memory.may_publish(&key, notice.warning, ctx.clock.steady()) {
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
        note: Some(shortened(&notice.note)),
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

/// What is to be done stands at the end, so it is in the middle, amid the cause, that something is left out.
fn shortened(note: &str) -> String {
    if note.len() <= NOTE_OCTETS {
        return note.to_owned();
    }
    let from = note.len() - END_OCTETS;
    let end = note.get(boundary_before(note, from)..).unwrap_or_default();
    // Not in the middle of a word, if there are words.
    let end = end.split_once(' ').map_or(end, |(_, rest)| rest);
    let until = boundary_before(note, NOTE_OCTETS.saturating_sub(GAP.len() + end.len()));
    let begin = note.get(..until).unwrap_or_default();
    let begin = begin.rsplit_once(' ').map_or(begin, |(begin, _)| begin);
    format!("{begin}{GAP}{end}")
}

fn boundary_before(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_notes_lose_their_middle_and_no_part_of_a_character() {
        for note in ["ü".repeat(600), format!("x{}", "ü".repeat(600)), "€".repeat(5000)] {
            let short = shortened(&note);
            assert!(short.len() <= NOTE_OCTETS && short.len() > NOTE_OCTETS - 10, "{}", short.len());
            assert!(short.contains(GAP));
        }
        assert_eq!(shortened("short"), "short");
        let whole = "x".repeat(NOTE_OCTETS);
        assert_eq!(shortened(&whole), whole);
    }

    #[test]
    fn whose_certificate_it_is_and_what_to_do_survive_a_long_cause() {
        let remedy = "Remove it, and the operator writes its own; or correct it.";
        let note = format!("shop.example.com: {}{remedy}", "some record has some other value; ".repeat(100));
        let short = shortened(&note);
        assert!(short.len() <= NOTE_OCTETS, "{}", short.len());
        assert!(short.starts_with("shop.example.com: some record") && short.ends_with(remedy), "{short}");
    }
}
