//! Counters and gauges, set where things happen; [`crate::metrics`] says what each means.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use metrics::{counter, gauge, histogram};

use crate::domain::delivery::{Channel, Delivery, Reason, State};

use super::queue::Queue;
use super::registry::Registry;
use super::settings::DispatchSettings;

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

/// A delivery has waited so long for its attempt.
pub(super) fn waited(delivery: &Delivery, now: Timestamp) {
    histogram!("ringpost_delivery_wait_seconds", "channel" => delivery.target.channel().as_str())
        .record(overdue(delivery, now));
}

/// For how long a delivery has been due, in seconds.
fn overdue(delivery: &Delivery, now: Timestamp) -> f64 {
    now.duration_since(delivery.due_at).as_secs_f64().max(0.0)
}

/// Instances that are gone left so many deliveries behind.
pub(super) fn recovered(count: u64) {
    counter!("ringpost_deliveries_recovered_total").increment(count);
}

/// So many webhooks had waited for too long.
pub(super) fn expired(count: u64) {
    counter!("ringpost_deliveries_expired_total").increment(count);
}

/// What this instance may do at most, and a nought for what an alert looks at: the first one must be an increase.
pub(super) fn begin(settings: &DispatchSettings) {
    for channel in Channel::ALL.iter().map(|channel| channel.as_str()) {
        for reason in [Reason::NoAnswer, Reason::NotHttp, Reason::Interrupted].map(Reason::as_str) {
            let state = State::Unknown.as_str();
            counter!("ringpost_deliveries_total", "channel" => channel, "state" => state, "reason" => reason)
                .increment(0);
        }
    }
    counter!("ringpost_events_accepted_total").increment(0);
    recovered(0);
    expired(0);
    gauge!("ringpost_places", "by" => "http").set(precise(settings.max_in_flight));
    gauge!("ringpost_places", "by" => "mail").set(precise(settings.smtp_connections));
    gauge!("ringpost_deliveries_waiting_limit").set(precise(settings.max_pending));
}

/// How well its surroundings are.
pub(super) fn surroundings(mail_is_degraded: bool, clock_offset_ms: i64, free_bytes: Option<u64>) {
    gauge!("ringpost_mail_degraded").set(f64::from(u8::from(mail_is_degraded)));
    let offset = SignedDuration::from_millis(clock_offset_ms);
    gauge!("ringpost_clock_offset_seconds").set(offset.as_secs_f64());
    if let Some(free) = free_bytes {
        // Whole mebibytes are precise enough, and fit.
        gauge!("ringpost_disk_free_bytes").set(precise(free >> 20) * 1_048_576.0);
    }
}

/// How full this instance is.
pub(super) fn gauges(queue: &Queue, registry: &Registry, waiting: &AtomicI64, now: Timestamp) {
    let fill = queue.fill();
    let longest = queue.heads(|delivery| overdue(delivery, now)).fold(0.0, f64::max);
    gauge!("ringpost_oldest_waiting_seconds").set(longest);
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
