//! The lists of an account read by address: who gets mail about which events, and who does not want any.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::settings::Settings;
use super::values::EmailAddress;

/// One address of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// As it was written.
    pub address: EmailAddress,
    /// Whether it is the primary contact's, who hears about everything.
    pub is_primary: bool,
    /// Keys of the events that it is listed for, in the catalogue's order.
    pub events: Vec<String>,
    /// Whether mail goes there.
    pub subscription: ListedState,
}

/// Whether an address gets the mail of its lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListedState {
    /// It does.
    Active,
    /// Its owner was asked whether they want it, and has not said so yet.
    Unconfirmed,
    /// Its owner wants no more since then.
    Unsubscribed(Timestamp),
}

/// Everybody who is on a list or has unsubscribed: the primary contact first, the others by address.
/// `unsubscribed` says since when.
#[must_use]
pub fn roster(
    settings: &Settings,
    unsubscribed: &[(EmailAddress, Timestamp)],
    catalogue: &[&str],
) -> Vec<Listed> {
    let contact = &settings.account.contact.email;
    let since: HashMap<String, Timestamp> =
        unsubscribed.iter().map(|(address, since)| (address.folded(), *since)).collect();
    let mut lists: BTreeMap<String, (EmailAddress, Vec<String>)> = BTreeMap::new();
    for key in catalogue {
        for address in &settings.event(key).subscribers {
            let (_, events) = lists.entry(address.folded()).or_insert_with(|| (address.clone(), Vec::new()));
            events.push((*key).to_owned());
        }
    }
    for (address, _) in unsubscribed {
        lists.entry(address.folded()).or_insert_with(|| (address.clone(), Vec::new()));
    }
    let primary = Listed {
        address: contact.clone(),
        is_primary: true,
        events: catalogue.iter().map(|key| (*key).to_owned()).collect(),
        subscription: ListedState::Active,
    };
    // Whoever has become the primary contact since is not one of the others any more.
    lists.remove(&contact.folded());
    let others = lists.into_iter().map(|(folded, (address, events))| {
        let unconfirmed = settings.unconfirmed.contains(&folded).then_some(ListedState::Unconfirmed);
        let subscription = since.get(&folded).copied().map(ListedState::Unsubscribed).or(unconfirmed);
        let subscription = subscription.unwrap_or(ListedState::Active);
        Listed { address, is_primary: false, events, subscription }
    });
    std::iter::once(primary).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::{Account, Contact};
    use crate::domain::settings::EventSettings;

    fn address(text: &str) -> EmailAddress {
        text.parse().unwrap()
    }

    #[test]
    fn the_primary_contact_comes_first_and_everybody_else_once_by_address() {
        let contact = Contact { name: "Dana".to_owned(), email: address("dana@acme.example") };
        let account = Account {
            id: 100,
            name: "Acme".to_owned(),
            environment: "prod".to_owned(),
            contact,
            failure_mails: true,
        };
        let row = |list: &[&str]| EventSettings {
            send_webhook: false,
            subscribers: list.iter().map(|text| address(text)).collect(),
        };
        let settings = Settings {
            account,
            webhook: None,
            events: HashMap::from([
                ("sync_failed".to_owned(), row(&["OPS@acme.example", "dana@acme.example"])),
                ("run_failed".to_owned(), row(&["sam@acme.example", "ops@acme.example"])),
                ("gone".to_owned(), row(&["nobody@acme.example"])),
            ]),
            unsubscribed: HashMap::default(),
            unconfirmed: std::iter::once("sam@acme.example".to_owned()).collect(),
        };
        let unsubscribed = [
            (address("ops@acme.example"), Timestamp::UNIX_EPOCH),
            (address("lee@acme.example"), Timestamp::UNIX_EPOCH),
        ];
        let told = roster(&settings, &unsubscribed, &["run_failed", "sync_failed"]);
        let told: Vec<_> =
            told.iter().map(|one| (one.address.as_str(), one.events.len(), one.subscription)).collect();
        let gone = ListedState::Unsubscribed(Timestamp::UNIX_EPOCH);
        assert_eq!(
            told,
            [
                ("dana@acme.example", 2, ListedState::Active),
                ("lee@acme.example", 0, gone),
                ("ops@acme.example", 2, gone),
                ("sam@acme.example", 1, ListedState::Unconfirmed),
            ]
        );
    }
}
