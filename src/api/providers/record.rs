//! A destination as providers-api.txt prints it.

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::actions::destinations::{SaveReport, StoredDestination};
use crate::domain::clock::from_ms;
use crate::domain::kinds::Kind;
use crate::domain::text;

use super::kinds::{ByKind, ConfigUse, KindBody, example};

/// A destination with its redacted configuration.
pub(super) type Provider = ByKind<ProviderBody>;

/// A destination, its secrets redacted.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ProviderBody {
    #[schema(format = "uuid")]
    id: String,
    kind: &'static str,
    name: String,
    enabled: bool,
    #[schema(format = "date-time")]
    created_at: String,
    #[schema(format = "date-time")]
    updated_at: String,
    #[schema(value_type = Object)]
    config: Map<String, Value>,
    /// The host, or the first address and how many more.
    config_summary: String,
}

/// The answer to a change: the record without its configuration, and warnings if there are any.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ProviderRecord {
    #[schema(format = "uuid")]
    id: String,
    #[schema(value_type = Kind)]
    kind: &'static str,
    name: String,
    enabled: bool,
    #[schema(format = "date-time")]
    created_at: String,
    #[schema(format = "date-time")]
    updated_at: String,
    /// Only there when something was saved that deliveries will not reach.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(min_items = 1)]
    warnings: Vec<String>,
}

/// All destinations of an account, and which kinds there are.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderList {
    data: Vec<Provider>,
    kinds: Vec<ProviderKind>,
}

/// A kind of destination.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProviderKind {
    #[schema(value_type = Kind)]
    kind: &'static str,
    display_name: &'static str,
}

impl Provider {
    /// As it is stored.
    pub fn of(stored: &StoredDestination) -> Self {
        let ProviderRecord { id, kind, name, enabled, created_at, updated_at, .. } =
            ProviderRecord::of(stored, Vec::new());
        let (config, config_summary) = (stored.redacted_config.clone(), stored.summary.clone());
        Self(ProviderBody { id, kind, name, enabled, created_at, updated_at, config, config_summary })
    }
}

impl ProviderRecord {
    fn of(stored: &StoredDestination, warnings: Vec<String>) -> Self {
        Self {
            id: stored.row.uuid.clone(),
            kind: stored.kind.as_str(),
            name: stored.row.name.clone(),
            enabled: stored.row.enabled,
            created_at: text::rfc3339_millis(from_ms(stored.row.created_at)),
            updated_at: text::rfc3339_millis(from_ms(stored.row.updated_at)),
            warnings,
        }
    }
}

impl ProviderRecord {
    /// Any record.
    pub fn example() -> Option<Self> {
        Kind::ALL.first().copied().map(Self::example_of)
    }

    fn example_of(kind: Kind) -> Self {
        Self {
            id: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee".to_owned(),
            kind: kind.as_str(),
            name: "#ops-alerts".to_owned(),
            enabled: true,
            created_at: "2026-04-17T10:00:00.000Z".to_owned(),
            updated_at: "2026-04-17T10:00:00.000Z".to_owned(),
            warnings: Vec::new(),
        }
    }
}

impl From<SaveReport> for ProviderRecord {
    fn from(saved: SaveReport) -> Self {
        Self::of(&saved.destination, saved.warnings)
    }
}

impl ProviderList {
    /// In the order in which they are stored.
    pub fn of(stored: &[StoredDestination]) -> Self {
        let kind = |kind: &Kind| ProviderKind { kind: kind.as_str(), display_name: kind.spec().display_name };
        Self { data: stored.iter().map(Provider::of).collect(), kinds: Kind::ALL.iter().map(kind).collect() }
    }
}

impl KindBody for ProviderBody {
    const USE: ConfigUse = ConfigUse::Redacted;

    fn name_of(kind: &str) -> String {
        format!("{kind}Provider")
    }

    fn example(kind: Kind) -> Value {
        let ProviderRecord { id, kind: word, name, enabled, created_at, updated_at, .. } =
            ProviderRecord::example_of(kind);
        let config = example(kind, Self::USE);
        let config_summary = "example.com".to_owned();
        json!(Self { id, kind: word, name, enabled, created_at, updated_at, config, config_summary })
    }
}
