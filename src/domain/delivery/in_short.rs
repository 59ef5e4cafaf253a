//! What happened to a delivery, in a few words beside its badge.

use super::{DeliveryReport, Reason};

impl DeliveryReport<'_> {
    /// The answer, or the reason; empty while there is neither.
    #[must_use]
    pub(crate) fn in_short(&self) -> String {
        match (self.answered(), self.reason) {
            (Some(answer), _) => answer,
            (None, Some(reason)) => reason.in_short(self.detail),
            (None, None) => String::new(),
        }
    }
}

impl Reason {
    /// The words on the page, with the day of an unsubscription.
    #[must_use]
    pub(crate) fn in_short(self, detail: &str) -> String {
        match self {
            Self::Unsubscribed if !detail.is_empty() => format!("Unsubscribed on {detail}"),
            _ => self.label().to_owned(),
        }
    }

    /// The words on the page.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::HttpStatus => "Refused",
            Self::BlockedAddress => "Internal address",
            Self::Dns => "Name does not resolve",
            Self::Connect => "No connection",
            Self::Tls => "No secure connection",
            Self::NotHttp => "Not an HTTP answer",
            Self::NoAnswer => "No answer",
            Self::Interrupted => "Interrupted",
            Self::SecretUnreadable => "Secret cannot be read",
            Self::NotComposed => "Could not be written",
            Self::SmtpRefused => "Refused by the mail server",
            Self::SmtpDeferred => "Not taken by the mail server",
            Self::SmtpNoTls => "No STARTTLS",
            Self::ToggleOff => "Toggle off",
            Self::Paused => "Paused",
            Self::Deleted => "Removed",
            Self::Unsubscribed => "Unsubscribed",
            Self::Unconfirmed => "Not confirmed yet",
            Self::QueueFull => "Too many were waiting",
            Self::Expired => "Waited too long",
            Self::Restored => "Restored from a backup",
            Self::Cancelled => "Cancelled",
            Self::RecoveryStopped => "Recovery stopped",
            Self::NoMailServer => "No mail server",
            Self::WrittenToFile => "Nobody received it",
        }
    }
}
