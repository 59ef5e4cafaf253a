//! Mails only: an event with no webhook and many subscribers.

use super::Part;
use crate::Result;
use crate::drain::Ledger;
use crate::figures::number;
use crate::load;

const ACCOUNT: i64 = 100;
/// The primary contact and nineteen subscribers.
const MAILS: usize = 20;

pub(super) async fn measure(part: &mut Part<'_>) -> Result<()> {
    part.quiet("mails").await?;
    let testbed = part.start(&[ACCOUNT]).await?;
    let subscribers: Vec<String> = (1..MAILS).map(|person| format!("person-{person}@acme.example")).collect();
    testbed.notify(ACCOUNT, None, &subscribers).await?;
    let mut ledger = Ledger::default();
    for (events, measured) in [(10, false), (1_000, true)] {
        let (target, before) = (testbed.target(ACCOUNT), testbed.server.usage()?.cpu_ms);
        let load = load::closed(&[target], &testbed.journal, 8, part.flags.length(), events).await?;
        ledger.expect_mails(&load, MAILS);
        ledger.wait(&testbed).await;
        let last = testbed.mailbox.latest().unwrap_or(load.ended);
        let mails = number(load.accepted.len() * MAILS);
        let spent = testbed.server.usage()?.cpu_ms - before;
        if measured {
            part.add("mails", mails / last.saturating_duration_since(load.began).as_secs_f64());
            part.add("mails.cpu", spent * 1_000.0 / mails.max(1.0));
        }
    }
    part.finish(testbed, &ledger).await
}
