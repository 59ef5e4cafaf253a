//! The settings page's state as rules.

use serde_json::{Value, json};

use crate::actions::notifications::StoredSettings;
use crate::domain::catalog::Catalog;
use crate::domain::values::EmailAddress;

/// One webhook rule for the shared URL with its switched-on events, one email rule for each address with
/// its events. The URL is whole for those who may edit it.
pub(super) fn rules(catalog: &Catalog, stored: &StoredSettings, in_full: bool) -> Vec<Value> {
    let keys = || catalog.events().map(|event_type| event_type.key.as_str());
    let mut rules = Vec::new();
    if let Some(url) = &stored.url {
        let shown = if in_full { url.expose().to_owned() } else { url.label() };
        let events: Vec<&str> = keys().filter(|key| stored.settings.event(key).send_webhook).collect();
        rules.push(json!({ "type": "webhook", "url": shown, "events": events }));
    }
    let mut people: Vec<(EmailAddress, Vec<&str>)> = Vec::new();
    for key in keys() {
        for address in &stored.settings.event(key).subscribers {
            match people.iter_mut().find(|(known, _)| known == address) {
                Some((_, events)) => events.push(key),
                None => people.push((address.clone(), vec![key])),
            }
        }
    }
    rules.extend(
        people
            .into_iter()
            .map(|(address, events)| json!({ "type": "email", "email": address.as_str(), "events": events })),
    );
    rules
}
