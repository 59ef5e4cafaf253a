//! A destination as it was read from the database.

use serde_json::{Map, Value};

use crate::db::destinations::DestinationRecord;
use crate::domain::kinds::{FieldShape, Kind};
use crate::error::{Error, Result};

/// A destination as it is stored, its secrets still sealed.
#[derive(Clone, Debug)]
pub struct StoredDestination {
    /// As it is stored.
    pub row: DestinationRecord,
    /// What it is.
    pub kind: Kind,
    /// The event keys it subscribes to.
    pub events: Vec<String>,
    /// Field name to the values that are let through.
    pub scopes: Map<String, Value>,
    /// The configuration with every secret redacted.
    pub redacted_config: Map<String, Value>,
}

impl StoredDestination {
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

impl TryFrom<DestinationRecord> for StoredDestination {
    type Error = Error;

    fn try_from(row: DestinationRecord) -> Result<Self> {
        Ok(Self {
            kind: row.kind,
            events: serde_json::from_str(&row.events).map_err(Error::internal)?,
            scopes: serde_json::from_str(&row.scopes).map_err(Error::internal)?,
            redacted_config: serde_json::from_str(&row.redacted_config).map_err(Error::internal)?,
            row,
        })
    }
}
