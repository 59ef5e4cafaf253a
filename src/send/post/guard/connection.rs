//! One HTTP/1.1 connection. It is driven by whoever sends over it and by nobody else: an attempt that is given up
//! takes its connection with it, so that nothing of a request can leave after its outcome is known.

use std::future::poll_fn;
use std::pin::{Pin, pin};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;

use super::attempt::Attempt;
use super::wire::{CrossingGate, Wire};
use crate::send::progress::Progress;

type Driver = http1::Connection<TokioIo<Wire>, Full<Bytes>>;

/// A connection that is open, or was when it was last looked at.
pub(super) struct Connection {
    requests: SendRequest<Full<Bytes>>,
    /// Nothing once the connection has ended.
    driver: Option<Driver>,
    gate: CrossingGate,
    /// Whether the socket may be asked before a request: always, except before the first over TLS.
    asks: bool,
}

impl Connection {
    /// Makes an HTTP connection of a wire; nothing is sent yet.
    pub(super) async fn open(wire: Wire) -> hyper::Result<Self> {
        let (gate, asks) = (wire.gate(), !wire.is_secure());
        let (requests, driver) = http1::handshake(TokioIo::new(wire)).await?;
        Ok(Self { requests, driver: Some(driver), gate, asks })
    }

    /// Sends one request and waits for its answer's head. After an error, [`Attempt::has_left`] tells whether a
    /// byte of it may have been received.
    pub(super) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
        attempt: &mut Attempt,
        progress: &Progress,
    ) -> hyper::Result<Response<Incoming>> {
        attempt.crosses(self.gate.open(progress, self.asks));
        self.asks = true;
        let answer = self.requests.send_request(request);
        self.drive(answer).await
    }

    /// Keeps the connection going while something is read from it.
    pub(super) async fn drive<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| {
            if let Some(driver) = &mut self.driver
                && Pin::new(driver).poll(cx).is_ready()
            {
                self.driver = None;
            }
            work.as_mut().poll(cx)
        })
        .await
    }

    /// Whether another request may follow: the last answer was read to its end and nothing came behind it. hyper
    /// looks into its own buffer and into that of TLS.
    pub(super) async fn is_at_rest(&mut self) -> bool {
        self.drive(std::future::ready(())).await;
        self.driver.is_some() && self.requests.is_ready()
    }
}
