//! Why a delivery exists, and where it is.

use super::Channel;
use crate::domain::text_enum::text_enum;

/// Why a delivery exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The platform posted an event.
    Event,
    /// Somebody pressed a test button.
    Test,
    /// Somebody sent a notification by hand or by API.
    Adhoc,
    /// Somebody resent an earlier delivery.
    Resend,
}
text_enum!(Trigger { Event => "event", Test => "test", Adhoc => "adhoc", Resend => "resend" });

impl Trigger {
    /// The word on the page.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Event => "Event",
            Self::Test => "Test",
            Self::Adhoc => "Sent by hand",
            Self::Resend => "Resend",
        }
    }
}

/// Where a delivery is: `pending → sending → delivered | failed | unknown`, or `skipped`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Waiting for its turn (or, for a mail, for its next try).
    Pending,
    /// Written down before the first byte leaves, so that a crash cannot hide it.
    Sending,
    /// A 2xx status line was read, or the mail server took the message.
    Delivered,
    /// Certainly not received.
    Failed,
    /// The receiver may or may not have got it.
    Unknown,
    /// Decided not to send; the reason is kept.
    Skipped,
}
text_enum!(State {
    Pending => "pending", Sending => "sending", Delivered => "delivered",
    Failed => "failed", Unknown => "unknown", Skipped => "skipped",
});

impl State {
    /// The word on the page; a mail that the server took is "Accepted".
    #[must_use]
    pub fn label(self, channel: Channel) -> &'static str {
        match (self, channel) {
            (Self::Delivered, Channel::Email) => "Accepted",
            (Self::Pending, _) => "Pending",
            (Self::Sending, _) => "Sending",
            (Self::Delivered, _) => "Delivered",
            (Self::Failed, _) => "Failed",
            (Self::Unknown, _) => "Unknown",
            (Self::Skipped, _) => "Skipped",
        }
    }

    /// Whether nothing more will happen to the delivery by itself.
    #[must_use]
    pub(crate) fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::Sending)
    }
}
