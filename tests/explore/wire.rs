//! The ways from a process to AWS and to the API server, on which everything that can go wrong with a request does.

use super::{
    api_server::{Gate, Seen, Verdict},
    faults::Kind,
    ground::Ground,
    steps::{self, Surface},
};
use crate::adapters::connector::ModelClient;
use acmcert::mistake::Mistake;
use acmcert_sim::world::faults::{FaultKind, FaultOrder};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use futures::FutureExt;
use serde_json::{Value, json};
use std::{fmt, io, sync::Arc, time::Duration};

/// A request that is on its way when its sender dies arrives so much later.
const IN_FLIGHT: Duration = Duration::from_secs(3);
/// What takes effect late does so after the operator has tried again.
const LATE: Duration = Duration::from_secs(40);
const SLOW: Duration = Duration::from_secs(10);

/// One process's way to AWS.
#[derive(Clone)]
pub(crate) struct Wire {
    ground: Ground,
    process: u32,
    model: ModelClient,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wire of p{}", self.process)
    }
}

/// What a call of AWS is, read off the request.
struct Call {
    operation: String,
    target: String,
    surface: Surface,
    writes: bool,
    creates: bool,
    region: String,
}

impl Call {
    fn read(request: &HttpRequest) -> Self {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let scope = request.headers().get("authorization").unwrap_or_default();
        let region = scope.split('/').nth(2).unwrap_or_default().to_owned();
        let path = request.uri().split("/2013-04-01/").nth(1).map(str::to_owned);
        let acm = request.headers().get("x-amz-target").and_then(|target| target.split('.').nth(1));
        let (operation, target, surface) = match (acm, path) {
            (Some(operation), _) => {
                let body: Value = serde_json::from_str(&body).unwrap_or_default();
                let target = body["CertificateArn"].as_str().or(body["DomainName"].as_str()).unwrap_or_default();
                (operation.to_owned(), target.rsplit('/').next().unwrap_or_default().to_owned(), Surface::Acm)
            }
            (None, Some(path)) => {
                let zone = path.split('/').nth(1).and_then(|zone| zone.split('?').next()).unwrap_or_default();
                let operation = match (request.method(), path.contains("/rrset")) {
                    ("POST", true) => "ChangeResourceRecordSets",
                    (_, true) => "ListResourceRecordSets",
                    _ => "ListHostedZones",
                };
                (operation.to_owned(), zone.to_owned(), Surface::Route53)
            }
            (None, None) => ("GetCallerIdentity".to_owned(), String::new(), Surface::Acm),
        };
        let reads = ["Describe", "List", "Get", "Search"].iter().any(|verb| operation.starts_with(verb));
        let creates = body.contains("<Action>CREATE</Action>");
        Self { operation, target, surface, writes: !reads, creates, region }
    }
}

impl Wire {
    pub(crate) fn new(ground: &Ground, process: u32) -> Self {
        let clock = ground.clone();
        let model = ModelClient::new(ground.shared_world(), move || clock.now());
        Self { ground: ground.clone(), process, model }
    }

