//! How far one request has come, and when each of its stages was over.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::wire::Crossing;
use crate::domain::delivery::Stages;

/// What was waited for when an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The name's addresses.
    Resolving,
    /// A TCP connection.
    Connecting,
    /// The TLS handshake.
    Handshaking,
}

/// One request on its way. It is kept outside of the future that may be given up, so that it can be asked
/// afterwards.
pub(super) struct Attempt {
    begun: Instant,
    /// How far its connection came. An attempt on a kept connection stays at [`Stage::Connecting`].
    pub(super) stage: Stage,
    stages: Stages,
    crossing: Option<Arc<Crossing>>,
}

impl Attempt {
    pub(super) fn begin() -> Self {
        Self { begun: Instant::now(), stage: Stage::Connecting, stages: Stages::default(), crossing: None }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    pub(super) fn begun(&self) -> Instant {
        self.begun
    }

    pub(super) fn resolved(&mut self) {
        self.stages.resolved = Some(self.elapsed());
    }

    pub(super) fn allowed(&mut self) {
        self.stage = Stage::Connecting;
        self.stages.allowed = Some(self.elapsed());
    }

    pub(super) fn connected(&mut self) {
        self.stages.connected = Some(self.elapsed());
    }

    pub(super) fn secured(&mut self, certificate_until: Option<Timestamp>) {
        self.stages.secured = Some(self.elapsed());
        self.stages.certificate_until = certificate_until;
    }

    /// The request is about to cross this connection.
    pub(super) fn crosses(&mut self, crossing: Arc<Crossing>) {
        self.crossing = Some(crossing);
    }

    /// Whether a byte of the request was given to a socket.
    pub(super) fn has_left(&self) -> bool {
        self.crossing.as_ref().is_some_and(|crossing| crossing.has_left())
    }

    /// Whether the peer spoke before a byte of the request was given to the socket.
    pub(super) fn was_spoken_to(&self) -> bool {
        self.crossing.as_ref().is_some_and(|crossing| crossing.was_spoken_to())
    }

    /// What there is to say of its stages now.
    pub(super) fn stages(&self) -> Stages {
        let (sent, first_byte) = self.crossing.as_ref().map(|crossing| crossing.times()).unwrap_or_default();
        let since = |then: Instant| then.duration_since(self.begun);
        Stages { sent: sent.map(since), first_byte: first_byte.map(since), ..self.stages }
    }
}
