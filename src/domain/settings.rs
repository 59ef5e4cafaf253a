//! What an account has chosen on its Notifications & Webhooks page.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::account::Account;
use super::delivery::Reason;
use super::text;
use super::values::{EmailAddress, EmailList};

/// The state of the settings page, without the webhook URL itself: who decides where a message goes
/// needs to know that there is one, not what it is.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The account, with its primary contact.
    pub account: Account,
    /// The shared webhook, if a URL is saved.
    pub webhook: Option<SharedWebhook>,
    /// Per event key; an event that was never saved has the default.
    pub events: HashMap<String, EventSettings>,
    /// Addresses (folded) that asked not to be written to any more, and since when.
    pub unsubscribed: HashMap<String, Timestamp>,
    /// Addresses (folded) that were asked whether they want mails, and have not said so yet.
    pub unconfirmed: HashSet<String>,
}

/// The part of the shared webhook that may be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedWebhook {
    /// Host and given port, the fairness lane and the log's short name.
    pub authority: String,
    /// Scheme, host and fingerprint, for people who may not see the URL.
    pub label: String,
}

/// One row of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventSettings {
    /// The Send Webhook toggle.
    pub send_webhook: bool,
    /// Who hears it besides the primary contact.
    pub subscribers: EmailList,
}

impl Settings {
    /// The row of one event; the default where nothing was saved.
    #[must_use]
    pub fn event(&self, key: &str) -> EventSettings {
        self.events.get(key).cloned().unwrap_or_default()
    }

    /// Why a listed address gets nothing.
    #[must_use]
    pub fn skip(&self, address: &EmailAddress) -> Option<Reason> {
        if self.is_unsubscribed(address) {
            Some(Reason::Unsubscribed)
        } else {
            self.is_unconfirmed(address).then_some(Reason::Unconfirmed)
        }
    }

    /// Whether any event lists an address.
    #[must_use]
    pub(crate) fn lists(&self, address: &EmailAddress) -> bool {
        self.events.values().any(|row| row.subscribers.iter().any(|listed| listed == address))
    }

    /// Whether an address has yet to say that it wants mails.
    #[must_use]
    pub fn is_unconfirmed(&self, address: &EmailAddress) -> bool {
        self.unconfirmed.contains(&address.folded())
    }

    /// Whether an address asked not to be written to.
    #[must_use]
    pub fn is_unsubscribed(&self, address: &EmailAddress) -> bool {
        self.unsubscribed.contains_key(&address.folded())
    }

    /// What there is to say of a skip beside its reason: since when an address has been unsubscribed.
    #[must_use]
    pub fn detail(&self, address: &EmailAddress) -> String {
        self.unsubscribed.get(&address.folded()).map_or_else(String::new, |since| text::day(*since))
    }
}
