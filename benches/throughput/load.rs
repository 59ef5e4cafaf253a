//! Load: closed loops, where each connection posts as soon as it is answered, and open loops, where events are
//! due at fixed times whatever the answers do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::client::Connection;
use crate::figures::number;
use crate::journal::Journal;
use crate::payload::EventRequest;
use crate::timetable::timetable;
use crate::{BenchError, Result};

/// How long a refused connection waits, as a client does that is told to slow down.
const SLOW_DOWN: Duration = Duration::from_millis(20);
/// Events that may be open at once in an open loop; past it they wait, and their wait is counted.
const OPEN: usize = 64;

/// How far apart connections begin in a list of targets; a prime, so that they do not begin at the same ones.
const FAR_APART: u64 = 1_231;

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

/// Each connection posts, waits for the answer and posts again, in turn for each target, until the time or the
/// events are over. All targets are of one server.
pub async fn closed(
    targets: &[Target],
    journal: &Arc<Journal>,
    connections: u16,
    length: Duration,
    at_most: u64,
) -> Result<Load> {
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    let each = at_most.div_ceil(u64::from(connections.max(1)));
    for connection in 0..u64::from(connections) {
        let (mut targets, journal) = (targets.to_vec(), Arc::clone(journal));
        tasks.spawn(async move {
            let address = targets.first().ok_or("nobody posts")?.address;
            let mut line = Connection::open(address).await?;
            let mut part = Part::default();
            for turn in 0..each {
                if began.elapsed() >= length {
                    break;
                }
                let whose = usize::try_from(connection * FAR_APART + turn)? % targets.len();
                let Some(target) = targets.get_mut(whose) else { break };
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

async fn finish(began: Instant, mut tasks: JoinSet<Result<Part>>) -> Result<Load> {
    let mut parts = Vec::new();
    while let Some(part) = tasks.join_next().await {
        parts.push(part??);
    }
    Ok(Load::of(began, parts))
}
