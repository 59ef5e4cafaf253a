//! Why a mail did not leave, sorted by what it means for the delivery.

use std::error::Error;
use std::io;

use lettre::transport::smtp;

use crate::domain::delivery::{Outcome, Reason, Verdict};
use crate::domain::text::{capped, one_line};
use crate::send::root_cause::{self, chain};

/// What is told of a reply, in characters.
const LONGEST_REPLY: usize = 1_000;

/// A reply as it is told: the server's words are a stranger's, and are shown on pages, in terminals and in tables.
pub(super) fn told(code: u16, text: &str) -> String {
    capped(&one_line(&format!("{code} {text}")), LONGEST_REPLY)
}

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
        Self { code: Some(code), ..Self::deferred(told(code, text)) }
    }

    /// The server's reply, with the code that it `said` where the library knows another, or the lack of one. Whatever is
    /// no reply ends at our own reader, so that the library is left with what a server does not offer.
    pub(super) fn from_smtp(error: &smtp::Error, said: impl FnOnce(u16) -> u16) -> Self {
        match error.status() {
            Some(code) => Self::reply(said(code.into()), &root_cause::last_word(error)),
            None if error.is_client() => {
                Self::deferred("the server offers no way to sign in that is known here: PLAIN or LOGIN")
            }
            None if error.is_response() => Self::deferred("the server answers to EHLO without its name"),
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
