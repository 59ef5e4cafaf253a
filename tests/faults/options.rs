//! The command line of the kill loop.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use super::place::on_postgres;

/// On PostgreSQL, an instance is known to be dead when it has been silent for 60 s.
const SETTLE_POSTGRES: u64 = 100;
const SETTLE_SQLITE: u64 = 30;

/// Kill Ringpost under load, start it again, and check what it has promised.
#[derive(Clone, Debug, Parser)]
pub struct Options {
    /// How often it is killed
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Chooses the moments and the receivers' moods; a random one by default
    #[arg(long)]
    seed: Option<u64>,
    /// Servers on one database; 2 by default on PostgreSQL, and always 1 on SQLite
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=3))]
    instances: Option<u8>,
    /// The program to kill, if not the one just built
    #[arg(long, default_value = env!("CARGO_BIN_EXE_ringpost"))]
    pub program: PathBuf,
    /// Seconds after the last start within which everything has to be in a final state
    #[arg(long)]
    settle_within: Option<u64>,
    /// Show that each deliberately broken build is caught
    #[arg(long)]
    pub broken: bool,
    /// Leave the folder with the logs and the database
    #[arg(long)]
    pub keep: bool,
    /// A name as cargo hands it to every test program; only `kill_loop` is here
    filter: Option<String>,
}

impl Options {
    /// Prints what is run, and answers the seed; `None` if the name of another test was asked for.
    pub fn begin(&self) -> Option<u64> {
        if self.filter.as_ref().is_some_and(|filter| !"kill_loop".contains(filter.as_str())) {
            return None;
        }
        let seed = self.seed.unwrap_or_else(rand::random);
        let engine = if on_postgres() { "PostgreSQL" } else { "SQLite" };
        println!("{} rounds on {engine}, {} server(s), --seed {seed}", self.rounds, self.instances());
        Some(seed)
    }

    pub fn instances(&self) -> usize {
        if on_postgres() { self.instances.unwrap_or(2).into() } else { 1 }
    }

    pub fn settle_within(&self) -> Duration {
        let default = if on_postgres() { SETTLE_POSTGRES } else { SETTLE_SQLITE };
        Duration::from_secs(self.settle_within.unwrap_or(default))
    }
}
