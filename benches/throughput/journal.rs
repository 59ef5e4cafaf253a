//! When each event was due to be posted, and when its webhook arrived: the benchmark's own record, which
//! Ringpost's is held against.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::{BenchError, Result};

/// How many events one server may be given; the table is made as it is used.
const MOST: usize = 1 << 21;

/// Written by the load and by the receiver at once, without a lock. Times are nanoseconds since the journal
/// began, and 0 says that it has not happened.
pub struct Journal {
    began: Instant,
    next: AtomicU64,
    due: Vec<AtomicU64>,
    arrived: Vec<AtomicU64>,
    doubled: AtomicU64,
    arrivals: AtomicU64,
}

impl Journal {
    pub fn new() -> Self {
        let table = || std::iter::repeat_with(AtomicU64::default).take(MOST).collect();
        Self {
            began: Instant::now(),
            next: AtomicU64::new(0),
            due: table(),
            arrived: table(),
            doubled: AtomicU64::new(0),
            arrivals: AtomicU64::new(0),
        }
    }

    /// The number of the next event, which is due now or was due at a time.
    pub fn post(&self, due: Instant) -> Result<u64> {
        let sequence = self.next.fetch_add(1, Relaxed);
        let row = usize::try_from(sequence).ok().and_then(|row| self.due.get(row));
        let row = row.ok_or_else(|| BenchError::from(format!("more than {MOST} events for one server")))?;
        row.store(self.nanos(due), Relaxed);
        Ok(sequence)
    }

    /// A webhook has been read.
    pub fn arrive(&self, sequence: u64) {
        let now = self.nanos(Instant::now());
        let Some(row) = usize::try_from(sequence).ok().and_then(|row| self.arrived.get(row)) else { return };
        if row.compare_exchange(0, now, Relaxed, Relaxed).is_err() {
            self.doubled.fetch_add(1, Relaxed);
            return;
        }
        self.arrivals.fetch_add(1, Relaxed);
    }

    fn nanos(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.began).as_nanos()).unwrap_or(u64::MAX).max(1)
    }

    /// Webhooks that arrived, each counted once.
    pub fn arrivals(&self) -> u64 {
        self.arrivals.load(Relaxed)
    }

    /// Webhooks that arrived again.
    pub fn doubled(&self) -> u64 {
        self.doubled.load(Relaxed)
    }

    /// How many places further back than it was posted one of these arrived, at the most: a queue that is first
    /// in, first out keeps this near the number of requests in flight.
    pub fn delayed_places(&self, events: &[u64]) -> usize {
        let mut posted = events.to_vec();
        posted.sort_unstable();
        let mut ranked: Vec<(u64, usize)> = posted
            .iter()
            .enumerate()
            .filter_map(|(rank, event)| Some((self.arrival(*event)?, rank)))
            .collect();
        ranked.sort_unstable();
        ranked.iter().enumerate().map(|(place, (_, rank))| place.saturating_sub(*rank)).max().unwrap_or(0)
    }

    /// How many of these events have not arrived.
    pub fn missing(&self, events: &[u64]) -> usize {
        events.iter().filter(|event| self.arrival(**event).is_none()).count()
    }

    /// From due to arrival, of those that arrived, shortest first.
    pub fn waits(&self, events: &[u64]) -> Vec<Duration> {
        let wait = |event: &u64| {
            let due = Self::at(&self.due, *event)?;
            Some(Duration::from_nanos(self.arrival(*event)?.saturating_sub(due)))
        };
        let mut waits: Vec<Duration> = events.iter().filter_map(wait).collect();
        waits.sort_unstable();
        waits
    }

    /// When the last of these arrived.
    pub fn last_arrival(&self, events: &[u64]) -> Option<Instant> {
        let last = events.iter().filter_map(|event| self.arrival(*event)).max()?;
        Some(self.began + Duration::from_nanos(last))
    }

    fn arrival(&self, event: u64) -> Option<u64> {
        Self::at(&self.arrived, event)
    }

    fn at(table: &[AtomicU64], event: u64) -> Option<u64> {
        let row = usize::try_from(event).ok().and_then(|row| table.get(row))?;
        Some(row.load(Relaxed)).filter(|at| *at != 0)
    }
}

/// A quantile of sorted times, in milliseconds.
pub fn quantile(sorted: &[Duration], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let wanted = crate::figures::number(last) * share;
    let at = (0..=last).find(|row| crate::figures::number(*row) >= wanted)?;
    sorted.get(at).map(|wait| wait.as_secs_f64() * 1_000.0)
}
