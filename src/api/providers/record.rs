//! A destination as providers-api.txt prints it.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::actions::destinations::{SaveReport, StoredDestination};
use crate::domain::clock::from_ms;
use crate::domain::text;

/// The documented record, without the configuration.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    id: String,
    kind: &'static str,
    name: String,
    enabled: bool,
    created_at: String,
    updated_at: String,
}

/// The record with its redacted configuration.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    #[serde(flatten)]
    record: Record,
    config: Map<String, Value>,
    config_summary: String,
}

/// The answer to a change: the record, and warnings if there are any.
#[derive(Serialize)]
pub(super) struct Changed {
    #[serde(flatten)]
    record: Record,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

impl Record {
    fn of(kept: &StoredDestination) -> Self {
        Self {
            id: kept.row.uuid.clone(),
            kind: kept.kind.as_str(),
            name: kept.row.name.clone(),
            enabled: kept.row.enabled,
            created_at: text::rfc3339_millis(from_ms(kept.row.created_at)),
            updated_at: text::rfc3339_millis(from_ms(kept.row.updated_at)),
        }
    }
}

impl Shown {
    pub fn of(kept: &StoredDestination) -> Self {
        Self {
            record: Record::of(kept),
            config: kept.redacted_config.clone(),
            config_summary: kept.row.summary.clone(),
        }
    }
}

impl Changed {
    pub fn of(saved: &SaveReport) -> Self {
        Self { record: Record::of(&saved.destination), warnings: saved.warnings.clone() }
    }
}
