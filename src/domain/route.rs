//! Who gets an event, and why not: a pure function, used to accept events and to explain them.

use uuid::Uuid;

use super::delivery::{Delivery, Reason, State, Target, Trigger};
use super::destination::Destination;
use super::event::Event;
use super::settings::Settings;
use super::values::EmailAddress;

impl Destination {
    /// One target for a POST, one for each address for mails.
    #[must_use]
    pub fn targets(&self) -> Vec<Target> {
        Target::of_destination(Some(self.id), self.kind.channel(), &self.summary, &self.recipients)
    }
}

/// One line of the plan: a send, or a skip with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Where to.
    pub target: Target,
    /// Why not, if not.
    pub skip: Option<Reason>,
    /// What there is to say of that beside the reason: since when an address has been unsubscribed.
    pub detail: String,
}

impl From<Target> for Planned {
    /// A send.
    fn from(target: Target) -> Self {
        Self { target, skip: None, detail: String::new() }
    }
}

impl Planned {
    /// A send, or a skip that its reason says all of.
    #[must_use]
    pub fn unless(target: Target, skip: Option<Reason>) -> Self {
        Self { skip, ..Self::from(target) }
    }

    /// A subscriber, unless they have unsubscribed or have yet to confirm.
    #[must_use]
    pub fn subscriber(address: EmailAddress, settings: &Settings) -> Self {
        let (skip, detail) = (settings.skip(&address), settings.detail(&address));
        Self { target: Target::Subscriber(address), skip, detail }
    }

    /// Why nothing is sent, in a few words: `Unsubscribed on 3 Nov 2026`.
    #[must_use]
    pub fn why(&self) -> String {
        self.skip.map_or_else(String::new, |reason| reason.in_short(&self.detail))
    }

    /// The delivery that is written down for it: pending, or skipped at once.
    #[must_use]
    pub fn into_delivery(self, id: Uuid, event: &Event, trigger: Trigger) -> Delivery {
        let at = event.accepted_at;
        Delivery {
            id,
            account_id: event.account_id,
            event_id: event.id,
            event_key: event.key.clone(),
            trigger,
            target: self.target,
            state: if self.skip.is_some() { State::Skipped } else { State::Pending },
            reason: self.skip,
            status: None,
            detail: self.detail,
            attempt: 0,
            first_id: id,
            resend_of: None,
            resent_by: None,
            created_at: at,
            due_at: at,
            sent_at: None,
            finished_at: self.skip.map(|_| at),
            took: None,
        }
    }
}

