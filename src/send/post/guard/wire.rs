//! The bytes between us and a receiver: what tells whether a request has left, and keeps it back where somebody
//! has spoken out of turn.
//!
//! A connection that has bytes to read before a request is written belongs to a server that speaks first (SSH,
//! SMTP), or to a receiver that sent more than its answer. hyper would take such bytes for the answer of the
//! request that comes next. So the socket itself is asked, in the moment before the first byte of each request is
//! given to it: what waits there makes the write fail, and nothing has left.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use rustix::net::{RecvFlags, recv};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

use crate::send::progress::Progress;

/// One request's way over a connection.
#[derive(Default)]
pub(super) struct Crossing {
    progress: Progress,
    /// Whether the socket is asked before the first byte. On a TLS connection that was just made it is not: the
    /// server's session tickets may be waiting there.
    asks: bool,
    left: AtomicBool,
    spoken_to: AtomicBool,
    times: Mutex<Times>,
}

/// When the request was written, and when its answer began.
type Times = (Option<Instant>, Option<Instant>);

impl Crossing {
    pub(super) fn has_left(&self) -> bool {
        self.left.load(Ordering::Acquire)
    }

    pub(super) fn was_spoken_to(&self) -> bool {
        self.spoken_to.load(Ordering::Acquire)
    }

    pub(super) fn times(&self) -> Times {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wrote(&self) {
        self.left.store(true, Ordering::Release);
        self.lock().0 = Some(Instant::now());
    }

    fn read(&self) {
        if self.has_left() {
            self.lock().1.get_or_insert_with(Instant::now);
        } else {
            self.spoken_to.store(true, Ordering::Release);
        }
    }
}

/// Lets requests over a connection, one at a time. Its clones belong to the one who sends and to the [`Wire`].
#[derive(Clone, Default)]
pub(super) struct CrossingGate(Arc<Mutex<Arc<Crossing>>>);

impl CrossingGate {
    /// Opens the way for the next request.
    pub(super) fn open(&self, progress: &Progress, asks: bool) -> Arc<Crossing> {
        let crossing = Arc::new(Crossing { progress: progress.clone(), asks, ..Crossing::default() });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&crossing);
        crossing
    }

    fn crossing(&self) -> Arc<Crossing> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A connection, as hyper holds it.
pub(super) struct Wire {
    stream: Either<TcpStream, Box<TlsStream<TcpStream>>>,
    gate: CrossingGate,
}

impl Wire {
    pub(super) fn plain(socket: TcpStream) -> Self {
        Self { stream: Either::Left(socket), gate: CrossingGate::default() }
    }

    pub(super) fn secure(stream: TlsStream<TcpStream>) -> Self {
        Self { stream: Either::Right(Box::new(stream)), gate: CrossingGate::default() }
    }

    pub(super) fn is_secure(&self) -> bool {
        matches!(self.stream, Either::Right(_))
    }

    pub(super) fn gate(&self) -> CrossingGate {
        self.gate.clone()
    }

    fn socket(&self) -> &TcpStream {
        match &self.stream {
            Either::Left(socket) => socket,
            Either::Right(stream) => stream.get_ref().0,
        }
    }

    fn write(
        &mut self,
        give: impl FnOnce(Pin<&mut Either<TcpStream, Box<TlsStream<TcpStream>>>>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let crossing = self.gate.crossing();
        if !crossing.has_left() {
            if crossing.asks
                && let Err(error) = ensure_quiet(self.socket())
            {
                crossing.spoken_to.store(error.kind() == io::ErrorKind::InvalidData, Ordering::Release);
                return Poll::Ready(Err(error));
            }
            crossing.progress.leaves();
        }
        let given = give(Pin::new(&mut self.stream));
        // TLS takes bytes in before it gives them to the socket, and may fail after it has.
        if matches!(given, Poll::Ready(Ok(_))) || self.is_secure() {
            crossing.wrote();
        }
        given
    }
}

/// Whether a request may be written: nothing waits to be read, and nobody has hung up. It asks the kernel, since
/// tokio knows of what has come only once its own loop has been told.
fn ensure_quiet(socket: &TcpStream) -> io::Result<()> {
    match recv(socket, &mut [0_u8; 1], RecvFlags::PEEK | RecvFlags::DONTWAIT) {
        Err(error) if error == rustix::io::Errno::AGAIN => Ok(()),
        Err(error) => Err(error.into()),
        Ok((_, 0)) => Err(io::ErrorKind::UnexpectedEof.into()),
        // The receiver spoke first.
        Ok(_) => Err(io::ErrorKind::InvalidData.into()),
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.gate.crossing().read();
        }
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.write(|stream| stream.poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.write(|stream| stream.poll_write_vectored(cx, bytes))
    }

    /// Head and body are given to the kernel where they lie: the payload is not copied.
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::task::yield_now;

    use super::*;

    async fn connected() -> (Wire, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (Wire::plain(socket), listener.accept().await.unwrap().0)
    }

    #[tokio::test]
    async fn what_is_written_to_a_quiet_peer_has_left() {
        let (mut wire, mut peer) = connected().await;
        let progress = Progress::default();
        let crossing = wire.gate().open(&progress, true);
        assert!(!crossing.has_left() && !progress.may_have_left());
        wire.write_all(b"POST").await.unwrap();
        assert!(crossing.has_left() && progress.may_have_left() && crossing.times().0.is_some());
        // Bytes that come now are the answer's, and the rest of the request may follow them.
        peer.write_all(b"HTTP").await.unwrap();
        wire.write_all(b"body").await.unwrap();
        wire.read_exact(&mut [0; 4]).await.unwrap();
        assert!(crossing.times().1.is_some() && !crossing.was_spoken_to());
    }

    #[tokio::test]
    async fn nothing_leaves_for_a_peer_that_speaks_first_or_has_hung_up() {
        for speaks in [true, false] {
            let (mut wire, mut peer) = connected().await;
            if speaks {
                peer.write_all(b"SSH-2.0").await.unwrap();
            } else {
                peer.shutdown().await.unwrap();
            }
            while ensure_quiet(wire.socket()).is_ok() {
                yield_now().await;
            }
            let progress = Progress::default();
            let crossing = wire.gate().open(&progress, true);
            wire.write_all(b"POST").await.unwrap_err();
            assert!(!crossing.has_left() && !progress.may_have_left());
            assert_eq!(crossing.was_spoken_to(), speaks);
            drop(wire);
            let mut seen = Vec::new();
            // Unread bytes make the end a reset.
            let _ = peer.read_to_end(&mut seen).await;
            assert!(seen.is_empty());
        }
    }
}
