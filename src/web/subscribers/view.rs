//! What the People tab shows.

use askama::Template;
use askama_web::WebTemplate;

use crate::actions::App;
use crate::domain::delivery::{Delivery, State};
use crate::domain::role::Permission;
use crate::domain::roster::{Listed, ListedState};
use crate::domain::text;
use crate::web::icon::Icon;
use crate::web::page::{Badge, Choice, Link, Shell, Tone, When};

use super::EVENT;

/// Who gets mail about which event.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "subscribers/list.html")]
pub struct SubscribersPage {
    /// Title `People`, tab `people`; errors of `address` and `events`.
    pub shell: Shell,
    /// This page's addresses, the primary contact first.
    pub rows: Vec<SubscriberRow>,
    /// How many addresses there are.
    pub all: usize,
    /// How many of them have what is looked for in them.
    pub count: usize,
    /// What is looked for.
    pub q: String,
    /// Whether the list begins here.
    pub is_first: bool,
    /// The way to the next addresses.
    pub next: Option<String>,
    /// The fields that add somebody.
    pub form: PeopleForm,
}

/// The question before somebody is taken off every list.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "subscribers/remove.html")]
pub struct PersonRemovePage {
    /// Title `Remove ops@acme.example?`, tab `people`; an error of `lists`.
    pub shell: Shell,
    /// Who it is.
    pub address: String,
    /// The keys of the events that the address is listed for.
    pub events: Vec<String>,
    /// What these events are called.
    pub titles: Vec<String>,
}

/// One address.
#[derive(Clone, Debug)]
pub struct SubscriberRow {
    /// `ops@acme.example`
    pub address: String,
    /// Whether it is the primary contact's, who is not on the lists.
    pub is_primary: bool,
    /// What the events are called that it is listed for.
    pub events: Vec<String>,
    /// Whether it gets mail.
    pub state: Badge,
    /// Since when it has been unsubscribed.
    pub since: Option<When>,
    /// The last mail, if nobody took it: `Refused by the mail server, 2 days ago`.
    pub trouble: Option<Link>,
    /// What the links and buttons of the row name it by.
    pub query: String,
}

/// `address`, and `event.<key>` for each event, as they were typed.
#[derive(Clone, Debug, Default)]
pub struct PeopleForm {
    /// One address, or several.
    pub address: String,
    /// The catalogue's keys and titles.
    pub choices: Vec<Choice>,
}

impl PeopleForm {
    /// What was posted.
    pub(super) fn read(app: &App, fields: &[(String, String)]) -> Self {
        let posted =
            |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.trim());
        let choices = app.catalog.events().map(|event_type| Choice {
            value: event_type.key.clone(),
            label: event_type.title.clone(),
            hint: String::new(),
            selected: posted(&format!("{EVENT}{}", event_type.key)).is_some(),
        });
        Self { address: posted("address").unwrap_or_default().to_owned(), choices: choices.collect() }
    }
}

impl SubscribersPage {
    fn editable(&self) -> bool {
        self.shell.may(Permission::EditNotifications)
    }

    /// `6 addresses`, `2 of 6 addresses have “ops” in them`.
    fn caption(&self) -> String {
        let addresses = |count: usize| if count == 1 { "address" } else { "addresses" };
        if self.q.is_empty() {
            return format!("{} {}", self.all, addresses(self.all));
        }
        format!("{} of {} {} with “{}”", self.count, self.all, addresses(self.all), text::quoted(&self.q))
    }

    fn how_many_events(&self) -> usize {
        self.form.choices.len()
    }
}

/// What events are called.
pub(super) fn titles(app: &App, keys: &[String]) -> Vec<String> {
    let title = |key: &String| {
        app.catalog.get(key).map_or_else(|| key.clone(), |event_type| event_type.title.clone())
    };
    keys.iter().map(title).collect()
}

/// Whether somebody stands behind an address in the list; the primary contact stands before all.
pub(super) fn is_after(one: &Listed, after: &str) -> bool {
    after.is_empty() || (!one.is_primary && *one.address.folded() > *after)
}

/// Where the list goes on.
pub(super) fn page_after(account_id: i64, q: &str, after: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if !q.trim().is_empty() {
        query.append_pair("q", q.trim());
    }
    query.append_pair("after", after);
    format!("/accounts/{account_id}/people?{}", query.finish())
}

/// One line of the list, with how the last mail there ended.
pub(super) fn row(app: &App, account_id: i64, listed: Listed, last: Option<&Delivery>) -> SubscriberRow {
    let now = app.clock.now();
    let trouble = last.filter(|last| last.state == State::Failed);
    let state = match (listed.subscription, trouble) {
        (ListedState::Unsubscribed(_), _) => badge(Tone::Quiet, Icon::Pause, "Unsubscribed"),
        (ListedState::Unconfirmed, _) => badge(Tone::Warn, Icon::Question, "Not confirmed"),
        (ListedState::Active, Some(_)) => badge(Tone::Bad, Icon::Cross, "Failing"),
        (ListedState::Active, None) => badge(Tone::Ok, Icon::Check, "Active"),
    };
    let since = match listed.subscription {
        ListedState::Unsubscribed(since) => Some(When::at(since.as_millisecond(), now)),
        ListedState::Unconfirmed | ListedState::Active => None,
    };
    let address = listed.address.to_string();
    let query =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("address", &address).finish();
    SubscriberRow {
        query,
        is_primary: listed.is_primary,
        events: titles(app, &listed.events),
        trouble: trouble.map(|last| Link {
            href: format!("/accounts/{account_id}/deliveries/{}", last.id),
            text: format!("{}, {}", last.report().in_short(), text::relative(last.created_at, now)),
        }),
        state,
        since,
        address,
    }
}

fn badge(tone: Tone, icon: Icon, text: &'static str) -> Badge {
    Badge { tone, icon: Some(icon), text }
}
