//! A long log: what start, pages and CPU are with it, the plans of what pages ask, and what a long queue does to
//! memory and start.

mod looks;
mod plans;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::Part;
use crate::drain::Ledger;
use crate::figures::number;
use crate::grown_log::{self, Landmarks};
use crate::load::{self, Load};
use crate::receiver::DeadReceivers;
use crate::testbed::Testbed;
use crate::{BenchError, Result};
use looks::{FLOWING, IDLE, Viewer, looks};

const ACCOUNT: i64 = 100;
const DEAD: i64 = 200;
const NEIGHBOUR: i64 = 300;
/// How many wait behind the dead receiver, if the log is long enough and the time is.
const PENDING: u32 = 100_000;
const LONGEST: Duration = Duration::from_mins(2);
/// Events per second that flow while pages are looked at, and for how long at a time.
const FLOW: f64 = 50.0;
const FLOW_LENGTH: Duration = Duration::from_secs(2);

pub(super) async fn measure(part: &mut Part<'_>, rows: u32) -> Result<()> {
    part.quiet("an empty log").await?;
    let testbed = part.start(&[ACCOUNT, DEAD, NEIGHBOUR]).await?;
    testbed.notify(ACCOUNT, Some(testbed.receiver), &[]).await?;
    let dead = DeadReceivers::new(1)?;
    for address in dead.addresses()? {
        testbed.notify(DEAD, Some(address), &[]).await?;
    }
    testbed.add_destinations(ACCOUNT).await?;
    testbed.add_destinations(NEIGHBOUR).await?;
    let mut ledger = Ledger::default();
    part.warm_up(&testbed, &mut ledger, ACCOUNT).await?;
    let empty = cpu(&testbed, &mut ledger, part.flags.length()).await?;
    part.add("log.cpu.empty", empty);

    println!("  filling the log with {rows} deliveries");
    let mut marks = None;
    let fill = async |storage: &_| {
        marks = Some(grown_log::fill(storage, ACCOUNT, NEIGHBOUR, rows).await?);
        Ok(())
    };
    let testbed = testbed.restart(fill, &[]).await?;
    let marks = marks.ok_or("the log was not filled")?;
    println!("  {} deliveries of {} events", marks.deliveries, marks.events);
    part.quiet("a long log").await?;
    // The start after the rows were written reads them from memory, as one after an update does.
    let testbed = testbed.restart(async |_| Ok(()), &[]).await?;
    part.add("log.start", testbed.server.start.as_secs_f64() * 1_000.0);
    part.warm_up(&testbed, &mut ledger, ACCOUNT).await?;
    let testbed = pages(part, testbed, &mut ledger, &marks).await?;
    part.warm_up(&testbed, &mut ledger, ACCOUNT).await?;
    let long = cpu(&testbed, &mut ledger, part.flags.length()).await?;
    part.add("log.cpu", long);
    part.add("log.growth", long / empty);

    part.quiet("a long queue").await?;
    let target = testbed.target(DEAD);
    let most = PENDING.min(rows / 10);
    let load = load::closed(&[target], &testbed.journal, 64, LONGEST, most.into()).await?;
    ledger.expect_mails(&load, 1);
    ledger.wait(&testbed).await;
    part.add("log.pending", number(load.accepted.len()));
    part.add("log.pending.memory", testbed.server.usage()?.memory_mb);
    let testbed = testbed.restart(async |_| Ok(()), &[]).await?;
    part.add("log.pending.start", testbed.server.start.as_secs_f64() * 1_000.0);
    tokio::time::sleep(Duration::from_secs(2)).await;
    part.add("log.pending.started", testbed.server.usage()?.memory_mb);
    part.finish(testbed, &ledger).await
}

/// CPU of 1,000 events at eight connections.
async fn cpu(testbed: &Testbed, ledger: &mut Ledger, length: Duration) -> Result<f64> {
    let before = testbed.server.usage()?.cpu_ms;
    let load = load::closed(&[testbed.target(ACCOUNT)], &testbed.journal, 8, length, u64::MAX).await?;
    ledger.drain(testbed, &load, 1).await?;
    let spent = testbed.server.usage()?.cpu_ms - before;
    Ok(spent * 1_000.0 / number(load.accepted.len()).max(1.0))
}

/// Looks at the pages while events flow and while none do, then asks how their statements were run.
async fn pages(
    part: &mut Part<'_>,
    testbed: Testbed,
    ledger: &mut Ledger,
    marks: &Landmarks,
) -> Result<Testbed> {
    let today = testbed.storage.today().await?;
    let looks = looks(marks, &today);
    let session = testbed.sign_in().await?;
    let viewer = Viewer { testbed: &testbed, session: &session, account: marks.account };
    let is_over = AtomicBool::new(false);
    let looking = async {
        let done = looks::measure(part, &viewer, &looks, FLOWING).await;
        is_over.store(true, Ordering::Relaxed);
        done
    };
    let (looked, loads) = tokio::join!(looking, flow(&testbed, &is_over));
    looked?;
    for load in loads? {
        ledger.drain(&testbed, &load, 1).await?;
    }
    looks::measure(part, &viewer, &looks, IDLE).await?;

    testbed.storage.tell_plans(true).await?;
    let testbed = testbed.restart(async |_| Ok(()), &plans::LOGGED).await?;
    let session = testbed.sign_in().await?;
    let viewer = Viewer { testbed: &testbed, session: &session, account: marks.account };
    let heard = plans::listen(&viewer, &looks).await?;
    testbed.storage.tell_plans(false).await?;
    let mut scans = 0;
    let program = &mut *part;
    let print = async |storage: &_| {
        scans = heard.print(program, storage).await?;
        Ok(())
    };
    let testbed = testbed.restart(print, &[]).await?;
    println!("  {scans} statements read the log from end to end");
    part.add("log.scans", number(scans));
    part.figures.faults.scans += scans;
    Ok(testbed)
}

/// Events until nobody looks any more.
async fn flow(testbed: &Testbed, is_over: &AtomicBool) -> Result<Vec<Load>, BenchError> {
    let mut loads = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        loads.push(load::open(&testbed.target(ACCOUNT), &testbed.journal, FLOW, FLOW_LENGTH).await?);
    }
    Ok(loads)
}
