//! The words by which the log is filtered: the states, and two reasons with a word of their own.

use super::{Delivery, EXPIRED, Reason, State, WRITTEN_TO_FILE};
use crate::domain::text_enum::text_enum;

/// How a delivery stands, the worst first: an event stands like the worst of its deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogStatus {
    /// Certainly not received.
    Failed,
    /// Not sent in time.
    Expired,
    /// The receiver may or may not have it.
    Unknown,
    /// A mail that nobody has got: there is no mail server.
    WrittenToFile,
    /// Under way.
    Sending,
    /// Waiting.
    Pending,
    /// Received.
    Delivered,
    /// Decided not to send.
    Skipped,
}
text_enum!(LogStatus {
    Failed => "failed", Expired => "expired", Unknown => "unknown", WrittenToFile => "written_to_file",
    Sending => "sending", Pending => "pending", Delivered => "delivered", Skipped => "skipped",
});

impl LogStatus {
    /// The word on the page.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Failed => "Failed",
            Self::Expired => EXPIRED,
            Self::Unknown => "Unknown",
            Self::WrittenToFile => WRITTEN_TO_FILE,
            Self::Sending => "Sending",
            Self::Pending => "Pending",
            Self::Delivered => "Delivered",
            Self::Skipped => "Skipped",
        }
    }

    /// Whether somebody who looks for trouble wants to see it.
    #[must_use]
    pub fn is_well(self) -> bool {
        matches!(self, Self::Delivered | Self::Skipped)
    }
}

impl Delivery {
    /// How it stands.
    #[must_use]
    pub fn log_status(&self) -> LogStatus {
        match (self.state, self.reason) {
            (_, Some(Reason::WrittenToFile)) => LogStatus::WrittenToFile,
            (State::Failed, Some(Reason::Expired)) => LogStatus::Expired,
            (State::Failed, _) => LogStatus::Failed,
            (State::Unknown, _) => LogStatus::Unknown,
            (State::Sending, _) => LogStatus::Sending,
            (State::Pending, _) => LogStatus::Pending,
            (State::Delivered, _) => LogStatus::Delivered,
            (State::Skipped, _) => LogStatus::Skipped,
        }
    }
}
