//! HTTP in front of the world: tells the protocols apart and brings results back, whole or otherwise.

mod acm_answers;
mod acm_json;
mod acm_search;
mod control;
mod form;
mod route53_answers;
mod route53_xml;
mod sigv4;
mod sts_query;
mod xml;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use acmcert_sim::world::answer::{Answer, ApiError, Transport};
use acmcert_sim::world::call::{Call, Caller};
use acmcert_sim::world::seed::Seed;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::connection::Connection;
use crate::simulator::Shared;

const MAX_BODY: usize = 1024 * 1024;

/// A client that dribbles its body for longer is let go.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, Clone)]
struct App {
    shared: Arc<Shared>,
    requests: Arc<AtomicU64>,
}

/// The protocol a request came in, and its answer goes back in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Acm,
    Route53,
    Sts,
}

/// The service behind any path.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(handle).with_state(App { shared, requests: Arc::new(AtomicU64::new(0)) })
}

async fn handle(
    State(app): State<App>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
) -> Response {
    let _answering = connection.begin();
    let (parts, body) = request.into_parts();
    let Ok(read) = tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY)).await else {
        return plain(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time");
    };
    let Ok(body) = read else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 1 MiB, or broke off");
    };
    if parts.uri.path().starts_with("/_sim/") {
        let response = control::handle(&app.shared, &parts, &body);
        tracing::info!("{} {} {}", parts.method, parts.uri, response.status().as_u16());
        return response;
    }
    match read_call(&parts, &body) {
        Some((protocol, call)) => answer(&app, &connection, &parts, protocol, call).await,
        None => plain(StatusCode::NOT_FOUND, "no service of this simulator is addressed so"),
    }
}

fn read_call(parts: &Parts, body: &Bytes) -> Option<(Protocol, Result<Call, ApiError>)> {
    let path = parts.uri.path();
    if path.starts_with("/2013-04-01/") {
        return Some((Protocol::Route53, route53_xml::read(&parts.method, &parts.uri, body)));
    }
    if let Some(target) = parts.headers.get("x-amz-target") {
        return Some((Protocol::Acm, acm_json::read(target.to_str().unwrap_or_default(), body)));
    }
    if path == "/" && parts.method == Method::POST {
        return Some((Protocol::Sts, sts_query::read(body)));
    }
    None
}

async fn answer(
    app: &App,
    connection: &Connection,
    parts: &Parts,
    protocol: Protocol,
    call: Result<Call, ApiError>,
) -> Response {
    let number = app.requests.fetch_add(1, Ordering::Relaxed);
    let request_id = Seed(0).uuid(&["request", &number.to_string()]);
    let signature = sigv4::signature(&parts.headers);
    let what = match &call {
        Ok(call) => format!("{} {}", call.operation(), call.target().unwrap_or_default()),
        Err(_) => format!("{} {}", parts.method, parts.uri),
    };
    let (result, transport) = match (call, signature) {
        // A web identity token stands in for a signature.
        (Ok(call @ Call::AssumeRoleWithWebIdentity { .. }), signature) => {
            let signature = signature.unwrap_or_else(sigv4::Signature::none);
            deliver(app, &signature, &call)
        }
        (_, None) => (Err(unsigned(protocol)), Transport::Whole),
        (Err(error), Some(_)) => (Err(error), Transport::Whole),
        (Ok(call), Some(signature)) => deliver(app, &signature, &call),
    };
    let outcome = result.as_ref().map_or_else(ToString::to_string, |_| "ok".to_owned());
    match transport {
        Transport::Whole => tracing::info!("{}: {outcome}", what.trim_end()),
        transport => tracing::info!("{}: {outcome}, by a fault: {transport:?}", what.trim_end()),
    }
    let (status, mut body) = write(protocol, &result, &request_id);
    match transport {
        Transport::Whole => {}
        Transport::Reset => connection.reset(),
        Transport::Truncated => connection.truncate(body.len().div_ceil(2)),
        Transport::Garbage => body = "<<{\"garbage\": [".to_owned(),
        Transport::UnknownEnum => body = with_unknown_enum(protocol, &body),
        Transport::Slow(seconds) => {
            let pause = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO);
            tokio::time::sleep(pause).await;
        }
    }
    let content_type = if protocol == Protocol::Acm { "application/x-amz-json-1.1" } else { "text/xml" };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    if let Ok(value) = header::HeaderValue::from_str(&request_id) {
        headers.insert("x-amzn-requestid", value);
    }
    if let Ok(Answer::ZoneCreated { zone, .. }) = &result
        && let Ok(value) = header::HeaderValue::from_str(&route53_answers::location(&zone.id))
    {
        headers.insert(header::LOCATION, value);
    }
    response
}

fn deliver(app: &App, signature: &sigv4::Signature, call: &Call) -> (Result<Answer, ApiError>, Transport) {
    let mut simulator = app.shared.lock();
    let now = simulator.clock.now();
    let caller = Caller {
        account: simulator.world.account_of(&signature.access_key),
        region: signature.region.clone(),
        access_key: signature.access_key.clone(),
    };
    let delivery = simulator.world.deliver(&caller, call, now);
    (delivery.result, delivery.transport)
}

fn write(protocol: Protocol, result: &Result<Answer, ApiError>, request_id: &str) -> (u16, String) {
    match (protocol, result) {
        (Protocol::Acm, Ok(answer)) => (200, acm_answers::body(answer)),
        (Protocol::Acm, Err(error)) => (error.status, acm_answers::error(error)),
        (Protocol::Route53, Ok(answer)) => route53_answers::body(answer),
        (Protocol::Route53, Err(error)) => (error.status, route53_answers::error(error, request_id)),
        (Protocol::Sts, Ok(answer)) => (200, sts_query::body(answer, request_id)),
        (Protocol::Sts, Err(error)) => (error.status, sts_query::error(error, request_id)),
    }
}

fn unsigned(protocol: Protocol) -> ApiError {
    match protocol {
        Protocol::Acm => ApiError::new("MissingAuthenticationTokenException", "Missing Authentication Token"),
        Protocol::Route53 | Protocol::Sts => {
            ApiError::with_status("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        }
    }
}

fn with_unknown_enum(protocol: Protocol, body: &str) -> String {
    match protocol {
        Protocol::Acm => acm_answers::with_unknown_enum(body),
        Protocol::Route53 | Protocol::Sts => {
            body.replace(">PENDING<", ">STATUS_OF_TOMORROW<").replace(">INSYNC<", ">STATUS_OF_TOMORROW<")
        }
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, text).into_response()
}
