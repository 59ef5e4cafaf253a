//! `ringpost event send FILE`: what `POST /api/v1/events` does, from a shell.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};

use crate::actions::App;
use crate::config::Config;
use crate::domain::clock::Clock;
use crate::domain::event::{self, Event};
use crate::domain::field_errors::FieldError;
use crate::send::trust::Trust;

use super::{Outcome, error_text};

#[derive(Subcommand)]
pub(super) enum EventCommand {
    /// Accept one event; a running server sends it, else the next start does
    Send {
        /// A file with one JSON object, or - for standard input
        file: PathBuf,
    },
}

impl EventCommand {
    pub(super) async fn run(self, config: Config) -> Outcome {
        let Self::Send { file } = self;
        let body: Value = serde_json::from_str(&read(&file)?)
            .map_err(|error| format!("{} is not JSON: {error}", file.display()))?;
        let account_id = body
            .get("account_id")
            .and_then(Value::as_i64)
            .ok_or("account_id is missing or not an integer: send the account’s number")?;
        let app = App::build(config, Clock::system(), Trust::system()).await?;
        let settings = app.db.settings(account_id).await.map_err(error_text)?;
        let settings = settings.ok_or_else(|| format!("there is no account {account_id}"))?;
        let now = app.clock.now();
        let domain = app.config.platform_domain.as_deref();
        let accepted =
            event::parse(&app.catalog, body, &settings.account, domain, now).map_err(|errors| {
                let lines: Vec<String> = errors.iter().map(FieldError::sentence).collect();
                lines.join("\n          ")
            })?;
        let (id, key) = (app.clock.new_id(), accepted.key);
        let event = Event { id, account_id, key: key.clone(), payload: accepted.payload, accepted_at: now };
        let receipt = app.dispatch.accept(&settings, event, None).await.map_err(error_text)?;
        println!(
            "{}",
            json!({ "id": receipt.event_id, "event_type": key, "deliveries": receipt.deliveries })
        );
        Ok(())
    }
}

fn read(file: &Path) -> Result<String, String> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|mut opened| opened.read_to_string(&mut text))
    };
    read.map(|_| text).map_err(|error| format!("{} cannot be read: {error}", file.display()))
}
