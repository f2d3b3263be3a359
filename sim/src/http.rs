//! HTTP in front of the world: bounds what comes in, and brings replies back, whole or otherwise.

mod control;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use acmcert_sim::protocol::{self, Reply};
use acmcert_sim::world::answer::Transport;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::connection::Connection;
use crate::simulator::Shared;

const MAX_BODY: usize = 1024 * 1024;

/// A client that dribbles its body for longer is let go.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

const NO_SERVICE: &str = "no service of this simulator is addressed so: ACM takes POST / with the header X-Amz-Target, \
    Route 53 any path under /2013-04-01/, STS POST / with a form, and the control interface any path under /_sim/";

#[derive(Debug, Clone)]
struct App {
    shared: Arc<Shared>,
    requests: Arc<AtomicU64>,
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
        return refused(&parts, StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time");
    };
    let Ok(body) = read else {
        return refused(&parts, StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 1 MiB, or broke off");
    };
    if parts.uri.path().starts_with("/_sim/") {
        let response = control::handle(&app.shared, &parts, &body);
        tracing::info!("{} {} {}", parts.method, parts.uri, response.status().as_u16());
        return response;
    }
    match serve(&app, &parts, &body) {
        Some(reply) => send(&connection, reply).await,
        None => refused(&parts, StatusCode::NOT_FOUND, NO_SERVICE),
    }
}

fn serve(app: &App, parts: &Parts, body: &[u8]) -> Option<Reply> {
    let number = app.requests.fetch_add(1, Ordering::Relaxed);
    let mut simulator = app.shared.lock();
    let now = simulator.clock.now();
    protocol::serve(&mut simulator.world, parts, body, now, number)
}

async fn send(connection: &Connection, reply: Reply) -> Response {
    tracing::info!("{}", reply.log);
    match reply.transport {
        Transport::Whole | Transport::Garbage | Transport::UnknownEnum => {}
        Transport::Reset => connection.reset(),
        Transport::Truncated => connection.truncate(reply.body.len().div_ceil(2)),
        Transport::Slow(seconds) => {
            let pause = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO);
            tokio::time::sleep(pause).await;
        }
    }
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// What no service is there to answer.
fn refused(parts: &Parts, status: StatusCode, text: &'static str) -> Response {
    tracing::info!("{} {}: {} {text}", parts.method, parts.uri, status.as_u16());
    (status, text).into_response()
}
