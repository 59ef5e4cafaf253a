//! A webhook as a JSON:API resource; webhooks-api.txt, "Output Schema".

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::access::{Includes, MayRead, Permit};
use crate::actions::App;
use crate::actions::destinations::StoredDestination;
use crate::api::http::schemas::EventKey;
use crate::config::Config;
use crate::domain::account::Account;
use crate::domain::clock::from_ms;
use crate::domain::destination::REDACTED;
use crate::domain::text;
use crate::error::Result;

use super::attribute::{AccountAttribute, Attribute, WebhookField};
use super::links::SelfLink;
use super::scopes::Scopes;
use super::sparse_fields::SparseFields;

/// The documented type of a webhook.
pub(super) const TYPE: &str = "notification/webhooks";
/// What a webhook belongs to.
pub(super) const ACCOUNTS: &str = "accounts";

/// The one type of these resources.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub(super) enum WebhookType {
    #[serde(rename = "notification/webhooks")]
    Webhook,
}

/// The one type of what they belong to.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum AccountType {
    Accounts,
}

/// A webhook.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookResource {
    r#type: WebhookType,
    #[schema(pattern = "^[1-9][0-9]*$")]
    id: String,
    attributes: WebhookAttributes,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    relationships: Option<WebhookRelationships>,
    links: SelfLink,
}

/// All attributes, or those that were asked for.
#[derive(Clone, Default, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookAttributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub account_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// In full for admins; for others the host and a fingerprint.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub url: Option<String>,
    /// Redacted, but in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub secret: Option<String>,
    /// Keys of the events that it hears about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<EventKey>, required = false)]
    pub events: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Scopes, required = false)]
    pub scopes: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "date-time")]
    pub created_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "date-time")]
    pub updated_at: Option<String>,
}

/// What a webhook belongs to.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookRelationships {
    account: AccountRelationship,
}

/// The account of a webhook.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountRelationship {
    data: AccountIdentifier,
}

/// An account by type and id.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountIdentifier {
    r#type: AccountType,
    id: String,
}

/// An account, as it is included.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountResource {
    r#type: AccountType,
    id: String,
    attributes: AccountAttributes,
}

/// What is told of an included account.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountAttributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    environment: Option<String>,
}

impl WebhookAttributes {
    /// All of them. The URL is whole for admins only; the secret never is.
    pub fn of<G: Includes<MayRead>>(
        app: &App,
        permit: &Permit<G>,
        stored: &StoredDestination,
    ) -> Result<Self> {
        let url = app.destinations.url(permit, stored)?;
        let time = |ms: i64| Some(text::rfc3339(from_ms(ms)));
        Ok(Self {
            id: Some(stored.row.id),
            account_id: Some(stored.row.account_id),
            name: Some(stored.row.name.clone()),
            url,
            secret: stored.is_signed().then(|| REDACTED.to_owned()),
            events: Some(stored.events.clone()),
            scopes: Some(stored.scopes.clone()),
            created_at: time(stored.row.created_at),
            updated_at: time(stored.row.updated_at),
        })
    }

    /// An attribute that is a number.
    pub fn number(&self, attribute: Attribute) -> Option<i64> {
        match attribute {
            Attribute::Id => self.id,
            Attribute::AccountId => self.account_id,
            Attribute::Name
            | Attribute::Url
            | Attribute::Secret
            | Attribute::Events
            | Attribute::Scopes
            | Attribute::CreatedAt
            | Attribute::UpdatedAt => None,
        }
    }

    /// An attribute that is a text or a time.
    pub fn text(&self, attribute: Attribute) -> Option<&str> {
        let text = match attribute {
            Attribute::Name => &self.name,
            Attribute::Url => &self.url,
            Attribute::CreatedAt => &self.created_at,
            Attribute::UpdatedAt => &self.updated_at,
            Attribute::Id
            | Attribute::AccountId
            | Attribute::Secret
            | Attribute::Events
            | Attribute::Scopes => return None,
        };
        text.as_deref()
    }

    /// Leaves those that were asked for.
    fn keep(&mut self, fields: &[WebhookField]) {
        let is_kept = |attribute: &Attribute| fields.contains(&WebhookField::Attribute(*attribute));
        for attribute in Attribute::ALL.iter().filter(|attribute| !is_kept(attribute)) {
            match attribute {
                Attribute::Id => self.id = None,
                Attribute::AccountId => self.account_id = None,
                Attribute::Name => self.name = None,
                Attribute::Url => self.url = None,
                Attribute::Secret => self.secret = None,
                Attribute::Events => self.events = None,
                Attribute::Scopes => self.scopes = None,
                Attribute::CreatedAt => self.created_at = None,
                Attribute::UpdatedAt => self.updated_at = None,
            }
        }
    }
}

impl WebhookResource {
    /// With the fields that were asked for; all of them, if none were named.
    pub fn of(
        config: &Config,
        account: &Account,
        mut attributes: WebhookAttributes,
        fields: &SparseFields,
    ) -> Self {
        let id = attributes.id.map_or_else(String::new, |id| id.to_string());
        let named = fields.webhook.as_deref();
        if let Some(fields) = named {
            attributes.keep(fields);
        }
        let owner = named.is_none_or(|fields| fields.contains(&WebhookField::Account)).then(|| {
            let data = AccountIdentifier { r#type: AccountType::Accounts, id: account.id.to_string() };
            WebhookRelationships { account: AccountRelationship { data } }
        });
        let links = SelfLink::of_webhook(config, &id);
        Self { r#type: WebhookType::Webhook, id, attributes, relationships: owner, links }
    }

    /// Where it is.
    pub fn link(&self) -> SelfLink {
        self.links.clone()
    }
}

impl AccountResource {
    /// With the fields that were asked for; all of them, if none were named.
    pub fn of(account: &Account, fields: Option<&[AccountAttribute]>) -> Self {
        let keeps = |attribute| fields.is_none_or(|fields| fields.contains(&attribute));
        let attributes = AccountAttributes {
            name: keeps(AccountAttribute::Name).then(|| account.name.clone()),
            environment: keeps(AccountAttribute::Environment).then(|| account.environment.clone()),
        };
        Self { r#type: AccountType::Accounts, id: account.id.to_string(), attributes }
    }
}
