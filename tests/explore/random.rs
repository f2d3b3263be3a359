//! Long runs by lot: users who change their minds, processes that die, two leaders at once, clocks that jump, regions that
//! are down, and requests that fail in every way, and what is in `unusual.rs`; then calm, in which everything has to come
//! about.

use super::{
    faults::Kind,
    ground::{Ground, REGION},
    operator::{Setup, keep_running},
    steps::Phase,
    story::{NAMESPACE, spec, until},
    table::keep,
    unusual::{self, Numbers},
};
use acmcert_sim::world::control::Action;
use jiff::SignedDuration;
use serde_json::json;
use std::time::Duration;

/// Runs of `make test`.
const SEEDS: std::ops::Range<u64> = 1..41;

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];
const HOSTS: [&str; 6] = [
    "shop.example.com",
    "*.shop.example.com",
    "api.example.com",
    "www.example.org",
    "deep.shop.example.com",
    "blog.example.org",
];

/// How a run ended.
pub(crate) struct Ending {
    pub(crate) violations: Vec<String>,
    pub(crate) trace: String,
    pub(crate) fired: usize,
}

/// One run.
pub(crate) fn run(seed: u64) -> Ending {
    run_with(seed, true)
}

/// One run in which nothing unusual happens.
pub(crate) fn usual(seed: u64) -> Ending {
    run_with(seed, false)
}

fn run_with(seed: u64, with_the_unusual: bool) -> Ending {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let ground = Ground::new(seed);
        ground.enter(Phase::Free);
        let setup = Setup { watch_lag: 20 + ground.chance(4000), ..Setup::default() };
        let leaders = 1 + ground.chance(2);
        let processes: Vec<_> =
            (0..leaders).map(|_| tokio::spawn(keep_running(ground.clone(), setup.clone()))).collect();
        storm(&ground, with_the_unusual).await;
        calm(&ground, with_the_unusual).await;
        processes.iter().for_each(tokio::task::JoinHandle::abort);
        let violations = ground.judge().violations().to_vec();
        Ending { violations, trace: ground.trace(), fired: ground.faults.fired() }
    })
}

fn one_of<'a>(ground: &Ground, list: &[&'a str]) -> &'a str {
    list[usize::try_from(ground.chance(list.len() as u64)).unwrap()]
}

fn some_names(ground: &Ground) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = HOSTS.into_iter().filter(|_| ground.chance(3) == 0).collect();
    if names.is_empty() {
        names.push(HOSTS[0]);
    }
    names
}

async fn storm(ground: &Ground, with_the_unusual: bool) {
    // Two of them may be off in opposite directions.
    ground.judge().let_clocks_be_off(SignedDuration::from_hours(24));
    let mut numbers = Numbers::default();
    let kinds: Vec<Kind> = Kind::ALL.iter().copied().filter(|_| ground.chance(2) == 0).collect();
    if !kinds.is_empty() {
        ground.faults.storm(10 + ground.chance(120), &kinds);
    }
    for _ in 0..20 + ground.chance(30) {
        if with_the_unusual && ground.chance(3) == 0 {
            unusual::act(ground, &mut numbers, &NAMES, &HOSTS);
        } else {
            act(ground);
        }
        let pause = match ground.chance(4) {
            0 => ground.chance(2),
            1 => ground.chance(60),
            2 => ground.chance(600),
            _ => ground.chance(5),
        };
        tokio::time::sleep(Duration::from_secs(pause)).await;
        ground.tell_news();
    }
    ground.take_down(&[]);
    for process in 1..100 {
        ground.set_skew(process, 0);
    }
}

/// A user, a colleague, or fate.
fn act(ground: &Ground) {
    let name = one_of(ground, &NAMES);
    let api = &ground.api;
    match ground.chance(16) {
        0..=4 => {
            ground.say(&format!("user: create {name}"));
            api.create(NAMESPACE, name, spec(&some_names(ground)), &[]);
        }
        5..=7 => {
            let names = some_names(ground);
            ground.say(&format!("user: edit {name}: {names:?}"));
            api.edit_spec(NAMESPACE, name, |spec| {
                spec["domainName"] = json!(names[0]);
                spec["subjectAlternativeNames"] = json!(names[1..]);
            });
        }
        8 => {
            let suspend = ground.chance(2) == 0;
            ground.say(&format!("user: suspend {name}: {suspend}"));
            api.edit_spec(NAMESPACE, name, |spec| spec["suspend"] = json!(suspend));
        }
        9 => {
            ground.say(&format!("user: tags of {name}"));
            let team = ground.chance(100).to_string();
            api.edit_spec(NAMESPACE, name, |spec| spec["tags"] = json!({ "team": team }));
        }
        10..=11 => {
            ground.say(&format!("user: delete {name}"));
            api.delete(NAMESPACE, name);
        }
        12 => {
            let process = u32::try_from(1 + ground.chance(6)).unwrap();
            ground.strike_down(process);
        }
        13 => colleague(ground),
        14 => {
            let down = ground.chance(2) == 0;
            ground.say(&format!("{REGION} is down: {down}"));
            ground.take_down(if down { &[REGION] } else { &[] });
        }
        _ => {
            let (process, hours) = (u32::try_from(1 + ground.chance(4)).unwrap(), ground.chance(3));
            let skew = i64::try_from(hours).unwrap() * 12 * 3600 - 12 * 3600;
            ground.say(&format!("the clock of p{process} is off by {skew} s"));
            ground.set_skew(process, skew);
        }
    }
}

