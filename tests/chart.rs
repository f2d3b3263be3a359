//! The Helm chart and the kustomize tree: valid, the same, and with exactly the rights that the operator uses.

use crate::support::{
    certificate::manifest,
    control_plane::{kubeconfig, kubeconfig_of, kubectl, kubectl_ok, run, succeed},
    operator::{Operator, command},
    root,
    stage::Stage,
    tool,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, process::Command};

const CHART: &str = "charts/acmcert-operator";
const NAMESPACE: &str = "acmcert-system";

fn helm(args: &[&str]) -> Command {
    let home = root().join("target/test-logs/helm");
    let mut helm = Command::new(tool("helm"));
    helm.current_dir(root()).args(args).env("KUBECONFIG", kubeconfig());
    for variable in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
        helm.env(variable, &home);
    }
    helm
}

fn template(more: &[&str]) -> String {
    let args = [&["template", "acmcert-operator", CHART, "-n", NAMESPACE], more].concat();
    succeed(run(&mut helm(&args), None))
}

fn documents(yaml: &str) -> Vec<Value> {
    let documents = serde_yaml::Deserializer::from_str(yaml).map(|document| Value::deserialize(document).unwrap());
    documents.filter(|document| !document.is_null()).collect()
}

/// Objects by kind and name, without what only Helm adds.
fn objects(yaml: &str) -> BTreeMap<String, Value> {
    let mut objects = BTreeMap::new();
    for mut object in documents(yaml) {
        strip_helm(&mut object);
        let name = format!("{}/{}", object["kind"].as_str().unwrap(), object["metadata"]["name"].as_str().unwrap());
        assert!(objects.insert(name.clone(), object).is_none(), "{name} twice");
    }
    objects
}

fn strip_helm(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for key in ["helm.sh/chart", "app.kubernetes.io/managed-by", "helm.sh/resource-policy"] {
                fields.remove(key);
            }
            fields.values_mut().for_each(strip_helm);
            // NB: the CRD's annotations hold nothing else.
            if fields.get("annotations").is_some_and(|annotations| *annotations == json!({})) {
                fields.remove("annotations");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(strip_helm),
        _ => {}
    }
}

#[test]
fn the_chart_is_sound_and_renders_the_same_every_time() {
    succeed(run(&mut helm(&["lint", "--strict", CHART]), None));
    assert_eq!(template(&[]), template(&[]));
}

#[test]
fn kustomize_builds_what_the_chart_renders() {
    let built = kubectl_ok(&["kustomize", root().join("config/default").to_str().unwrap()], None);
    let mut kustomize = objects(&built);
    assert!(kustomize.remove(&format!("Namespace/{NAMESPACE}")).is_some());
    let chart = objects(&template(&[]));
    assert_eq!(kustomize.keys().collect::<Vec<_>>(), chart.keys().collect::<Vec<_>>());
    for (name, object) in &chart {
        assert_eq!(serde_yaml::to_string(&kustomize[name]).unwrap(), serde_yaml::to_string(object).unwrap(), "{name}");
    }
}

#[test]
fn unknown_and_mistyped_values_are_refused() {
    for (set, says) in [
        ("replica=3", "replica"),
        ("image.nonsense=1", "nonsense"),
        ("replicas=many", "replicas"),
        ("aws.expectedAccountId=12", "expectedAccountId"),
        ("aws.deletionPolicy=Keep", "deletionPolicy"),
        ("settings.pendingPeriods=5s", "pendingPeriods"),
    ] {
        let output = run(&mut helm(&["template", "x", CHART, "--set", set]), None);
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && text.contains(says), "{set}: {text}");
    }
    succeed(run(&mut helm(&["template", "x", CHART, "--set", "global.anything=1"]), None));
}

#[test]
fn the_readme_describes_every_value() {
    let values = std::fs::read_to_string(root().join(CHART).join("values.yaml")).unwrap();
    let readme = std::fs::read_to_string(root().join(CHART).join("README.md")).unwrap();
    let values: Value = serde_yaml::from_str(&values).unwrap();
    let mut keys = vec![];
    leaves("", &values, &mut keys);
    assert!(keys.len() > 30);
    for key in keys {
        assert!(readme.contains(&format!("| `{key}` |")), "README.md lacks {key}");
    }
}

