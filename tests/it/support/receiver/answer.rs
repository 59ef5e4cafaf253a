//! What a receiver does with a request.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// What is done with one request.
#[derive(Clone)]
pub struct Answer {
    /// How long it takes to think.
    pub after: Duration,
    /// Whom it waits for before that.
    pub gate: Gate,
    /// What is written.
    pub bytes: Vec<u8>,
    /// And then?
    pub then: Then,
}

#[derive(Clone)]
pub enum Then {
    /// Read the next request.
    KeepAlive,
    /// Close in order.
    Close,
    /// Close with a reset.
    Reset,
    /// Say nothing more, for ever.
    Hold,
    /// Wait, say this although nobody asked, and read the next request.
    Add(Duration, Vec<u8>),
    /// Repeat this for ever.
    Flood(Vec<u8>),
}

impl Answer {
    pub fn raw(bytes: impl AsRef<[u8]>, then: Then) -> Self {
        Self { after: Duration::ZERO, gate: Gate::open(), bytes: bytes.as_ref().to_vec(), then }
    }

    /// The same once the test lets it through.
    pub fn held(self) -> (Self, Gate) {
        let gate = Gate::shut();
        (self.behind(&gate), gate)
    }

    /// A well-behaved answer that keeps the connection open.
    pub fn status(code: u16, body: &str) -> Self {
        let length = body.len();
        let text = format!("HTTP/1.1 {code} Whatever\r\nContent-Length: {length}\r\n\r\n{body}");
        Self::raw(text, Then::KeepAlive)
    }

    /// The same, with an answer to nothing some time behind it.
    pub fn adding(self, after: Duration, bytes: &str) -> Self {
        Self { then: Then::Add(after, bytes.into()), ..self }
    }

    pub fn redirect(code: u16, location: &str) -> Self {
        let text = format!("HTTP/1.1 {code} Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        Self::raw(text, Then::KeepAlive)
    }

    /// Takes the request and never answers.
    pub fn silence() -> Self {
        Self::raw("", Then::Hold)
    }

    pub fn reset() -> Self {
        Self::raw("", Then::Reset)
    }

    pub fn close() -> Self {
        Self::raw("", Then::Close)
    }

    pub fn after(self, after: Duration) -> Self {
        Self { after, ..self }
    }

    /// Waits until a test lets it through.
    pub fn behind(self, gate: &Gate) -> Self {
        Self { gate: gate.clone(), ..self }
    }
}

/// Keeps answers back until it is opened; clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate(Arc<watch::Sender<bool>>);

impl Gate {
    pub fn shut() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    fn open() -> Self {
        Self(Arc::new(watch::Sender::new(true)))
    }

    pub fn let_through(&self) {
        self.0.send_replace(true);
    }

    pub async fn passed(&self) {
        // The sender is in our hands: it cannot be gone.
        let _ = self.0.subscribe().wait_for(|open| *open).await;
    }
}
