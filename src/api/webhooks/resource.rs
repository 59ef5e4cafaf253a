//! A webhook as a JSON:API resource; webhooks-api.txt, "Output Schema".

use serde_json::{Map, Value, json};

use crate::access::{Gate, Permit};
use crate::actions::App;
use crate::actions::destinations::StoredDestination;
use crate::domain::account::Account;
use crate::domain::clock::from_ms;
use crate::domain::destination::REDACTED;
use crate::domain::role::Permission;
use crate::domain::text;
use crate::error::Result;

use super::sparse_fields::SparseFields;

/// The documented type.
pub(super) const TYPE: &str = "notification/webhooks";
/// What a webhook belongs to.
pub(super) const ACCOUNTS: &str = "accounts";
/// The documented attributes.
pub(super) const ATTRIBUTES: [&str; 9] =
    ["id", "account_id", "name", "url", "secret", "events", "scopes", "created_at", "updated_at"];
/// What is told of an included account.
pub(super) const ACCOUNT_ATTRIBUTES: [&str; 3] = ["id", "name", "environment"];

/// All attributes. The URL is whole for admins only; the secret never is.
pub(super) fn attributes<G: Gate>(
    app: &App,
    permit: &Permit<G>,
    kept: &StoredDestination,
) -> Result<Map<String, Value>> {
    let url = if permit.role.may(Permission::Administer) {
        app.destinations.full_url(kept)?
    } else {
        app.destinations.url_label(kept)?
    };
    let time = |ms: i64| json!(text::rfc3339(from_ms(ms)));
    let secret = kept.is_signed().then(|| json!(REDACTED));
    let attributes = [
        ("id", Some(json!(kept.row.id))),
        ("account_id", Some(json!(kept.row.account_id))),
        ("name", Some(json!(kept.row.name))),
        ("url", Some(json!(url))),
        ("secret", secret),
        ("events", Some(json!(kept.events))),
        ("scopes", Some(json!(kept.scopes))),
        ("created_at", Some(time(kept.row.created_at))),
        ("updated_at", Some(time(kept.row.updated_at))),
    ];
    Ok(attributes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}

/// The resource with the fields that were asked for.
pub(super) fn resource(mut attributes: Map<String, Value>, shape: &SparseFields) -> Value {
    let id = attributes.get("id").map(ToString::to_string);
    let account_id = attributes.get("account_id").map(ToString::to_string);
    shape.trim(TYPE, &mut attributes);
    json!({
        "type": TYPE,
        "id": id,
        "attributes": attributes,
        "relationships": { "account": { "data": { "type": ACCOUNTS, "id": account_id } } },
    })
}

/// The account, as it is included.
pub(super) fn account(account: &Account, shape: &SparseFields) -> Value {
    let mut attributes = Map::new();
    attributes.insert("id".to_owned(), json!(account.id));
    attributes.insert("name".to_owned(), json!(account.name));
    attributes.insert("environment".to_owned(), json!(account.environment));
    shape.trim(ACCOUNTS, &mut attributes);
    json!({ "type": ACCOUNTS, "id": account.id.to_string(), "attributes": attributes })
}
