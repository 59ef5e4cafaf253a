//! An account's settings as they are.

use crate::access::{MayAdminister, Permit};
use crate::actions::destinations::StoredDestination;
use crate::actions::notifications::{self, StoredSettings};
use crate::actions::{App, accounts};
use crate::domain::settings_file::{DestinationBlock, EventBlock, SettingsFile};
use crate::error::Result;

/// All that a file tells of, as it is stored.
pub(super) struct CurrentSettings {
    pub stored: StoredSettings,
    pub destinations: Vec<StoredDestination>,
    /// All of it, with its secrets in clear: not to be shown.
    pub file: SettingsFile,
}

pub(super) async fn read(app: &App, permit: &Permit<MayAdminister>) -> Result<CurrentSettings> {
    let mut stored = notifications::load(app, permit).await?;
    // Not as the permit knows it: a plan that somebody else has overtaken is made anew of what is there now.
    stored.settings.account = accounts::current(app, permit).await?;
    let destinations = app.destinations.list(permit).await?;
    let account = &stored.settings.account;
    let events = app.catalog.events().map(|event_type| {
        let row = stored.settings.event(&event_type.key);
        (event_type.key.clone(), EventBlock::from(&row))
    });
    let blocks = destinations.iter().map(|stored| {
        Ok(DestinationBlock {
            id: Some(stored.row.uuid.clone()),
            kind: stored.kind.as_str().to_owned(),
            name: stored.row.name.clone(),
            enabled: stored.row.enabled,
            events: stored.events.clone(),
            scopes: stored.scopes.clone(),
            config: app.destinations.exposed(stored)?,
        })
    });
    let file = SettingsFile {
        account: Some(account.into()),
        webhook: Some(stored.url.as_ref().into()),
        events: events.collect(),
        destinations: blocks.collect::<Result<_>>()?,
        ..SettingsFile::new()
    };
    Ok(CurrentSettings { stored, destinations, file })
}
