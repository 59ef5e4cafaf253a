//! A long log: what start, pages and CPU are with it, and what a long queue does to memory and start.

use std::time::{Duration, Instant};

use super::Part;
use crate::client::Connection;
use crate::drain::Ledger;
use crate::figures::number;
use crate::journal::quantile;
use crate::load;
use crate::receiver::DeadReceivers;
use crate::testbed::Testbed;
use crate::{Result, copies};

const ACCOUNT: i64 = 100;
const DEAD: i64 = 200;
/// How many wait behind the dead receiver, if the log is long enough and the time is.
const PENDING: u32 = 100_000;
const LONGEST: Duration = Duration::from_mins(2);
const LOOKS: u32 = 30;

pub(super) async fn measure(part: &mut Part<'_>, rows: u32) -> Result<()> {
    part.quiet("an empty log").await?;
    let testbed = part.start(&[ACCOUNT, DEAD]).await?;
    testbed.notify(ACCOUNT, Some(testbed.receiver), &[]).await?;
    let dead = DeadReceivers::new(1)?;
    for address in dead.addresses()? {
        testbed.notify(DEAD, Some(address), &[]).await?;
    }
    let mut ledger = Ledger::default();
    part.warm_up(&testbed, &mut ledger, ACCOUNT).await?;
    let empty = cpu(&testbed, &mut ledger, part.flags.length()).await?;
    part.add("log.cpu.empty", empty);

    println!("  filling the log with {rows} deliveries");
    let testbed = testbed.restart(async |storage| copies::fill_log(storage, rows).await).await?;
    part.quiet("a long log").await?;
    // The start after the rows were written reads them from memory, as one after an update does.
    let testbed = testbed.restart(async |_| Ok(())).await?;
    part.add("log.start", testbed.server.start.as_secs_f64() * 1_000.0);
    pages(part, &testbed).await?;
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
    let testbed = testbed.restart(async |_| Ok(())).await?;
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

async fn pages(part: &mut Part<'_>, testbed: &Testbed) -> Result<()> {
    let session = testbed.sign_in().await?;
    let look = async |path: &str| look(testbed, &session, &format!("/accounts/{ACCOUNT}/{path}")).await;
    part.add_some("log.settings", look("notifications").await?);
    let mut slowest = None;
    #[rustfmt::skip]
    let filters = ["", "?status=failed", "?status=unknown", "?status=pending", "?event=run_failed",
        "?event=tenant_created", "?channel=email", "?trigger=event", "?trigger=test"];
    for filter in filters {
        let took = look(&format!("deliveries{filter}")).await?;
        println!("  deliveries{filter}: p50 {:.2} ms", took.unwrap_or_default());
        slowest = slowest.max_by_time(took);
    }
    part.add_some("log.page", slowest);
    part.add_some("log.search", look("deliveries?q=person-77%40").await?);
    Ok(())
}

/// The p50 of reading a page.
async fn look(testbed: &Testbed, session: &str, path: &str) -> Result<Option<f64>> {
    let request = testbed.page(path, session);
    let mut line = Connection::open(testbed.server.address).await?;
    let began = Instant::now();
    let mut times = Vec::new();
    // The first look is the cold one; a page that takes seconds is not looked at thirty times.
    for look in 0..=LOOKS {
        let asked = Instant::now();
        let status = line.post(&request).await?;
        if status != 200 {
            return Err(format!("{path} was answered {status}").into());
        }
        if look > 0 || asked.elapsed() > Duration::from_secs(1) {
            times.push(asked.elapsed());
        }
        if began.elapsed() > Duration::from_secs(5) {
            break;
        }
    }
    times.sort_unstable();
    Ok(quantile(&times, 0.5))
}

/// `f64` has no order of its own.
trait MaxByTime {
    fn max_by_time(self, other: Self) -> Self;
}

impl MaxByTime for Option<f64> {
    fn max_by_time(self, other: Self) -> Self {
        match (self, other) {
            (Some(one), Some(other)) => Some(one.max(other)),
            (one, other) => one.or(other),
        }
    }
}
