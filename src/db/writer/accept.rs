//! Accepting many events at once: their keys, their rows, and the deliveries of all.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use uuid::Uuid;

use crate::db::columns::UuidText;
use crate::db::events::{Entry, KEY_LIFE_MS};
use crate::domain::delivery::{Delivery, Reason};

use super::connection::WriterConnection;
use super::order::Fate;
use super::statement::{StatementTemplate, Value, pieces};

/// Those whose day is over take no key from anybody.
pub(super) static FREE_KEYS: StatementTemplate = StatementTemplate::new(
    2,
    "delete from idempotency_keys where created_at <= # and (account_id, key) in (values @)",
);
pub(super) static TAKE_KEYS: StatementTemplate = StatementTemplate::new(
    6,
    "insert into idempotency_keys (account_id, key, body_hash, event_id, deliveries, created_at)
     values @ on conflict do nothing returning event_id",
);
pub(super) static FIND_KEYS: StatementTemplate = StatementTemplate::new(
    2,
    "select account_id, key, body_hash, event_id, deliveries from idempotency_keys
     where (account_id, key) in (values @)",
);
pub(super) static INSERT_EVENTS: StatementTemplate = StatementTemplate::new(
    7,
    "insert into events (id, account_id, event_key, triggered_by, payload, nonce, created_at) values @",
);
pub(super) static INSERT_EVENTS_ONCE: StatementTemplate = StatementTemplate::new(
    7,
    "insert into events (id, account_id, event_key, triggered_by, payload, nonce, created_at) values @
     on conflict (account_id, nonce) do nothing returning id",
);
pub(super) static FIND_NONCES: StatementTemplate = StatementTemplate::new(
    2,
    "select account_id, nonce, id from events where (account_id, nonce) in (values @)",
);
const DELIVERY_COLUMNS: usize = 23;
pub(super) static INSERT_DELIVERIES: StatementTemplate = StatementTemplate::new(
    DELIVERY_COLUMNS,
    "insert into deliveries (id, account_id, event_id, event_key, channel, triggered_by, target,
       destination_id, recipient, lane, state, reason, detail, attempt, instance, resend_of, resent_by,
       recovery, first_id, due_at, created_at, sent_at, finished_at) values @",
);

/// Writes the entries down; the answer has their order. What is `last` in its transaction commits it, where there
/// are deliveries to write.
pub(super) async fn accept(
    connection: &mut WriterConnection,
    entries: &[&Entry],
    last: bool,
) -> sqlx::Result<Vec<Fate>> {
    let mut fates = take_keys(connection, entries).await?;
    insert_events(connection, entries, &mut fates).await?;
    let new = entries.iter().zip(&fates).filter(|(_, fate)| matches!(fate, Fate::Accepted));
    let rows: Vec<(&Entry, &Delivery)> =
        new.flat_map(|(entry, _)| entry.deliveries.iter().map(move |delivery| (*entry, delivery))).collect();
    for (piece, is_last) in pieces(&rows) {
        let mut values = Vec::with_capacity(piece.len() * DELIVERY_COLUMNS);
        for (entry, delivery) in piece {
            values.extend(delivery_row(entry, delivery));
        }
        if last && is_last {
            connection.commit_with_next();
        }
        connection.execute(&INSERT_DELIVERIES, piece.len(), values).await?;
    }
    Ok(fates)
}

/// Takes every key that is free. Whoever comes second, in this group or in an earlier one, is told what became of
/// the first.
async fn take_keys(connection: &mut WriterConnection, entries: &[&Entry]) -> sqlx::Result<Vec<Fate>> {
    let mut fates = vec![Fate::Accepted; entries.len()];
    let with_key = entries.iter().filter(|entry| entry.idempotency.is_some());
    let Some(first) = with_key.map(|entry| accepted_at(entry)).min() else {
        return Ok(fates);
    };
    let keyed: Vec<_> = entries
        .iter()
        .zip(&mut fates)
        .filter_map(|(entry, fate)| Some((*entry, entry.idempotency.as_ref()?, fate)))
        .collect();
    let mut taken = HashSet::new();
    for (piece, _) in pieces(&keyed) {
        let mut names = vec![Value::Int(Some(first - KEY_LIFE_MS))];
        let mut rows = Vec::with_capacity(piece.len() * 6);
        for (entry, key, _) in piece {
            names.extend([Value::Int(Some(entry.event.account_id)), text(&key.key)]);
            rows.extend([
                Value::Int(Some(entry.event.account_id)),
                text(&key.key),
                text(&key.body_hash),
                id(entry.event.id),
                Value::Int(Some(to_send(entry))),
                Value::Int(Some(accepted_at(entry))),
            ]);
        }
        connection.execute(&FREE_KEYS, piece.len(), names).await?;
        let won: Vec<(UuidText,)> = connection.fetch(&TAKE_KEYS, piece.len(), rows).await?;
        taken.extend(won.into_iter().map(|(UuidText(id),)| id));
    }
    let late: Vec<_> = keyed.into_iter().filter(|(entry, ..)| !taken.contains(&entry.event.id)).collect();
    let mut before = HashMap::new();
    for (piece, _) in pieces(&late) {
        let names = piece
            .iter()
            .flat_map(|(entry, key, _)| [Value::Int(Some(entry.event.account_id)), text(&key.key)]);
        let found: Vec<(i64, String, String, UuidText, i64)> =
            connection.fetch(&FIND_KEYS, piece.len(), names.collect()).await?;
        before.extend(found.into_iter().map(|(account, key, hash, UuidText(event), deliveries)| {
            ((account, key), (hash, event, deliveries))
        }));
    }
    for (entry, key, fate) in late {
        *fate = match before.get(&(entry.event.account_id, key.key.clone())) {
            Some((hash, event_id, deliveries)) if *hash == key.body_hash => {
                Fate::Before { event_id: *event_id, deliveries: *deliveries }
            }
            Some(_) => Fate::KeyTaken,
            None => Fate::Vanished,
        };
    }
    Ok(fates)
}

