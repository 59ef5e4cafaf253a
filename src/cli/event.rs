//! `ringpost event send FILE`: what `POST /api/v1/events` does, from a shell.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use crate::actions::App;
use crate::actions::events::{self, EventInput, EventReceipt};
use crate::config::Config;
use crate::domain::clock::Clock;
use crate::domain::text::not_json;
use crate::domain::trouble::trouble;
use crate::error::{Error, Result};
use crate::send::trust::Trust;

use crate::cli::say;

#[derive(Subcommand)]
pub(super) enum EventCommand {
    /// Accept one event; a running server sends it, else the next start does
    Send {
        /// A file with one JSON object, or - for standard input
        file: PathBuf,
    },
}

impl EventCommand {
    pub(super) async fn run(self, config: Config) -> Result<()> {
        let Self::Send { file } = self;
        let body = serde_json::from_str(&read(&file)?)
            .map_err(|error| Error::startup(not_json(&file.display().to_string(), &error)))?;
        let input = EventInput::parse(body)?;
        super::database(&config, false).await?;
        let app = App::build(config, Clock::system(), Trust::system()).await?;
        let permit = super::account(&app, input.account_id).await?;
        let EventReceipt { id, event_type, deliveries } = events::accept(&app, permit, input, None).await?;
        say!("{}", json!({ "id": id, "event_type": event_type, "deliveries": deliveries }))?;
        Ok(())
    }
}

/// What a file holds, or standard input for `-`.
pub(super) fn read(file: &Path) -> Result<String> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|mut opened| opened.read_to_string(&mut text))
    };
    let unreadable =
        |error| Error::startup(format!("{} cannot be read: {}", file.display(), trouble(&error)));
    read.map(|_| text).map_err(unreadable)
}
