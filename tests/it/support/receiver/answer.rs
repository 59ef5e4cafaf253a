//! What a receiver does with a request.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

/// What is done with one request.
#[derive(Clone)]
pub struct Answer {
    /// How long it takes to think.
    pub after: Duration,
    /// What is written.
    pub bytes: Vec<u8>,
    /// And then?
    pub then: Then,
    /// Held back until the test says so.
    pub gate: Option<Arc<Semaphore>>,
}

/// Lets answers go that were held back.
pub struct Release(Arc<Semaphore>);

impl Release {
    pub fn release(&self) {
        self.0.close();
    }
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
    /// Repeat this for ever.
    Flood(Vec<u8>),
}

impl Answer {
    pub fn raw(bytes: impl AsRef<[u8]>, then: Then) -> Self {
        Self { after: Duration::ZERO, bytes: bytes.as_ref().to_vec(), then, gate: None }
    }

    /// The same once the test releases it.
    pub fn held(self) -> (Self, Release) {
        let gate = Arc::new(Semaphore::new(0));
        (Self { gate: Some(Arc::clone(&gate)), ..self }, Release(gate))
    }

    /// Waits until the answer may be given.
    pub async fn is_due(&self) {
        tokio::time::sleep(self.after).await;
        if let Some(gate) = &self.gate {
            let _ = gate.acquire().await;
        }
    }

    /// A well-behaved answer that keeps the connection open.
    pub fn status(code: u16, body: &str) -> Self {
        let length = body.len();
        let text = format!("HTTP/1.1 {code} Whatever\r\nContent-Length: {length}\r\n\r\n{body}");
        Self::raw(text, Then::KeepAlive)
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
}
