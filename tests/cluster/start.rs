//! Starting and stopping: what is not right is one clear line and an exit code.

use crate::support::{
    certificate::manifest,
    control_plane::{kubeconfig_of, kubectl_ok, run},
    operator::{Operator, command},
    root,
    stage::Stage,
    until,
};
use std::process::Command;

/// Runs a command that must fail, and answers its last line on standard error.
fn fails(mut command: Command) -> String {
    let output = run(&mut command, None);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{text}");
    text
}

#[tokio::test]
async fn what_is_wrong_at_the_start_is_one_clear_line() {
    let stage = Stage::set("start").await;
    let base = || {
        let mut command = command(&stage.aws);
        command.args(["--namespace", &stage.namespace, "--leader-elect=false"]);
        command
    };

    let mut no_credentials = base();
    no_credentials.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY").env("HOME", "/nonexistent");
    let says = fails(no_credentials);
    assert!(says.contains("no AWS credentials"), "{says}");

    let mut no_region = base();
    no_region.env_remove("AWS_REGION").env("HOME", "/nonexistent");
    let says = fails(no_region);
    assert!(says.contains("--region"), "{says}");

    let mut wrong_account = base();
    wrong_account.args(["--expected-account", "999999999999"]);
    let says = fails(wrong_account);
    assert!(says.contains("123456789012") && says.contains("999999999999"), "{says}");

    let mut no_cluster = base();
    no_cluster.env("KUBECONFIG", "/nonexistent/kubeconfig");
    let says = fails(no_cluster);
    assert!(says.contains("KUBECONFIG"), "{says}");

    let kubeconfig = std::fs::read_to_string(crate::support::control_plane::kubeconfig()).unwrap();
    let elsewhere = root().join("target/test-logs/unreachable.kubeconfig");
    let address = kubeconfig.lines().find(|line| line.contains("server:")).unwrap();
    std::fs::write(&elsewhere, kubeconfig.replace(address, "    server: https://127.0.0.1:1")).unwrap();
    let mut unreachable = base();
    unreachable.env("KUBECONFIG", &elsewhere);
    let says = fails(unreachable);
    assert!(says.contains("API server cannot be reached"), "{says}");

    for (flag, says) in [
        ("--settled-period=soon", "duration"),
        ("--quota=Frobnicate=1", "ACM operation"),
        ("--quota-share=2", "at most 1"),
        ("--region=mars", "not an AWS region"),
        ("--no-such-flag", "unexpected argument"),
    ] {
        let mut bad_flag = base();
        bad_flag.arg(flag);
        let text = fails(bad_flag);
        assert!(text.contains(says), "{flag}: {text}");
    }
}

#[tokio::test]
async fn a_missing_verb_is_named() {
    let stage = Stage::set("rbac").await;
    kubectl_ok(&["create", "serviceaccount", "weak", "-n", &stage.namespace], None);
    let path = kubeconfig_of("weak", &stage.namespace);
    let mut weak = command(&stage.aws);
    weak.env("KUBECONFIG", &path).args(["--leader-elect=false", "--namespace", &stage.namespace]);
    let says = fails(weak);
    assert!(says.contains("RBAC") && says.contains("acmcertificates.acmcert.io") && says.contains("get"), "{says}");
}

#[tokio::test]
async fn a_missing_crd_is_named_with_the_remedy() {
    let stage = Stage::set("bare").await;
    let dir = root().join("target/test-bare-cluster");
    let hack = |verb: &str| run(Command::new(root().join("hack/cluster")).args([verb, "--dir"]).arg(&dir), None);
    let up = hack("up");
    assert!(up.status.success(), "{}", String::from_utf8_lossy(&up.stderr));
    let mut bare = command(&stage.aws);
    bare.env("KUBECONFIG", dir.join("kubeconfig")).arg("--leader-elect=false");
    let says = fails(bare);
    assert!(hack("down").status.success());
    assert!(says.contains("acmcertificates.acmcert.io is not installed") && says.contains("acmcert crd"), "{says}");
}

#[tokio::test]
async fn several_namespaces_are_watched_and_no_other() {
    let stage = Stage::set("several").await;
    stage.aws.public_zone("example.com").await;
    let second = crate::support::control_plane::namespace("several-more").await;
    let third = crate::support::control_plane::namespace("several-other").await;
    let _operator = stage.operator_with(&["--namespace", &second, "--namespace", &second]);
    for namespace in [&stage.namespace, &second, &third] {
        let text = manifest("shop", &["shop.example.com"]).to_string();
        kubectl_ok(&["apply", "--server-side", "-n", namespace, "-f", "-"], Some(&text));
    }
    stage.until_ready("shop").await;
    let api = crate::support::control_plane::certificates(&second).await;
    until("the second to be ready", async || {
        let object = api.get("shop").await.unwrap();
        (crate::support::certificate::condition(&object, "Ready") == "True/Issued").then_some(())
    })
    .await;
    assert_eq!(stage.aws.all_certificates().await.len(), 2, "one for each watched namespace, and none twice");
}

#[tokio::test]
async fn a_standby_takes_over_when_the_leader_stops() {
    let stage = Stage::set("leader").await;
    stage.aws.public_zone("example.com").await;
    let candidate = |name: &str| {
        let mut command = command(&stage.aws);
        command.args(["--namespace", &stage.namespace, "--lease-namespace", &stage.namespace]);
        Operator::spawn(name, command)
    };
    for name in ["leader-a", "leader-b"] {
        let _ = std::fs::remove_file(root().join(format!("target/test-logs/{name}.operator.log")));
    }
    let first = candidate("leader-a");
    until("the first to lead", async || first.log().contains("this process leads").then_some(())).await;
    let second = candidate("leader-b");
    until("the second to start", async || second.log().contains("acmcert has started").then_some(())).await;
    stage.apply(&manifest("one", &["one.example.com"]));
    stage.until_ready("one").await;
    assert!(!second.log().contains("this process leads"));
    let (status, took) = first.terminate();
    assert!(status.success() && took.as_secs() < 5, "{status} {took:?}");
    until("the second to lead", async || second.log().contains("this process leads").then_some(())).await;
    stage.apply(&manifest("two", &["two.example.com"]));
    stage.until_ready("two").await;
    assert_eq!(stage.aws.all_certificates().await.len(), 2);
}

#[tokio::test]
async fn the_help_names_every_flag_with_its_default_and_variable() {
    let output = run(Command::new(env!("CARGO_BIN_EXE_acmcert")).args(["run", "--help"]), None);
    let help = String::from_utf8(output.stdout).unwrap();
    for word in [
        "--region",
        "--cluster-name",
        "--expected-account",
        "--namespace",
        "--deletion-policy",
        "--pending-period",
        "--settled-period",
        "--record-period",
        "--shared-record-regions",
        "--leader-elect",
        "--lease-duration",
        "--lease-namespace",
        "--lease-name",
        "--stale-after",
        "--progress-deadline",
        "--retry-backoff",
        "--requests-per-day",
        "--orphan-grace",
        "--http-address",
        "--quota-share",
        "--quota",
        "--expiry-thresholds",
        "--unused-grace",
        "--concurrency",
        "--log-format",
        "--log <FILTER>",
        "[default: 60s]",
        "ACMCERT_SETTLED_PERIOD",
    ] {
        assert!(help.contains(word), "{word}\n{help}");
    }
}
