//! `acmcert-sim` as a process of its own, and its control interface.

use super::root;
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// In these tests AWS is so many times as quick as by default, in everything alike: what comes after what, and how much
/// longer one thing takes than another, stays as it is in life.
const HASTE: f64 = 20.0;

/// What takes AWS time. Limits, validity and the window of renewal are not among them: they are days.
const DELAYS: [&str; 8] = [
    "resourceRecordDelaySeconds",
    "describeVisibleSeconds",
    "dnsPropagationSeconds",
    "validationSeconds",
    "listLagSeconds",
    "renewalSeconds",
    "deleteReleaseSeconds",
    "changeProcessingSeconds",
];

/// A simulated AWS of one test.
#[derive(Debug)]
pub struct Simulator {
    process: Child,
    address: String,
    http: reqwest::Client,
}

impl Simulator {
    /// Starts it with the default delays, scaled.
    pub async fn start(test: &str) -> Self {
        let dir = root().join("target/test-logs");
        std::fs::create_dir_all(&dir).unwrap();
        let port_file = dir.join(format!("{test}.sim.port"));
        let _ = std::fs::remove_file(&port_file);
        let log = std::fs::File::create(dir.join(format!("{test}.sim.log"))).unwrap();
        let process = Command::new(binary())
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "--port-file"])
            .arg(&port_file)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let address = super::until("the simulator's port", async || {
            std::fs::read_to_string(&port_file).ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        })
        .await;
        let simulator = Self { process, address, http: reqwest::Client::new() };
        let defaults = simulator.send(simulator.http.get(simulator.url("settings"))).await;
        let scaled = |delay: &&str| ((*delay).to_owned(), json!(defaults[*delay].as_f64().unwrap() / HASTE));
        simulator.settings(Value::Object(DELAYS.iter().map(scaled).collect())).await;
        simulator
    }

    /// `http://HOST:PORT`
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes settings.
    pub async fn settings(&self, patch: Value) {
        self.send(self.http.patch(self.url("settings")).json(&patch)).await;
    }

    /// Makes a hosted zone and answers its id.
    pub async fn zone(&self, zone: Value) -> String {
        let made = self.send(self.http.post(self.url("zones")).json(&zone)).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// A public, delegated zone.
    pub async fn public_zone(&self, name: &str) -> String {
        self.zone(json!({ "name": name })).await
    }

    /// Posts a fault.
    pub async fn fault(&self, fault: Value) {
        self.send(self.http.post(self.url("faults")).json(&fault)).await;
    }

    /// Takes all faults back.
    pub async fn clear_faults(&self) {
        self.send(self.http.delete(self.url("faults"))).await;
    }

    /// How often any fault has fired.
    pub async fn faults_fired(&self) -> u64 {
        let faults = self.send(self.http.get(self.url("faults"))).await;
        faults.as_array().unwrap().iter().map(|fault| fault["fired"].as_u64().unwrap()).sum()
    }

    /// Acts on a certificate.
    pub async fn act(&self, arn: &str, action: &str, more: Value) {
        let mut body = json!({ "certificateArn": arn, "action": action });
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        self.send(self.http.post(self.url("certificates/actions")).json(&body)).await;
    }

    /// Plants a certificate and answers its ARN.
    pub async fn plant(&self, certificate: Value) -> String {
        let made = self.send(self.http.post(self.url("certificates")).json(&certificate)).await;
        made["certificateArn"].as_str().unwrap().to_owned()
    }

    /// Every certificate that ever was.
    pub async fn all_certificates(&self) -> Vec<Value> {
        let state = self.send(self.http.get(self.url("state"))).await;
        state["certificates"].as_array().unwrap().clone()
    }

    /// Certificates that are there.
    pub async fn certificates(&self) -> Vec<Value> {
        let mut all = self.all_certificates().await;
        all.retain(|certificate| certificate["deletedAt"].is_null());
        all
    }

    /// CNAME records of all zones, with their zone's id in `zoneId`.
    pub async fn cnames(&self) -> Vec<Value> {
        let state = self.send(self.http.get(self.url("state"))).await;
        let mut cnames = vec![];
        for zone in state["hostedZones"].as_array().unwrap() {
            for record in zone["records"].as_array().unwrap().iter().filter(|record| record["type"] == "CNAME") {
                let mut record = record.clone();
                record["zoneId"] = zone["id"].clone();
                cnames.push(record);
            }
        }
        cnames
    }

    /// Every mutation in order.
    pub async fn journal(&self) -> Vec<Value> {
        self.send(self.http.get(self.url("journal?since=0"))).await.as_array().unwrap().clone()
    }

    /// How often an operation was answered, whatever the outcome.
    pub async fn count(&self, operation: &str) -> u64 {
        let calls = self.send(self.http.get(self.url("calls"))).await;
        let calls = calls.as_array().unwrap().iter().filter(|call| call["operation"] == operation);
        calls.map(|call| call["count"].as_u64().unwrap()).sum()
    }

    /// Sends one raw Route 53 change of a CNAME as another client of the account.
    pub async fn change_record(&self, zone: &str, action: &str, name: &str, value: &str) {
        self.change_record_of(zone, action, name, "CNAME", value).await;
    }

    /// Sends one raw Route 53 change as another client of the account.
    pub async fn change_record_of(&self, zone: &str, action: &str, name: &str, type_: &str, value: &str) {
        let set = format!(
            "<Name>{name}</Name><Type>{type_}</Type><TTL>300</TTL>\
             <ResourceRecords><ResourceRecord><Value>{value}</Value></ResourceRecord></ResourceRecords>"
        );
        let change = format!("<Action>{action}</Action><ResourceRecordSet>{set}</ResourceRecordSet>");
        let body = format!(
            "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch>\
             <Changes><Change>{change}</Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
        );
        let url = format!("{}/2013-04-01/hostedzone/{zone}/rrset/", self.endpoint());
        let request = self.http.post(url).header("Authorization", credential("us-east-1", "route53"));
        let answer = request.body(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    /// Sends one raw ACM call as another client of the account.
    pub async fn acm(&self, operation: &str, body: Value) {
        let target = format!("CertificateManager.{operation}");
        let request = self.http.post(self.endpoint()).header("X-Amz-Target", target).json(&body);
        let answer = request.header("Authorization", credential("eu-west-1", "acm")).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    fn url(&self, path: &str) -> String {
        format!("{}/_sim/{path}", self.endpoint())
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Value {
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{status}: {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Built with the tests of the workspace, beside the operator's binary.
fn binary() -> PathBuf {
    let path = PathBuf::from(env!("CARGO_BIN_EXE_acmcert")).with_file_name("acmcert-sim");
    assert!(path.exists(), "acmcert-sim is not built: run all tests with `make test`");
    path
}

fn credential(region: &str, service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=AKIASOMEBODYELSE/20261125/{region}/{service}/aws4_request, \
         SignedHeaders=host, Signature=0"
    )
}
