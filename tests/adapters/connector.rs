//! The simulator's model as the HTTP client of the AWS SDK: no socket, and time as the test has it.

use acmcert_sim::{
    World,
    protocol::{self, Reply},
    world::answer::Transport,
};
use aws_smithy_runtime_api::{
    client::{
        http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use axum::body::{Bytes, HttpBody};
use http_body::Frame;
use jiff::Timestamp;
use std::{
    fmt, io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

/// An HTTP client whose every request a world answers.
#[derive(Clone)]
pub(crate) struct ModelClient {
    world: Arc<Mutex<World>>,
    /// NB: asked while the world is locked, so it must not lock it again.
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    requests: Arc<AtomicU64>,
}

impl fmt::Debug for ModelClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ModelClient")
    }
}

impl ModelClient {
    pub(crate) fn new(world: Arc<Mutex<World>>, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { world, clock: Arc::new(clock), requests: Arc::default() }
    }

    fn ask(&self, request: HttpRequest) -> Result<Reply, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let (parts, body) = request.into_parts();
        let body = body.bytes().ok_or_else(|| ConnectorError::user("the body is a stream".into()))?;
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        protocol::serve(&mut world, &parts, body, (self.clock)(), number)
            .ok_or_else(|| ConnectorError::user("no service of the model is addressed so".into()))
    }

    pub(crate) async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let reply = self.ask(request)?;
        match reply.transport {
            Transport::Whole | Transport::Truncated | Transport::Garbage | Transport::UnknownEnum => {}
            Transport::Reset => return Err(ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionReset).into())),
            Transport::Slow(seconds) => tokio::time::sleep(Duration::from_secs_f64(seconds)).await,
        }
        let status = StatusCode::try_from(reply.status).map_err(|error| ConnectorError::user(error.into()))?;
        let body = match reply.transport {
            // What has no body cannot be cut: the head has arrived, and says so.
            Transport::Truncated if !reply.body.is_empty() => {
                let half = Bytes::copy_from_slice(&reply.body.as_bytes()[..reply.body.len() / 2]);
                SdkBody::from_body_1_x(CutBody(Some(half)))
            }
            _ => SdkBody::from(reply.body),
        };
        let mut response = HttpResponse::new(status, body);
        for (name, value) in reply.headers {
            response.headers_mut().insert(name, value);
        }
        Ok(response)
    }
}

impl HttpClient for ModelClient {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for ModelClient {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let model = self.clone();
        HttpConnectorFuture::new(async move { model.answer(request).await })
    }
}

/// The beginning of a body, and then the end of the connection.
#[derive(Debug)]
struct CutBody(Option<Bytes>);

impl HttpBody for CutBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(Some(match self.0.take() {
            Some(beginning) => Ok(Frame::data(beginning)),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }))
    }
}
