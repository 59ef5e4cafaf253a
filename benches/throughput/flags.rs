//! What to measure.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;

/// `cargo bench -- [OPTIONS]`. Without a mode, the quick set.
#[derive(Parser)]
#[command(name = "throughput", about = "Measures Ringpost as a process, beside bare loops")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Flags {
    /// A program to measure instead of the one just built; repeat it to compare several
    #[arg(long, value_name = "PATH", env = "RINGPOST_BENCH_BINARY", value_delimiter = ',')]
    pub binary: Vec<PathBuf>,
    /// Measure on PostgreSQL: an address whose user may create databases
    #[arg(long, value_name = "URL")]
    pub postgres: Option<String>,
    /// Mode: so many receivers that never answer, beside a good account
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    pub dead: Option<u16>,
    /// Mode: a receiver that takes 200 ms
    #[arg(long)]
    pub slow: bool,
    /// Mode: one account posts twice what can leave, another a trickle
    #[arg(long)]
    pub flood: bool,
    /// Mode: mails only
    #[arg(long)]
    pub mails: bool,
    /// Mode: start and pages over so many stored deliveries
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1_000..=20_000_000))]
    pub log_rows: Option<u32>,
    /// Mode: so many accounts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(10..=100_000))]
    pub accounts: Option<u32>,
    /// Mode: draw docs/bench.svg from target/bench.json
    #[arg(long)]
    pub chart: bool,
    /// How often each figure is measured
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=20))]
    pub repeat: u8,
    /// How long each load lasts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=600))]
    pub seconds: u16,
    /// How many seconds to wait for a quiet machine before each part
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(0..=600))]
    pub quiet_wait: u16,
    /// Said by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
    /// Be a bare loop of another run of this program
    #[arg(long, hide = true, value_name = "NAME")]
    pub bare: Option<String>,
    /// Where the bare loop posts to
    #[arg(long, hide = true, default_value = "127.0.0.1:9")]
    pub address: std::net::SocketAddr,
    /// How many requests the bare loop has in flight
    #[arg(long, hide = true, default_value_t = 1)]
    pub in_flight: u16,
}

/// A program that is measured.
#[derive(Clone)]
pub struct Program {
    /// What the table calls it: the path as it was given.
    pub name: String,
    pub path: PathBuf,
}

impl Flags {
    pub fn programs(&self) -> Vec<Program> {
        if self.binary.is_empty() {
            let built = PathBuf::from(env!("CARGO_BIN_EXE_ringpost"));
            return vec![Program { name: "ringpost".to_owned(), path: built }];
        }
        let named = |path: &PathBuf| Program { name: path.display().to_string(), path: path.clone() };
        self.binary.iter().map(named).collect()
    }

    /// Whether anything but the quick set was asked for.
    pub fn is_special(&self) -> bool {
        let switched = self.slow || self.flood || self.mails;
        switched || self.dead.is_some() || self.log_rows.is_some() || self.accounts.is_some()
    }

    pub fn length(&self) -> Duration {
        Duration::from_secs(self.seconds.into())
    }

    /// Where the figures are written; the quick set has the plain name.
    pub fn json(&self) -> PathBuf {
        let switched = |on: bool, mode: &str| on.then(|| mode.to_owned());
        let modes = [
            self.dead.map(|count| format!("dead-{count}")),
            switched(self.slow, "slow"),
            switched(self.flood, "flood"),
            switched(self.mails, "mails"),
            self.accounts.map(|count| format!("accounts-{count}")),
            self.log_rows.map(|rows| format!("log-{rows}")),
            switched(self.postgres.is_some(), "postgres"),
        ];
        let name: Vec<String> =
            std::iter::once("bench".to_owned()).chain(modes.into_iter().flatten()).collect();
        target().join(format!("{}.json", name.join("-")))
    }
}

/// Cargo's target folder: on a disk, as a temporary folder of the system may not be.
pub fn target() -> &'static Path {
    let scratch = scratch();
    scratch.parent().unwrap_or(scratch)
}

/// Where databases of a run live.
pub fn scratch() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}
