//! Who gets an event, and why not, for people: the plan of [`crate::domain::route`], and after it every target that
//! the plan does not name, each with its reason.

use serde_json::Value;

use super::destination::Destination;
use super::event::Event;
use super::route::{Planned, route};
use super::settings::Settings;

/// A target that an event causes no delivery to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The destination's number; none for the shared webhook.
    pub destination: Option<i64>,
    /// What it is called.
    pub name: String,
    /// What it is: `Webhook URL`, or a destination's kind.
    pub what: &'static str,
    /// Why.
    pub why: String,
}

/// Every possible target of an event.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// What accepting it writes down: sends, and skips by toggle, pause and unsubscription.
    pub plan: Vec<Planned>,
    /// What is not written down.
    pub left_out: Vec<LeftOut>,
}

/// Explains an event by the settings as they are. `title` is what people call it.
#[must_use]
pub fn explain(settings: &Settings, destinations: &[Destination], event: &Event, title: &str) -> Explanation {
    Explanation {
        plan: route(settings, destinations, event),
        left_out: left_out(settings, destinations, event, title),
    }
}

/// The targets that the plan does not name. Who gets the mails of a destination is of no interest here.
#[must_use]
pub fn left_out(
    settings: &Settings,
    destinations: &[Destination],
    event: &Event,
    title: &str,
) -> Vec<LeftOut> {
    let webhook = settings.webhook.is_none().then(|| LeftOut {
        destination: None,
        name: "Webhook URL".to_owned(),
        what: "Webhook URL",
        why: "No URL is saved".to_owned(),
    });
    let unwanted = destinations.iter().filter_map(|destination| {
        Some(LeftOut {
            destination: Some(destination.id),
            name: destination.name.clone(),
            what: destination.kind.spec().label,
            why: why_not(destination, event, title)?,
        })
    });
    webhook.into_iter().chain(unwanted).collect()
}

/// Why a destination does not want an event; `None` if it does.
fn why_not(destination: &Destination, event: &Event, title: &str) -> Option<String> {
    if !destination.events.contains(&event.key) {
        return Some(format!("Does not subscribe to {title}"));
    }
    let (field, allowed) = destination.scope_against(&event.payload)?;
    let is = event.payload.get(field).map_or_else(|| "nothing".to_owned(), Value::to_string);
    Some(format!("Only for {field} {allowed}; this event has {is}"))
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use jiff::Timestamp;
    use proptest::prelude::*;
    use serde_json::{Map, json};
    use uuid::Uuid;

    use super::*;
    use crate::domain::account::{Account, Contact};
    use crate::domain::clock::Clock;
    use crate::domain::kinds::Kind;
    use crate::domain::settings::{EventSettings, SharedWebhook};
    use crate::domain::values::{EmailAddress, EmailList};

    const PEOPLE: [&str; 4] =
        ["dana@acme.example", "ops@acme.example", "lee@acme.example", "pat@acme.example"];

    fn address(at: usize) -> EmailAddress {
        PEOPLE[at].parse().unwrap()
    }

    fn settings(url: bool, toggle: bool, listed: &[bool], gone: &[bool]) -> Settings {
        let chosen =
            |of: &[bool]| of.iter().enumerate().filter(|(_, yes)| **yes).map(|(at, _)| address(at)).collect();
        let list: EmailList = Vec::from_iter::<Vec<EmailAddress>>(chosen(listed)).into_iter().collect();
        let unsubscribed: Vec<EmailAddress> = chosen(gone);
        Settings {
            account: Account {
                id: 100,
                name: "Acme Corp".into(),
                environment: "prod-acme".into(),
                contact: Contact { name: "Dana Ito".into(), email: address(0) },
                failure_mails: true,
            },
            webhook: url
                .then(|| SharedWebhook { authority: "hooks.acme.example".into(), label: "label".into() }),
            events: HashMap::from([(
                "run_failed".to_owned(),
                EventSettings { send_webhook: toggle, subscribers: list },
            )]),
            unsubscribed: unsubscribed
                .iter()
                .map(|address| (address.folded(), Timestamp::UNIX_EPOCH))
                .collect(),
            unconfirmed: HashSet::new(),
        }
    }

    fn destination(id: i64, enabled: bool, subscribes: bool, scope: Option<i64>) -> Destination {
        let scopes = scope.map(|only| ("integration_id".to_owned(), json!([only])));
        Destination {
            id,
            kind: "webhook".parse::<Kind>().unwrap(),
            name: format!("the {id}"),
            summary: "example.com".to_owned(),
            recipients: Vec::new(),
            enabled,
            events: if subscribes { vec!["run_failed".to_owned()] } else { Vec::new() },
            scopes: scopes.into_iter().collect::<Map<_, _>>(),
        }
    }

    proptest! {
        /// Either planned, or with why not. That what is planned is what accept writes is for tests with a database.
        #[test]
        fn each_possible_target_is_explained_once(
            url: bool,
            toggle: bool,
            listed in prop::collection::vec(any::<bool>(), 4),
            gone in prop::collection::vec(any::<bool>(), 4),
            kept in prop::collection::vec((any::<bool>(), any::<bool>(), prop::option::of(42_i64..44)), 0..5),
        ) {
            let settings = settings(url, toggle, &listed, &gone);
            let destinations: Vec<Destination> = (1..).zip(&kept)
                .map(|(id, (enabled, subscribes, scope))| destination(id, *enabled, *subscribes, *scope))
                .collect();
            let payload = json!({ "integration_id": 42 }).as_object().unwrap().clone();
            let event = Event {
                id: Uuid::from_u128(1), account_id: 100, key: "run_failed".into(), payload,
                accepted_at: Clock::system().now(),
            };
            let explained = explain(&settings, &destinations, &event, "Run failed");
            for destination in &destinations {
                let planned = explained.plan.iter()
                    .filter(|planned| planned.target.destination_id() == Some(destination.id)).count();
                let left = explained.left_out.iter().filter(|left| left.destination == Some(destination.id)).count();
                prop_assert_eq!(planned + left, 1);
                prop_assert_eq!(planned == 1, destination.wants(&event.key, &event.payload));
            }
            prop_assert_eq!(explained.left_out.iter().any(|left| left.why == "No URL is saved"), !url);
        }
    }
}