/// Decides who gets `event`. The primary contact always; subscribers who have not unsubscribed and have
/// confirmed where they have to; the shared
/// webhook if a URL is saved and the toggle is on; destinations that subscribe and whose scopes match.
/// An account without a webhook URL plans nothing for it: there is no target to skip.
#[must_use]
pub fn route(settings: &Settings, destinations: &[Destination], event: &Event) -> Vec<Planned> {
    let row = settings.events.get(&event.key);
    let subscribers = row.map_or(0, |row| row.subscribers.len());
    let mut plan = Vec::with_capacity(2 + subscribers + destinations.len());
    if let Some(webhook) = &settings.webhook {
        let (authority, label) = (webhook.authority.clone(), webhook.label.clone());
        plan.push(Planned::unless(
            Target::SharedWebhook { authority, label },
            (!row.is_some_and(|row| row.send_webhook)).then_some(Reason::ToggleOff),
        ));
    }
    let primary = &settings.account.contact.email;
    plan.push(Target::PrimaryContact(primary.clone()).into());
    // The list is stored without the primary contact, but the contact may have changed since.
    let listed = row.into_iter().flat_map(|row| &row.subscribers);
    for address in listed.filter(|address| *address != primary) {
        plan.push(Planned::subscriber(address.clone(), settings));
    }
    for destination in destinations.iter().filter(|d| d.wants(&event.key, &event.payload)) {
        let skip = (!destination.enabled).then_some(Reason::Paused);
        plan.extend(destination.targets().into_iter().map(|target| Planned::unless(target, skip)));
    }
    plan
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use serde_json::json;

    use super::*;
    use crate::domain::account::{Account, Contact};
    use crate::domain::clock::Clock;
    use crate::domain::delivery::Channel;
    use crate::domain::settings::{EventSettings, SharedWebhook};
    use crate::domain::values::EmailList;

    fn address(text: &str) -> EmailAddress {
        text.parse().unwrap()
    }

    fn settings(send_webhook: bool, subscribers: &[&str]) -> Settings {
        let list: EmailList = subscribers.iter().map(|text| address(text)).collect();
        Settings {
            account: Account {
                id: 100,
                name: "Acme Corp".into(),
                environment: "prod-acme".into(),
                contact: Contact { name: "Dana Ito".into(), email: address("dana@acme.example") },
                failure_mails: true,
            },
            webhook: Some(SharedWebhook { authority: "hooks.acme.example".into(), label: "label".into() }),
            events: HashMap::from([(
                "run_failed".to_owned(),
                EventSettings { send_webhook, subscribers: list },
            )]),
            unsubscribed: HashMap::new(),
            unconfirmed: HashSet::new(),
        }
    }

    fn event() -> Event {
        let clock = Clock::system();
        let payload = json!({ "integration_id": 42 }).as_object().unwrap().clone();
        Event {
            id: clock.new_id(),
            account_id: 100,
            key: "run_failed".into(),
            payload,
            accepted_at: clock.now(),
        }
    }

    fn destination(enabled: bool, events: &[&str], scopes: &serde_json::Value) -> Destination {
        Destination {
            id: 7,
            kind: "slack".parse().unwrap(),
            name: "#ops".into(),
            summary: "hooks.slack.com".into(),
            recipients: Vec::new(),
            enabled,
            events: events.iter().map(|&e| e.to_owned()).collect(),
            scopes: scopes.as_object().unwrap().clone(),
        }
    }

    #[test]
    fn the_primary_contact_hears_everything_even_with_nothing_configured() {
        let mut settings = settings(false, &[]);
        settings.webhook = None;
        settings.events.clear();
        let plan = route(&settings, &[], &event());
        assert_eq!(plan, [Planned::from(Target::PrimaryContact(address("dana@acme.example")))]);
    }

    #[test]
    fn a_toggle_off_skips_the_webhook_and_says_why() {
        let plan = route(&settings(false, &[]), &[], &event());
        assert_eq!(plan[0].skip, Some(Reason::ToggleOff));
        assert_eq!(route(&settings(true, &[]), &[], &event())[0].skip, None);
    }

    #[test]
    fn a_subscriber_who_became_primary_contact_gets_one_mail() {
        let plan = route(&settings(true, &["DANA@acme.example", "ops@acme.example"]), &[], &event());
        let mails = plan.iter().filter(|p| p.target.channel() == Channel::Email).count();
        assert_eq!(mails, 2);
    }

    #[test]
    fn an_unsubscribed_address_is_skipped_but_the_primary_contact_never_is() {
        let mut settings = settings(true, &["ops@acme.example"]);
        let since = "2026-11-03T09:00:00Z".parse().unwrap();
        settings.unsubscribed =
            HashMap::from([("ops@acme.example".to_owned(), since), ("dana@acme.example".to_owned(), since)]);
        let plan = route(&settings, &[], &event());
        assert_eq!(plan[1].skip, None);
        assert_eq!(
            (plan[2].skip, plan[2].why().as_str()),
            (Some(Reason::Unsubscribed), "Unsubscribed on 3 Nov 2026")
        );
    }

    #[test]
    fn destinations_are_chosen_by_event_and_scope_and_skipped_while_paused() {
        let settings = settings(true, &[]);
        let planned = |d: Destination| route(&settings, &[d], &event()).into_iter().nth(2).map(|p| p.skip);
        assert_eq!(planned(destination(true, &["run_failed"], &json!({}))), Some(None));
        assert_eq!(planned(destination(false, &["run_failed"], &json!({}))), Some(Some(Reason::Paused)));
        assert_eq!(planned(destination(true, &["tenant_created"], &json!({}))), None);
        assert_eq!(
            planned(destination(true, &["run_failed"], &json!({ "integration_id": [42, 43] }))),
            Some(None)
        );
        assert_eq!(planned(destination(true, &["run_failed"], &json!({ "integration_id": [1] }))), None);
        assert_eq!(planned(destination(true, &["run_failed"], &json!({ "missing": [42] }))), None);
    }
}
