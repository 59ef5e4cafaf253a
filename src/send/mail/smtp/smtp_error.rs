//! Why a mail did not leave, sorted by what it means for the delivery.

use std::error::Error;
use std::io;

use lettre::transport::smtp;

use crate::domain::delivery::{Outcome, Reason, Verdict};
use crate::domain::text::one_line;
use crate::send::root_cause::{self, chain};

/// What the library says of a reply that ended before its time.
const CUT_OFF: &str = "incomplete response";

/// A mail that the server did not take.
#[derive(Clone, Debug)]
pub(in crate::send::mail) struct SmtpError {
    reason: Reason,
    code: Option<u16>,
    reply_text: String,
    timed_out: bool,
}

impl SmtpError {
    /// Not now: the server is down, slow, busy or unhappy with us. It says nothing about the recipient.
    pub(super) fn deferred(reply_text: impl AsRef<str>) -> Self {
        // The server's words are a stranger's: they are shown on pages, in terminals and in tables.
        let reply_text = one_line(reply_text.as_ref());
        Self { reason: Reason::SmtpDeferred, code: None, reply_text, timed_out: false }
    }

    /// TLS is demanded and cannot be had; nothing was sent in clear.
    pub(super) fn no_tls(reply_text: impl AsRef<str>) -> Self {
        Self { reason: Reason::SmtpNoTls, ..Self::deferred(reply_text) }
    }

    /// Never: the server refused this recipient or this message.
    pub(super) fn refused(self) -> Self {
        Self { reason: Reason::SmtpRefused, ..self }
    }

    /// The whole message was written and nobody said what became of it.
    pub(super) fn unanswered(self) -> Self {
        Self { reason: Reason::NoAnswer, ..self }
    }

    /// A reply of the server, for now without blame.
    pub(super) fn reply(code: u16, text: &str) -> Self {
        Self { code: Some(code), ..Self::deferred(format!("{code} {text}")) }
    }

    /// The server's reply, or the lack of one.
    pub(super) fn from_smtp(error: &smtp::Error) -> Self {
        match error.status() {
            Some(code) => Self::reply(code.into(), &root_cause::last_word(error)),
            None if error.is_response() && root_cause::last_word(error) == CUT_OFF => {
                Self::deferred("the server closed the connection")
            }
            None if error.is_response() => Self::deferred("the server does not speak SMTP"),
            None if error.is_client() => Self::deferred(
                "the server does not offer what this needs: a way to sign in, or mails that are not ASCII",
            ),
            None => Self { timed_out: chain(error).any(is_timeout), ..Self::deferred(root_cause::of(error)) },
        }
    }

    /// Whether the server was waited for in vain.
    pub(super) fn is_timeout(&self) -> bool {
        self.timed_out
    }

    pub(super) fn code(&self) -> Option<u16> {
        self.code
    }

    pub(in crate::send::mail) fn into_outcome(self) -> Outcome {
        let verdict = match self.reason {
            Reason::SmtpRefused => Verdict::Failed(self.reason),
            Reason::NoAnswer => Verdict::Unknown(self.reason),
            _ => Verdict::Retry(self.reason),
        };
        Outcome { status: self.code, ..Outcome::new(verdict, self.reply_text) }
    }
}

fn is_timeout(cause: &(dyn Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
}
