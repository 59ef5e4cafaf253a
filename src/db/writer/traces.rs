//! Reading back what a commit has written whose answer was lost.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::db::columns::UuidText;
use crate::domain::delivery::State;

use super::connection::WriterConnection;
use super::order::{Fate, Order, WaitingOrder};
use super::statement::{StatementTemplate, Value, pieces};

pub(super) static FIND_EVENTS: StatementTemplate =
    StatementTemplate::new(1, "select id from events where id in (values @)");
pub(super) static FIND_DELIVERIES: StatementTemplate =
    StatementTemplate::new(1, "select id, state, attempt, instance from deliveries where id in (values @)");

/// What stands in a row.
type TraceRow = (State, i64, Option<String>);

/// Says for each order whether what it was to write stands there.
pub(super) async fn read_back(
    connection: &mut WriterConnection,
    orders: &[(WaitingOrder, Fate)],
) -> sqlx::Result<Vec<bool>> {
    let (mut events, mut rows) = (Vec::new(), Vec::new());
    for (waiting, _) in orders {
        match &waiting.order {
            Order::Accept(entry) if entry.is_known => {
                rows.extend(entry.deliveries.iter().map(|delivery| delivery.id));
            }
            Order::Accept(entry) => events.push(entry.event.id),
            Order::Start(start) => rows.push(start.id),
            Order::PutBack(order) => rows.push(order.id),
            Order::Settle(settlement) => rows.push(settlement.delivery.id),
        }
    }
    let mut written = HashSet::new();
    for (piece, _) in pieces(&events) {
        let found: Vec<(UuidText,)> = connection.fetch(&FIND_EVENTS, piece.len(), ids(piece)).await?;
        written.extend(found.into_iter().map(|(UuidText(id),)| id));
    }
    let mut standing = HashMap::new();
    for (piece, _) in pieces(&rows) {
        let found: Vec<(UuidText, State, i64, Option<String>)> =
            connection.fetch(&FIND_DELIVERIES, piece.len(), ids(piece)).await?;
        let row = |(UuidText(id), state, attempt, instance)| (id, (state, attempt, instance));
        standing.extend(found.into_iter().map(row));
    }
    let stands = |(waiting, fate): &(WaitingOrder, Fate)| {
        fate.leaves_a_trace() && stands(&waiting.order, &written, &standing)
    };
    Ok(orders.iter().map(stands).collect())
}

fn stands(order: &Order, written: &HashSet<Uuid>, standing: &HashMap<Uuid, TraceRow>) -> bool {
    match order {
        Order::Accept(entry) if entry.is_known => {
            entry.deliveries.iter().all(|delivery| standing.contains_key(&delivery.id))
        }
        Order::Accept(entry) => written.contains(&entry.event.id),
        Order::Start(start) => standing.get(&start.id).is_some_and(|(state, attempt, instance)| {
            *state == State::Sending
                && *attempt == i64::from(start.attempt)
                && instance.as_deref() == Some(&*start.instance)
        }),
        Order::PutBack(order) => standing.get(&order.id).is_some_and(|(state, attempt, instance)| {
            *state == State::Pending
                && *attempt == i64::from(order.attempt) - 1
                && instance.as_deref() == Some(&*order.instance)
        }),
        Order::Settle(settlement) => {
            let delivery = &settlement.delivery;
            standing.get(&delivery.id).is_some_and(|(state, attempt, _)| {
                *state == delivery.state && *attempt == i64::from(delivery.attempt)
            })
        }
    }
}

fn ids(ids: &[Uuid]) -> Vec<Value> {
    ids.iter().map(|id| Value::Text(Some(id.to_string()))).collect()
}
