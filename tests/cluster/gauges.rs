//! `/metrics`, as Prometheus itself reads it.

use crate::support::{
    certificate::{condition, manifest},
    control_plane::run,
    gauges::{PREFIX, Series, expected, key},
    operator::Operator,
    stage::Stage,
    tool, until,
};
use acmcert::{api::AcmCertificate, aws::Operation};
use serde_json::{Value, json};
use std::{collections::BTreeSet, process::Command};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const BALANCER: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/1";

/// The samples of a page, or why Prometheus does not take it.
fn parse(content_type: &str, page: &str) -> Result<Vec<Value>, String> {
    let output = run(Command::new(tool("check-metrics")).arg(content_type), Some(page));
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let text = String::from_utf8(output.stdout).unwrap();
    Ok(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// One scrape.
async fn scrape(operator: &Operator) -> Vec<Value> {
    let address = until("the operator to tell its address", async || {
        let log = operator.log();
        let started = log.lines().rev().find(|line| line.contains("acmcert has started"))?;
        Some(started.split("http=").nth(1)?.split_whitespace().next()?.to_owned())
    })
    .await;
    let answer = reqwest::get(format!("http://{address}/metrics")).await.unwrap();
    let content_type = answer.headers()["content-type"].to_str().unwrap().to_owned();
    let page = answer.text().await.unwrap();
    parse(&content_type, &page).unwrap_or_else(|error| panic!("{error}\n{page}"))
}

fn label<'a>(sample: &'a Value, label: &str) -> Option<&'a str> {
    sample["labels"][label].as_str()
}

/// The series of one object.
fn series_of(samples: &[Value], namespace: &str, name: &str) -> Series {
    let of_object =
        |sample: &&Value| label(sample, "namespace") == Some(namespace) && label(sample, "name") == Some(name);
    let one = |sample: &Value| {
        let series = sample["name"].as_str().unwrap();
        (key(series, namespace, name, label(sample, "status")), sample["value"].to_string())
    };
    samples.iter().filter(of_object).map(one).collect()
}

/// Waits until a condition is so, and every gauge says the same as the object.
async fn agree(stage: &Stage, operator: &Operator, kind: &str, wanted: &str) -> (AcmCertificate, Series) {
    let api = stage.api().await;
    until(&format!("{}: {kind} to be {wanted}, and the gauges to say so", stage.test), async || {
        let object = api.get("shop").await.unwrap();
        let series = series_of(&scrape(operator).await, &stage.namespace, "shop");
        (condition(&object, kind) == wanted && series == expected(&object)).then_some((object, series))
    })
    .await
}

/// `1` for 1; nothing if there is no such series.
fn value<'a>(series: &'a Series, stage: &Stage, name: &str) -> Option<&'a str> {
    series.get(&key(&format!("{PREFIX}{name}"), &stage.namespace, "shop", None)).map(String::as_str)
}

#[tokio::test]
async fn every_gauge_of_a_certificate_says_what_its_conditions_say_and_ends_with_it() {
    let stage = Stage::set("gauges").await;
    let operator = stage.operator_with(&["--settled-period=500ms", "--record-period=2s"]);
    stage.apply(&manifest("shop", &["shop.example.com"]));
    let (_, series) = agree(&stage, &operator, "Stalled", "True/ZoneNotFound").await;
    let gauge = |series: &Series, name: &str| value(series, &stage, name).map(str::to_owned);
    assert_eq!(gauge(&series, "ready").as_deref(), Some("0"));
    assert_eq!(gauge(&series, "stalled").as_deref(), Some("1"));
    assert!(gauge(&series, "pending_since_timestamp_seconds").is_some(), "{series:?}");
    assert_eq!(gauge(&series, "not_after_timestamp_seconds"), None);

    stage.aws.public_zone("example.com").await;
    let (object, series) = agree(&stage, &operator, "Ready", "True/Issued").await;
    assert_eq!(gauge(&series, "ready").as_deref(), Some("1"));
    assert_eq!(gauge(&series, "in_use").as_deref(), Some("0"));
    assert_eq!(gauge(&series, "pending_since_timestamp_seconds"), None);

    let arn = object.status.unwrap().certificate_arn.unwrap();
    stage.aws.act(&arn, "set-in-use", json!({ "by": [BALANCER] })).await;
    let (_, series) = agree(&stage, &operator, "RenewalReady", "True/Eligible").await;
    assert_eq!(gauge(&series, "in_use").as_deref(), Some("1"));
    stage.aws.act(&arn, "start-renewal", json!({})).await;
    let (_, series) = agree(&stage, &operator, "RenewalReady", "True/Renewing").await;
    let renewal = key(&format!("{PREFIX}renewal_status"), &stage.namespace, "shop", Some("pending_auto_renewal"));
    assert_eq!(series[&renewal], "1");
    assert_eq!(gauge(&series, "ready").as_deref(), Some("1"));

    stage.delete("shop").await;
    let (_, series) = agree(&stage, &operator, "DeletionBlocked", "True/InUse").await;
    assert_eq!(gauge(&series, "deletion_blocked").as_deref(), Some("1"));
    stage.aws.act(&arn, "set-in-use", json!({ "by": [] })).await;
    stage.until_gone("shop").await;
    until("the series to end with the object", async || {
        series_of(&scrape(&operator).await, &stage.namespace, "shop").is_empty().then_some(())
    })
    .await;
}

