//! Many accounts: what an event costs when each account is seldom heard of.

use super::Part;
use crate::drain::Ledger;
use crate::figures::number;
use crate::load::{self, Target};
use crate::testbed::Testbed;
use crate::{Result, copies};

const ACCOUNT: i64 = 100;
/// The number of the first copy.
const FIRST: i64 = 1_000_001;

/// Events make a mail and no webhook here: a webhook's URL is sealed for its account and cannot be copied.
pub(super) async fn measure(part: &mut Part<'_>, accounts: u32) -> Result<()> {
    part.quiet("one account").await?;
    let testbed = part.start(&[ACCOUNT]).await?;
    let mut ledger = Ledger::default();
    cpu(part, &testbed, &mut ledger, &[ACCOUNT]).await?;
    let one = cpu(part, &testbed, &mut ledger, &[ACCOUNT]).await?;
    part.add("accounts.one", one);
    let fill = async |storage: &_| copies::add_accounts(storage, ACCOUNT, FIRST, accounts).await;
    let testbed = testbed.restart(fill, &[]).await?;
    part.quiet(&format!("{accounts} accounts")).await?;
    let all: Vec<i64> = (FIRST..FIRST + i64::from(accounts)).collect();
    cpu(part, &testbed, &mut ledger, &[ACCOUNT]).await?;
    let many = cpu(part, &testbed, &mut ledger, &all).await?;
    part.add("accounts.many", many);
    part.add("accounts.growth", many / one);
    part.add("accounts.memory", testbed.server.usage()?.memory_mb);
    part.finish(testbed, &ledger).await
}

/// CPU of 1,000 events at eight connections, which are given different accounts at any time.
async fn cpu(part: &Part<'_>, testbed: &Testbed, ledger: &mut Ledger, accounts: &[i64]) -> Result<f64> {
    let targets: Vec<Target> = accounts.iter().map(|id| testbed.target(*id)).collect();
    let before = testbed.server.usage()?.cpu_ms;
    let load = load::closed(&targets, &testbed.journal, 8, part.flags.length(), u64::MAX).await?;
    ledger.expect_mails(&load, 1);
    ledger.wait(testbed).await;
    let spent = testbed.server.usage()?.cpu_ms - before;
    Ok(spent * 1_000.0 / number(load.accepted.len()).max(1.0))
}
