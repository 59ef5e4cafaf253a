//! The kill loop: Ringpost is killed with SIGKILL at random moments under load, started again, and what it
//! has promised is checked from outside.
//!
//! The load client, the webhook receivers and the mail server write one [`journal`] here, in a process that is
//! never killed; the database is read when everything has come to rest. From both, [`check`] tells whether
//! the five invariants of delivery held:
//!
//! - I1: nothing that was answered 202 is lost, however often it was posted.
//! - I2: the receiver of a webhook delivery sees it at most once.
//! - I3: every delivery ends in one final state, in bounded time; only mails may wait for their next try.
//! - I4: `delivered` is said only of what a receiver took, and what a receiver took is never called failed.
//! - I5: mails are sent at least once, with one Message-ID each.
//!
//! Each delivery that waits is owned by the instance that accepted it. Nothing may wait for an owner that is gone:
//! this is asked when everything has come to rest, and again when every server has ended in order.
//!
//! `cargo test --test faults` runs 20 rounds on SQLite; with `RINGPOST_TEST_POSTGRES` set, 20 rounds with two
//! instances on PostgreSQL, and `--instances 3` with three. `--seed` chooses the moments, `--broken` shows that
//! builds which break an invariant are caught (needs `--features fault-injection`). The long run, once before a
//! release and on each engine, about an hour for each:
//!
//! ```text
//! cargo test --locked --test faults -- --rounds 500
//! RINGPOST_TEST_POSTGRES=postgres://… cargo test --locked --test faults -- --rounds 500
//! ```
#![cfg(test)]

mod broken;
mod check;
mod client;
mod http;
mod journal;
mod killer;
mod log;
mod options;
mod place;
mod receiver;
mod run;
mod server;
mod sink;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;

use options::Options;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let options = Options::parse();
    let Some(seed) = options.begin() else {
        println!("0 passed, 0 failed");
        return ExitCode::SUCCESS;
    };
    let limit = Duration::from_mins(5) + options.rounds * Duration::from_mins(1);
    let (passed, failed) = tokio::time::timeout(limit, async {
        if options.broken {
            broken::all_are_caught(&options, seed).await
        } else {
            run::and_tell(&options, seed).await
        }
    })
    .await
    .expect("the kill loop did not end in time");
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
