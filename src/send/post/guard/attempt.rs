//! How far one request has come, which reqwest's errors do not tell: for it, a name that does not resolve, a
//! TCP connection and a TLS handshake that never end are one and the same "error trying to connect".

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use rustls::NamedGroup;
use rustls::client::{
    ClientSessionMemoryCache, ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue,
};
use rustls::pki_types::ServerName;

use crate::send::progress::Progress;

tokio::task_local! {
    static ATTEMPT: Attempt;
}

struct Attempt {
    port: u16,
    stage: Cell<Stage>,
}

/// What the connection was waiting for when the attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The name's addresses.
    Resolving,
    /// A TCP connection.
    Connecting,
    /// The TLS handshake.
    Handshaking,
}

/// Runs one attempt and says how far its connection came. An attempt that takes a pooled connection stays
/// at [`Stage::Connecting`]; whether its request left is told by [`Claim`].
pub(super) async fn watched<T>(port: u16, attempt: impl Future<Output = T>) -> (T, Stage) {
    let start = Attempt { port, stage: Cell::new(Stage::Connecting) };
    ATTEMPT
        .scope(start, async {
            let result = attempt.await;
            (result, ATTEMPT.with(|attempt| attempt.stage.get()))
        })
        .await
}

/// Notes that the present attempt has come this far. A connection that hyper finishes in the background,
/// because a pooled one was quicker, belongs to no attempt any more.
pub(super) fn reached(stage: Stage) {
    let _ = ATTEMPT.try_with(|attempt| attempt.stage.set(stage));
}

/// The port that the present attempt dials.
pub(super) fn port() -> Option<u16> {
    ATTEMPT.try_with(|attempt| attempt.port).ok()
}

/// Whether a request leaves or is withdrawn: the wire and the one who waits both claim it, and the first wins.
#[derive(Clone, Default)]
pub(super) struct Claim(Arc<AtomicBool>);

impl Claim {
    /// True for the first who asks.
    pub(super) fn is_first(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// A request body that claims its request when hyper takes it. hyper puts the head into its buffer, then asks
/// for the body, and only then writes to the socket: until then no byte has left, and after a withdrawal none
/// ever will.
pub(super) struct TrackedBody {
    bytes: Option<Bytes>,
    claim: Claim,
    progress: Progress,
}

impl TrackedBody {
    pub(super) fn new(bytes: Bytes, claim: Claim, progress: Progress) -> Self {
        Self { bytes: Some(bytes), claim, progress }
    }
}

impl Body for TrackedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let Some(bytes) = self.bytes.take() else {
            return Poll::Ready(None);
        };
        let taken = if self.claim.is_first() {
            self.progress.leaves();
            Ok(Frame::data(bytes))
        } else {
            Err(io::Error::other("the request was withdrawn"))
        };
        Poll::Ready(Some(taken))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

/// rustls' own session cache, which is first asked for a key exchange when a handshake begins.
#[derive(Debug)]
pub(super) struct HandshakeWatch(ClientSessionMemoryCache);

impl HandshakeWatch {
    /// As many servers as rustls remembers by default.
    pub(super) fn new() -> Self {
        Self(ClientSessionMemoryCache::new(256))
    }
}

impl ClientSessionStore for HandshakeWatch {
    fn kx_hint(&self, server: &ServerName<'_>) -> Option<NamedGroup> {
        reached(Stage::Handshaking);
        self.0.kx_hint(server)
    }

    fn set_kx_hint(&self, server: ServerName<'static>, group: NamedGroup) {
        self.0.set_kx_hint(server, group);
    }

    fn set_tls12_session(&self, server: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.0.set_tls12_session(server, value);
    }

    fn tls12_session(&self, server: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.0.tls12_session(server)
    }

    fn remove_tls12_session(&self, server: &ServerName<'static>) {
        self.0.remove_tls12_session(server);
    }

    fn insert_tls13_ticket(&self, server: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.0.insert_tls13_ticket(server, value);
    }

    fn take_tls13_ticket(&self, server: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.0.take_tls13_ticket(server)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;

    use super::*;

    async fn frame(body: TrackedBody) -> Option<io::Result<Frame<Bytes>>> {
        let mut body = pin!(body);
        poll_fn(|cx| body.as_mut().poll_frame(cx)).await
    }

    #[tokio::test]
    async fn a_request_leaves_or_is_withdrawn_but_never_both() {
        let (leaving, withdrawn) = (Claim::default(), Claim::default());
        assert!(
            frame(TrackedBody::new("{}".into(), leaving.clone(), Progress::default())).await.unwrap().is_ok()
        );
        assert!(!leaving.is_first());
        assert!(withdrawn.is_first());
        assert!(frame(TrackedBody::new("{}".into(), withdrawn, Progress::default())).await.unwrap().is_err());
    }
}
