//! The protocols of the three services: a request as bytes becomes a call, its result becomes bytes again.
//!
//! No socket and no clock: whoever holds a request and a [`World`] can have it answered, the server of the binary and
//! a test with a client in its own process alike. [`World`] knows nothing of this module.

mod acm_answers;
mod acm_json;
mod acm_search;
pub mod form;
mod route53_answers;
mod route53_xml;
mod sigv4;
mod sts_query;
mod xml;

use http::Method;
use http::request::Parts;
use jiff::Timestamp;

use crate::world::World;
use crate::world::answer::{Answer, ApiError, Transport};
use crate::world::call::{Call, Caller};
use crate::world::seed::Seed;

/// A request answered, as bytes to be sent, and how they get there.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    /// What a fault does to the body itself is done already.
    pub body: String,
    /// Left to whoever sends the reply: to cut the connection, to cut the body short, to wait.
    pub transport: Transport,
    /// One line for the request log: operation, target, outcome.
    pub log: String,
}

/// The protocol a request came in, and its answer goes back in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Acm,
    Route53,
    Sts,
}

/// Reads a request, lets the world answer it at `now`, and writes the answer. `number` makes the request id.
/// `None`: no service is addressed so.
#[must_use]
pub fn serve(world: &mut World, request: &Parts, body: &[u8], now: Timestamp, number: u64) -> Option<Reply> {
    let (protocol, call) = read(request, body)?;
    let what = describe(request, &call);
    let (result, transport) = match (call, sigv4::signature(&request.headers)) {
        // A web identity token stands in for a signature.
        (Ok(call @ Call::AssumeRoleWithWebIdentity { .. }), signature) => {
            deliver(world, signature.unwrap_or_else(sigv4::Signature::none), &call, now)
        }
        (_, None) => (Err(unsigned(protocol)), Transport::Whole),
        (Err(error), Some(_)) => (Err(error), Transport::Whole),
        (Ok(call), Some(signature)) => deliver(world, signature, &call, now),
    };
    let request_id = Seed(0).uuid(&["request", &number.to_string()]);
    let (status, body) = write(protocol, &result, &request_id);
    let body = match transport {
        Transport::Garbage => "<<{\"garbage\": [".to_owned(),
        Transport::UnknownEnum => with_unknown_enum(protocol, &body),
        Transport::Whole | Transport::Reset | Transport::Truncated | Transport::Slow(_) => body,
    };
    let log = log_line(&what, &result, transport);
    Some(Reply { status, headers: headers(protocol, &result, request_id), body, transport, log })
}

fn read(request: &Parts, body: &[u8]) -> Option<(Protocol, Result<Call, ApiError>)> {
    let path = request.uri.path();
    if path.starts_with("/2013-04-01/") {
        return Some((Protocol::Route53, route53_xml::read(&request.method, &request.uri, body)));
    }
    if let Some(target) = request.headers.get(TARGET) {
        return Some((Protocol::Acm, acm_json::read(target.to_str().unwrap_or_default(), body)));
    }
    if path == "/" && request.method == Method::POST {
        return Some((Protocol::Sts, sts_query::read(body)));
    }
    None
}

/// The header that names ACM's operation.
const TARGET: &str = "x-amz-target";

fn deliver(
    world: &mut World,
    signature: sigv4::Signature,
    call: &Call,
    now: Timestamp,
) -> (Result<Answer, ApiError>, Transport) {
    let caller = Caller {
        account: world.account_of(&signature.access_key),
        region: signature.region,
        access_key: signature.access_key,
    };
    let delivery = world.deliver(&caller, call, now);
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

fn headers(protocol: Protocol, result: &Result<Answer, ApiError>, request_id: String) -> Vec<(&'static str, String)> {
    let content_type = if protocol == Protocol::Acm { "application/x-amz-json-1.1" } else { "text/xml" };
    let mut headers = vec![("content-type", content_type.to_owned()), ("x-amzn-requestid", request_id)];
    if let Ok(Answer::ZoneCreated { zone, .. }) = result {
        headers.push(("location", route53_answers::location(&zone.id)));
    }
    headers
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

/// Operation and target, or what there is to say of a request that is no call.
fn describe(request: &Parts, call: &Result<Call, ApiError>) -> String {
    match (call, request.headers.get(TARGET)) {
        (Ok(call), _) => format!("{} {}", call.operation(), call.target().unwrap_or_default()),
        (Err(_), Some(target)) if request.uri.path() == "/" => String::from_utf8_lossy(target.as_bytes()).into_owned(),
        (Err(_), _) => format!("{} {}", request.method, request.uri),
    }
}

/// NB: names come as the caller wrote them, and one with a line break must not look like two lines.
fn log_line(what: &str, result: &Result<Answer, ApiError>, transport: Transport) -> String {
    let outcome = result.as_ref().map_or_else(ToString::to_string, |_| "ok".to_owned());
    let fault = match transport {
        Transport::Whole => String::new(),
        Transport::Reset => ", but a fault cuts the connection".to_owned(),
        Transport::Truncated => ", but a fault cuts the answer in half".to_owned(),
        Transport::Garbage => ", but a fault sends garbage".to_owned(),
        Transport::UnknownEnum => ", but a fault sends a status that nobody knows".to_owned(),
        Transport::Slow(seconds) => format!(", but a fault holds the answer back for {seconds} s"),
    };
    let line = format!("{}: {outcome}{fault}", what.trim_end());
    if line.contains(char::is_control) { line.replace(char::is_control, " ") } else { line }
}
