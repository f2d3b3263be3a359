//! L3: what is bad in one object, zone or region delays no other.

use super::{
    bounds::PENDING,
    ground::Ground,
    operator::Setup,
    regressions::{expect, gone, object, ready, start, tell},
    story::{NAMESPACE, is_ready, spec},
};
use serde_json::json;
use std::{cell::Cell, time::Duration};
use tokio::time::Instant;

/// Where the bad ones are.
const ELSEWHERE: &str = "eu-central-1";
/// More than are in work at once.
const MANY: usize = 40;
/// Sweeps come when they come, messages travel, and who waits for an answer asks each second.
const CHANCE: Duration = PENDING.saturating_add(Duration::from_secs(2));

/// How long it takes until a good object is Ready, and until it is gone again, beside those that were there before.
fn times_beside(name: &str, company: impl FnOnce(&Ground)) -> (Duration, Duration) {
    let times = Cell::new((Duration::ZERO, Duration::ZERO));
    let told = &times;
    tell(name, |ground| async move {
        company(&ground);
        let _operator = start(&ground, Setup::default());
        tokio::time::sleep(Duration::from_secs(30)).await;
        let began = Instant::now();
        ground.api.create(NAMESPACE, "good", spec(&["good.example.com"]), &[]);
        ready(&ground, "good").await;
        let ready_after = began.elapsed();
        // The regions of all objects are asked who needs its record: what cannot be asked is another story.
        ground.silence(&[]);
        ground.take_down(&[]);
        tokio::time::sleep(Duration::from_secs(60)).await;
        let began = Instant::now();
        ground.api.delete(NAMESPACE, "good");
        gone(&ground, "good").await;
        told.set((ready_after, began.elapsed()));
    });
    times.get()
}

/// The good one is as fast as if it were alone.
fn no_delay(name: &str, company: impl FnOnce(&Ground)) {
    let alone = times_beside("alone", |_| {});
    let beside = times_beside(name, company);
    assert!(beside.0 <= alone.0 + CHANCE, "Ready after {:?}, and alone after {:?}", beside.0, alone.0);
    assert!(beside.1 <= alone.1 + CHANCE, "gone after {:?}, and alone after {:?}", beside.1, alone.1);
}

fn create_elsewhere(ground: &Ground, count: usize) {
    for number in 0..count {
        let mut spec = spec(&[&format!("bad-{number}.example.com")]);
        spec["region"] = json!(ELSEWHERE);
        ground.api.create(NAMESPACE, &format!("bad-{number}"), spec, &[]);
    }
}

fn create_in_the_other_zone(ground: &Ground, count: usize) {
    for number in 0..count {
        let name = format!("bad-{number}.example.org");
        ground.api.create(NAMESPACE, &format!("bad-{number}"), spec(&[&name]), &[]);
    }
    let zone = ground.zone_named("example.org").unwrap();
    ground.silence(&[&zone]);
}

#[test]
fn an_object_in_a_region_that_never_answers_delays_no_other() {
    no_delay("silent-region", |ground| {
        create_elsewhere(ground, 1);
        ground.silence(&[ELSEWHERE]);
    });
}

#[test]
fn many_objects_in_a_region_that_never_answers_delay_no_other() {
    no_delay("silent-region-many", |ground| {
        create_elsewhere(ground, MANY);
        ground.silence(&[ELSEWHERE]);
    });
}

#[test]
fn many_objects_in_a_region_that_breaks_every_connection_delay_no_other() {
    no_delay("broken-region", |ground| {
        create_elsewhere(ground, MANY);
        ground.take_down(&[ELSEWHERE]);
    });
}

#[test]
fn an_object_in_a_zone_that_never_answers_delays_no_other() {
    no_delay("silent-zone", |ground| create_in_the_other_zone(ground, 1));
}

#[test]
fn many_objects_in_a_zone_that_never_answers_delay_no_other() {
    no_delay("silent-zone-many", |ground| create_in_the_other_zone(ground, MANY));
}

#[test]
fn many_objects_without_a_zone_delay_no_other() {
    no_delay("no-zone", |ground| {
        for number in 0..MANY {
            let name = format!("bad-{number}.example.net");
            ground.api.create(NAMESPACE, &format!("bad-{number}"), spec(&[&name]), &[]);
        }
    });
}

#[test]
fn many_objects_that_cannot_be_read_delay_no_other() {
    no_delay("poison", |ground| {
        for number in 0..MANY {
            ground.api.create(NAMESPACE, &format!("bad-{number}"), json!({ "domainName": number }), &[]);
        }
    });
}

#[test]
fn an_object_in_a_region_that_never_answers_becomes_ready_once_it_does() {
    tell("silence-ends", |ground| async move {
        create_elsewhere(&ground, 1);
        ground.silence(&[ELSEWHERE]);
        let _operator = start(&ground, Setup::default());
        tokio::time::sleep(Duration::from_secs(3600)).await;
        let is_done = object(&ground, "bad-0").is_some_and(|object| is_ready(&object));
        expect(&ground, !is_done, "it is Ready in a region that does not answer");
        ground.silence(&[]);
        ready(&ground, "bad-0").await;
    });
}
