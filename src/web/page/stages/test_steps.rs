//! How far a test came: a list of five steps beside its result.

use std::time::Duration;

use jiff::Timestamp;

use super::{found, short, stopped_at};
use crate::domain::delivery::{Delivery, Reason, Stages, State};
use crate::web::icon::Icon;

/// A step of a test, as a list beside its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestStep {
    /// `Resolve`, `Policy`, `Connect`, `TLS`, `HTTP`
    pub name: &'static str,
    /// How it ended.
    pub end: StepEnd,
    /// `18 ms`; empty for what was not needed or not reached.
    pub took: String,
    /// `The certificate is good for 61 days`, `200 OK`, or what the network said.
    pub found: String,
}

/// How a step of a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepEnd {
    /// Well.
    Passed,
    /// The test came to grief here.
    Failed,
    /// The receiver has the request and said nothing.
    NoAnswer,
    /// The address or the open connection made it needless.
    NotNeeded,
    /// A step before it was the last.
    NotReached,
}

/// The steps of a webhook that was tried once; none if it did not begin one.
pub(crate) fn test_steps(row: &Delivery, stages: &Stages, now: Timestamp) -> Vec<TestStep> {
    let answered = stages.done.or(stages.first_byte);
    let all = [
        ("Resolve", stages.resolved),
        ("Policy", stages.allowed),
        ("Connect", stages.connected),
        ("TLS", stages.secured),
        ("HTTP", answered),
    ];
    // What comes after TLS is one step here.
    let stopped = stopped_at(row, stages).map(|place| place.min(all.len() - 1));
    if stopped.is_none() && answered.is_none() {
        return Vec::new();
    }
    let (mut before, mut steps) = (Duration::ZERO, Vec::new());
    for (place, (name, end)) in all.into_iter().enumerate() {
        // Of an answer that began and did not end, the wait is told and not when it began.
        let is_open = stopped == Some(place) && row.reason == Some(Reason::NoAnswer);
        let end = end.filter(|_| !is_open).or_else(|| row.took.filter(|_| stopped == Some(place)));
        let how = match (stopped, end) {
            (Some(at), _) if at == place && row.state == State::Unknown => StepEnd::NoAnswer,
            (Some(at), _) if at == place => StepEnd::Failed,
            (Some(at), _) if at < place => StepEnd::NotReached,
            (_, Some(_)) => StepEnd::Passed,
            (_, None) => StepEnd::NotNeeded,
        };
        let spent = end.filter(|_| how != StepEnd::NotReached).map(|end| end.saturating_sub(before));
        before = end.unwrap_or(before);
        let found = match how {
            StepEnd::NotNeeded => "Not needed".to_owned(),
            StepEnd::NotReached => "Not reached".to_owned(),
            StepEnd::Passed | StepEnd::Failed | StepEnd::NoAnswer if name == "HTTP" => {
                row.report().answered().unwrap_or_else(|| row.report().in_short())
            }
            StepEnd::Passed | StepEnd::Failed | StepEnd::NoAnswer => {
                found(name, row, stages, now, (true, how == StepEnd::Failed))
            }
        };
        steps.push(TestStep { name, end: how, took: spent.map_or_else(String::new, short), found });
    }
    steps
}

impl StepEnd {
    /// Its icon; none where nothing was done.
    #[must_use]
    pub(crate) fn icon(self) -> Option<Icon> {
        match self {
            Self::Passed => Some(Icon::Check),
            Self::Failed => Some(Icon::Cross),
            Self::NoAnswer => Some(Icon::Question),
            Self::NotNeeded | Self::NotReached => None,
        }
    }

