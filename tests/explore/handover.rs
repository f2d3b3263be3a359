//! A record that changes hands: whoever is about to claim it gets it, however long its last user has been going.

use super::{
    ground::Ground,
    operator::Setup,
    regressions::{HOUR, act, arn_of, expect, gone, object, ready, start, tell},
    story::{NAMESPACE, spec, until},
};
use acmcert::api::{AcmCertificate, AcmCertificateStatus, ClaimState};
use serde_json::json;
use std::time::Duration;

const USER: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/x/1";

fn set_users(ground: &Ground, object: &AcmCertificate, users: &[&str]) {
    act(ground, json!({ "certificateArn": arn_of(object), "action": "set-in-use", "by": users }));
}

/// An object that has been going for so long, for its certificate is in use.
async fn going_for(ground: &Ground, time: Duration) -> AcmCertificate {
    ground.api.create(NAMESPACE, "a", spec(&["shop.example.com"]), &[]);
    let going = ready(ground, "a").await;
    set_users(ground, &going, &[USER]);
    ground.api.delete(NAMESPACE, "a");
    ground.tell_news();
    tokio::time::sleep(time).await;
    expect(ground, object(ground, "a").is_some(), "it has gone, and its certificate is in use");
    going
}

fn status_of(ground: &Ground, name: &str) -> AcmCertificateStatus {
    object(ground, name).and_then(|object| object.status).unwrap_or_default()
}

/// How often a record was deleted.
fn deletions(ground: &Ground) -> usize {
    let world = ground.world();
    let changes = world.journal(0).iter().filter(|entry| entry.operation == "ChangeResourceRecordSets");
    changes.filter(|entry| entry.detail["action"] == "DELETE").count()
}

#[test]
fn a_record_is_handed_to_an_object_whose_certificate_is_too_young_to_be_listed() {
    tell("too-young", |ground| async move {
        let _operator = start(&ground, Setup::default());
        let first = going_for(&ground, 2 * HOUR).await;
        // What is requested now is in no listing for an hour, and shows its record after half of one.
        ground.change_settings(&json!({ "listLagSeconds": 3600, "resourceRecordDelaySeconds": 1800 }));
        ground.api.create(NAMESPACE, "b", spec(&["shop.example.com"]), &[]);
        let requested = || status_of(&ground, "b").request.is_some_and(|request| request.certificate_arn.is_some());
        until(&ground, "L1", "nothing is requested", HOUR, requested).await;
        set_users(&ground, &first, &[]);
        gone(&ground, "a").await;
        let heir = status_of(&ground, "b");
        let is_unaware = heir.validations.iter().all(|validation| validation.record.is_none());
        expect(&ground, is_unaware, "the new object knows its record, and so claims it by itself");
        expect(&ground, deletions(&ground) == 0, "the record was deleted, and the new object needs it");
        let states: Vec<_> = heir.records.iter().map(|claim| claim.state).collect();
        expect(&ground, states == [ClaimState::Created], &format!("it was not handed over: {states:?}"));
        ground.change_settings(&json!({ "listLagSeconds": 2, "resourceRecordDelaySeconds": 5 }));
        ready(&ground, "b").await;
        expect(&ground, deletions(&ground) == 0, "the record was deleted, and the new object needs it");
        ground.api.delete(NAMESPACE, "b");
        gone(&ground, "b").await;
        ground.judge().nothing_left(&ground.world());
    });
}

#[test]
fn at_whatever_moment_a_record_gets_its_next_user_it_is_not_taken_from_it() {
    tell("next-user", |ground| async move {
        let _operator = start(&ground, Setup::default());
        for round in 0..16 {
            let first = going_for(&ground, Duration::from_secs(150)).await;
            set_users(&ground, &first, &[]);
            ground.api.annotate(NAMESPACE, "a", "acmcert.io/reconcile-at", Some(&round.to_string()));
            ground.tell_news();
            // At another step of the deletion each time.
            tokio::time::sleep(Duration::from_millis(100 * round)).await;
            ground.api.create(NAMESPACE, "b", spec(&["shop.example.com"]), &[]);
            ground.tell_news();
            gone(&ground, "a").await;
            // NB: S5 is judged at each deletion of a record.
            ready(&ground, "b").await;
            ground.api.delete(NAMESPACE, "b");
            gone(&ground, "b").await;
        }
        ground.judge().nothing_left(&ground.world());
    });
}
