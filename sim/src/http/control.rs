//! The control interface under `/_sim/`: what a test turns and reads.

use acmcert_sim::protocol::form;
use acmcert_sim::world::control::{Action, ControlError};
use acmcert_sim::world::faults::FaultOrder;
use acmcert_sim::world::planting::{CertificatePlanting, ZonePlanting};
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::clock::Setting;
use crate::simulator::{Shared, Simulator};

/// All of the interface, for who asks for something else.
const REQUESTS: &str = "GET health, POST reset, GET and PATCH settings, GET and POST clock, GET state, \
    GET and DELETE calls, GET journal, POST zones, POST certificates, POST certificates/actions, \
    GET, POST and DELETE faults";

/// What went wrong: a status and a sentence.
type Refusal = (StatusCode, String);

/// Answers one request.
pub(crate) fn handle(shared: &Shared, parts: &Parts, body: &[u8]) -> Response {
    let path = parts.uri.path().strip_prefix("/_sim/").unwrap_or_default();
    if path == "health" {
        return health(&parts.method);
    }
    let mut simulator = shared.lock();
    simulator.catch_up();
    let answer = match (parts.method.as_str(), path) {
        ("POST", "reset") => {
            simulator.world.reset();
            Ok(json!({}))
        }
        ("GET", "settings") => to_json(simulator.world.settings()),
        ("PATCH", "settings") => patch_settings(&mut simulator, body),
        ("GET", "clock") => to_json(&simulator.clock.reading()),
        ("POST", "clock") => set_clock(&mut simulator, body),
        ("GET", "state") => to_json(&simulator.world.state()),
        ("GET", "calls") => to_json(&simulator.world.call_counts()),
        ("DELETE", "calls") => {
            simulator.world.clear_call_counts();
            Ok(json!({}))
        }
        ("GET", "journal") => journal(&simulator, parts.uri.query().unwrap_or_default()),
        ("POST", "zones") => plant_zone(&mut simulator, body),
        ("POST", "certificates") => plant_certificate(&mut simulator, body),
        ("POST", "certificates/actions") => act(&mut simulator, body),
        ("GET", "faults") => to_json(simulator.world.faults()),
        ("POST", "faults") => add_fault(&mut simulator, body),
        ("DELETE", "faults") => {
            simulator.world.clear_faults();
            Ok(json!({}))
        }
        (method, path) => {
            Err((StatusCode::NOT_FOUND, format!("there is no {method} /_sim/{path}; there are {REQUESTS}")))
        }
    };
    drop(simulator);
    match answer {
        Ok(value) => response(StatusCode::OK, "application/json", format!("{value}\n")),
        Err((status, message)) => response(status, "application/json", format!("{}\n", json!({"message": message}))),
    }
}

/// NB: without the lock, so that it answers whatever else goes on.
fn health(method: &Method) -> Response {
    if *method == Method::GET {
        return response(StatusCode::OK, "text/plain", "ok".to_owned());
    }
    let message = json!({"message": format!("/_sim/health answers GET only, not {method}")});
    let mut refused = response(StatusCode::METHOD_NOT_ALLOWED, "application/json", format!("{message}\n"));
    refused.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("GET"));
    refused
}

fn patch_settings(simulator: &mut Simulator, body: &[u8]) -> Result<Value, Refusal> {
    let patch: Value = from_json(body)?;
    let settings = simulator.world.settings().patched(&patch).map_err(bad)?;
    simulator.world.set_settings(settings);
    to_json(simulator.world.settings())
}

fn set_clock(simulator: &mut Simulator, body: &[u8]) -> Result<Value, Refusal> {
    let setting: Setting = from_json(body)?;
    simulator.clock.set(&setting).map_err(bad)?;
    simulator.catch_up();
    to_json(&simulator.clock.reading())
}

fn journal(simulator: &Simulator, query: &str) -> Result<Value, Refusal> {
    let since: u64 = match form::field(&form::fields(query), "since") {
        None => 0,
        Some(text) => text.parse().map_err(|_| bad(format!("since must be a number, not {text}")))?,
    };
    to_json(simulator.world.journal(since))
}

fn plant_zone(simulator: &mut Simulator, body: &[u8]) -> Result<Value, Refusal> {
    let planting: ZonePlanting = from_json(body)?;
    let id = simulator.world.plant_zone(&planting).map_err(refusal)?;
    Ok(json!({"id": id}))
}

fn plant_certificate(simulator: &mut Simulator, body: &[u8]) -> Result<Value, Refusal> {
    let planting: CertificatePlanting = from_json(body)?;
    let arn = simulator.world.plant_certificate(planting).map_err(refusal)?;
    Ok(json!({"certificateArn": arn}))
}

/// Answers the certificate as it is now.
fn act(simulator: &mut Simulator, body: &[u8]) -> Result<Value, Refusal> {
    let action: Action = from_json(body)?;
    simulator.world.act(&action).map_err(refusal)?;
    simulator.catch_up();
    to_json(&simulator.world.certificate(&action.certificate_arn))
}

fn add_fault(simulator: &mut Simulator, body: &[u8]) -> Result<Value, Refusal> {
    let order: FaultOrder = from_json(body)?;
    let fault = simulator.world.add_fault(order).map_err(refusal)?;
    to_json(&fault)
}

fn from_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| bad(error.to_string()))
}

fn to_json<T: serde::Serialize + ?Sized>(value: &T) -> Result<Value, Refusal> {
    serde_json::to_value(value).map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

fn bad(message: String) -> Refusal {
    (StatusCode::BAD_REQUEST, message)
}

fn refusal(error: ControlError) -> Refusal {
    let status = match &error {
        ControlError::NotFound(_) => StatusCode::NOT_FOUND,
        ControlError::Invalid(_) => StatusCode::BAD_REQUEST,
    };
    (status, error.to_string())
}

fn response(status: StatusCode, content_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    response
}
