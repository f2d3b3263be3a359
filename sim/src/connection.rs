//! Connections that can be cut in the middle, for clients must live with that.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Nothing is held back.
const WHOLE: usize = usize::MAX;

/// Nothing gets through any more.
const CUT: usize = usize::MAX - 1;

/// The same, but what was written before still arrives.
const ENDED: usize = usize::MAX - 2;

/// A handle on the fate of one connection: how many bytes of the next write are held back before it is cut.
#[derive(Debug, Clone)]
pub(crate) struct Connection(Arc<AtomicUsize>);

impl Connection {
    /// Lets nothing more through: the client sees a reset.
    pub(crate) fn reset(&self) {
        self.0.store(CUT, Ordering::SeqCst);
    }

    /// Holds back the last bytes of what is written next, then cuts.
    pub(crate) fn truncate(&self, held_back: usize) {
        self.0.store(held_back.min(ENDED - 1), Ordering::SeqCst);
    }
}

/// A TCP stream under a [`Connection`]'s control.
#[derive(Debug)]
pub(crate) struct CuttableStream {
    stream: TcpStream,
    connection: Connection,
}

impl AsyncRead for CuttableStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for CuttableStream {
    /// NB: no vectored writes are offered, so hyper hands over head and body in one piece; else the end of the
    /// first write would not be the end of the body.
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        match this.connection.0.load(Ordering::SeqCst) {
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
                    this.connection.0.store(ENDED, Ordering::SeqCst);
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
                    let connection = Connection(Arc::new(AtomicUsize::new(WHOLE)));
                    return (CuttableStream { stream, connection }, address);
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