async fn insert_events(
    connection: &mut WriterConnection,
    entries: &[&Entry],
    fates: &mut [Fate],
) -> sqlx::Result<()> {
    let is_new = |entry: &Entry, fate: &Fate| !entry.is_known && matches!(fate, Fate::Accepted);
    let new = entries.iter().zip(fates).filter(|(entry, fate)| is_new(entry, fate));
    let (once, plain): (Vec<_>, Vec<_>) = new.partition(|(entry, _)| entry.nonce.is_some());
    for (piece, _) in pieces(&plain) {
        let rows = piece.iter().flat_map(|(entry, _)| event_row(entry)).collect();
        connection.execute(&INSERT_EVENTS, piece.len(), rows).await?;
    }
    let mut written = HashSet::new();
    for (piece, _) in pieces(&once) {
        let rows = piece.iter().flat_map(|(entry, _)| event_row(entry)).collect();
        let new: Vec<(UuidText,)> = connection.fetch(&INSERT_EVENTS_ONCE, piece.len(), rows).await?;
        written.extend(new.into_iter().map(|(UuidText(id),)| id));
    }
    let late: Vec<_> = once.into_iter().filter(|(entry, _)| !written.contains(&entry.event.id)).collect();
    let mut before = HashMap::new();
    for (piece, _) in pieces(&late) {
        let names = piece.iter().flat_map(|(entry, _)| {
            [Value::Int(Some(entry.event.account_id)), Value::Text(entry.nonce.clone())]
        });
        let found: Vec<(i64, String, UuidText)> =
            connection.fetch(&FIND_NONCES, piece.len(), names.collect()).await?;
        before.extend(found.into_iter().map(|(account, nonce, UuidText(id))| ((account, nonce), id)));
    }
    for (entry, fate) in late {
        let first = entry.nonce.clone().and_then(|nonce| before.get(&(entry.event.account_id, nonce)));
        *fate = match first {
            Some(event_id) => Fate::Before { event_id: *event_id, deliveries: to_send(entry) },
            None => Fate::Vanished,
        };
    }
    Ok(())
}

fn event_row(entry: &Entry) -> [Value; 7] {
    [
        id(entry.event.id),
        Value::Int(Some(entry.event.account_id)),
        text(&entry.event.key),
        Value::Word(Some(entry.trigger.as_str())),
        Value::Shared(entry.payload.clone()),
        Value::Text(entry.nonce.clone()),
        Value::Int(Some(accepted_at(entry))),
    ]
}

fn delivery_row(entry: &Entry, delivery: &Delivery) -> [Value; DELIVERY_COLUMNS] {
    let owner = entry.instance.as_deref().filter(|_| !delivery.state.is_final()).map(ToOwned::to_owned);
    let time = |time: Option<Timestamp>| Value::Int(time.map(Timestamp::as_millisecond));
    [
        id(delivery.id),
        Value::Int(Some(delivery.account_id)),
        id(delivery.event_id),
        text(&delivery.event_key),
        Value::Word(Some(delivery.target.channel().as_str())),
        Value::Word(Some(delivery.trigger.as_str())),
        Value::Word(Some(delivery.target.kind().as_str())),
        Value::Int(delivery.target.destination_id()),
        text(delivery.target.recipient()),
        text(delivery.target.lane()),
        Value::Word(Some(delivery.state.as_str())),
        Value::Word(delivery.reason.map(Reason::as_str)),
        text(&delivery.detail),
        Value::Int(Some(delivery.attempt.into())),
        Value::Text(owner),
        Value::Text(delivery.resend_of.map(|id| id.to_string())),
        Value::Text(delivery.resent_by.clone()),
        Value::Text(entry.recovery.clone()),
        id(delivery.first_id),
        time(Some(delivery.due_at)),
        time(Some(delivery.created_at)),
        time(delivery.sent_at),
        time(delivery.finished_at),
    ]
}

/// How many deliveries of an event are to be sent: the number that is answered.
fn to_send(entry: &Entry) -> i64 {
    let count = entry.deliveries.iter().filter(|delivery| !delivery.state.is_final()).count();
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn accepted_at(entry: &Entry) -> i64 {
    entry.event.accepted_at.as_millisecond()
}

fn text(text: &str) -> Value {
    Value::Text(Some(text.to_owned()))
}

fn id(id: Uuid) -> Value {
    Value::Text(Some(id.to_string()))
}