/// Name, type, and the labels with what they may say; nothing for what is not of a closed set.
type Contract = [(&'static str, &'static str, &'static [(&'static str, Option<&'static [&'static str]>)])];

const CALLS: &[&str] =
    &["ok", "not_found", "in_use", "throttled", "denied", "invalid", "conflict", "quota_exceeded", "unavailable"];
const PASSES: &[&str] = &["ok", "conflict", "cluster_error", "aws_error", "bad_object"];
const SERVICES: &[&str] = &["acm", "route53", "sts"];

/// Those of the operator itself.
const CONTRACT: &Contract = &[
    (
        "acmcert_aws_calls_total",
        "counter",
        &[("service", Some(SERVICES)), ("operation", None), ("outcome", Some(CALLS))],
    ),
    ("acmcert_aws_permit_wait_seconds_count", "histogram", &[("service", Some(SERVICES))]),
    ("acmcert_reconciles_total", "counter", &[("outcome", Some(PASSES))]),
    ("acmcert_reconcile_duration_seconds_count", "histogram", &[]),
    ("acmcert_queue_depth", "gauge", &[]),
    ("acmcert_last_sweep_timestamp_seconds", "gauge", &[("account", None), ("region", None)]),
    ("acmcert_orphans", "gauge", &[("region", None)]),
    ("acmcert_leader", "gauge", &[]),
    ("acmcert_build_info", "info", &[("version", None), ("commit", None)]),
];

#[tokio::test]
async fn the_metrics_of_the_operator_itself_have_the_names_types_and_labels_of_the_contract() {
    let stage = Stage::set("own-metrics").await;
    stage.aws.public_zone("example.com").await;
    let operator = stage.operator_with(&["--settled-period=500ms"]);
    stage.apply(&manifest("shop", &["shop.example.com"]));
    stage.until_ready("shop").await;
    // NB: orphans are looked for after the first settled period.
    let samples = until("every metric", async || {
        let samples = scrape(&operator).await;
        let is_there = |name: &str| samples.iter().any(|sample| sample["name"] == name);
        CONTRACT.iter().all(|(name, ..)| is_there(name)).then_some(samples)
    })
    .await;
    for (name, kind, labels) in CONTRACT {
        for sample in samples.iter().filter(|sample| sample["name"] == *name) {
            assert_eq!(sample["type"], *kind, "{sample}");
            let has: BTreeSet<&str> = sample["labels"].as_object().unwrap().keys().map(String::as_str).collect();
            let wanted: BTreeSet<&str> = labels.iter().map(|(label, _)| *label).collect();
            assert_eq!(has, wanted, "{sample}");
            for (name, known) in *labels {
                let says = label(sample, name).unwrap();
                assert!(known.is_none_or(|known| known.contains(&says)), "{sample}");
            }
        }
    }
    let calls = samples.iter().filter(|sample| sample["name"] == "acmcert_aws_calls_total");
    let operations: BTreeSet<&str> = calls.filter_map(|sample| label(sample, "operation")).collect();
    let known: BTreeSet<&str> = Operation::ALL.iter().map(|operation| operation.as_str()).collect();
    assert!(operations.contains("RequestCertificate") && operations.is_subset(&known), "{operations:?}");
}

#[test]
fn a_page_that_prometheus_would_not_take_is_not_taken() {
    let page = "# HELP a_seconds What it is.\n# TYPE a_seconds gauge\na_seconds{name=\"x\"} 1.5\n# EOF\n";
    let samples = parse(OPEN_METRICS, page).unwrap();
    assert_eq!(samples, [json!({ "name": "a_seconds", "type": "gauge", "labels": { "name": "x" }, "value": 1.5 })]);
    for (from, to, says) in [
        ("# EOF\n", "", "EOF"),
        ("\"x\"}", "\"x}", ""),
        ("# HELP a_seconds What it is.\n", "", "no help text"),
        ("# TYPE a_seconds gauge\n", "", "no type"),
        ("# TYPE a_seconds gauge\n", "# TYPE a_seconds counter\n", "no type"),
        ("a_seconds", "a_minutes", "base unit"),
        ("{name=", "{theName=", "snake_case"),
        ("# EOF\n", "a_seconds{name=\"x\"} 2\n# EOF\n", "twice"),
    ] {
        let refused = parse(OPEN_METRICS, &page.replace(from, to)).unwrap_err();
        assert!(refused.contains(says), "{to:?}: {refused}");
    }
    assert!(parse("text/html", page).is_err());
}