/// Somebody works in AWS by hand.
fn colleague(ground: &Ground) {
    let certificates = ground.api.certificates();
    let arns: Vec<_> =
        certificates.iter().filter_map(|object| object.status.as_ref()?.certificate_arn.clone()).collect();
    if arns.is_empty() {
        return;
    }
    let arn = arns[usize::try_from(ground.chance(arns.len() as u64)).unwrap()].clone();
    let action = match ground.chance(3) {
        0 => json!({ "certificateArn": arn, "action": "delete" }),
        1 => {
            json!({ "certificateArn": arn, "action": "set-in-use", "by": ["arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/x/1"] })
        }
        _ => json!({ "certificateArn": arn, "action": "set-in-use", "by": [] }),
    };
    ground.say(&format!("colleague: {action}"));
    let action: Action = serde_json::from_value(action).unwrap();
    // What is in use is not deleted in life either.
    let _ = ground.world().act(&action);
}

async fn calm(ground: &Ground, after_the_unusual: bool) {
    ground.say("--- calm");
    ground.faults.cease();
    unusual::put_right(ground, HOSTS[0]);
    let objects = ground.api.certificates();
    for object in &objects {
        let name = object.metadata.name.clone().unwrap();
        if object.spec.suspend == Some(true) {
            ground.api.edit_spec(NAMESPACE, &name, |spec| spec["suspend"] = json!(false));
        }
    }
    release_all(ground);
    let days = Duration::from_secs(3 * 24 * 3600);
    let all = || ground.api.certificates().iter().all(|object| unusual::is_well(ground, object));
    until(ground, "L1", "not everything is Ready three days after the last fault", days, all).await;
    // Orphans have an hour's grace.
    tokio::time::sleep(Duration::from_secs(2 * 3600)).await;
    ground.judge().let_clocks_be_off(SignedDuration::ZERO);
    if after_the_unusual {
        // NB: what a process has noted by a clock that was ahead, it takes up again when that time has come.
        let known = || unusual::strangers(ground).is_empty();
        until(ground, "S2", "no object knows a certificate of ours three days after the last fault", days, known).await;
    } else {
        ground.judge().all_known(&ground.world(), &ground.api);
    }
    let true_to_life = || {
        let world = ground.world();
        ground.judge().lies(&world, &ground.api.certificates()).is_empty()
    };
    until(ground, "S9", "a status is not true three days after the last fault", days, true_to_life).await;
    let lies = {
        let world = ground.world();
        ground.judge().lies(&world, &ground.api.certificates())
    };
    lies.iter().for_each(|lie| ground.judge().accuse_of("S9", lie));
    let (writes, mutations) = (ground.api.writes().len(), ground.judge().mutations());
    tokio::time::sleep(Duration::from_secs(1800)).await;
    if ground.api.writes().len() != writes || ground.judge().mutations() != mutations {
        ground.judge().accuse_of("B2", "something is written though nothing has changed");
    }
    ground.say("--- everything is deleted");
    for object in ground.api.objects() {
        ground.api.delete(NAMESPACE, object["metadata"]["name"].as_str().unwrap());
    }
    until(ground, "L2", "not everything is deleted after three days", days, || ground.api.objects().is_empty()).await;
    tokio::time::sleep(Duration::from_secs(2 * 3600)).await;
    ground.judge_call();
    ground.judge().nothing_left(&ground.world());
}

/// Nobody uses anything any more.
fn release_all(ground: &Ground) {
    let mut world = ground.world();
    let used: Vec<_> =
        world.state().certificates.into_iter().filter(|c| c.deleted_at.is_none() && !c.in_use_by.is_empty()).collect();
    for certificate in used {
        let action = json!({ "certificateArn": certificate.certificate_arn, "action": "set-in-use", "by": [] });
        let action: Action = serde_json::from_value(action).unwrap();
        world.act(&action).unwrap();
    }
}

fn judge(seeds: impl Iterator<Item = u64>) {
    let mut failed = String::new();
    let (mut runs, mut fired) = (0, 0);
    for seed in seeds {
        let ending = run(seed);
        runs += 1;
        fired += ending.fired;
        if !ending.violations.is_empty() {
            failed += &format!("SEED={seed}: {}\n", ending.violations.join("\n    "));
            keep(&format!("seed-{seed}"), &ending.trace);
        }
    }
    println!("{runs} runs by lot, {fired} faults");
    assert!(failed.is_empty(), "make explore SEED=.. shows the trace of one:\n{failed}");
}

#[test]
fn whatever_happens_by_lot_everything_comes_about_in_the_end() {
    let half = SEEDS.start + (SEEDS.end - SEEDS.start) / 2;
    judge(SEEDS.start..half);
}

#[test]
fn whatever_else_happens_by_lot_everything_comes_about_in_the_end() {
    let half = SEEDS.start + (SEEDS.end - SEEDS.start) / 2;
    judge(half..SEEDS.end);
}

#[test]
fn a_run_by_lot_is_the_same_each_time() {
    assert_eq!(run(3).trace, run(3).trace);
}

/// `make explore RUNS=..`: so many more, from other seeds.
#[test]
fn more_runs_are_made_when_they_are_asked_for() {
    if let Some(runs) = std::env::var("RUNS").ok().and_then(|runs| runs.parse::<u64>().ok()) {
        let first: u64 = std::env::var("FIRST").ok().and_then(|first| first.parse().ok()).unwrap_or(1000);
        judge(first..first + runs);
    }
}
