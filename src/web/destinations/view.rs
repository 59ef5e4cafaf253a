//! What the Destinations tab shows.

use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;

use crate::domain::kinds::{FieldShape, Kind};
use crate::domain::role::Permission;
use crate::web::icon::Icon;
use crate::web::page::{Badge, Choice, DaySummary, Link, Shell, TestResult, Tone, When};

/// The list. Everybody reads it, only admins find something to press.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "destinations/list.html")]
pub struct DestinationsPage {
    /// Title `Destinations`, tab `destinations`.
    pub shell: Shell,
    /// The oldest first.
    pub destinations: Vec<DestinationRow>,
    /// How far the test is that was sent from here.
    pub result: Option<TestResult>,
}

/// One destination of the list.
#[derive(Clone, Debug)]
pub struct DestinationRow {
    /// What its path ends in: `destinations/{id}`.
    pub id: i64,
    /// The administrator's name for it.
    pub name: String,
    /// What its kind is called.
    pub kind: &'static str,
    /// Host, or the first address and "+n".
    pub sends_to: String,
    /// Whether a secret signs what it gets.
    pub signed: bool,
    /// The titles of the events it subscribes to.
    pub events: Vec<String>,
    /// Whether it is paused.
    pub paused: bool,
    /// `Active`, `Paused`, `Failing`, or `Changed, not tested`.
    pub status: Badge,
    /// What has become of the last day's deliveries; none where there were none.
    pub day: Option<DaySummary>,
    /// How the last delivery ended, if there is one that the log still keeps.
    pub last: Option<LastDelivery>,
    /// Makes one press of Test one send.
    pub nonce: String,
}

/// A destination's last delivery.
#[derive(Clone, Debug)]
pub struct LastDelivery {
    /// `Delivered`, or `Failed: 500`; leads to its page in the log.
    pub link: Link,
    /// When it was accepted.
    pub when: When,
}

/// The first step of adding one: what it is.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "destinations/kind.html")]
pub struct DestinationKindPage {
    /// Title `Add destination`, tab `destinations`; errors of `kind`.
    pub shell: Shell,
    /// `kind`: see [`kind_choices`].
    pub kinds: Vec<Choice>,
}

/// The second step of adding one, and the form that changes one. It may hold secrets that were just typed,
/// so it has no `Debug`.
#[derive(Clone, Template, WebTemplate)]
#[template(path = "destinations/form.html")]
pub struct DestinationFormPage {
    /// Title `Add destination: Slack` or `Edit <name>`; errors of the fields of [`DestinationForm`], and of `events`.
    pub shell: Shell,
    /// What it is; never changes.
    pub kind: Kind,
    /// What is on screen.
    pub form: DestinationForm,
    /// What is stored, as far as it may be shown; none for a new one.
    pub saved: Option<DestinationSummary>,
    /// `events.<key>`: the catalogue.
    pub groups: Vec<EventChoices>,
    /// Whether the fields hold something that is not saved, as after a test or a refusal.
    pub unsaved: bool,
    /// `shown.<field>`: the mark of what is stored of each field; none for a new one.
    pub shown: Vec<(&'static str, String)>,
    /// Made anew for every page; a test that repeats one is not sent again.
    pub nonce: String,
    /// What the test that was just sent has brought.
    pub result: Option<TestResult>,
}

/// The fields as they were typed; each has the name of its form field, but for the boxes
/// `events.<key>` and `remove_header.<name>`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DestinationForm {
    /// What it is called.
    pub name: String,
    /// The kind's own fields by their inputs; without those that are empty. An empty URL or secret keeps
    /// what is stored, a header that is stored gets a new value.
    pub values: BTreeMap<&'static str, String>,
    /// Have a secret made.
    pub generate_secret: bool,
    /// Take the stored secret away.
    pub remove_secret: bool,
    /// The stored headers to take away.
    pub remove_header: Vec<String>,
    /// The keys of the subscribed events.
    pub events: Vec<String>,
    /// `field = value, value`, one a line.
    pub scopes: String,
}

/// What is stored of a destination, without its secrets.
#[derive(Clone, Debug)]
pub struct DestinationSummary {
    /// Its number.
    pub id: i64,
    /// Its name, as it is stored.
    pub name: String,
    /// Scheme, host and fingerprint of its URL; empty for mails.
    pub url_label: String,
    /// Whether it has a secret.
    pub signed: bool,
    /// The names of its headers.
    pub headers: Vec<String>,
    /// Whether it is paused.
    pub paused: bool,
}

/// Events that belong together, as boxes.
#[derive(Clone, Debug)]
pub struct EventChoices {
    /// The heading.
    pub title: String,
    /// Their keys and titles.
    pub choices: Vec<Choice>,
}

/// The new secret, shown this once.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "destinations/secret.html")]
pub struct DestinationSecretPage {
    /// Title `Secret created`, tab `destinations`.
    pub shell: Shell,
    /// The destination's number.
    pub id: i64,
    /// The destination's name; empty once the page has been seen.
    pub name: String,
    /// The secret itself; none on a second visit.
    pub secret: Option<String>,
}

/// The question before a destination is deleted.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "destinations/delete.html")]
pub struct DestinationDeletePage {
    /// Title `Delete <name>?`, tab `destinations`.
    pub shell: Shell,
    /// The destination in question.
    pub destination: DestinationRow,
    /// How many of its deliveries the log holds.
    pub deliveries: i64,
    /// For how long the log keeps a delivery.
    pub retention_days: u32,
}

/// The kinds as radio buttons, each with what it does.
#[must_use]
pub fn kind_choices(selected: Option<Kind>) -> Vec<Choice> {
    let choice = |&kind: &Kind| Choice {
        value: kind.as_str().to_owned(),
        label: kind.spec().label.to_owned(),
        hint: kind.spec().hint.to_owned(),
        selected: selected == Some(kind),
    };
    Kind::ALL.iter().map(choice).collect()
}

impl DestinationsPage {
    fn editable(&self) -> bool {
        self.shell.may(Permission::Administer)
    }
}

impl DestinationSecretPage {
    fn edit_path(&self) -> String {
        self.shell.path(&format!("destinations/{}", self.id))
    }
}

impl DestinationFormPage {
    /// Where the form is posted to; its tests go one step further, `/test`.
    fn action(&self) -> String {
        match &self.saved {
            Some(saved) => self.shell.path(&format!("destinations/{}", saved.id)),
            None => self.shell.path("destinations"),
        }
    }

    pub(super) fn test_action(&self) -> String {
        let tail = if self.saved.is_some() { "test/unsaved" } else { "test" };
        format!("{}/{tail}", self.action())
    }

    /// A hint, or for a URL that is stored, which one it is.
    fn url_hint(&self, hint: &str) -> String {
        match &self.saved {
            Some(saved) => format!("Saved: {}. Leave empty to keep it.", saved.url_label),
            None => hint.to_owned(),
        }
    }

    fn is_signed(&self) -> bool {
        self.saved.as_ref().is_some_and(|saved| saved.signed)
    }

    fn saved_headers(&self) -> &[String] {
        self.saved.as_ref().map(|saved| saved.headers.as_slice()).unwrap_or_default()
    }

    fn removes(&self, header: &str) -> bool {
        self.form.remove_header.iter().any(|name| name == header)
    }
}
