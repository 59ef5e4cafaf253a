//! A destination as it was read from the database.

use serde_json::{Map, Value};

use crate::db::destinations::DestinationRecord;
use crate::domain::destination::StoredConfig;
use crate::domain::history::SettingChange;
use crate::domain::kinds::{FieldShape, Kind};
use crate::error::{Error, Result};

/// In place of a summary.
const UNREADABLE: &str = "cannot be read";

/// A destination as it is stored, its secrets still sealed.
#[derive(Clone, Debug)]
pub struct StoredDestination {
    /// As it is stored.
    pub row: DestinationRecord,
    /// What it is.
    pub kind: Kind,
    /// Host, or the first address and "+n".
    pub summary: String,
    /// The event keys it subscribes to.
    pub events: Vec<String>,
    /// Field name to the values that are let through.
    pub scopes: Map<String, Value>,
    /// The configuration with every secret redacted.
    pub redacted_config: Map<String, Value>,
}

impl StoredDestination {
    /// What the history tells of it when it is deleted.
    pub(crate) fn told_deleted(&self) -> SettingChange {
        SettingChange::of_destination(self.row.id, &self.row.name, self.kind, false)
    }

    /// Whether a secret signs what it gets.
    #[must_use]
    pub(crate) fn is_signed(&self) -> bool {
        self.redacted(FieldShape::Secret).is_some()
    }

    /// The names of the headers that it gets.
    pub(crate) fn header_names(&self) -> impl Iterator<Item = &str> {
        let headers = self.redacted(FieldShape::Headers).and_then(Value::as_object);
        headers.into_iter().flat_map(Map::keys).map(String::as_str)
    }

    fn redacted(&self, shape: FieldShape) -> Option<&Value> {
        let mut fields = self.kind.spec().fields.iter().filter(|field| field.shape == shape);
        fields.find_map(|field| self.redacted_config.get(field.name))
    }
}

impl StoredDestination {
    /// What a row says. Of a kind that sends mails the rest is in its configuration: `opened` is that, or `None`
    /// if it cannot be opened, and then people still find the destination and can mend it.
    pub(super) fn of(
        row: DestinationRecord,
        opened: impl FnOnce(&DestinationRecord) -> Option<StoredConfig>,
    ) -> Result<Self> {
        let (summary, redacted_config) = if row.kind.sends_mails() {
            let opened = opened(&row).map(|opened| (opened.config.summary(), opened.config.redacted()));
            opened.unwrap_or_else(|| (UNREADABLE.to_owned(), Map::new()))
        } else {
            (row.summary.clone(), serde_json::from_str(&row.redacted_config).map_err(Error::internal)?)
        };
        Ok(Self {
            kind: row.kind,
            summary,
            events: serde_json::from_str(&row.events).map_err(Error::internal)?,
            scopes: serde_json::from_str(&row.scopes).map_err(Error::internal)?,
            redacted_config,
            row,
        })
    }
}
