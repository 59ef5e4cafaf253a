//! Why a mail did not leave, sorted by what it means for the delivery.

use lettre::transport::smtp;

use crate::domain::delivery::{Outcome, Reason, Verdict};
use crate::send::words;

/// A mail that the server did not take.
#[derive(Debug)]
pub(super) struct Trouble {
    reason: Reason,
    code: Option<u16>,
    words: String,
}

impl Trouble {
    /// Not now: the server is down, slow, busy or unhappy with us. It says nothing about the recipient.
    pub(super) fn deferred(words: impl Into<String>) -> Self {
        Self { reason: Reason::SmtpDeferred, code: None, words: words.into() }
    }

    /// TLS is demanded and cannot be had; nothing was sent in clear.
    pub(super) fn no_tls(words: impl Into<String>) -> Self {
        Self { reason: Reason::SmtpNoTls, code: None, words: words.into() }
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
            Some(code) => Self::reply(code.into(), &words::of(error)),
            None => Self::deferred(words::of(error)),
        }
    }

    pub(super) fn code(&self) -> Option<u16> {
        self.code
    }

    pub(super) fn into_outcome(self) -> Outcome {
        let verdict = match self.reason {
            Reason::SmtpRefused => Verdict::Failed(self.reason),
            _ => Verdict::Retry(self.reason),
        };
        Outcome { status: self.code, ..Outcome::new(verdict, self.words) }
    }
}
