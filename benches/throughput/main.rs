//! `cargo bench`: how fast the whole program is, beside the bare loops that nothing on this machine can beat.
//!
//! One process tree: this process makes the load and holds the receiver and the mail server, Ringpost is a
//! child of it, and so are the bare loops. So CPU and memory are the operating system's own figures for
//! Ringpost alone. Everything stays on the loopback interface and in fresh folders below `target/tmp`, and
//! Ringpost is set up through its documented doors only: commands, environment, APIs.
//!
//! ```sh
//! cargo bench                                # the quick set below, some ten minutes
//! cargo bench -- --postgres postgres://postgres@127.0.0.1:5432/postgres   # the same; makes databases, drops them
//! cargo bench -- --dead 64                   # a good account beside 64 receivers of another that never answer
//! cargo bench -- --dead 256                  # a good account beside 256 accounts with such a receiver each
//! cargo bench -- --slow                      # a receiver that takes 200 ms, 300 events
//! cargo bench -- --flood --seconds 60        # one account gets twice what can leave, another a trickle
//! cargo bench -- --mails                     # mails to a local sink
//! cargo bench -- --log-rows 1000000          # start, pages, their plans and CPU over a long log; 100,000 pending
//! cargo bench -- --accounts 10000            # CPU when each of many accounts is seldom heard of
//! cargo bench -- --chart                     # draws docs/bench.svg from target/bench.json; measures nothing
//! cargo bench -- --binary old/ringpost --binary target/release/ringpost   # two programs, turn by turn
//! ```
//!
//! What the quick set measures, three times each, on a fresh database each time:
//!
//! - the bare loops: POSTs to the same receiver by a hyper and by a reqwest loop, and an axum handler that parses
//!   the same JSON. Their figures move with the machine, so a ratio to them says more than a rate;
//! - a closed loop of 1, 8, 32 and 64 keep-alive connections that post `run_failed`, a webhook and a mail each:
//!   events accepted per second, events delivered per second from the first post to the last arrival, and CPU;
//! - an open loop of 50 and 400 events per second, each timed from when it was due to be posted, so that a stall
//!   is seen, to when the receiver had read its webhook;
//! - start to ready, and memory at the start, after a sign-in and at the peak.
//!
//! Each part waits for a quiet machine (at most `--quiet-wait` seconds) and says how busy it was. Every part ends
//! only when all that was accepted has arrived: a webhook or a mail that is lost or arrives twice ends the run
//! with exit code 1. Goals are printed beside the figures and fail nothing, for they depend on the machine.
//!
//! `--log-rows` fills the log with 90 days of two accounts, of which the one that is not looked at has most, and asks
//! for every filter, alone and with others, for what is rare and what there is none of, for searches, details and the
//! lists for programs: first while 50 events per second flow, then while none do. Then it asks how each statement of
//! these pages was run, and prints it: SQLite's own planner for the texts that the server has logged, PostgreSQL's
//! `auto_explain` for what it has run, for which its user has to be a superuser. A statement that reads all events or
//! deliveries, or all of an account, ends the run with exit code 1.
//!
//! `--repeat`, `--seconds` and `--quiet-wait` make a run shorter or surer; `-- --help` says the rest. PostgreSQL's
//! databases are called `ringpost_bench_…`: only a run that was broken off leaves one behind.
//!
//! The figures are printed as a table and written to `target/bench.json`, those of a mode of its own to
//! `target/bench-<mode>.json`.

mod bare;
mod chart;
mod client;
mod copies;
mod database;
mod drain;
mod figures;
mod flags;
mod goals;
mod grown_log;
mod journal;
mod load;
mod machine;
mod mail_sink;
mod modes;
mod payload;
mod receiver;
mod report;
mod server;
mod storage;
mod testbed;
mod timetable;

use std::process::ExitCode;

use clap::Parser as _;

use flags::Flags;

/// What anything here may fail with: it is printed and ends the run.
type BenchError = Box<dyn std::error::Error + Send + Sync>;
type Result<T, E = BenchError> = std::result::Result<T, E>;

fn main() -> ExitCode {
    let flags = Flags::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let work = async {
        match &flags.bare {
            Some(name) => bare::run(name, &flags).await.map(|()| true),
            None => modes::run(&flags).await,
        }
    };
    match runtime.block_on(work) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the benchmark could not be run: {error}");
            ExitCode::FAILURE
        }
    }
}
