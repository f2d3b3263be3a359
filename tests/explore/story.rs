//! A life from creation to deletion, in which one thing goes wrong.

use super::{
    faults::{Fault, Kind},
    ground::Ground,
    operator::{Setup, keep_running},
    steps::{Phase, Step},
};
use acmcert::api::AcmCertificate;
use serde_json::{Value, json};
use std::{fmt, time::Duration};

pub(crate) const NAMESPACE: &str = "shop";

/// What the objects look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Variant {
    /// One name.
    One,
    /// A wildcard and its apex, and a second name in another zone.
    Zones,
    /// Two objects that share a name.
    Shared,
}

impl Variant {
    pub(crate) const ALL: [Self; 3] = [Self::One, Self::Zones, Self::Shared];

    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Zones => "zones",
            Self::Shared => "shared",
        }
    }

    /// Objects and their names.
    pub(crate) fn objects(self) -> Vec<(&'static str, Vec<&'static str>)> {
        match self {
            Self::One => vec![("a", vec!["shop.example.com"])],
            Self::Zones => vec![("a", vec!["shop.example.com", "*.shop.example.com", "www.example.org"])],
            Self::Shared => vec![("a", vec!["shop.example.com"]), ("b", vec!["shop.example.com", "api.example.com"])],
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// How a story ended.
#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) violations: Vec<String>,
    pub(crate) fired: usize,
    pub(crate) mutations: u32,
    pub(crate) trace: String,
    /// What users see at the end of the life, without what differs by chance.
    pub(crate) outcome: Vec<Value>,
}

pub(crate) fn spec(names: &[&str]) -> Value {
    json!({ "domainName": names[0], "subjectAlternativeNames": names[1..] })
}

/// Is the object Ready for its present generation?
pub(crate) fn is_ready(object: &AcmCertificate) -> bool {
    let conditions = object.status.iter().flat_map(|status| &status.conditions);
    let mut ready = conditions.filter(|condition| condition.type_ == "Ready" && condition.status == "True");
    ready.any(|condition| condition.observed_generation == object.metadata.generation)
}

/// Waits, in virtual time; what does not come is a violation of L1 or L2.
pub(crate) async fn until(
    ground: &Ground,
    invariant: &str,
    what: &str,
    limit: Duration,
    mut is: impl FnMut() -> bool,
) -> bool {
    let began = tokio::time::Instant::now();
    let mut version = None;
    loop {
        ground.tell_news();
        // Nothing has changed: neither has the answer.
        let present = ground.version();
        if version.replace(present) != Some(present) && is() {
            break;
        }
        if began.elapsed() > limit {
            ground.judge().accuse_of(invariant, what);
            return false;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    true
}

/// Convergence after a fault: a token's hour, a search, a backoff, and some.
const LONG: Duration = Duration::from_secs(4 * 3600);
/// Whatever takes effect late has done so after that.
const LATE: Duration = Duration::from_secs(2 * 60);
/// What no object knows is swept by then: an hour's grace, and some.
const SWEPT: Duration = Duration::from_secs(80 * 60);

/// One life under one fault. Runs in a runtime of its own, whose time is virtual.
pub(crate) fn live(seed: u64, variant: Variant, faults: &[Fault]) -> Ending {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let ground = Ground::new(seed);
        ground.faults.plan(faults);
        ground.judge().expect_order();
        let retains = faults.iter().any(|fault| fault.step == Step::Retain);
        if faults.iter().any(|fault| fault.step == Step::R1) {
            // The answer to the first request is lost.
            ground.faults.plan(&[Fault { step: Step::E4, kind: Kind::AnswerLost }]);
        }
        let needs_search = faults.iter().any(|fault| matches!(fault.step, Step::R2 | Step::R3 | Step::R4));
        let operator = tokio::spawn(keep_running(ground.clone(), Setup::default()));
        let outcome = tell(&ground, variant, needs_search, retains).await;
        operator.abort();
        let judge = ground.judge();
        Ending {
            violations: judge.violations().to_vec(),
            fired: ground.faults.fired(),
            mutations: judge.mutations(),
            trace: ground.trace(),
            outcome,
        }
    })
}

/// What has not come in its time ends the story: what would come after it proves nothing.
async fn tell(ground: &Ground, variant: Variant, needs_search: bool, retains: bool) -> Vec<Value> {
    let objects = variant.objects();
    if needs_search {
        // The request takes effect, its answer is lost, and the operator is down for longer than a token lives.
        ground.faults.plan(&[Fault { step: Step::E4, kind: Kind::CrashAfter }]);
    }
    // The first makes the record that they share.
    for (name, names) in &objects {
        let mut spec = spec(names);
        spec["deletionPolicy"] = if retains { json!("Retain") } else { Value::Null };
        ground.api.create(NAMESPACE, name, spec, &[]);
        if objects.len() > 1 && *name == "a" && !needs_search {
            let made = || ground.judge().has_made_a_record();
            if !until(ground, "L1", "no record was made", LONG, made).await {
                return vec![];
            }
        }
    }
    if needs_search {
        if !until(ground, "L1", "no request was sent", LONG, || ground.faults.fired() > 0).await {
            return vec![];
        }
        ground.set_searching(true);
        ground.hold_back(Duration::from_secs(70 * 60)).await;
    }
    let all_ready = || ground.api.certificates().iter().all(is_ready);
    if !until(ground, "L1", "not Ready after 4 hours", LONG, all_ready).await {
        return vec![];
    }
    ground.set_searching(false);
    ground.judge().all_known(&ground.world(), &ground.api);

    ground.enter(Phase::Settle);
    tokio::time::sleep(Duration::from_secs(11 * 60)).await;
    let writes = ground.api.writes().len();
    let mutations = ground.judge().mutations();
    tokio::time::sleep(Duration::from_secs(11 * 60)).await;
    let events_only_late = ground.api.writes().len() == writes;
    if !events_only_late || ground.judge().mutations() != mutations {
        ground.judge().accuse_of("B2", "something is written though nothing has changed");
    }

    ground.enter(Phase::Retag);
    for (name, _) in &objects {
        ground.api.edit_spec(NAMESPACE, name, |spec| spec["tags"] = json!({ "team": "shop" }));
    }
    let tagged = || {
        let world = ground.world();
        ground.api.certificates().iter().all(|object| {
            let arn = object.status.as_ref().and_then(|status| status.certificate_arn.clone()).unwrap_or_default();
            is_ready(object) && world.certificate(&arn).is_some_and(|c| c.tags.contains_key("team"))
        })
    };
    if !until(ground, "L1", "not tagged after 4 hours", LONG, tagged).await {
        return vec![];
    }

    ground.enter(Phase::Replace);
    for (name, names) in &objects {
        let mut names = names.clone();
        names.push("extra.example.com");
        ground.api.edit_spec(NAMESPACE, name, |spec| spec["subjectAlternativeNames"] = json!(names[1..]));
    }
    let replaced = || {
        let idle = |object: &AcmCertificate| object.status.as_ref().is_some_and(|status| status.previous.is_empty());
        ground.api.certificates().iter().all(|object| is_ready(object) && idle(object))
    };
    if !until(ground, "L1", "not replaced after 4 hours", LONG, replaced).await {
        return vec![];
    }
    ground.judge().all_known(&ground.world(), &ground.api);
    let outcome = ground.api.certificates().iter().map(as_users_see_it).collect();

    ground.enter(Phase::Delete);
    // The one that made the shared record goes first.
    for (name, _) in &objects {
        ground.api.delete(NAMESPACE, name);
        if !until(ground, "L2", "not deleted after 4 hours", LONG, || ground.api.get(NAMESPACE, name).is_none()).await {
            return outcome;
        }
    }
    tokio::time::sleep(LATE).await;
    ground.judge_call();
    // Without a fault nothing is left; but then it is seen what the operator does for an hour and some with nothing to do.
    let is_clear = ground.judge().left_behind(&ground.world()).is_empty();
    if !is_clear || ground.faults.fired() == 0 {
        tokio::time::sleep(SWEPT).await;
        ground.judge_call();
    }
    ground.judge().nothing_left(&ground.world());
    outcome
}

/// The object without times, identifiers and the count of attempts.
fn as_users_see_it(object: &AcmCertificate) -> Value {
    let status = object.status.clone().unwrap_or_default();
    let conditions: Vec<_> =
        status.conditions.iter().map(|c| format!("{}={}/{}", c.type_, c.status, c.reason)).collect();
    let mut records: Vec<_> = status.records.iter().map(|claim| (&claim.name, &claim.value)).collect();
    records.sort();
    json!({
        "name": object.metadata.name,
        "conditions": conditions,
        "names": status.names,
        "status": status.certificate_status,
        "records": records,
    })
}
