//! How far an attempt came, and when.

use std::time::Duration;

use jiff::Timestamp;

/// When each stage of an attempt was over, measured from the attempt's begin; `None` for a stage that was not
/// reached, or that a connection which was still open made unnecessary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stages {
    /// The name had addresses.
    pub resolved: Option<Duration>,
    /// The policy had let an address through.
    pub allowed: Option<Duration>,
    /// TCP was connected.
    pub connected: Option<Duration>,
    /// TLS was agreed upon.
    pub secured: Option<Duration>,
    /// When the receiver's certificate ends.
    pub certificate_until: Option<Timestamp>,
    /// The whole request, or the mail's final dot, was written.
    pub sent: Option<Duration>,
    /// The answer began.
    pub first_byte: Option<Duration>,
    /// The answer was read.
    pub done: Option<Duration>,
}
