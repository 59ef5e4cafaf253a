//! `ringpost doctor`: what is wrong with an installation, and what to do about it.

use clap::Args;
use serde::Serialize;

use crate::access::{Caller, authorize_operator};
use crate::actions::doctor::{self, FindingHealth};
use crate::config::Config;
use crate::domain::clock::Clock;
use crate::error::{Error, Result};

use super::print_list;

#[derive(Args)]
pub(super) struct Doctor {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct FindingLine {
    check: &'static str,
    health: &'static str,
    text: String,
}

impl Doctor {
    pub(super) async fn run(self, config: &Config) -> Result<()> {
        let permit = authorize_operator(&Caller::CommandLine)?;
        let findings = doctor::examine(config, &Clock::system(), &permit).await;
        let failed: Vec<&str> = findings
            .iter()
            .filter(|found| found.health == FindingHealth::Failed)
            .map(|found| found.check)
            .collect();
        let failed = failed.join(", ");
        let line = |found: doctor::Finding| FindingLine {
            check: found.check,
            health: found.health.as_str(),
            text: found.text,
        };
        let lines: Vec<FindingLine> = findings.into_iter().map(line).collect();
        print_list(&lines, self.json, &["CHECK", "HEALTH", "FOUND"], |line| {
            vec![line.check.to_owned(), line.health.to_owned(), line.text.clone()]
        })?;
        if failed.is_empty() { Ok(()) } else { Err(Error::startup(format!("these checks failed: {failed}"))) }
    }
}
