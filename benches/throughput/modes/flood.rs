//! One account is given twice what can leave, while another gets a trickle.

use super::Part;
use crate::Result;
use crate::drain::Ledger;
use crate::figures::number;
use crate::journal::quantile;
use crate::load;

const FLOODED: i64 = 100;
const TRICKLE: i64 = 200;

pub(super) async fn measure(part: &mut Part<'_>) -> Result<()> {
    part.quiet("capacity before the flood").await?;
    let testbed = part.start(&[FLOODED, TRICKLE]).await?;
    testbed.notify(FLOODED, Some(testbed.receiver), &[]).await?;
    testbed.notify(TRICKLE, Some(testbed.receiver), &[]).await?;
    let mut ledger = Ledger::default();
    part.warm_up(&testbed, &mut ledger, FLOODED).await?;
    let (flooded, trickle) = (testbed.target(FLOODED), testbed.target(TRICKLE));
    let load =
        load::closed(std::slice::from_ref(&flooded), &testbed.journal, 64, part.flags.length(), u64::MAX)
            .await?;
    let took = ledger.drain(&testbed, &load, 1).await?;
    let capacity = number(load.accepted.len()) / took.as_secs_f64();
    part.add("flood.capacity", capacity);

    part.quiet("a flood beside a trickle").await?;
    let (length, journal) = (part.flags.length(), &testbed.journal);
    let (flood, trickle) = tokio::join!(
        load::open(&flooded, journal, 2.0 * capacity, length),
        load::open(&trickle, journal, 20.0, length),
    );
    let (flood, trickle) = (flood?, trickle?);
    ledger.drain(&testbed, &trickle, 1).await?;
    let took = ledger.drain(&testbed, &flood, 1).await?;
    part.say_refused(&flood);
    part.say_refused(&trickle);
    part.add("flood.accepted", flood.rate());
    part.add("flood.share", flood.rate() / capacity);
    if let Some(oldest) = quantile(&testbed.journal.waits(&flood.accepted), 1.0) {
        part.add("flood.oldest", oldest / 1_000.0);
        part.add("flood.behind", oldest / 1_000.0 / took.as_secs_f64());
    }
    part.add("flood.overtaken", number(testbed.journal.delayed_places(&flood.accepted)));
    let waits = testbed.journal.waits(&trickle.accepted);
    part.add_some("trickle.p50", quantile(&waits, 0.5));
    part.add_some("trickle.p99", quantile(&waits, 0.99));
    part.finish(testbed, &ledger).await
}
