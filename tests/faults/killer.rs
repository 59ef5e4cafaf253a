//! The kills: when, and of whom.

use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::StdRng;
use tokio::sync::watch;

use super::journal::{Entry, Journal, Tally};
use super::server::Server;

/// A load that stands still for this long is not one.
const STANDSTILL: Duration = Duration::from_secs(20);

/// What is counted towards a kill.
type Count = fn(&Tally) -> u64;
const MOMENTS: [(&str, Count); 5] = [
    ("posted event", |tally| tally.posted),
    ("acknowledged event", |tally| tally.acknowledged),
    ("webhook", |tally| tally.arrived),
    ("answer to a webhook", |tally| tally.answered),
    ("mail", |tally| tally.mails),
];

/// Waits for a random moment under load; the error says that there was none.
pub async fn wait(journal: &Journal, dice: &mut StdRng) -> Result<String, String> {
    let mut tally: watch::Receiver<Tally> = journal.tally();
    let (name, count) = MOMENTS[dice.random_range(0..MOMENTS.len())];
    let more = dice.random_range(10..60);
    let target = count(&tally.borrow_and_update()) + more;
    let reached = tally.wait_for(|tally| count(tally) >= target);
    let reached = tokio::time::timeout(STANDSTILL, reached).await.is_ok();
    if !reached {
        return Err(format!("{more} more of “{name}” did not come within {STANDSTILL:?}"));
    }
    // Not always in step with what was counted.
    tokio::time::sleep(Duration::from_micros(dice.random_range(0..8_000))).await;
    Ok(format!("{more} × {name}"))
}

/// Chooses whom to kill: one of them, or sometimes all at once.
pub fn choose(servers: &mut [Server], dice: &mut StdRng) -> Vec<usize> {
    let all: Vec<usize> = (0..servers.len()).collect();
    if dice.random_bool(0.2) { all } else { vec![dice.random_range(0..servers.len())] }
}

/// Kills them at once. Answers what had ended by itself before.
pub async fn kill(servers: &mut [Server], chosen: &[usize], journal: &Journal) -> Vec<String> {
    journal.write(Entry::Killing);
    let victims = servers.iter_mut().enumerate().filter(|(number, _)| chosen.contains(number));
    let ended = futures_util::future::join_all(victims.map(|(_, server)| server.kill())).await;
    journal.write(Entry::Killed);
    ended.into_iter().filter_map(Result::err).collect()
}
