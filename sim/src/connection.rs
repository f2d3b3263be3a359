//! Connections that can be cut in the middle, for clients must live with that, and that are not held open by
//! clients which dribble.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;

/// A request's head must be complete so long after its first byte, and the first one after the connection was made.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Nothing is held back.
const WHOLE: usize = usize::MAX;

/// Nothing gets through any more.
const CUT: usize = usize::MAX - 1;

/// The same, but what was written before still arrives.
const ENDED: usize = usize::MAX - 2;

/// A handle on the fate of one connection.
#[derive(Debug, Clone)]
pub(crate) struct Connection(Arc<Fate>);

#[derive(Debug)]
struct Fate {
    /// How many bytes of the next write are held back before the connection is cut.
    held_back: AtomicUsize,
    /// How many requests have begun.
    requests: AtomicUsize,
    /// Whether one is being answered, so that what arrives is its body.
    busy: AtomicBool,
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Answering(Connection);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.0.busy.store(false, Ordering::SeqCst);
    }
}

impl Connection {
    fn new() -> Connection {
        Connection(Arc::new(Fate {
            held_back: AtomicUsize::new(WHOLE),
            requests: AtomicUsize::new(0),
            busy: AtomicBool::new(false),
        }))
    }

    /// A request's head has arrived: the time for it no longer counts, nor does that for its body.
    pub(crate) fn begin(&self) -> Answering {
        self.0.busy.store(true, Ordering::SeqCst);
        self.0.requests.fetch_add(1, Ordering::SeqCst);
        Answering(self.clone())
    }

    /// Lets nothing more through: the client sees a reset.
    pub(crate) fn reset(&self) {
        self.0.held_back.store(CUT, Ordering::SeqCst);
    }

    /// Holds back the last bytes of what is written next, then cuts.
    pub(crate) fn truncate(&self, held_back: usize) {
        self.0.held_back.store(held_back.min(ENDED - 1), Ordering::SeqCst);
    }
}

/// A TCP stream under a [`Connection`]'s control.
#[derive(Debug)]
pub(crate) struct CuttableStream {
    stream: TcpStream,
    connection: Connection,
    /// Ends when a head that has begun should be complete.
    head: Option<Pin<Box<Sleep>>>,
    /// How many requests had begun when this was last looked at.
    requests: usize,
}

impl AsyncRead for CuttableStream {
    /// NB: a connection at rest between two requests has all the time it wants: clients keep theirs for later.
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let requests = this.connection.0.requests.load(Ordering::SeqCst);
        if requests != this.requests {
            this.requests = requests;
            this.head = None;
        }
        let busy = this.connection.0.busy.load(Ordering::SeqCst);
        if !busy
            && let Some(head) = &mut this.head
            && head.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let before = buf.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buf);
        if !busy && this.head.is_none() && buf.filled().len() > before {
            this.head = Some(Box::pin(tokio::time::sleep(HEAD_TIMEOUT)));
        }
        read
    }
}

impl AsyncWrite for CuttableStream {
    /// NB: no vectored writes are offered, so hyper hands over head and body in one piece; else the end of the
    /// first write would not be the end of the body.
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        match this.connection.0.held_back.load(Ordering::SeqCst) {
            WHOLE => Pin::new(&mut this.stream).poll_write(cx, buf),
            CUT => {
                // With no linger the kernel sends a reset instead of an orderly end.
                let _ = this.stream.set_zero_linger();
                Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
            }
            ENDED => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            held_back => {
                let kept = buf.len().saturating_sub(held_back).max(1).min(buf.len());
                let written = Pin::new(&mut this.stream).poll_write(cx, buf.get(..kept).unwrap_or(buf));
                if written.is_ready() {
                    this.connection.0.held_back.store(ENDED, Ordering::SeqCst);
                }
                written
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

/// A listener whose connections can be cut.
#[derive(Debug)]
pub(crate) struct CuttableListener(pub(crate) TcpListener);

impl Listener for CuttableListener {
    type Io = CuttableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (CuttableStream, SocketAddr) {
        loop {
            match self.0.accept().await {
                Ok((stream, address)) => {
                    // Small answers must not wait for more to come.
                    let _ = stream.set_nodelay(true);
                    let head = Some(Box::pin(tokio::time::sleep(HEAD_TIMEOUT)));
                    let stream = CuttableStream { stream, connection: Connection::new(), head, requests: 0 };
                    return (stream, address);
                }
                Err(error) => {
                    tracing::warn!("accepting a connection failed: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, CuttableListener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, CuttableListener>) -> Connection {
        stream.io().connection.clone()
    }
}
