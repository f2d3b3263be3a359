//! A fleet at rest: nothing is written, and no more is read than the periods say (B1, B2). And a fleet that is never left
//! alone: how much is told of it (B4).

use super::{
    bounds::{EVENTS_PER_HOUR, Fleet},
    ground::Ground,
    operator::Setup,
    regressions::{HOUR, expect, ready, start, tell},
    story::{NAMESPACE, Variant, is_ready, spec, until},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

const WINDOW: Duration = Duration::from_secs(2 * 3600);

/// Counted in the statuses.
fn fleet(ground: &Ground) -> Fleet {
    let objects = ground.api.certificates();
    let statuses = objects.iter().filter_map(|object| object.status.as_ref());
    let claims: Vec<_> =
        statuses.flat_map(|status| &status.records).map(|claim| (&claim.zone_id, &claim.name)).collect();
    let records: BTreeSet<_> = claims.iter().collect();
    let count = |count: usize| u32::try_from(count).unwrap();
    Fleet { objects: count(objects.len()), claims: count(claims.len()), records: count(records.len()) }
}

/// Calls of AWS by operation.
fn calls(ground: &Ground) -> BTreeMap<&'static str, u64> {
    let mut calls = BTreeMap::new();
    for one in ground.world().call_counts() {
        *calls.entry(one.operation).or_default() += one.count;
    }
    calls
}

/// Two hours of these objects, once all is done.
fn rest(name: &str, objects: Vec<(String, Vec<String>)>) {
    tell(name, |ground| async move {
        let setup = Setup::default();
        let _operator = start(&ground, setup.clone());
        for (name, names) in &objects {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            ground.api.create(NAMESPACE, name, spec(&names), &[]);
        }
        let all_ready = || ground.api.certificates().iter().all(is_ready);
        until(&ground, "L1", "not every object is Ready", 4 * HOUR, all_ready).await;
        tokio::time::sleep(setup.look() * 2).await;
        let fleet = fleet(&ground);
        ground.world().clear_call_counts();
        let before = (ground.api.writes().len(), ground.judge().mutations());
        let reads_before = ground.judge().reads();
        tokio::time::sleep(WINDOW).await;
        let after = (ground.api.writes().len(), ground.judge().mutations());
        expect(&ground, after == before, "something is written though nothing has changed");
        let limits = fleet.reads(&setup, WINDOW);
        let calls = calls(&ground);
        for (operation, count) in &calls {
            let limit = limits.get(operation).copied().unwrap_or(0);
            if *count > limit {
                let what = format!("{count} times {operation} in {WINDOW:?} by {fleet:?}, and {limit} are allowed");
                ground.judge().accuse_of("B1", &what);
            }
        }
        let sweeps = calls.get("ListCertificates").copied().unwrap_or(0);
        expect(&ground, sweeps > 0, "the region is not swept any more");
        let (reads, limit) = (ground.judge().reads() - reads_before, fleet.reads_of_objects(&setup, WINDOW));
        if reads > limit {
            let what = format!("{reads} reads of objects in {WINDOW:?} by {fleet:?}, and {limit} are allowed");
            ground.judge().accuse_of("B1", &what);
        }
    });
}

fn objects_of(variant: Variant) -> Vec<(String, Vec<String>)> {
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    variant.objects().into_iter().map(|(name, names)| (name.to_owned(), owned(names))).collect()
}

#[test]
fn one_object_at_rest_is_read_as_often_as_the_periods_say() {
    rest("rest-one", objects_of(Variant::One));
}

#[test]
fn records_in_two_zones_are_read_as_often_as_the_periods_say() {
    rest("rest-zones", objects_of(Variant::Zones));
}

#[test]
fn a_record_that_two_objects_share_is_read_once_for_both() {
    rest("rest-shared", objects_of(Variant::Shared));
}

#[test]
fn thirty_objects_at_rest_cost_no_more_sweeps_than_one() {
    let object = |number| (format!("object-{number}"), vec![format!("host-{number}.example.com")]);
    rest("rest-thirty", (0..30).map(object).collect());
}

#[test]
fn an_object_that_is_never_left_alone_has_no_more_events_than_twenty_an_hour() {
    tell("events", |ground| async move {
        let _operator = start(&ground, Setup::default());
        ground.api.create(NAMESPACE, "a", spec(&["api.example.com"]), &[]);
        ready(&ground, "a").await;
        let begun = ground.world().journal(0).len();
        for minute in 0..90 {
            ground.delete_validation_records();
            ground.api.annotate(NAMESPACE, "a", "acmcert.io/reconcile-at", Some(&minute.to_string()));
            ground.tell_news();
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        let restored = ground.world().journal(begun as u64).iter().filter(|e| e.detail["action"] == "CREATE").count();
        expect(&ground, restored > 3 * EVENTS_PER_HOUR, "the record was not restored each minute");
        let told = ground.api.events().iter().filter(|event| event["reason"] == "RecordRestored").count();
        expect(&ground, told > 0, "nobody was told that the record was restored");
    });
}
