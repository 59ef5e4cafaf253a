//! How much may wait and leave, as the operator has set it.

use std::time::Duration;

/// The settings of a dispatcher.
#[derive(Clone, Debug)]
pub struct DispatchSettings {
    /// For how long the log is kept.
    pub retention: Duration,
    /// For how long the history of settings is kept, and the security log.
    pub history: Duration,
    /// HTTP requests in flight.
    pub max_in_flight: usize,
    /// HTTP requests in flight that one account has to one authority.
    pub max_per_lane: usize,
    /// Connections to the mail server.
    pub smtp_connections: usize,
    /// Deliveries that may wait in one lane.
    pub max_pending_per_lane: usize,
    /// Deliveries that may wait over everything.
    pub max_pending: i64,
    /// A webhook that has waited for longer is of no use any more.
    pub expire_after: Duration,
}
