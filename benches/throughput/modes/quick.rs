//! The quick set: capacity, CPU, latency, start and memory.

use std::time::Duration;

use super::Part;
use crate::Result;
use crate::drain::Ledger;
use crate::figures::{BARE, number};
use crate::journal::quantile;
use crate::load;
use crate::storage::Storage;
use crate::testbed::Testbed;

const ACCOUNT: i64 = 100;
/// PostgreSQL's backends tell their counters at most once a second.
const COUNTERS: Duration = Duration::from_millis(1_500);

/// What a closed loop accepts for longer may not fit into the journal.
const LONGEST: Duration = Duration::from_secs(15);

/// A closed loop, and the keys of its figures.
struct Level {
    connections: u16,
    accepted: &'static str,
    delivered: &'static str,
    cpu: Option<&'static str>,
}

const LEVELS: [Level; 4] = [
    Level { connections: 1, accepted: "accept.1", delivered: "deliver.1", cpu: Some("cpu.1") },
    Level { connections: 8, accepted: "accept.8", delivered: "deliver.8", cpu: None },
    Level { connections: 32, accepted: "accept.32", delivered: "deliver.32", cpu: None },
    Level { connections: 64, accepted: "accept.64", delivered: "deliver.64", cpu: Some("cpu.64") },
];

pub(super) async fn measure(part: &mut Part<'_>) -> Result<()> {
    part.quiet("start and memory").await?;
    let testbed = part.start(&[ACCOUNT]).await?;
    part.add("start", testbed.server.start.as_secs_f64() * 1_000.0);
    part.add("memory.idle", testbed.server.usage()?.memory_mb);
    testbed.sign_in().await?;
    part.add("memory.signed-in", testbed.server.usage()?.memory_mb);
    testbed.notify(ACCOUNT, Some(testbed.receiver), &[]).await?;
    let mut ledger = Ledger::default();
    part.warm_up(&testbed, &mut ledger, ACCOUNT).await?;
    for level in &LEVELS {
        closed(part, &testbed, &mut ledger, level).await?;
    }
    for (rate, p50, p99) in [(50.0, "e2e.50.p50", "e2e.50.p99"), (400.0, "e2e.400.p50", "e2e.400.p99")] {
        part.quiet(&format!("{rate} events per second")).await?;
        // A p99 needs some hundred events.
        let length = part.flags.length() * 2;
        let load = load::open(&testbed.target(ACCOUNT), &testbed.journal, rate, length).await?;
        ledger.drain(&testbed, &load, 1).await?;
        part.say_refused(&load);
        let waits = testbed.journal.waits(&load.accepted);
        part.add_some(p50, quantile(&waits, 0.5));
        part.add_some(p99, quantile(&waits, 0.99));
    }
    let usage = testbed.server.usage()?;
    part.add("memory.after", usage.memory_mb);
    part.add("memory.peak", usage.peak_mb);
    part.finish(testbed, &ledger).await?;
    if part.flags.postgres.is_some() {
        beside_sqlite(part).await?;
    }
    Ok(())
}

/// PostgreSQL's goal is a share of what the same machine does on SQLite.
async fn beside_sqlite(part: &mut Part<'_>) -> Result<()> {
    part.quiet("SQLite, 64 connections").await?;
    let storage = Storage::fresh(None).await?;
    let testbed = Testbed::start(part.program, storage, &[ACCOUNT], Duration::ZERO).await?;
    testbed.notify(ACCOUNT, Some(testbed.receiver), &[]).await?;
    let mut ledger = Ledger::default();
    part.warm_up(&testbed, &mut ledger, ACCOUNT).await?;
    let length = part.flags.length().min(LONGEST);
    let load = load::closed(&[testbed.target(ACCOUNT)], &testbed.journal, 64, length, u64::MAX).await?;
    let took = ledger.drain(&testbed, &load, 1).await?;
    let sqlite = number(load.accepted.len()) / took.as_secs_f64();
    part.add("postgres.sqlite", sqlite);
    let postgres = part.figures.newest(&part.program.name, "deliver.64");
    part.add_some("postgres.share", postgres.map(|postgres| 100.0 * postgres / sqlite));
    part.finish(testbed, &ledger).await
}

async fn closed(part: &mut Part<'_>, testbed: &Testbed, ledger: &mut Ledger, level: &Level) -> Result<()> {
    part.quiet(&format!("{} connections", level.connections)).await?;
    let at_capacity = level.connections == 64;
    let commits = if at_capacity { testbed.storage.commits().await? } else { None };
    let before = testbed.server.usage()?.cpu_ms;
    let target = testbed.target(ACCOUNT);
    let length = part.flags.length().min(LONGEST);
    let load = load::closed(&[target], &testbed.journal, level.connections, length, u64::MAX).await?;
    let took = ledger.drain(testbed, &load, 1).await?;
    let events = number(load.accepted.len());
    let spent = testbed.server.usage()?.cpu_ms - before;
    part.add(level.accepted, load.rate());
    let delivered = events / took.as_secs_f64();
    part.add(level.delivered, delivered);
    if let Some(key) = level.cpu {
        part.add(key, spent * 1_000.0 / events.max(1.0));
    }
    if at_capacity && let Some(bare) = part.figures.newest(BARE, "bare.reqwest") {
        part.add("deliver.share", 100.0 * delivered / bare);
    }
    if let Some(before) = commits {
        tokio::time::sleep(COUNTERS).await;
        let after = testbed.storage.commits().await?.unwrap_or(before);
        part.add("postgres.commits", f64::from(u32::try_from(after - before)?) * 100.0 / events.max(1.0));
    }
    part.say_refused(&load);
    Ok(())
}