    async fn carry(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        if self.ground.is_dead(self.process) {
            return std::future::pending().await;
        }
        let call = Call::read(&request);
        let request = if Mistake::Upsert.is_made() { overwriting(request) } else { request };
        let ground = self.ground.clone();
        let step = steps::of_call(&call.operation, call.creates, ground.phase(), ground.progress());
        ground.note_call(&call.operation);
        let struck = ground.faults.strike(step, call.surface, call.writes, |limit| ground.chance(limit));
        if ground.is_silent(&call.region) || ground.is_silent(&call.target) {
            ground.say(&format!("p{} {} {}: no answer", self.process, call.operation, call.target));
            return std::future::pending().await;
        }
        let struck = if ground.is_down(&call.region) { Some(Kind::Reset) } else { struck };
        let name = format!("p{} {} {}", self.process, call.operation, call.target);
        if let Some(kind) = struck {
            ground.say(&format!("{name}: {} ({})", kind.what(), step.map_or("?", steps::Step::id)));
        }
        tokio::time::sleep(ground.latency()).await;
        if let Some((code, message)) = ground.faults.refusal_of(&call.operation) {
            ground.say(&format!("{name}: {code}: {message}"));
            return refused(call.surface, code, message);
        }
        let order = |kind| self.order(&call, kind);
        match struck {
            None => {}
            Some(Kind::CrashBefore) => {
                ground.strike_down(self.process);
                return std::future::pending().await;
            }
            Some(Kind::CrashInFlight) => {
                ground.strike_down(self.process);
                tokio::time::sleep(IN_FLIGHT).await;
                let _ = self.ask(&name, request).await;
                return std::future::pending().await;
            }
            Some(Kind::CrashAfter) => {
                let _ = self.ask(&name, request).await;
                ground.strike_down(self.process);
                return std::future::pending().await;
            }
            Some(Kind::AnswerLost) => {
                let _ = self.ask(&name, request).await;
                return std::future::pending().await;
            }
            Some(Kind::RequestLost) => return std::future::pending().await,
            Some(Kind::Late) => {
                let late = ground.faults.late_by().unwrap_or(LATE);
                tokio::spawn(async move {
                    tokio::time::sleep(late).await;
                    let _ = self.ask(&name, request).await;
                });
                return Err(ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionReset).into()));
            }
            Some(Kind::Slow) => tokio::time::sleep(SLOW).await,
            Some(Kind::Throttled) => order(FaultKind::Throttle),
            Some(Kind::ErrorBefore) => order(FaultKind::ErrorBefore),
            Some(Kind::ErrorAfter) => order(FaultKind::ErrorAfter),
            Some(Kind::Reset) => {
                return Err(ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionReset).into()));
            }
            Some(Kind::HalfAnAnswer) => order(FaultKind::Truncate),
            Some(Kind::ExpiredCredentials) => order(FaultKind::ExpiredCredentials),
            Some(Kind::Denied) => order(FaultKind::AccessDenied),
            Some(Kind::Malformed) => order(FaultKind::Malformed),
            Some(Kind::UnknownEnum) => order(FaultKind::UnknownEnum),
            // Route 53 still works on an earlier change of the zone.
            Some(Kind::Conflict) => {
                let message = "The request was rejected because Route 53 was still processing a prior request.";
                return refused(call.surface, "PriorRequestNotComplete", message);
            }
        }
        let answer = self.ask(&name, request).await;
        tokio::time::sleep(ground.latency()).await;
        answer
    }

    async fn ask(&self, name: &str, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let answer = self.model.answer(request).await;
        let outcome = answer.as_ref().map_or_else(|error| error.to_string(), |answer| answer.status().to_string());
        self.ground.say(&format!("{name}: {outcome}"));
        self.ground.judge_call();
        answer
    }

    /// The model itself knows how AWS words these.
    fn order(&self, call: &Call, kind: FaultKind) {
        let service = if call.surface == Surface::Acm { "acm" } else { "route53" };
        let order = json!({ "service": service, "operation": call.operation, "kind": kind });
        let order: FaultOrder = serde_json::from_value(order).unwrap();
        let mut world = self.ground.world();
        world.clear_faults();
        world.add_fault(order).unwrap();
    }
}

fn overwriting(mut request: HttpRequest) -> HttpRequest {
    let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
    *request.body_mut() = SdkBody::from(body.replace("<Action>CREATE</Action>", "<Action>UPSERT</Action>"));
    request
}

