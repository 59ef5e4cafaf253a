//! What the network said, as a value.

use std::time::Duration;

use super::{Stages, State};
use crate::domain::text_enum::text_enum;

/// Why a delivery is not simply delivered. The words are the ones of the log and the APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The receiver answered, but not with 2xx (redirects are never followed).
    HttpStatus,
    /// The address is internal and `--allow-network` does not open it.
    BlockedAddress,
    /// The name does not resolve.
    Dns,
    /// No TCP connection.
    Connect,
    /// No TLS session.
    Tls,
    /// The answer was not HTTP.
    NotHttp,
    /// The request was written, then the connection broke or the time was up.
    NoAnswer,
    /// Ringpost stopped while sending.
    Interrupted,
    /// The stored secret cannot be decrypted, so nothing was sent.
    SecretUnreadable,
    /// The message could not be written: a defect of ours, or an event type that is gone.
    NotComposed,
    /// The mail server refused the recipient or the message for good.
    SmtpRefused,
    /// The mail server could not take the mail yet.
    SmtpDeferred,
    /// TLS is demanded of the mail server and it does not offer it.
    SmtpNoTls,
    /// Send Webhook is off for this event.
    ToggleOff,
    /// The destination is paused.
    Paused,
    /// The target was removed before the delivery was sent.
    Deleted,
    /// The address has unsubscribed.
    Unsubscribed,
    /// The address has not confirmed yet that it wants mails.
    Unconfirmed,
    /// More than its lane may hold waited before it.
    QueueFull,
    /// It waited longer than `--expire-after`.
    Expired,
    /// Whoever wanted to see what comes of it no longer waited when its turn came.
    Cancelled,
    /// It was queued for a recovery that somebody stopped.
    RecoveryStopped,
    /// Sending a mail again that would only be written to a file: it can still be sent once there is a mail server.
    NoMailServer,
    /// The database was restored from a backup that was made before its end.
    Restored,
    /// There is no mail server: the mail is in a file, and nobody has got it.
    WrittenToFile,
}
text_enum!(Reason {
    HttpStatus => "http_status", BlockedAddress => "blocked_address", Dns => "dns", Connect => "connect",
    Tls => "tls", NotHttp => "not_http", NoAnswer => "no_answer", Interrupted => "interrupted",
    SecretUnreadable => "secret_unreadable", NotComposed => "not_composed", SmtpRefused => "smtp_refused", SmtpDeferred => "smtp_deferred",
    SmtpNoTls => "smtp_no_tls", ToggleOff => "toggle_off", Paused => "paused", Deleted => "deleted",
    Unsubscribed => "unsubscribed", Unconfirmed => "unconfirmed", QueueFull => "queue_full", Expired => "expired",
    Cancelled => "cancelled", RecoveryStopped => "recovery_stopped", NoMailServer => "no_mail_server", Restored => "restored", WrittenToFile => "written_to_file",
});

/// What one attempt means for its delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Received for certain.
    Delivered,
    /// Written to a file, because there is no mail server: done, and not received.
    WrittenToFile,
    /// Not received for certain.
    Failed(Reason),
    /// Nobody can know.
    Unknown(Reason),
    /// Not received, and safe to try again (mail only).
    Retry(Reason),
    /// Not sent, by decision.
    Skipped(Reason),
}

/// The result of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What it means.
    pub verdict: Verdict,
    /// The HTTP status, or the SMTP reply code.
    pub status: Option<u16>,
    /// What the network said in words of ours, or a mail server's own, never a URL: "connection refused", "550 5.1.1 no such user".
    pub detail: String,
    /// From the first step of the attempt to the answer's status line, or to its end without one.
    pub took: Duration,
    /// For how long the receiver wants to be left alone (429 or 503 with `Retry-After`).
    pub retry_after: Option<Duration>,
    /// When each stage was over.
    pub stages: Stages,
    /// What left and what came back, for the log.
    pub transcript: Transcript,
}

/// What is kept of a request and its answer. Header values that are secret are already redacted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// Request line and headers, one per line, with the path and query hidden.
    pub request_head: String,
    /// The body as it was sent; for a mail, the whole message.
    pub request_body: String,
    /// Status line and headers, one per line; for a mail, the server's last reply.
    pub response_head: String,
    /// The first 16 KiB of the answer's body.
    pub response_body: String,
}

impl Outcome {
    /// An outcome with nothing sent and nothing read.
    #[must_use]
    pub fn new(verdict: Verdict, detail: impl Into<String>) -> Self {
        Self {
            verdict,
            status: None,
            detail: detail.into(),
            took: Duration::ZERO,
            retry_after: None,
            stages: Stages::default(),
            transcript: Transcript::default(),
        }
    }

    /// The state that this outcome leads to, unless a retry is still due.
    #[must_use]
    pub(crate) fn final_state(&self) -> (State, Option<Reason>) {
        match self.verdict {
            Verdict::Delivered => (State::Delivered, None),
            Verdict::WrittenToFile => (State::Delivered, Some(Reason::WrittenToFile)),
            Verdict::Failed(reason) | Verdict::Retry(reason) => (State::Failed, Some(reason)),
            Verdict::Unknown(reason) => (State::Unknown, Some(reason)),
            Verdict::Skipped(reason) => (State::Skipped, Some(reason)),
        }
    }
}
