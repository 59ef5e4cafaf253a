//! Receivers that never answer, beside an account whose receiver does.

use std::time::Duration;

use super::Part;
use crate::Result;
use crate::drain::Ledger;
use crate::journal::quantile;
use crate::load;
use crate::receiver::DeadReceivers;
use crate::testbed::Testbed;

const GOOD: i64 = 100;
/// The account of the dead receivers, or the first of as many accounts.
const DEAD: i64 = 1_000;
/// Up to here they are destinations of one account, which speak HTTPS only and stall in the handshake; past it, the
/// shared webhooks of an account each, which take the request and never answer it.
const OF_ONE_ACCOUNT: u16 = 64;
/// How many events each of them is given before the good account is looked at.
const EVENTS: u64 = 20;

pub(super) async fn measure(part: &mut Part<'_>, count: u16) -> Result<()> {
    part.quiet("a good account alone").await?;
    let dead = DeadReceivers::new(count)?;
    let owners = if count <= OF_ONE_ACCOUNT { 1 } else { i64::from(count) };
    let accounts: Vec<i64> = std::iter::once(GOOD).chain(DEAD..DEAD + owners).collect();
    let testbed = part.start(&accounts).await?;
    testbed.notify(GOOD, Some(testbed.receiver), &[]).await?;
    let mut ledger = Ledger::default();
    part.warm_up(&testbed, &mut ledger, GOOD).await?;
    let alone = trickle(part, &testbed, &mut ledger, ["dead.idle.p50", "dead.idle.p99"]).await?;

    for (number, address) in (DEAD..).zip(dead.addresses()?) {
        match owners {
            1 => testbed.add_webhook(DEAD, address).await?,
            _ => testbed.notify(number, Some(address), &[]).await?,
        }
    }
    for account in DEAD..DEAD + owners {
        let target = testbed.target(account);
        let load = load::closed(&[target], &testbed.journal, 1, Duration::from_secs(10), EVENTS).await?;
        ledger.expect_mails(&load, 1);
    }
    part.quiet(&format!("a good account beside {count} dead receivers")).await?;
    let beside = trickle(part, &testbed, &mut ledger, ["dead.p50", "dead.p99"]).await?;
    if let (Some(alone), Some(beside)) = (alone, beside) {
        part.add("dead.ratio", beside / alone);
    }
    part.add("dead.memory", testbed.server.usage()?.memory_mb);
    part.finish(testbed, &ledger).await
}

/// 50 events a second; their p99.
async fn trickle(
    part: &mut Part<'_>,
    testbed: &Testbed,
    ledger: &mut Ledger,
    [p50, p99]: [&'static str; 2],
) -> Result<Option<f64>> {
    let length = part.flags.length() * 3;
    let load = load::open(&testbed.target(GOOD), &testbed.journal, 50.0, length).await?;
    ledger.drain(testbed, &load, 1).await?;
    let waits = testbed.journal.waits(&load.accepted);
    part.add_some(p50, quantile(&waits, 0.5));
    part.add_some(p99, quantile(&waits, 0.99));
    Ok(quantile(&waits, 0.99))
}