/// An error in words that the model does not have.
fn refused(surface: Surface, code: &str, message: &str) -> Result<HttpResponse, ConnectorError> {
    let body = if surface == Surface::Acm {
        json!({ "__type": code, "message": message }).to_string()
    } else {
        format!(
            "<?xml version=\"1.0\"?><ErrorResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Error>\
             <Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>1</RequestId>\
             </ErrorResponse>"
        )
    };
    let status = aws_smithy_runtime_api::http::StatusCode::try_from(400).unwrap();
    Ok(HttpResponse::new(status, SdkBody::from(body)))
}

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    /// What has left is not called back: it travels in a task of its own.
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let travelling = self.clone().carry(request);
        HttpConnectorFuture::new(async move {
            match tokio::spawn(travelling).await {
                Ok(answer) => answer,
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    Err(cancelled) => Err(ConnectorError::other(cancelled.into(), None)),
                },
            }
        })
    }
}

/// One process's way to the API server.
pub(crate) fn before(ground: &Ground, process: u32) -> Gate {
    let ground = ground.clone();
    Arc::new(move |seen| on_the_way(ground.clone(), process, seen).boxed())
}

async fn on_the_way(ground: Ground, process: u32, seen: Seen) -> Verdict {
    let stored = ground.api.get(&seen.namespace, &seen.name);
    let step = steps::of_request(&seen, stored.as_ref(), ground.phase(), ground.progress());
    let writes = !matches!(seen.verb, "get" | "list");
    let struck = ground.faults.strike(step, Surface::Kubernetes, writes, |limit| ground.chance(limit));
    let subresource = seen.subresource.map_or(String::new(), |name| format!("/{name}"));
    let mut line = format!("p{process} {} {}{subresource} {}/{}", seen.verb, seen.resource, seen.namespace, seen.name);
    if seen.resource == "events" {
        if seen.body["reason"] == "RecordKept" {
            ground.judge().is_told(text(&seen.body["note"]));
        }
        line = format!("p{process} event {}: {}", text(&seen.body["reason"]), text(&seen.body["note"]));
    }
    if let Some(kind) = struck {
        line = format!("{line}: {} ({})", kind.what(), step.map_or("?", steps::Step::id));
    }
    ground.say(&line);
    tokio::time::sleep(ground.latency()).await;
    let answer = |code, reason: &'static str| Verdict::Answer(code, reason, "by a fault".into());
    match struck {
        None => Verdict::Pass,
        Some(Kind::CrashBefore) => {
            ground.strike_down(process);
            Verdict::Hang
        }
        Some(Kind::CrashInFlight) => {
            ground.strike_down(process);
            tokio::time::sleep(IN_FLIGHT).await;
            Verdict::Never
        }
        Some(Kind::CrashAfter) => {
            // NB: it happens as soon as this gate has answered.
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(1)).await;
                ground.strike_down(process);
            });
            Verdict::Never
        }
        Some(Kind::AnswerLost) => Verdict::Never,
        Some(Kind::RequestLost) => Verdict::Hang,
        // The operator gives a request up after 15 s.
        Some(Kind::Late) => {
            tokio::time::sleep(LATE).await;
            Verdict::Never
        }
        Some(Kind::Throttled) => answer(429, "TooManyRequests"),
        Some(Kind::ErrorBefore) => answer(500, "InternalError"),
        Some(Kind::ErrorAfter) => Verdict::CommitThen(Box::new(answer(500, "InternalError"))),
        Some(Kind::Reset) => Verdict::Break,
        Some(Kind::HalfAnAnswer) => Verdict::Garble,
        Some(Kind::ExpiredCredentials) => answer(401, "Unauthorized"),
        Some(Kind::Denied) => answer(403, "Forbidden"),
        Some(Kind::Malformed | Kind::UnknownEnum) => Verdict::CommitThen(Box::new(Verdict::Garble)),
        Some(Kind::Conflict) => answer(409, "Conflict"),
        Some(Kind::Slow) => {
            tokio::time::sleep(SLOW).await;
            Verdict::Pass
        }
    }
}

/// The way back.
pub(crate) fn after(ground: &Ground, process: u32) -> Gate {
    let ground = ground.clone();
    Arc::new(move |seen| {
        let ground = ground.clone();
        async move {
            ground.judge_request(process, &seen);
            tokio::time::sleep(ground.latency()).await;
            Verdict::Pass
        }
        .boxed()
    })
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
