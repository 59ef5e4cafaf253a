//! A destination as a row: the configuration sealed, and of mails nothing else of it.

use serde_json::{Map, Value};

use crate::db::destinations::DestinationRecord;
use crate::domain::destination::{Destination, StoredConfig, ValidDestination};
use crate::domain::history::SettingChange;
use crate::domain::kinds::Kind;
use crate::error::{Error, Result};
use crate::vault::Cell;

use super::{Destinations, StoredDestination};

impl Destinations {
    pub(super) fn open(&self, row: &DestinationRecord) -> Result<StoredConfig> {
        let opened = self.sender.open_destination(row.account_id, row.id, row.kind, &row.config);
        opened.map_err(Error::internal)
    }

    /// The configuration with its secrets in clear: not to be shown.
    pub(crate) fn exposed(&self, stored: &StoredDestination) -> Result<Map<String, Value>> {
        Ok(self.open(&stored.row)?.config.expose())
    }

    /// The row of a new destination, and what the history tells of it.
    pub(crate) async fn new_row(
        &self,
        account_id: i64,
        uuid: String,
        new: &ValidDestination,
    ) -> Result<(DestinationRecord, SettingChange)> {
        let id = self.db.next_destination_id().await?;
        let now = self.clock.now_ms();
        let stored = StoredConfig::new(new.config.clone());
        let row = self.row(empty(id, uuid, account_id, new.config.kind(), now), new, &stored)?;
        let told = SettingChange::of_destination(id, &row.name, row.kind, true);
        // What is made is not changed a millisecond later.
        Ok((DestinationRecord { updated_at: now, ..row }, told))
    }

    /// The row of a destination that was changed, and what the history tells of it; a secret that it had signs for a
    /// day more.
    pub(crate) fn replaced_row(
        &self,
        stored: &StoredDestination,
        new: &ValidDestination,
    ) -> Result<(DestinationRecord, Vec<SettingChange>)> {
        let before = self.open(&stored.row)?;
        let replaced = before.replaced_by(new.config.clone(), self.clock.now_ms());
        let is_other = before.config.expose() != new.config.expose();
        let was = ValidDestination {
            name: stored.row.name.clone(),
            enabled: stored.row.enabled,
            events: stored.events.clone(),
            scopes: stored.scopes.clone(),
            config: before.config,
        };
        let told = SettingChange::of_destination_fields(stored.row.id, &was, new);
        let row = self.row(stored.row.clone(), new, &replaced)?;
        let config_changed_at = if is_other { Some(row.updated_at) } else { row.config_changed_at };
        Ok((DestinationRecord { config_changed_at, ..row }, told))
    }

    fn row(
        &self,
        row: DestinationRecord,
        new: &ValidDestination,
        stored: &StoredConfig,
    ) -> Result<DestinationRecord> {
        let cell = Cell::DestinationConfig { account: row.account_id, id: row.id };
        let in_clear = !new.config.kind().sends_mails();
        Ok(DestinationRecord {
            kind: new.config.kind(),
            name: new.name.clone(),
            summary: if in_clear { new.config.summary() } else { String::new() },
            enabled: new.enabled,
            events: serde_json::to_string(&new.events).map_err(Error::internal)?,
            scopes: Value::Object(new.scopes.clone()).to_string(),
            config: self.vault.seal(cell, &stored.to_text()).map_err(Error::internal)?,
            redacted_config: if in_clear {
                Value::Object(new.config.redacted()).to_string()
            } else {
                String::new()
            },
            updated_at: self.clock.now_ms(),
            ..row
        })
    }

    pub(super) fn stored(&self, row: DestinationRecord) -> Result<StoredDestination> {
        StoredDestination::of(row, |row| match self.open(row) {
            Ok(opened) => Some(opened),
            Err(cause) => {
                tracing::error!(destination = row.id, %cause, "a configuration cannot be opened");
                None
            }
        })
    }

    /// As routing sees it, with the addresses of mails.
    pub(crate) fn routed(&self, stored: &StoredDestination) -> Result<Destination> {
        let destination = Destination::try_from(stored.row.clone())?;
        if !stored.kind.sends_mails() {
            return Ok(destination);
        }
        Ok(Destination { recipients: self.open(&stored.row)?.config.recipients().to_vec(), ..destination })
    }
}

/// A row with nothing in it yet but what never changes.
fn empty(id: i64, uuid: String, account_id: i64, kind: Kind, now: i64) -> DestinationRecord {
    DestinationRecord {
        id,
        uuid,
        account_id,
        kind,
        name: String::new(),
        summary: String::new(),
        enabled: true,
        events: String::new(),
        scopes: String::new(),
        config: String::new(),
        redacted_config: String::new(),
        created_at: now,
        updated_at: now,
        config_changed_at: None,
    }
}