    /// The word for those who do not see the icon.
    #[must_use]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NoAnswer => "no answer",
            Self::NotNeeded | Self::NotReached => "",
        }
    }

    /// The end of its class name.
    #[must_use]
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Passed => "ok",
            Self::Failed => "bad",
            Self::NoAnswer => "warn",
            Self::NotNeeded | Self::NotReached => "quiet",
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::delivery::{Target, Trigger};
    use crate::domain::event::Event;
    use crate::domain::route::Planned;

    fn tried(state: State, reason: Option<Reason>, status: Option<u16>) -> Delivery {
        let event = Event {
            id: Uuid::from_u128(7),
            account_id: 100,
            key: "run_failed".to_owned(),
            payload: serde_json::Map::new(),
            accepted_at: Timestamp::UNIX_EPOCH,
        };
        let (authority, label) = ("hooks.acme.example".to_owned(), "https://hooks.acme.example/…".to_owned());
        let target = Target::SharedWebhook { authority, label };
        let delivery = Planned::from(target).into_delivery(Uuid::from_u128(8), &event, Trigger::Test);
        let took = Some(Duration::from_millis(50));
        Delivery { state, reason, status, took, detail: "connection refused".to_owned(), ..delivery }
    }

    fn steps(row: &Delivery, stages: &Stages) -> Vec<(&'static str, StepEnd, String, String)> {
        let steps = test_steps(row, stages, Timestamp::UNIX_EPOCH);
        steps.into_iter().map(|step| (step.name, step.end, step.took, step.found)).collect()
    }

    #[test]
    fn a_test_that_arrived_passes_every_step_that_it_needed() {
        let ms = |ms| Some(Duration::from_millis(ms));
        let stages =
            Stages { resolved: ms(6), allowed: ms(6), connected: ms(20), done: ms(50), ..Stages::default() };
        let told = steps(&tried(State::Delivered, None, Some(200)), &stages);
        let line = |name, end, took: &str, found: &str| (name, end, took.to_owned(), found.to_owned());
        assert_eq!(
            told,
            [
                line("Resolve", StepEnd::Passed, "6 ms", ""),
                line("Policy", StepEnd::Passed, "under 1 ms", ""),
                line("Connect", StepEnd::Passed, "14 ms", ""),
                line("TLS", StepEnd::NotNeeded, "", "Not needed"),
                line("HTTP", StepEnd::Passed, "30 ms", "200 OK"),
            ]
        );
    }

    #[test]
    fn the_first_failure_is_where_a_test_stops() {
        let ms = |ms| Some(Duration::from_millis(ms));
        let stages = Stages { resolved: ms(6), allowed: ms(6), ..Stages::default() };
        let told = steps(&tried(State::Failed, Some(Reason::Connect), None), &stages);
        let line = |name, end, took: &str, found: &str| (name, end, took.to_owned(), found.to_owned());
        assert_eq!(
            told[1..3],
            [
                line("Policy", StepEnd::Passed, "under 1 ms", ""),
                line("Connect", StepEnd::Failed, "44 ms", "connection refused"),
            ]
        );
        assert!(told[3..].iter().all(|(_, end, took, _)| *end == StepEnd::NotReached && took.is_empty()));
        let unanswered = steps(&tried(State::Unknown, Some(Reason::NoAnswer), None), &stages);
        assert_eq!(unanswered[4], line("HTTP", StepEnd::NoAnswer, "44 ms", "No answer"));
        let begun = Stages { first_byte: ms(8), connected: ms(7), ..stages };
        let dripping = steps(&tried(State::Unknown, Some(Reason::NoAnswer), None), &begun);
        assert_eq!(dripping[4], line("HTTP", StepEnd::NoAnswer, "43 ms", "No answer"));
        let no_http = steps(&tried(State::Unknown, Some(Reason::NotHttp), None), &begun);
        assert_eq!(no_http[4], line("HTTP", StepEnd::NoAnswer, "1 ms", "Not an HTTP answer"));
        let never_begun = tried(State::Failed, Some(Reason::SecretUnreadable), None);
        assert!(steps(&never_begun, &Stages::default()).is_empty());
    }
}
