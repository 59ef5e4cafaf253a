//! What is counted while the program runs: every figure with its meaning, and the page on which Prometheus reads
//! them. The rooms above set them where things happen, with the macros of the crate `metrics`.

use std::sync::OnceLock;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use FigureKind::{Counter, Gauge, Histogram};

/// A figure that is exported.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// As Prometheus calls it.
    pub name: &'static str,
    /// What it means.
    pub help: &'static str,
    /// How it moves.
    pub kind: FigureKind,
}

/// How a figure moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FigureKind {
    /// It grows until the process ends.
    Counter,
    /// It goes up and down.
    Gauge,
    /// It counts how many were at most so large.
    Histogram(&'static [f64]),
}

/// From a fast answer to the longest that a send may take.
const SECONDS: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
/// From a commit that is alone to the largest.
const ORDERS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// Every figure that there is.
pub const FIGURES: &[Figure] = &[
    figure("ringpost_build_info", "Always 1; the label says which version runs.", Gauge),
    figure("ringpost_events_accepted_total", "Events that are on disk.", Counter),
    figure(
        "ringpost_deliveries_total",
        "Deliveries by channel, state and reason, counted whenever one comes to its end or waits for its next try.",
        Counter,
    ),
    figure(
        "ringpost_deliveries_recovered_total",
        "Deliveries that an instance which is gone had left: of what it was sending, webhooks are unknown.",
        Counter,
    ),
    figure("ringpost_deliveries_expired_total", "Webhooks that had waited for too long and failed.", Counter),
    figure(
        "ringpost_attempt_seconds",
        "How long an attempt took, from its first step to its answer.",
        Histogram(SECONDS),
    ),
    figure(
        "ringpost_delivery_wait_seconds",
        "How long a delivery waited between the moment it was due and its attempt.",
        Histogram(SECONDS),
    ),
    figure("ringpost_deliveries_waiting", "About how many deliveries wait in the table.", Gauge),
    figure("ringpost_deliveries_waiting_limit", "With so many waiting, events are refused.", Gauge),
    figure("ringpost_deliveries_in_memory", "Deliveries that wait in this instance's memory.", Gauge),
    figure(
        "ringpost_oldest_waiting_seconds",
        "For how long the oldest delivery in this instance's memory has been due; one to a dead receiver waits too.",
        Gauge,
    ),
    figure("ringpost_in_flight", "Requests (http) and mails (mail) under way.", Gauge),
    figure("ringpost_places", "How many of them may be under way at once.", Gauge),
    figure(
        "ringpost_lanes_probed",
        "Receivers that do not answer, by account: each is asked one request at a time.",
        Gauge,
    ),
    figure("ringpost_outcomes_unsaved", "Outcomes that wait to be stored.", Gauge),
    figure("ringpost_outcomes_unsaved_seconds", "For how long the oldest of them has.", Gauge),
    figure("ringpost_mail_degraded", "1 while the mail server cannot be used.", Gauge),
    figure("ringpost_retention_lag_seconds", "By how much the oldest event is older than it may be.", Gauge),
    figure(
        "ringpost_clock_offset_seconds",
        "The database's clock minus this machine's; 0 on SQLite, where it is the same.",
        Gauge,
    ),
    figure("ringpost_disk_free_bytes", "Free space beside the SQLite file.", Gauge),
    figure("ringpost_commit_orders", "Changes of the hot way that shared one commit.", Histogram(ORDERS)),
    figure("ringpost_commit_seconds", "How long such a commit took.", Histogram(SECONDS)),
    figure(
        "ringpost_connection_wait_seconds",
        "How long a read waited for a connection to the database, by pool.",
        Histogram(SECONDS),
    ),
    figure(
        "ringpost_security_events_total",
        "Lines of the security log by action and result; sign_in with refused is a failed sign-in.",
        Counter,
    ),
];

const fn figure(name: &'static str, help: &'static str, kind: FigureKind) -> Figure {
    Figure { name, help, kind }
}

static EXPORTER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Counts from now on; before, nothing is counted and nothing costs anything. The second call does nothing.
pub(crate) fn start() {
    EXPORTER.get_or_init(|| {
        let mut builder = PrometheusBuilder::new();
        for figure in FIGURES {
            if let Histogram(buckets) = figure.kind {
                let name = Matcher::Full(figure.name.to_owned());
                // Only an empty list of buckets is refused.
                builder = builder.set_buckets_for_metric(name, buckets).unwrap_or_default();
            }
        }
        let recorder = builder.build_recorder();
        let exporter = recorder.handle();
        // Whoever embeds Ringpost may count with a recorder of their own; then ours stays empty.
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("something else counts already: /metrics stays empty");
        }
        for Figure { name, help, kind } in FIGURES.iter().copied() {
            match kind {
                Counter => describe_counter!(name, help),
                Gauge => describe_gauge!(name, help),
                Histogram(_) => describe_histogram!(name, help),
            }
        }
        // The first failure has to be an increase.
        counter!("ringpost_security_events_total", "action" => "sign_in", "result" => "refused").increment(0);
        gauge!("ringpost_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        exporter
    });
}

/// Everything that has been counted, in Prometheus' text format.
#[must_use]
pub(crate) fn page() -> String {
    EXPORTER.get().map(PrometheusHandle::render).unwrap_or_default()
}

/// Sorts what came since the last time into the histograms: between two scrapes it must not pile up.
pub(crate) fn tidy() {
    if let Some(exporter) = EXPORTER.get() {
        exporter.run_upkeep();
    }
}
