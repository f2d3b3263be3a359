//! Whole lives over years, in virtual time: what a person reads in the Events from the first day to the last, and that the
//! conditions never say otherwise than the model.

use super::{
    ground::{Ground, REGION},
    operator::{Setup, keep_running},
    steps::Phase,
    story::{NAMESPACE, is_ready, spec, until},
};
use acmcert::api::AcmCertificate;
use acmcert_sim::world::{certificate::Status, control::Action};
use serde_json::{Value, json};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const BALANCER: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/x/1";

/// The operator looks every six hours, so that years take seconds; the bounds on how late it may be follow.
fn slow() -> Setup {
    Setup { settled: 6 * HOUR, record_period: 6 * HOUR, unused_grace: HOUR, ..Setup::default() }
}

/// Tells a life, and answers its Events: `day reason: note`.
fn events_of<F: Future<Output = ()>>(settings: &Value, life: impl FnOnce(Ground) -> F) -> (Vec<String>, Vec<String>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let ground = Ground::new(11);
        ground.enter(Phase::Free);
        ground.change_settings(settings);
        life(ground.clone()).await;
        let began = ground.began_at();
        let day = |event: &Value| {
            let at: jiff::Timestamp = event["eventTime"].as_str().unwrap().parse().unwrap();
            at.duration_since(began).as_hours() / 24
        };
        let line = |event: &Value| {
            format!("{} {} {}", day(event), event["type"].as_str().unwrap(), event["reason"].as_str().unwrap())
        };
        let violations = ground.judge().violations().to_vec();
        super::table::keep("life", &ground.trace());
        (ground.api.events().iter().map(line).collect(), violations)
    })
}

async fn begin(ground: &Ground, in_use: bool) -> String {
    ground.api.create(NAMESPACE, "a", spec(&["shop.example.com"]), &[]);
    until(ground, "L1", "not Ready", 4 * HOUR, || object(ground).is_some_and(|object| is_ready(&object))).await;
    let arn = object(ground).unwrap().status.unwrap().certificate_arn.unwrap();
    if in_use {
        act(ground, json!({ "certificateArn": arn, "action": "set-in-use", "by": [BALANCER] }));
    }
    arn
}

fn object(ground: &Ground) -> Option<AcmCertificate> {
    ground.api.get(NAMESPACE, "a").map(|object| serde_json::from_value(object).unwrap())
}

fn act(ground: &Ground, action: Value) {
    let action: Action = serde_json::from_value(action).unwrap();
    ground.world().act(&action).unwrap();
}

/// Lets days pass; at the end of each, what is told is compared with the truth. It may be one look late, not two.
async fn days(ground: &Ground, count: u32) {
    for _ in 0..count {
        tokio::time::sleep(DAY).await;
        ground.tell_news();
        if contradiction(ground).is_some() {
            tokio::time::sleep(7 * HOUR).await;
            if let Some(what) = contradiction(ground) {
                ground.judge().accuse_of("oracle", &what);
            }
        }
    }
}

/// Between what the status says and what is.
fn contradiction(ground: &Ground) -> Option<String> {
    let object = object(ground)?;
    let status = object.status.clone().unwrap_or_default();
    let world = ground.world();
    let served = world.certificate(status.certificate_arn.as_deref()?)?;
    let good = served.status == Status::Issued && served.not_after.is_some_and(|end| end > world.now());
    if is_ready(&object) != good {
        return Some(format!("Ready is {}, and the certificate is {:?}", is_ready(&object), served.status));
    }
    let told = status.not_after.as_ref().map(|time| time.0.as_second());
    let is = served.not_after.map(|end| end.as_second());
    (told != is).then(|| format!("the end of validity is told as {told:?}, and is {is:?}"))
}

fn reasons(events: &[String]) -> Vec<&str> {
    events.iter().map(String::as_str).collect()
}

#[test]
fn a_certificate_in_use_is_renewed_three_times_and_nothing_else_is_ever_said() {
    let (events, violations) = events_of(&json!({ "renewalSeconds": 86_400 }), |ground| async move {
        let _operator = tokio::spawn(keep_running(ground.clone(), slow()));
        begin(&ground, true).await;
        days(&ground, 450).await;
    });
    assert_eq!(violations, Vec::<String>::new());
    assert_eq!(
        reasons(&events),
        [
            "0 Normal Requested",
            "0 Normal RecordCreated",
            "0 Normal Issued",
            "138 Normal RenewalStarted",
            "139 Normal Renewed",
            "277 Normal RenewalStarted",
            "278 Normal Renewed",
            "416 Normal RenewalStarted",
            "417 Normal Renewed",
        ]
    );
}

