//! `ringpost settings export|import`: an account's settings as a file, for version control.

use std::path::PathBuf;

use clap::Subcommand;

use crate::access::{MayAdminister, Permit};
use crate::actions::App;
use crate::actions::settings_file::{self, ImportOptions};
use crate::config::Config;
use crate::domain::clock::Clock;
use crate::domain::settings_file::SettingsFile;
use crate::error::{Error, Result};
use crate::send::trust::Trust;

use super::{event::read, say};

#[derive(Subcommand)]
pub(super) enum SettingsCommand {
    /// Print an account's settings as TOML: company, webhook, events, destinations
    Export {
        /// The account
        #[arg(long)]
        account: i64,
        /// Write secrets too, encrypted with this installation's key; without it, placeholders stand for them, and an
        /// import keeps what is stored
        #[arg(long)]
        encrypted_secrets: bool,
    },
    /// Make an account as a file says, all of it or nothing; what the file does not name stays
    Import {
        /// The account
        #[arg(long)]
        account: i64,
        /// The file, or - for standard input
        file: PathBuf,
        /// Only print what would change
        #[arg(long)]
        dry_run: bool,
        /// Delete the destinations that the file does not name
        #[arg(long)]
        prune: bool,
    },
}

impl SettingsCommand {
    pub(super) async fn run(self, config: Config) -> Result<()> {
        match self {
            Self::Export { account, encrypted_secrets } => {
                let (app, permit) = open(config, account).await?;
                say!("{}", settings_file::export(&app, &permit, encrypted_secrets).await?.trim_end())
            }
            Self::Import { account, file, dry_run, prune } => {
                let text = read(&file)?;
                let settings = SettingsFile::parse(&text)
                    .map_err(|error| Error::startup(format!("{}, {error}", file.display())))?;
                let (app, permit) = open(config, account).await?;
                import(&app, &permit, &settings, ImportOptions { dry_run, prune }).await
            }
        }
    }
}

async fn open(config: Config, account: i64) -> Result<(App, Permit<MayAdminister>)> {
    super::database(&config, false).await?;
    let app = App::build(config, Clock::system(), Trust::system()).await?;
    let permit = super::account(&app, account).await?;
    Ok((app, permit))
}

async fn import(
    app: &App,
    permit: &Permit<MayAdminister>,
    file: &SettingsFile,
    options: ImportOptions,
) -> Result<()> {
    let report = settings_file::import(app, permit, file, options).await?;
    for line in &report.differences {
        say!("{line}")?;
    }
    for warning in &report.warnings {
        say!("! {warning}")?;
    }
    for destination in &report.not_named {
        say!("  destination {destination} is not in the file and stays: --prune deletes it")?;
    }
    let account = permit.account.id;
    match (report.differences.len(), options.dry_run) {
        (0, _) => say!("Account {account} is as the file says.")?,
        (count, true) => say!("{count} differences; nothing was changed.")?,
        (count, false) => say!("{count} differences; account {account} is as the file says now.")?,
    }
    Ok(())
}
