//! Which manifests are accepted: one table, run against the CEL rules in this process and against the real API server.

use crate::support::{
    control_plane::{kubectl, kubectl_ok, namespace},
    root,
};
use kube::core::cel::Validator;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    accepted: bool,
    spec: Value,
    old: Option<Value>,
    #[serde(default)]
    says: Vec<String>,
    /// Refused by a bound of the schema, in the API server's own words: no CEL rule takes part.
    #[serde(default)]
    plain: bool,
}

fn table() -> Vec<Case> {
    let text = std::fs::read_to_string(root().join("tests/manifests/table.yaml")).unwrap();
    let cases: Vec<Case> = serde_yaml::from_str(&text).unwrap();
    assert!(cases.len() > 100, "{} cases", cases.len());
    for case in &cases {
        assert_eq!(case.accepted, case.says.is_empty(), "{}: a refusal says something", case.name);
    }
    cases
}

fn manifest(name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "acmcert.io/v1alpha1",
        "kind": "AcmCertificate",
        "metadata": { "name": name },
        "spec": spec,
    })
}

#[test]
fn the_rules_of_the_crd_answer_as_the_table_says() {
    let crd = serde_json::to_value(acmcert::api::crd()).unwrap();
    let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let mut faults = vec![];
    for case in table().iter().filter(|case| !case.plain) {
        let old = case.old.as_ref().map(|old| manifest("case", old));
        let answer = match Validator::new().validate(schema, &manifest("case", &case.spec), old.as_ref()) {
            Ok(()) => String::new(),
            Err(errors) => errors.to_string(),
        };
        judge(case, answer.is_empty(), &answer, &mut faults);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[tokio::test]
async fn the_api_server_answers_as_the_table_says() {
    let namespace = namespace("manifests").await;
    let cases = table();
    let name = |index: usize| format!("case-{index:03}");
    let list = |items: Vec<Value>| json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string();
    // What an update starts from is stored; everything else is a dry run.
    let olds = cases.iter().enumerate().filter_map(|(i, case)| Some(manifest(&name(i), case.old.as_ref()?))).collect();
    kubectl_ok(&["apply", "--server-side", "-n", &namespace, "-f", "-"], Some(&list(olds)));
    let all = cases.iter().enumerate().map(|(i, case)| manifest(&name(i), &case.spec)).collect();
    // NB: without kubectl's own validation, which would end the whole run at the first missing field.
    let dry_run = ["apply", "--server-side", "--dry-run=server", "--validate=false", "-n", &namespace, "-f", "-"];
    let output = kubectl(&dry_run, Some(&list(all)));
    let accepted = String::from_utf8_lossy(&output.stdout).into_owned();
    let refused = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut faults = vec![];
    for (i, case) in cases.iter().enumerate() {
        let is_accepted =
            accepted.lines().any(|line| line.starts_with(&format!("acmcertificate.acmcert.io/{} ", name(i))));
        judge(case, is_accepted, answer_to(&refused, &name(i)), &mut faults);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// The part of kubectl's errors that speaks of an object. An error begins a line and may go on over several.
fn answer_to<'a>(errors: &'a str, name: &str) -> &'a str {
    let begins = |line: &str| line.starts_with("The AcmCertificate ") || line.starts_with("Error from server");
    let mut starts = vec![];
    let mut at = 0;
    for line in errors.split_inclusive('\n') {
        if begins(line) {
            starts.push(at);
        }
        at += line.len();
    }
    starts.push(errors.len());
    let parts = starts.windows(2).map(|pair| &errors[pair[0]..pair[1]]);
    parts.into_iter().find(|part| part.lines().next().is_some_and(|line| line.contains(name))).unwrap_or_default()
}

fn judge(case: &Case, accepted: bool, answer: &str, faults: &mut Vec<String>) {
    if accepted != case.accepted {
        faults.push(format!("{}: accepted is {accepted}: {answer}", case.name));
        return;
    }
    let missing: Vec<_> = case.says.iter().filter(|says| !answer.contains(says.as_str())).collect();
    if !missing.is_empty() {
        faults.push(format!("{}: the answer lacks {missing:?}: {answer}", case.name));
    }
}
