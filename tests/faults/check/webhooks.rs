//! I2 to I4 for webhooks.

use crate::journal::Mood;
use crate::log::DeliveryRow;

use super::facts::{EventFacts, Facts};
use super::{Finding, Invariant};

pub fn check(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut known = std::collections::HashSet::new();
    for (event, row) in facts.rows_of("webhook") {
        known.insert(row.id.as_str());
        let seen = facts.requests.get(row.id.as_str()).copied().unwrap_or_default();
        if seen > 1 {
            findings
                .push(event.finding(Invariant::AtMostOnce, format!("{} was received {seen} times", row.id)));
        }
        findings.extend(state(event, row, seen, facts.moods.get(row.id.as_str()).copied()));
    }
    for delivery in facts.requests.keys().filter(|delivery| !known.contains(*delivery)) {
        let what = format!("{delivery} was received, and has no row");
        findings.push(Finding { invariant: Invariant::NothingLost, round: 1, what });
    }
    findings
}

/// What the row may say, knowing what the receiver did.
fn state(event: &EventFacts, row: &DeliveryRow, seen: usize, mood: Option<Mood>) -> Option<Finding> {
    let said = row.state_and_reason();
    let status = row.status.unwrap_or_default();
    // Nothing has crashed since the last start, so every outcome is known.
    let interrupted = said == ("unknown", "interrupted") && !event.posted.last_life;
    let may_be = match (said, mood) {
        (("pending" | "sending", _), _) => {
            let what = format!("the webhook {} is still {} after all that time", row.id, row.state);
            return Some(event.finding(Invariant::OneFinalState, what));
        }
        (("skipped", "toggle_off"), None) => !event.posted.toggle,
        (_, _) if interrupted => true,
        (said, Some(Mood::Status(answered))) => {
            let told = if answered < 300 { ("delivered", "") } else { ("failed", "http_status") };
            said == told && status == i64::from(answered)
        }
        (("unknown", "no_answer"), Some(Mood::TooLate | Mood::Hang | Mood::Reset)) => true,
        _ => false,
    };
    (!may_be).then(|| {
        let what = format!(
            "the webhook {} is {said:?} ({status}); received {seen} times, answered {mood:?}",
            row.id
        );
        event.finding(Invariant::NoFalseSuccess, what)
    })
}
