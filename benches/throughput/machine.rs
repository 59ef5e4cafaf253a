//! What the operating system says: how busy the machine is, and what a process has used.

use std::fs;
use std::time::{Duration, Instant};

use crate::Result;

/// What `/proc` counts CPU time in; the same on every architecture that Linux tells it to programs on.
const TICKS_PER_SECOND: f64 = 100.0;
/// How long the machine is looked at before it is called quiet.
const LOOK: Duration = Duration::from_millis(500);
/// Below this share of all processors, in percent, it is.
const QUIET: f64 = 10.0;

/// CPU and memory of one process.
#[derive(Clone, Copy, Default)]
pub struct Usage {
    /// User and system time of all its threads, in milliseconds.
    pub cpu_ms: f64,
    /// Resident memory now, in MB of 1,000,000 bytes.
    pub memory_mb: f64,
    /// The most that it ever had.
    pub peak_mb: f64,
}

impl Usage {
    pub fn of(pid: u32) -> Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The second field is the name in parentheses, which may hold anything; state is the next.
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        let ticks = fields.split_whitespace().skip(11).take(2).map(parse).sum::<f64>();
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let kibibytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.split_whitespace().next().map_or(0.0, parse)
        };
        Ok(Self {
            cpu_ms: ticks * 1_000.0 / TICKS_PER_SECOND,
            memory_mb: kibibytes("VmRSS:") * 1_024.0 / 1e6,
            peak_mb: kibibytes("VmHWM:") * 1_024.0 / 1e6,
        })
    }
}

fn parse(word: &str) -> f64 {
    word.parse().unwrap_or(0.0)
}

/// How busy the machine was while nothing of ours ran.
pub struct Busy {
    /// Percent of all processors.
    pub percent: f64,
    waited: Duration,
}

impl std::fmt::Display for Busy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "machine {:.0} % busy", self.percent)?;
        if self.waited > LOOK * 2 {
            write!(f, " after {:.0} s of waiting", self.waited.as_secs_f64())?;
        }
        Ok(())
    }
}

/// Waits until the machine is quiet, or has not become so for a time.
pub async fn quiet(at_most: Duration) -> Result<Busy> {
    let began = Instant::now();
    loop {
        let before = spent()?;
        tokio::time::sleep(LOOK).await;
        let after = spent()?;
        let percent = 100.0 * (after.busy - before.busy) / (after.all - before.all).max(1.0);
        let waited = began.elapsed();
        if percent < QUIET || waited >= at_most {
            return Ok(Busy { percent, waited });
        }
    }
}

struct Spent {
    busy: f64,
    all: f64,
}

fn spent() -> Result<Spent> {
    let stat = fs::read_to_string("/proc/stat")?;
    let first = stat.lines().next().unwrap_or_default();
    // user nice system idle iowait irq softirq steal; what follows is part of the first two.
    let ticks: Vec<f64> = first.split_whitespace().skip(1).take(8).map(parse).collect();
    let all: f64 = ticks.iter().sum();
    let idle: f64 = ticks.iter().skip(3).take(2).sum();
    Ok(Spent { busy: all - idle, all })
}

/// The machine in a line, for the report.
pub fn description() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let model =
        info.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split_once(": "));
    let model = model.map_or("an unnamed processor", |(_, model)| model);
    format!("{cores} cores of {model}, Linux {}", read("/proc/sys/kernel/osrelease").trim())
}
