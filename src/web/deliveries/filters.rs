//! The form above the log: what is chosen, and what else there is.

use jiff::civil::Date;

use crate::actions::event_log::EventLogQuery;
use crate::db::deliveries::EventFilter;
use crate::db::snapshots::AccountSnapshot;
use crate::domain::catalog::Catalog;
use crate::domain::delivery::{Channel, LogStatus, Trigger};
use crate::domain::notification::AD_HOC;
use crate::web::page::Choice;

/// The filters, plain GET parameters. The first choice of each select is the empty one.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// `status`
    pub statuses: Vec<Choice>,
    /// `event`
    pub events: Vec<Choice>,
    /// `channel`
    pub channels: Vec<Choice>,
    /// `destination`
    pub destinations: Vec<Choice>,
    /// `trigger`
    pub triggers: Vec<Choice>,
    /// `from`, a day.
    pub from: String,
    /// `to`, a day.
    pub to: String,
    /// `q`: a part of a name, a number, the begin of an address or id.
    pub q: String,
}

impl Filters {
    /// What is chosen is what was understood.
    pub(super) fn of(
        query: &EventLogQuery,
        filter: &EventFilter,
        catalog: &Catalog,
        snapshot: Option<&AccountSnapshot>,
    ) -> Self {
        let statuses = LogStatus::ALL.iter().map(|status| (status.to_string(), status.label().to_owned()));
        let events = catalog.events().map(|event_type| (event_type.key.clone(), event_type.title.clone()));
        let events = events.chain([(AD_HOC.to_owned(), "Notification".to_owned())]);
        let channels = Channel::ALL.iter().map(|channel| (channel.to_string(), channel.label().to_owned()));
        let known = snapshot.into_iter().flat_map(|snapshot| &snapshot.destinations);
        let destinations = known.map(|kept| (kept.id.to_string(), kept.name.clone()));
        let triggers = Trigger::ALL.iter().map(|trigger| (trigger.to_string(), trigger.label().to_owned()));
        Self {
            statuses: choices("Any status", statuses, filter.status),
            events: choices("Any event", events, filter.event.as_ref()),
            channels: choices("Any channel", channels, filter.channel),
            destinations: choices("Any destination", destinations, filter.destination),
            triggers: choices("Any trigger", triggers, filter.trigger),
            from: day(&query.from),
            to: day(&query.to),
            q: query.q.clone(),
        }
    }

    /// What is set, in words: `Failed, Webhook, since 2026-05-04`; empty for nothing.
    #[must_use]
    pub(crate) fn set(&self) -> String {
        let selects = [&self.statuses, &self.events, &self.channels, &self.destinations, &self.triggers];
        let chosen =
            selects.into_iter().flatten().filter(|choice| choice.selected && !choice.value.is_empty());
        let mut words: Vec<String> = chosen.map(|choice| choice.label.clone()).collect();
        for (word, day) in [("since", &self.from), ("until", &self.to)] {
            if !day.is_empty() {
                words.push(format!("{word} {day}"));
            }
        }
        words.join(", ")
    }

    /// Whether anything keeps events from the list.
    pub(crate) fn any_set(&self) -> bool {
        !self.q.trim().is_empty() || !self.set().is_empty()
    }
}

/// A day that was understood.
fn day(text: &str) -> String {
    text.trim().parse::<Date>().map(|day| day.to_string()).unwrap_or_default()
}

pub(super) fn choices(
    any: &str,
    values: impl Iterator<Item = (String, String)>,
    selected: Option<impl ToString>,
) -> Vec<Choice> {
    let selected = selected.map(|value| value.to_string()).unwrap_or_default();
    std::iter::once((String::new(), any.to_owned()))
        .chain(values)
        .map(|(value, label)| Choice { selected: value == selected, value, label, hint: String::new() })
        .collect()
}