#[test]
fn a_certificate_that_nobody_uses_is_warned_of_until_it_expires_and_is_then_requested_anew() {
    let (events, violations) = events_of(&json!({}), |ground| async move {
        let _operator = tokio::spawn(keep_running(ground.clone(), slow()));
        begin(&ground, false).await;
        days(&ground, 200).await;
    });
    assert_eq!(violations, Vec::<String>::new());
    assert_eq!(
        reasons(&events),
        [
            "0 Normal Requested",
            "0 Normal RecordCreated",
            "0 Normal Issued",
            "0 Normal NotInUse",
            "153 Warning ExpiringSoon",
            "153 Warning NotInUse",
            "168 Warning ExpiringSoon",
            "183 Warning ExpiringSoon",
            "191 Warning ExpiringSoon",
            "195 Warning ExpiringSoon",
            "197 Warning ExpiringSoon",
            "198 Warning Expired",
            "198 Normal Requested",
            "198 Normal Issued",
            "198 Normal NotInUse",
        ]
    );
}

#[test]
fn certificates_of_47_days_are_renewed_for_a_year_without_a_warning() {
    let settings = json!({ "publicValidityDays": 47 });
    let (events, violations) = events_of(&settings, |ground| async move {
        let _operator = tokio::spawn(keep_running(ground.clone(), slow()));
        begin(&ground, true).await;
        days(&ground, 365).await;
    });
    assert_eq!(violations, Vec::<String>::new());
    assert!(events.iter().all(|event| event.contains(" Normal ")), "{events:#?}");
    assert!(events.iter().filter(|event| event.ends_with("Renewed")).count() >= 10, "{events:#?}");
}

#[test]
fn a_record_that_is_deleted_before_the_renewal_is_restored_and_the_renewal_goes_well() {
    let (events, violations) = events_of(&json!({}), |ground| async move {
        let _operator = tokio::spawn(keep_running(ground.clone(), slow()));
        begin(&ground, true).await;
        days(&ground, 78).await;
        ground.delete_validation_records();
        days(&ground, 80).await;
    });
    assert_eq!(violations, Vec::<String>::new());
    assert_eq!(
        reasons(&events),
        [
            "0 Normal Requested",
            "0 Normal RecordCreated",
            "0 Normal Issued",
            "78 Normal RecordRestored",
            "138 Normal RenewalStarted",
            "138 Normal Renewed",
        ]
    );
}

#[test]
fn an_outage_of_five_weeks_is_told_as_such_and_repeats_nothing() {
    let (events, violations) = events_of(&json!({}), |ground| async move {
        let _operator = tokio::spawn(keep_running(ground.clone(), slow()));
        begin(&ground, true).await;
        days(&ground, 120).await;
        ground.take_down(&[REGION, "us-east-1"]);
        tokio::time::sleep(35 * DAY).await;
        let stale = object(&ground).unwrap().status.unwrap();
        let unknown = stale.conditions.iter().any(|c| c.type_ == "Ready" && c.status == "Unknown");
        if !unknown {
            ground.judge().accuse_of("oracle", "what was not seen for five weeks is told as known");
        }
        ground.take_down(&[]);
        days(&ground, 30).await;
    });
    assert_eq!(violations, Vec::<String>::new());
    // 45 days before the end nobody can say whether the renewal is on track: that is warned of, once.
    assert_eq!(
        reasons(&events),
        [
            "0 Normal Requested",
            "0 Normal RecordCreated",
            "0 Normal Issued",
            "153 Warning ExpiringSoon",
            "155 Normal Renewed",
        ]
    );
}

#[test]
fn the_metrics_have_the_names_of_the_contract_and_say_what_the_conditions_say() {
    let (_, violations) = events_of(&json!({}), |ground| async move {
        let _operator = tokio::spawn(keep_running(ground.clone(), slow()));
        begin(&ground, true).await;
        days(&ground, 1).await;
        let scraped = ground.scrape();
        let of = "{namespace=\"shop\",name=\"a\"}";
        for line in [
            format!("\nacmcert_certificate_ready{of} 1"),
            format!("\nacmcert_certificate_stalled{of} 0"),
            format!("\nacmcert_certificate_deletion_blocked{of} 0"),
            format!("\nacmcert_certificate_in_use{of} 1"),
            format!("\nacmcert_certificate_not_after_timestamp_seconds{of} "),
            format!("\nacmcert_certificate_not_before_timestamp_seconds{of} "),
            "\nacmcert_certificate_renewal_status{namespace=\"shop\",name=\"a\",status=\"none\"} 1".to_owned(),
            "\nacmcert_queue_depth".to_owned(),
            "\nacmcert_last_sweep_timestamp_seconds{".to_owned(),
            "\nacmcert_orphans{region=\"eu-west-1\"} 0".to_owned(),
        ] {
            if !scraped.contains(&line) {
                ground.judge().accuse_of("metrics", &format!("no {line:?} in {scraped}"));
            }
        }
    });
    assert_eq!(violations, Vec::<String>::new());
}
