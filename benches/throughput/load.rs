//! Load: closed loops, where each connection posts as soon as it is answered, and open loops, where events are
//! due at fixed times whatever the answers do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

use crate::client::Connection;
use crate::figures::number;
use crate::journal::Journal;
use crate::payload::EventRequest;
use crate::{BenchError, Result};

/// How long a refused connection waits, as a client does that is told to slow down.
const SLOW_DOWN: Duration = Duration::from_millis(20);
/// Events that may be open at once in an open loop; past it they wait, and their wait is counted.
const OPEN: usize = 64;
/// What a thread's sleep is worth; the runtime's own timer is a millisecond.
const NAP: Duration = Duration::from_micros(100);

/// Who posts, and where.
#[derive(Clone)]
pub struct Target {
    pub address: SocketAddr,
    pub request: EventRequest,
}

/// What came of a load.
pub struct Load {
    pub began: Instant,
    pub ended: Instant,
    /// The numbers of the events that were accepted.
    pub accepted: Vec<u64>,
    /// How many were answered 429 or 503.
    pub refused: usize,
}

impl Load {
    fn of(began: Instant, parts: Vec<Part>) -> Self {
        let refused = parts.iter().map(|part| part.refused).sum();
        let accepted = parts.into_iter().flat_map(|part| part.accepted).collect();
        Self { began, ended: Instant::now(), accepted, refused }
    }

    /// Accepted events per second.
    pub fn rate(&self) -> f64 {
        number(self.accepted.len()) / (self.ended - self.began).as_secs_f64()
    }
}

#[derive(Default)]
struct Part {
    accepted: Vec<u64>,
    refused: usize,
}

impl Part {
    /// Posts one event; whether it was accepted.
    async fn post(&mut self, line: &mut Connection, request: &[u8], sequence: u64) -> Result<bool> {
        match line.post(request).await? {
            200 | 202 => self.accepted.push(sequence),
            429 | 503 => {
                self.refused += 1;
                return Ok(false);
            }
            status => return Err(BenchError::from(format!("an event was answered {status}"))),
        }
        Ok(true)
    }
}

/// Each connection posts, waits for the answer and posts again, until the time or the events are over.
pub async fn closed(
    target: &Target,
    journal: &Arc<Journal>,
    connections: u16,
    length: Duration,
    at_most: u64,
) -> Result<Load> {
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    let each = at_most.div_ceil(u64::from(connections.max(1)));
    for _ in 0..connections {
        let (mut target, journal) = (target.clone(), Arc::clone(journal));
        tasks.spawn(async move {
            let mut line = Connection::open(target.address).await?;
            let mut part = Part::default();
            for _ in 0..each {
                if began.elapsed() >= length {
                    break;
                }
                let sequence = journal.post(Instant::now())?;
                if !part.post(&mut line, target.request.of(sequence), sequence).await? {
                    tokio::time::sleep(SLOW_DOWN).await;
                }
            }
            Ok(part)
        });
    }
    finish(began, tasks).await
}

/// So many events per second, each due at its time. A stalled server is told late, but timed from when it
/// should have been told.
pub async fn open(
    target: &Target,
    journal: &Arc<Journal>,
    per_second: f64,
    length: Duration,
) -> Result<Load> {
    let began = Instant::now();
    let due = Arc::new(Mutex::new(timetable(per_second, length)));
    let mut tasks = JoinSet::new();
    for _ in 0..OPEN {
        let (mut target, journal, due) = (target.clone(), Arc::clone(journal), Arc::clone(&due));
        tasks.spawn(async move {
            let mut line = Connection::open(target.address).await?;
            let mut part = Part::default();
            loop {
                let next = due.lock().await.recv().await;
                let Some(at) = next else { return Ok(part) };
                let sequence = journal.post(at)?;
                part.post(&mut line, target.request.of(sequence), sequence).await?;
            }
        });
    }
    finish(began, tasks).await
}

/// The times at which events are due, each said when it has come.
pub fn timetable(per_second: f64, length: Duration) -> UnboundedReceiver<Instant> {
    let (say, due) = unbounded_channel();
    let began = Instant::now();
    std::thread::spawn(move || {
        let mut said = 0;
        loop {
            let offset = Duration::from_secs_f64(number(said) / per_second);
            if offset >= length {
                return;
            }
            let at = began + offset;
            while let Some(left) = at.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
                std::thread::sleep(left.max(NAP));
            }
            // Nobody listens any more: the load has failed, and says why itself.
            if say.send(at).is_err() {
                return;
            }
            said += 1;
        }
    });
    due
}

async fn finish(began: Instant, mut tasks: JoinSet<Result<Part>>) -> Result<Load> {
    let mut parts = Vec::new();
    while let Some(part) = tasks.join_next().await {
        parts.push(part??);
    }
    Ok(Load::of(began, parts))
}
