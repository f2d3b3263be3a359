//! One life from the first day to the last, which reads like a story; and the same with an operator that dies ten times.

use super::life::{BALANCER, DAY, HOUR, Life, SECOND, Told, slow, tell};
use crate::explore::operator::Setup;
use serde_json::json;
use std::{sync::LazyLock, time::Duration};

/// When the operator is killed: while it requests, while ACM validates, in trouble, in a renewal, in a replacement, while
/// deletion waits, and while nothing goes on.
const DEATHS: [Duration; 10] = [
    Duration::from_secs(3),
    Duration::from_secs(40),
    Duration::from_secs(2 * 3600),
    Duration::from_secs(30 * 24 * 3600 + 3600),
    Duration::from_secs(60 * 24 * 3600 + 12 * 3600),
    Duration::from_secs(61 * 24 * 3600),
    Duration::from_secs(138 * 24 * 3600 + 13 * 3600),
    Duration::from_secs(150 * 24 * 3600),
    Duration::from_secs(200 * 24 * 3600 + 20),
    Duration::from_secs(230 * 24 * 3600 + 3 * 3600),
];

async fn die(life: Life, deaths: Vec<Duration>) {
    let began = tokio::time::Instant::now();
    for (process, death) in (1..).zip(deaths) {
        tokio::time::sleep_until(began + death).await;
        life.ground.strike_down(process);
    }
}

/// What users and colleagues do, each at its hour, whatever the operator does.
async fn story(life: Life) {
    let _operator = life.start();
    life.create(json!({ "domainName": "web.example.com" }));
    life.until_ready().await;
    life.up_to(HOUR / 2).await;
    life.use_by(&[BALANCER]);

    life.up_to(30 * DAY).await;
    life.delete_records();

    life.up_to(60 * DAY).await;
    life.spoil_records();
    life.up_to(62 * DAY).await;
    life.note("the wrong record is removed");
    life.ground.delete_validation_records();

    // ACM renews on day 138.
    life.up_to(200 * DAY).await;
    let old = life.arn();
    life.ground
        .api
        .edit_spec("shop", "a", |spec| spec["subjectAlternativeNames"] = json!(["www.example.com"]))
        .unwrap();
    life.pass(SECOND).await;
    life.until_ready().await;
    life.up_to(200 * DAY + 12 * HOUR).await;
    life.expect(life.arn() != old, "the names were edited, and the old certificate serves");
    life.note("the load balancer changes over to the new certificate");
    life.set_in_use(&life.arn(), &[BALANCER]);
    life.set_in_use(&old, &[]);
    life.up_to(203 * DAY).await;
    let is_there = life.ground.world().certificate(&old).is_some_and(|certificate| certificate.deleted_at.is_none());
    life.expect(!is_there, "the replaced certificate is unused, and still there");

    life.up_to(230 * DAY).await;
    life.ground.api.delete("shop", "a");
    life.up_to(231 * DAY).await;
    life.use_by(&[]);
    life.until("the object is not gone", || life.object().is_none()).await;
    life.pass(2 * HOUR).await;
    life.ground.judge_call();
    life.ground.judge().nothing_left(&life.ground.world());
}

/// `looks`: each death begins a period anew.
fn told(name: &str, looks: u32, deaths: &[Duration]) -> Told {
    let setup = Setup { unused_grace: DAY, ..slow() };
    let deaths = deaths.to_vec();
    tell(name, &json!({ "renewalSeconds": 86_400 }), setup, looks, |life| async move {
        let dying = tokio::spawn(die(life.clone(), deaths));
        story(life).await;
        dying.abort();
    })
}

/// Both tests read it.
static QUIET: LazyLock<Told> = LazyLock::new(|| told("whole-life", 1, &[]));

#[test]
fn a_whole_life_reads_like_a_story() {
    let told = &*QUIET;
    told.is_as_reviewed("whole-life");
    assert_eq!(
        told.chronicle.days(),
        [
            "0 Normal Requested",
            "0 Normal RecordCreated",
            "0 Normal Issued",
            "30 Normal RecordRestored",
            "60 Warning RecordConflict",
            "62 Normal RecordRestored",
            "138 Normal RenewalStarted",
            "139 Normal Renewed",
            "200 Normal ReplacementStarted",
            "200 Normal Requested",
            "200 Normal RecordCreated",
            "200 Normal Replaced",
            "200 Normal Deleted",
            "230 Warning DeletionBlocked",
            "231 Normal Deleted",
        ]
    );
}

#[test]
fn the_same_life_with_an_operator_that_dies_ten_times_is_told_in_the_same_words() {
    let (quiet, restless) = (&*QUIET, told("whole-life-of-ten-deaths", 2, &DEATHS));
    restless.is_true("whole-life-of-ten-deaths");
    // NB: names of Events have the times of transitions in them, and these depend on when the operator looks.
    assert_eq!(restless.chronicle.events(), quiet.chronicle.events());
    let mut once = restless.chronicle.events();
    once.sort();
    once.dedup();
    let repeated = restless.chronicle.events().len() - once.len();
    // One record is restored twice, in the same words.
    assert_eq!(repeated, 1, "{:#?}", restless.chronicle.events());
    assert_eq!(restless.chronicle.conditions(), quiet.chronicle.conditions());
}
