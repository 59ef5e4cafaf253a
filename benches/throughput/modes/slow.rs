//! A receiver that takes 200 ms for each answer: what a lane makes of it.

use std::time::{Duration, Instant};

use super::Part;
use crate::Result;
use crate::drain::Ledger;
use crate::figures::number;
use crate::load;
use crate::testbed::Testbed;

const ACCOUNT: i64 = 100;
const DELAY: Duration = Duration::from_millis(200);
const EVENTS: u64 = 300;
/// A lane that grows by one for each full round has grown from 4 to 64 after some two thousand.
const TO_GROW: usize = 2_100;
/// One that does not grow is not waited for.
const LONGEST: Duration = Duration::from_mins(1);

pub(super) async fn measure(part: &mut Part<'_>) -> Result<()> {
    part.quiet("a receiver of 200 ms").await?;
    let testbed = part.start_with_delay(&[ACCOUNT], DELAY).await?;
    testbed.notify(ACCOUNT, Some(testbed.receiver), &[]).await?;
    let mut ledger = Ledger::default();
    let cold = round(&testbed, &mut ledger).await?;
    part.add("slow.cold", cold);
    let began = Instant::now();
    let mut sent = 0;
    while sent < TO_GROW && began.elapsed() < LONGEST {
        round(&testbed, &mut ledger).await?;
        sent += 300;
    }
    let grown = round(&testbed, &mut ledger).await?;
    part.add("slow.grown", grown);
    part.finish(testbed, &ledger).await
}

/// 300 events at once, and how many per second were answered until the last had been.
async fn round(testbed: &Testbed, ledger: &mut Ledger) -> Result<f64> {
    let target = testbed.target(ACCOUNT);
    let load = load::closed(&[target], &testbed.journal, 16, Duration::from_secs(30), EVENTS).await?;
    let events = number(load.accepted.len());
    let last_arrived = ledger.drain(testbed, &load, 1).await?;
    // Arrivals are stamped before the receiver takes its time.
    Ok(events / (last_arrived + DELAY).as_secs_f64())
}
