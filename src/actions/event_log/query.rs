//! What somebody asks of the log: what is understood filters, what is not is told.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::db::deliveries::EventFilter;
use crate::db::snapshots::AccountSnapshot;
use crate::domain::catalog::Catalog;
use crate::domain::delivery::Trigger;
use crate::domain::notification::AD_HOC;

/// What somebody asks of the log, as it was typed; empty texts do not filter.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventLogQuery {
    pub status: String,
    pub event: String,
    pub channel: String,
    pub destination: String,
    pub trigger: String,
    /// Days, `2026-05-04`, in UTC; both are part of the range.
    pub from: String,
    pub to: String,
    pub q: String,
    pub before: String,
    pub after: String,
}

/// A value that no filter has: it filters nothing, and whoever typed it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnknownValue {
    /// The parameter.
    pub name: &'static str,
    /// What was typed.
    pub value: String,
}

impl EventLogQuery {
    /// Reads what is known, and tells what is not.
    pub(crate) fn parse(
        &self,
        catalog: &Catalog,
        snapshot: Option<&AccountSnapshot>,
    ) -> (EventFilter, Vec<UnknownValue>) {
        let mut unknown = Vec::new();
        let is_event = |key: &str| catalog.get(key).is_some() || key == AD_HOC;
        let is_destination = |id: &i64| snapshot.is_some_and(|known| known.destination(*id).is_some());
        let mut note = |name, value: &str| unknown.push(UnknownValue { name, value: value.to_owned() });
        let above = word::<Uuid>("after", &self.after, &mut note).map(|id| id.to_string());
        let below = word::<Uuid>("before", &self.before, &mut note).map(|id| id.to_string());
        let mut filter = EventFilter {
            status: word("status", &self.status, &mut note),
            channel: word("channel", &self.channel, &mut note),
            trigger: word::<Trigger>("trigger", &self.trigger, &mut note),
            destination: word("destination", &self.destination, &mut note),
            q: given(&self.q),
            ascending: above.is_some(),
            above,
            below,
            event: given(&self.event),
        };
        if let Some(id) = filter.destination.filter(|id| !is_destination(id)) {
            note("destination", &id.to_string());
            filter.destination = None;
        }
        if let Some(key) = filter.event.take_if(|key| !is_event(key)) {
            note("event", &key);
        }
        for (name, day) in [("from", &self.from), ("to", &self.to)] {
            word::<Date>(name, day, &mut note);
        }
        let (above, below) = self.range();
        filter.above = filter.above.max(above);
        filter.below = match (filter.below.take(), below) {
            (Some(place), Some(end)) => Some(place.min(end)),
            (place, end) => place.or(end),
        };
        (filter, unknown)
    }

    /// What is set, by its parameter.
    pub(crate) fn filters(&self) -> [(&'static str, &str); 8] {
        [
            ("status", &self.status),
            ("event", &self.event),
            ("channel", &self.channel),
            ("destination", &self.destination),
            ("trigger", &self.trigger),
            ("from", &self.from),
            ("to", &self.to),
            ("q", &self.q),
        ]
    }

    /// The ids between which the days that were asked for are.
    fn range(&self) -> (Option<String>, Option<String>) {
        let day = |text: &str| text.trim().parse::<Date>().ok();
        let above = day(&self.from).and_then(start_of).map(first_id);
        let end = day(&self.to).and_then(|day| day.tomorrow().ok());
        (above, end.and_then(start_of).map(first_id))
    }

    /// The same filter from no particular place on, for counting.
    pub(crate) fn everywhere(&self, filter: &EventFilter) -> EventFilter {
        let (above, below) = self.range();
        EventFilter { above, below, ascending: false, ..filter.clone() }
    }
}

fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn word<T: FromStr>(name: &'static str, text: &str, note: &mut impl FnMut(&'static str, &str)) -> Option<T> {
    let text = given(text)?;
    let read = text.parse().ok();
    if read.is_none() {
        note(name, &text);
    }
    read
}

fn start_of(day: Date) -> Option<Timestamp> {
    day.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// What every id of an event of this moment or later sorts behind: ids begin with their time.
pub(crate) fn first_id(at: Timestamp) -> String {
    let ms = at.as_millisecond().max(0);
    format!("{:08x}-{:04x}", ms >> 16, ms & 0xffff)
}

/// A moment, or what stands for one: a minute in UTC, as browsers write it; a day, whose end is the next one's begin.
pub(crate) fn moment(text: &str, is_end: bool) -> Option<Timestamp> {
    let in_utc = |at: DateTime| at.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    if !text.contains(['T', ' ']) {
        let day: Date = text.parse().ok()?;
        let day = if is_end { day.tomorrow().ok()? } else { day };
        return in_utc(day.at(0, 0, 0, 0));
    }
    in_utc(text.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_programs_browsers_and_people_write_it() {
        let at = |text: &str, is_end| moment(text, is_end).map(|at| at.to_string());
        let noon = Some("2026-05-04T12:00:00Z".to_owned());
        assert_eq!(at("2026-05-04T12:00:00Z", false), noon);
        assert_eq!(at("2026-05-04T14:00:00+02:00", false), noon);
        assert_eq!(at("2026-05-04T12:00", false), noon);
        assert_eq!(at("2026-05-04", false).as_deref(), Some("2026-05-04T00:00:00Z"));
        assert_eq!(at("2026-05-04", true).as_deref(), Some("2026-05-05T00:00:00Z"));
        assert_eq!((at("yesterday", false), at("2026-13-01", false), at("12:00", false)), (None, None, None));
    }
}
