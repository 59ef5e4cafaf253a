//! The settings page's state as rules, and rules as they are sent.

use serde::Serialize;
use utoipa::ToSchema;

use crate::actions::notifications::StoredSettings;
use crate::api::http::schemas::{EventKey, SharedUrl};
use crate::domain::catalog::Catalog;
use crate::domain::text_enum::text_enum;
use crate::domain::values::EmailAddress;

/// The rules as they are now.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NotificationRules {
    notifications: Vec<NotificationRule>,
    /// Only there when something was saved that deliveries will not reach.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(min_items = 1)]
    pub warnings: Vec<String>,
}

/// Who hears about which events.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(discriminator(property_name = "type", mapping(
    ("webhook" = "#/components/schemas/WebhookRule"),
    ("email" = "#/components/schemas/EmailRule"),
)))]
enum NotificationRule {
    Webhook(WebhookRule),
    Email(EmailRule),
}

/// The account's single URL.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookRule {
    #[schema(inline)]
    r#type: WebhookRuleType,
    /// Whole for those who may edit it; for others the host and a fingerprint.
    url: String,
    #[schema(value_type = Vec<EventKey>)]
    events: Vec<String>,
}

/// One subscriber.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EmailRule {
    #[schema(inline)]
    r#type: EmailRuleType,
    #[schema(value_type = EmailAddress)]
    email: String,
    #[schema(value_type = Vec<EventKey>, min_items = 1)]
    events: Vec<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum WebhookRuleType {
    Webhook,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum EmailRuleType {
    Email,
}

/// How the notifications of a rule leave.
#[derive(Clone, Copy, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum RuleType {
    Webhook,
    Email,
}
text_enum!(RuleType { Webhook => "webhook", Email => "email" });

impl RuleType {
    /// The field that says where to.
    pub fn target(self) -> &'static str {
        match self {
            Self::Webhook => "url",
            Self::Email => "email",
        }
    }
}

/// All rules of an account.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its fields are read one by one, so that each refusal is a sentence")]
pub(super) struct NotificationRulesInput {
    notifications: Vec<NotificationRuleInput>,
}

/// Who is to hear about which events.
#[derive(ToSchema)]
#[serde(untagged)]
#[schema(discriminator(property_name = "type", mapping(
    ("webhook" = "#/components/schemas/WebhookRuleInput"),
    ("email" = "#/components/schemas/EmailRule"),
)))]
#[expect(dead_code, reason = "its fields are read one by one, so that each refusal is a sentence")]
enum NotificationRuleInput {
    Webhook(WebhookRuleInput),
    Email(EmailRule),
}

/// The account's single URL.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its fields are read one by one, so that each refusal is a sentence")]
struct WebhookRuleInput {
    #[schema(inline)]
    r#type: WebhookRuleType,
    #[schema(value_type = SharedUrl)]
    url: String,
    #[schema(value_type = Vec<EventKey>)]
    events: Vec<String>,
}

impl NotificationRules {
    /// One webhook rule for the shared URL with its switched-on events, one email rule for each address with
    /// its events. The URL is whole for those who may edit it.
    pub fn of(catalog: &Catalog, stored: &StoredSettings, in_full: bool) -> Self {
        let keys = || catalog.events().map(|event_type| event_type.key.as_str());
        let mut notifications = Vec::new();
        if let Some(url) = &stored.url {
            let url = if in_full { url.expose().to_owned() } else { url.label() };
            let switched_on = keys().filter(|key| stored.settings.event(key).send_webhook);
            let events = switched_on.map(ToOwned::to_owned).collect();
            let rule = WebhookRule { r#type: WebhookRuleType::Webhook, url, events };
            notifications.push(NotificationRule::Webhook(rule));
        }
        let rules = people(catalog, stored).into_iter().map(|(address, events)| {
            let email = address.as_str().to_owned();
            NotificationRule::Email(EmailRule { r#type: EmailRuleType::Email, email, events })
        });
        notifications.extend(rules);
        Self { notifications, warnings: Vec::new() }
    }
}

/// Every subscriber with the events that they hear about, in the order of the page.
fn people(catalog: &Catalog, stored: &StoredSettings) -> Vec<(EmailAddress, Vec<String>)> {
    let mut people: Vec<(EmailAddress, Vec<String>)> = Vec::new();
    for key in catalog.events().map(|event_type| &event_type.key) {
        for address in &stored.settings.event(key).subscribers {
            match people.iter_mut().find(|(known, _)| known == address) {
                Some((_, events)) => events.push(key.clone()),
                None => people.push((address.clone(), vec![key.clone()])),
            }
        }
    }
    people
}
