//! I3 to I5 for mails: the mail server's last word decides.

use std::collections::HashSet;

use crate::journal::Reply;
use crate::log::DeliveryRow;

use super::facts::{EventFacts, Facts, MailFacts};
use super::{Finding, Invariant};

pub fn check(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut known = HashSet::new();
    for (event, row) in facts.rows_of("email") {
        known.insert(row.id.as_str());
        let mails = facts.mails.get(row.id.as_str()).map_or(&[][..], Vec::as_slice);
        findings.extend(state(event, row, mails, facts.rested_at));
        if let Some(mail) = mails.iter().find(|mail| mail.recipient != row.recipient) {
            let what = format!("the mail {} to {} went to {}", row.id, row.recipient, mail.recipient);
            findings.push(event.finding(Invariant::MailAtLeastOnce, what));
        }
        let taken: Vec<usize> =
            mails.iter().filter(|mail| mail.reply == Reply::Taken).map(|mail| mail.at).collect();
        if taken.windows(2).any(|two| !facts.killed_between(two[0], two[1])) {
            let what =
                format!("the mail {} was taken {} times, without a crash between", row.id, taken.len());
            findings.push(event.finding(Invariant::MailAtLeastOnce, what));
        }
    }
    for id in facts.mails.keys().filter(|id| !known.contains(*id)) {
        let what = format!("a mail came with the Message-ID {id}, which no delivery has");
        findings.push(Finding { invariant: Invariant::MailAtLeastOnce, round: 1, what });
    }
    findings
}

fn state(event: &EventFacts, row: &DeliveryRow, mails: &[MailFacts], rested_at: i64) -> Option<Finding> {
    let said = row.state_and_reason();
    let last = mails.last().map(|mail| mail.reply);
    let waits = row.state == "pending" && row.due_at > rested_at && row.attempt > 0;
    if matches!(row.state.as_str(), "pending" | "sending") && !waits {
        let what = format!("the mail {} is still {} after attempt {}", row.id, row.state, row.attempt);
        return Some(event.finding(Invariant::OneFinalState, what));
    }
    let may_be = match last {
        Some(Reply::Taken) => said.0 == "delivered",
        Some(Reply::Never) => said.0 == "failed",
        Some(Reply::Silence) => matches!(said, ("pending", _) | ("unknown", "no_answer")),
        // Without a word, the connection broke before the mail was handed over.
        Some(Reply::NotNow) | None => said.0 == "pending",
    };
    let invariant =
        if row.state == "delivered" { Invariant::NoFalseSuccess } else { Invariant::MailAtLeastOnce };
    (!may_be).then(|| {
        event.finding(invariant, format!("the mail {} is {said:?}; the mail server said {last:?}", row.id))
    })
}
