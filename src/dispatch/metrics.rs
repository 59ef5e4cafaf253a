//! Counters and gauges, set where things happen; who exports them finds them by these names.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use metrics::{counter, gauge, histogram};

use crate::domain::delivery::{Delivery, Reason};

use super::queue::Queue;
use super::registry::Registry;

/// An event is on disk.
pub(super) fn event_accepted() {
    counter!("ringpost_events_accepted_total").increment(1);
}

/// A delivery has come to its end, or waits for its next try.
pub(super) fn settled(delivery: &Delivery) {
    counter!(
        "ringpost_deliveries_total",
        "channel" => delivery.target.channel().as_str(),
        "state" => delivery.state.as_str(),
        "reason" => delivery.reason.map_or("", Reason::as_str),
    )
    .increment(1);
}

/// An attempt took so long, from its first step to its answer.
pub(super) fn attempt_took(delivery: &Delivery, took: Duration) {
    histogram!("ringpost_attempt_seconds", "channel" => delivery.target.channel().as_str()).record(took);
}

/// How full this instance is.
pub(super) fn gauges(queue: &Queue, registry: &Registry, waiting: &AtomicI64) {
    let fill = queue.fill();
    let (unsaved, oldest) = registry.unsaved();
    gauge!("ringpost_deliveries_waiting").set(precise(waiting.load(Ordering::Relaxed).max(0)));
    gauge!("ringpost_deliveries_in_memory").set(precise(fill.waiting));
    gauge!("ringpost_in_flight", "by" => "http").set(precise(fill.in_flight.0));
    gauge!("ringpost_in_flight", "by" => "mail").set(precise(fill.in_flight.1));
    gauge!("ringpost_lanes_probed").set(precise(fill.probed));
    gauge!("ringpost_outcomes_unsaved").set(precise(unsaved));
    gauge!("ringpost_outcomes_unsaved_seconds").set(oldest.as_secs_f64());
}

/// The oldest event is by so much older than it may be.
pub(super) fn retention_lags(by: Duration) {
    gauge!("ringpost_retention_lag_seconds").set(by.as_secs_f64());
}

/// A count as a gauge takes it; counts are far below the 2^53 that it holds exactly.
fn precise(count: impl TryInto<u32>) -> f64 {
    count.try_into().map_or(f64::from(u32::MAX), f64::from)
}
