//! The way to the server and back: a gate on either side delays, loses or falsifies what passes.

use super::{ApiServer, refusal::Refusal, request::Asked};
use futures::{FutureExt, future::BoxFuture};
use http::{Request, Response, header::CONTENT_TYPE};
use kube::client::Body;
use serde_json::Value;
use std::{
    panic::resume_unwind,
    sync::Arc,
    task::{Context, Poll},
};
use tower::{BoxError, Service};

/// Decides what becomes of a request. It may take its (tokio) time.
pub(crate) type Gate = Arc<dyn Fn(Seen) -> BoxFuture<'static, Verdict> + Send + Sync>;

/// What a gate is told of a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    /// As given to `ApiServer::service`.
    pub(crate) caller: String,
    /// `get`, `list`, `create`, `update`, `patch` or `delete`.
    pub(crate) verb: &'static str,
    /// `acmcertificates`, `events` or `namespaces`.
    pub(crate) resource: &'static str,
    pub(crate) subresource: Option<&'static str>,
    /// Empty: all.
    pub(crate) namespace: String,
    /// Empty in a list.
    pub(crate) name: String,
    /// Null if there is none.
    pub(crate) body: Value,
}

/// What becomes of a request. From the gate after it, where it has happened already: what becomes of the answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// It happens, and is answered.
    Pass,
    /// Code, reason and message are answered instead; nothing happens.
    Answer(u16, &'static str, String),
    /// It happens, but then goes on like this.
    CommitThen(Box<Verdict>),
    /// The connection breaks before anything happens.
    Break,
    /// It happens; half of the answer arrives.
    Garble,
    /// It happens; no answer ever arrives.
    Never,
    /// Nothing happens, and no answer ever arrives.
    Hang,
}

impl Verdict {
    fn lets_it_happen(&self) -> bool {
        match self {
            Self::Pass | Self::CommitThen(_) | Self::Garble | Self::Never => true,
            Self::Answer(..) | Self::Break | Self::Hang => false,
        }
    }
}

/// A gate that is always open.
pub(crate) fn open() -> Gate {
    Arc::new(|_: Seen| async { Verdict::Pass }.boxed())
}

/// What the server says.
pub(super) struct Answer {
    pub(super) code: u16,
    pub(super) body: Value,
}

/// The server, as one process sees it.
#[derive(Clone)]
pub(crate) struct Endpoint {
    server: ApiServer,
    caller: Arc<str>,
    before: Gate,
    after: Gate,
}

impl Endpoint {
    pub(super) fn new(server: ApiServer, caller: &str, before: Gate, after: Gate) -> Self {
        Self { server, caller: caller.into(), before, after }
    }

    /// Up to the answer, and what is to become of that.
    async fn carry(self, request: Request<Body>) -> (Verdict, Answer) {
        let asked = match Asked::read(request).await {
            Ok(asked) => asked,
            Err(refusal) => return (Verdict::Pass, Answer { code: refusal.code, body: refusal.body() }),
        };
        let seen = asked.seen(&self.caller);
        let verdict = (self.before)(seen.clone()).await;
        if !verdict.lets_it_happen() {
            return (verdict, Answer { code: 500, body: Value::Null });
        }
        let answer = self.server.lock().serve(&self.caller, &asked);
        match (self.after)(seen).await {
            Verdict::Pass => (verdict, answer),
            later => (later, answer),
        }
    }
}

impl Service<Request<Body>> for Endpoint {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Body>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    /// A request that has left is not called back by a caller that waits no longer: so it travels in a task of its own.
    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let endpoint = self.clone();
        Box::pin(async move {
            match tokio::spawn(endpoint.carry(request)).await {
                Ok((verdict, answer)) => deliver(verdict, answer).await,
                Err(error) => match error.try_into_panic() {
                    // A gate's assertion is the test's, not the operator's.
                    Ok(panic) => resume_unwind(panic),
                    Err(cancelled) => Err(cancelled.into()),
                },
            }
        })
    }
}

fn deliver(verdict: Verdict, answer: Answer) -> BoxFuture<'static, Result<Response<Body>, BoxError>> {
    Box::pin(async move {
        match verdict {
            Verdict::Pass => Ok(response(answer.code, octets(&answer.body))),
            Verdict::Answer(code, reason, message) => {
                Ok(response(code, octets(&Refusal::new(code, reason, message).body())))
            }
            Verdict::CommitThen(then) => deliver(*then, answer).await,
            Verdict::Break => Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into()),
            Verdict::Garble => {
                let mut octets = octets(&answer.body);
                octets.truncate(octets.len() / 2);
                Ok(response(answer.code, octets))
            }
            Verdict::Never | Verdict::Hang => std::future::pending().await,
        }
    })
}

fn octets(body: &Value) -> Vec<u8> {
    body.to_string().into_bytes()
}

fn response(code: u16, octets: Vec<u8>) -> Response<Body> {
    let response = Response::builder().status(code).header(CONTENT_TYPE, "application/json");
    response.body(Body::from(octets)).unwrap()
}
