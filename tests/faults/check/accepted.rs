//! I1: what was answered 202 is stored, once, with a row for each delivery.

use crate::journal::Posted;
use crate::log::DeliveryRow;

use super::facts::{EventFacts, Facts};
use super::{Finding, Invariant};

pub fn check(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for event in &facts.strange {
        let what = format!("event {} is stored, and nobody has posted it: {}", event.id, event.payload);
        findings.push(Finding { invariant: Invariant::NothingLost, round: 1, what });
    }
    for (number, event) in &facts.events {
        let stored = facts.stored.get(number).map_or(&[][..], Vec::as_slice);
        let broken = match stored {
            [] if event.receipts.is_empty() => None,
            [] => Some("was answered 202 and is not stored".to_owned()),
            [row] => rows(event, facts.rows.get(row.id.as_str()).map_or(&[][..], Vec::as_slice))
                .or_else(|| receipts(event, &row.id))
                .or_else(|| {
                    let account = event.posted.account;
                    (row.account_id != account)
                        .then(|| format!("is stored for {}, not {account}", row.account_id))
                }),
            several => Some(format!("is stored {} times under one Idempotency-Key", several.len())),
        };
        findings.extend(broken.map(|what| event.finding(Invariant::NothingLost, what)));
    }
    findings
}

/// What the rules of `client.rs` lead to: who gets it, and whether it is skipped.
fn expected(posted: Posted) -> Vec<(&'static str, String, bool)> {
    let account = posted.account;
    vec![
        ("email", format!("contact@{account}.example"), false),
        ("email", format!("ops@{account}.example"), false),
        ("webhook", String::new(), !posted.toggle),
    ]
}

fn rows(event: &EventFacts, rows: &[&DeliveryRow]) -> Option<String> {
    let mut found: Vec<_> = rows
        .iter()
        .map(|row| {
            let recipient = if row.channel == "email" { row.recipient.clone() } else { String::new() };
            (row.channel.as_str(), recipient, row.state == "skipped")
        })
        .collect();
    found.sort();
    (found != expected(event.posted))
        .then(|| format!("does not have the rows that were planned, but {rows:?}"))
}

/// Every 202 named the event that is stored, and how much is to be sent.
fn receipts(event: &EventFacts, stored: &str) -> Option<String> {
    let to_send = expected(event.posted).iter().filter(|(_, _, skipped)| !skipped).count();
    let wrong =
        event.receipts.iter().flatten().find(|receipt| {
            receipt.event_id != stored || usize::try_from(receipt.deliveries) != Ok(to_send)
        })?;
    Some(format!("is stored as {stored} with {to_send} to send, and was answered as {wrong:?}"))
}
