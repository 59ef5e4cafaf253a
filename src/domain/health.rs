//! Whether a target works: what its last deliveries say, and when somebody has to be told.

use std::time::Duration;

use jiff::Timestamp;

use super::delivery::Delivery;
use super::text;

/// What is older says nothing of how a target is doing.
pub const LOOKED_AT: Duration = Duration::from_hours(24);
/// After this time of failing the primary contact is told.
const PATIENCE: Duration = Duration::from_hours(1);
/// An account is told once in this time.
const TOLD_AGAIN_AFTER: Duration = Duration::from_hours(24);
/// Counting ends here.
pub const MOST: i64 = 1_000;

/// The newest delivery of a target for each way in which one ends, by id, as far as there is one to be looked at. Ids
/// sort by time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastEnds {
    /// Received.
    pub delivered: Option<String>,
    /// Certainly not received.
    pub failed: Option<String>,
    /// Nobody knows: the target has not answered.
    pub unknown: Option<String>,
}

impl LastEnds {
    /// The newest that has not arrived, if none has arrived since: then the target is failing.
    #[must_use]
    pub fn failing(&self) -> Option<&str> {
        let newest = self.failed.as_deref().max(self.unknown.as_deref());
        newest.filter(|newest| self.delivered.as_deref().is_none_or(|arrived| arrived < *newest))
    }
}

/// Deliveries that have not arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NotArrived {
    /// Certainly not.
    pub failed: i64,
    /// Nobody knows.
    pub unknown: i64,
}

impl NotArrived {
    /// `3 failed`, `3 failed and 1 unknown`; empty for none.
    #[must_use]
    pub fn in_words(self) -> String {
        let words = |count: i64, word: &str| match count {
            0 => None,
            // Counting has ended at one more.
            count => Some(format!("{} {word}", text::up_to(count, MOST))),
        };
        let words: Vec<String> =
            [words(self.failed, "failed"), words(self.unknown, "unknown")].into_iter().flatten().collect();
        words.join(" and ")
    }
}

/// A target that is failing.
#[derive(Clone, Debug)]
pub struct FailingTarget {
    /// The destination's number; none for the shared webhook.
    pub destination: Option<i64>,
    /// `Billing service`, `The webhook to hooks.acme.example`.
    pub name: String,
    /// Whether it is posted to: a mail server's troubles are not mailed.
    pub is_posted_to: bool,
    /// In the last hour.
    pub in_an_hour: NotArrived,
    /// In the last 24 hours.
    pub in_a_day: NotArrived,
    /// When the first one had failed after which none has arrived.
    pub since: Timestamp,
    /// The newest one.
    pub last: Delivery,
    /// The query of the log that shows what has not arrived.
    pub log: String,
}

impl FailingTarget {
    /// `3 failed in the last hour, the last with 503 Service Unavailable.`
    #[must_use]
    pub fn sentence(&self) -> String {
        let (count, time) = match self.in_an_hour.in_words() {
            words if words.is_empty() => (self.in_a_day.in_words(), "24 hours"),
            words => (words, "hour"),
        };
        let last = self.last.report().in_short();
        let last = match self.last.status {
            Some(_) => format!(", the last with {last}"),
            None if last.is_empty() => String::new(),
            None => format!(", the last: {}", lower_first(&last)),
        };
        format!("{count} in the last {time}{last}.")
    }

    /// Whether it has failed for so long that the primary contact is told. A clock that was set back makes it later.
    #[must_use]
    pub fn is_to_be_told(&self, now: Timestamp) -> bool {
        self.is_posted_to && now.duration_since(self.since) >= signed(PATIENCE)
    }

    /// When it began, as a mail says it.
    #[must_use]
    pub fn since_in_words(&self) -> String {
        text::moment(self.since)
    }
}

/// When an account may have been told last, in milliseconds, to be told again at `now`: before the first moment, or
/// after the second. Nobody was told a day from now: then a clock was wrong, and is not believed for ever.
#[must_use]
pub fn told_again(now: Timestamp) -> (i64, i64) {
    ((now - TOLD_AGAIN_AFTER).as_millisecond(), (now + TOLD_AGAIN_AFTER).as_millisecond())
}

fn lower_first(words: &str) -> String {
    // `HTTP` and `STARTTLS` stay as they are.
    let mut rest = words.chars();
    match (rest.next(), rest.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() || second == ' ' => {
            first.to_lowercase().chain(rest).collect()
        }
        _ => words.to_owned(),
    }
}

fn signed(time: Duration) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(time).unwrap_or(jiff::SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(delivered: &str, failed: &str, unknown: &str) -> LastEnds {
        let id = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        LastEnds { delivered: id(delivered), failed: id(failed), unknown: id(unknown) }
    }

    #[test]
    fn a_target_is_failing_until_something_arrives_again() {
        for (delivered, failed, unknown, failing) in [
            ("", "", "", None),
            ("1", "", "", None),
            ("", "1", "", Some("1")),
            ("", "", "1", Some("1")),
            ("1", "2", "", Some("2")),
            ("1", "2", "3", Some("3")),
            ("3", "2", "1", None),
            ("2", "1", "3", Some("3")),
        ] {
            assert_eq!(ends(delivered, failed, unknown).failing(), failing);
        }
    }

    #[test]
    fn what_has_not_arrived_is_counted_in_words() {
        let words = |failed, unknown| NotArrived { failed, unknown }.in_words();
        assert_eq!(words(0, 0), "");
        assert_eq!(words(3, 0), "3 failed");
        assert_eq!(words(1, 2), "1 failed and 2 unknown");
        assert_eq!(words(0, MOST + 1), "1,000+ unknown");
    }

    #[test]
    fn an_account_is_told_once_a_day_whatever_its_clock_did() {
        let now: Timestamp = "2026-05-04T12:00:00Z".parse().unwrap();
        let (before, after) = told_again(now);
        let again = |at: &str| {
            let told = at.parse::<Timestamp>().unwrap().as_millisecond();
            told <= before || told > after
        };
        assert!(again("2026-05-03T12:00:00Z") && !again("2026-05-03T12:00:01Z"));
        // Two machines' clocks differ, or one was set back by an hour.
        assert!(!again("2026-05-04T12:00:02Z") && !again("2026-05-04T13:00:00Z"));
        assert!(again("2027-05-04T12:00:00Z"));
    }

    #[test]
    fn a_reason_goes_on_in_the_sentence() {
        assert_eq!(lower_first("Name does not resolve"), "name does not resolve");
        assert_eq!(lower_first("No answer"), "no answer");
        assert_eq!(lower_first("HTTP"), "HTTP");
    }
}