fn leaves(path: &str, value: &Value, keys: &mut Vec<String>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                leaves(&if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, value, keys);
            }
        }
        _ => keys.push(path.to_owned()),
    }
}

#[test]
fn the_rights_are_exactly_those_that_the_code_uses() {
    let chart = objects(&template(&[]));
    let rules = |name: &str| {
        let mut rules = vec![];
        for rule in chart[name]["rules"].as_array().unwrap() {
            for (group, resource, verb) in cross(rule) {
                let only = rule["resourceNames"]
                    .as_array()
                    .map_or(String::new(), |names| format!(" {}", names[0].as_str().unwrap()));
                rules.push(format!("{verb} {resource}.{group}{only}"));
            }
        }
        rules.sort();
        rules
    };
    assert_eq!(
        rules("ClusterRole/acmcert-operator"),
        [
            "create events.events.k8s.io",
            "get acmcertificates.acmcert.io",
            "get namespaces. kube-system",
            "list acmcertificates.acmcert.io",
            "patch acmcertificates.acmcert.io",
            "update acmcertificates/status.acmcert.io",
            "watch acmcertificates.acmcert.io",
        ]
    );
    assert_eq!(
        rules("Role/acmcert-operator-lease"),
        [
            "create leases.coordination.k8s.io",
            "get leases.coordination.k8s.io acmcert-operator",
            "patch leases.coordination.k8s.io acmcert-operator",
        ]
    );
}

fn cross(rule: &Value) -> Vec<(String, String, String)> {
    let texts = |key: &str| -> Vec<String> {
        rule[key].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let mut all = vec![];
    for group in texts("apiGroups") {
        for resource in texts("resources") {
            all.extend(texts("verbs").into_iter().map(|verb| (group.clone(), resource.clone(), verb)));
        }
    }
    all
}

/// `helm install` of a release in a namespace under Pod Security `restricted`, and an operator that has nothing but the
/// rights of its ServiceAccount.
#[tokio::test]
async fn an_installed_chart_gives_the_operator_all_that_it_needs() {
    let stage = Stage::set("chart").await;
    stage.aws.public_zone("example.com").await;
    let namespace = &stage.namespace;
    kubectl_ok(&["label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted"], None);
    // Every object passes the strict validation of the API server, the CRD too.
    let rendered = template(&["-n", namespace]);
    let strict = ["apply", "--server-side", "--dry-run=server", "--validate=strict", "--force-conflicts", "-f", "-"];
    let answer = kubectl(&strict, Some(&rendered));
    let warnings = String::from_utf8_lossy(&answer.stderr).into_owned();
    assert!(answer.status.success() && warnings.is_empty(), "{warnings}");
    // The CRD is there already, for all tests.
    let release = format!("release-{:x}", std::process::id());
    let install = [
        "install",
        &release,
        CHART,
        "-n",
        namespace,
        "--set",
        "crds.enabled=false",
        "--set",
        "fullnameOverride=chart-test",
    ];
    let _ = run(&mut helm(&["uninstall", &release, "-n", namespace]), None);
    succeed(run(&mut helm(&install), None));

    let path = kubeconfig_of("chart-test", namespace);
    let mut operator = command(&stage.aws);
    operator.env("KUBECONFIG", path).args(["--lease-namespace", namespace, "--lease-name", "chart-test"]);
    // NB: the right is on all namespaces; the other tests' objects belong to other operators.
    operator.args(["--namespace", namespace]);
    let operator = Operator::spawn("chart", operator);
    stage.apply(&manifest("shop", &["shop.example.com"]));
    stage.until_ready("shop").await;
    stage.delete("shop").await;
    stage.until_gone("shop").await;
    assert_eq!(stage.event_reasons("shop").await, ["Deleted", "Issued", "RecordCreated", "Requested"]);
    let (status, _) = operator.terminate();
    assert!(status.success());
    succeed(run(&mut helm(&["uninstall", &release, "-n", namespace]), None));
}
