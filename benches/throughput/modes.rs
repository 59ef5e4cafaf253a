//! What is measured: the quick set, or the modes that were asked for.

mod accounts;
mod dead;
mod flood;
mod log;
mod mails;
mod quick;
mod slow;

use std::time::Duration;

use crate::drain::{Faults, Ledger};
use crate::figures::Figures;
use crate::flags::{Flags, Program};
use crate::load::{self, Load};
use crate::storage::Storage;
use crate::testbed::Testbed;
use crate::{Result, bare, chart, machine, report};

/// Runs all that was asked for; whether everything arrived once.
pub async fn run(flags: &Flags) -> Result<bool> {
    if flags.chart {
        chart::draw()?;
        return Ok(true);
    }
    std::fs::create_dir_all(crate::flags::scratch())?;
    let programs = flags.programs();
    let mut figures = Figures::default();
    let special = flags.is_special();
    for repetition in 1..=flags.repeat {
        println!("\nrepetition {repetition} of {}", flags.repeat);
        if !special {
            bare::measure(flags, &mut figures).await?;
        }
        if flags.mails {
            bare::measure_mails(flags, &mut figures).await?;
        }
        for program in &programs {
            let mut part = Part { flags, program, figures: &mut figures };
            if !special {
                quick::measure(&mut part).await?;
            }
            if let Some(dead) = flags.dead {
                dead::measure(&mut part, dead).await?;
            }
            if flags.slow {
                slow::measure(&mut part).await?;
            }
            if flags.flood {
                flood::measure(&mut part).await?;
            }
            if flags.mails {
                mails::measure(&mut part).await?;
            }
            if let Some(accounts) = flags.accounts {
                accounts::measure(&mut part, accounts).await?;
            }
            if let Some(rows) = flags.log_rows {
                log::measure(&mut part, rows).await?;
            }
        }
    }
    report::write(flags, &programs, &figures)?;
    Ok(figures.faults.is_clean())
}

/// One program in one repetition.
struct Part<'a> {
    flags: &'a Flags,
    program: &'a Program,
    figures: &'a mut Figures,
}

impl Part<'_> {
    fn add(&mut self, key: &'static str, value: f64) {
        self.figures.add(&self.program.name, key, value);
    }

    fn add_some(&mut self, key: &'static str, value: Option<f64>) {
        self.figures.add_some(&self.program.name, key, value);
    }

    /// A server with these accounts and a receiver that answers at once.
    async fn start(&self, accounts: &[i64]) -> Result<Testbed> {
        self.start_with_delay(accounts, Duration::ZERO).await
    }

    /// The same with a receiver that takes its time.
    async fn start_with_delay(&self, accounts: &[i64], delay: Duration) -> Result<Testbed> {
        let storage = Storage::fresh(self.flags.postgres.as_deref()).await?;
        Testbed::start(self.program, storage, accounts, delay).await
    }

    /// Waits for a quiet machine, and says what comes next.
    async fn quiet(&mut self, what: &str) -> Result<()> {
        let busy = machine::quiet(Duration::from_secs(self.flags.quiet_wait.into())).await?;
        println!("{}, {what}: {busy}", self.program.name);
        self.add("busy", busy.percent);
        Ok(())
    }

    /// Refusals are no loss, but a rate that was reached with them is not the whole truth.
    fn say_refused(&self, load: &Load) {
        if load.refused > 0 {
            println!("{}: {} events were refused (429 or 503)", self.program.name, load.refused);
        }
    }

    /// Lets a server do its first things before anything is measured.
    async fn warm_up(&self, testbed: &Testbed, ledger: &mut Ledger, account: i64) -> Result<()> {
        let target = testbed.target(account);
        let load = load::closed(&[target], &testbed.journal, 8, Duration::from_millis(500), 500).await?;
        ledger.drain(testbed, &load, 1).await.map(drop)
    }

    /// Ends a server whose events have all been waited for.
    async fn finish(&mut self, testbed: Testbed, ledger: &Ledger) -> Result<()> {
        let faults = ledger.faults(&testbed).await;
        if !faults.is_clean() {
            println!("{}: {} LOST, {} DOUBLED", self.program.name, faults.lost, faults.doubled);
        }
        self.note(faults);
        testbed.finish().await
    }

    fn note(&mut self, faults: Faults) {
        self.figures.faults = self.figures.faults.and(faults);
    }
}
