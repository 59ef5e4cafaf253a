//! Why a mail did not leave, sorted by what it means for the delivery.

use lettre::transport::smtp;

use crate::domain::delivery::{Outcome, Reason, Verdict};
use crate::send::root_cause;

/// A mail that the server did not take.
#[derive(Debug)]
pub(in crate::send::mail) struct SmtpError {
    reason: Reason,
    code: Option<u16>,
    reply_text: String,
}

impl SmtpError {
    /// Not now: the server is down, slow, busy or unhappy with us. It says nothing about the recipient.
    pub(super) fn deferred(reply_text: impl Into<String>) -> Self {
        Self { reason: Reason::SmtpDeferred, code: None, reply_text: reply_text.into() }
    }

    /// TLS is demanded and cannot be had; nothing was sent in clear.
    pub(super) fn no_tls(reply_text: impl Into<String>) -> Self {
        Self { reason: Reason::SmtpNoTls, code: None, reply_text: reply_text.into() }
    }

    /// Never: the server refused this recipient or this message.
    pub(super) fn refused(self) -> Self {
        Self { reason: Reason::SmtpRefused, ..self }
    }

    /// A reply of the server, for now without blame.
    pub(super) fn reply(code: u16, text: &str) -> Self {
        Self { code: Some(code), ..Self::deferred(format!("{code} {text}")) }
    }

    /// The server's reply, or the lack of one.
    pub(super) fn from_smtp(error: &smtp::Error) -> Self {
        match error.status() {
            Some(code) => Self::reply(code.into(), &root_cause::of(error)),
            None => Self::deferred(root_cause::of(error)),
        }
    }

    pub(super) fn code(&self) -> Option<u16> {
        self.code
    }

    pub(in crate::send::mail) fn into_outcome(self) -> Outcome {
        let verdict = match self.reason {
            Reason::SmtpRefused => Verdict::Failed(self.reason),
            _ => Verdict::Retry(self.reason),
        };
        Outcome { status: self.code, ..Outcome::new(verdict, self.reply_text) }
    }
}
