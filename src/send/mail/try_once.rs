//! One try at handing a mail over, and when each of its stages was over.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::domain::delivery::{Outcome, Stages};
use crate::send::progress::Progress;

/// One try, from the moment in which the mail is written.
pub(super) struct Try<'a> {
    begun: Instant,
    stages: Stages,
    progress: &'a Progress,
    /// Whether a person waits for it, who may ask a server that refused our password.
    pub(super) is_test: bool,
}

impl<'a> Try<'a> {
    pub(super) fn begin(progress: &'a Progress, is_test: bool) -> Self {
        Self { begun: Instant::now(), stages: Stages::default(), progress, is_test }
    }

    /// A mail's bytes are about to be written.
    pub(super) fn leaves(&self) {
        self.progress.leaves();
    }

    pub(super) fn resolved(&mut self) {
        self.stages.resolved = Some(self.begun.elapsed());
    }

    pub(super) fn connected(&mut self) {
        self.stages.connected = Some(self.begun.elapsed());
    }

    pub(super) fn secured(&mut self, certificate_until: Option<Timestamp>) {
        self.stages.secured = Some(self.begun.elapsed());
        self.stages.certificate_until = certificate_until;
    }

    /// The final dot was written then.
    pub(super) fn sent(&mut self, at: Option<Instant>) {
        self.stages.sent = at.map(|at| at.duration_since(self.begun));
    }

    /// The server has said what becomes of the mail. Its answer is one line: its begin is its end.
    pub(super) fn answered(&mut self) {
        let answered: Duration = self.begun.elapsed();
        self.stages.first_byte = Some(answered);
        self.stages.done = Some(answered);
    }

    /// The outcome with its times.
    pub(super) fn end(self, outcome: Outcome) -> Outcome {
        Outcome { took: self.begun.elapsed(), stages: self.stages, ..outcome }
    }
}
