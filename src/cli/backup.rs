//! `ringpost backup` and `ringpost restore`.

use std::path::PathBuf;

use clap::Args;

use crate::access::{Caller, authorize_operator};
use crate::actions::backup;
use crate::config::Config;
use crate::domain::clock::Clock;
use crate::error::Result;

use super::{CommandContext, say};

#[derive(Args)]
pub(super) struct Backup {
    /// The file to make; it must not be there yet
    path: PathBuf,
}

impl Backup {
    pub(super) async fn run(self, config: &Config) -> Result<()> {
        let context = CommandContext::open(config, false).await?;
        let copied = backup::back_up(&context.records, &context.operator, &self.path).await?;
        let (path, key) = (self.path.display(), config.secret_key_file());
        say!("{path}: {} events, {} deliveries, checked.", copied.events, copied.deliveries)?;
        say!("Its secrets open with {} only, which is not in it: keep that apart.", key.display())?;
        Ok(())
    }
}

#[derive(Args)]
pub(super) struct Restore {
    /// What `ringpost backup` has made; without it, the database that is there is taken as restored, for example by
    /// `pg_restore`
    path: Option<PathBuf>,
    /// Send the mails that a restore has held
    #[arg(long, conflicts_with_all = ["path", "discard_mail"])]
    release_mail: bool,
    /// Give the mails up that a restore has held: they become unknown
    #[arg(long, conflicts_with = "path")]
    discard_mail: bool,
}

impl Restore {
    pub(super) async fn run(self, config: &Config) -> Result<()> {
        if self.release_mail || self.discard_mail {
            let context = CommandContext::open(config, false).await?;
            let (records, operator) = (&context.records, &context.operator);
            let (count, what) = if self.release_mail {
                (
                    backup::release_mail(records, operator).await?,
                    "are sent by the server that runs, or by the next start",
                )
            } else {
                (backup::discard_mail(records, operator).await?, "are unknown now and are not sent")
            };
            say!("{count} held mails {what}.")?;
            return Ok(());
        }
        let permit = authorize_operator(&Caller::CommandLine)?;
        let clock = Clock::system();
        let (deliveries, file) = backup::restore(config, &clock, &permit, self.path.as_deref()).await?;
        if let Some(file) = file {
            say!("{} is restored.", file.display())?;
        }
        say!(
            "{} webhooks that had not ended are unknown: they may have been sent since.",
            deliveries.unknown
        )?;
        say!(
            "{} mails are held: `ringpost restore --release-mail` sends them, `--discard-mail` does not.",
            deliveries.held
        )?;
        say!(
            "Everybody is signed out, and links to sign in are void. What was revoked or changed since the backup has to be revoked or changed again."
        )?;
        Ok(())
    }
}
