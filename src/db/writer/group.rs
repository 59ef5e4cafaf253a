//! One transaction for a whole group: each kind of order is a statement or two.

use crate::db::events::Entry;
use crate::db::outbox::{Settlement, Start};

use super::accept::accept;
use super::connection::WriterConnection;
use super::order::{Fate, Order, PutBack, WaitingOrder};
use super::transitions::change;

/// Does everything that a group wants, inside a transaction that is open; the answer has the group's order. Where the
/// engine allows, the last statement commits.
pub(super) async fn apply(
    connection: &mut WriterConnection,
    group: &[WaitingOrder],
) -> sqlx::Result<Vec<Fate>> {
    let mut fates: Vec<Option<Fate>> = vec![None; group.len()];
    let mut entries: Vec<(usize, &Entry)> = Vec::new();
    let mut starts: Vec<(usize, &Start)> = Vec::new();
    let mut put_back: Vec<(usize, &PutBack)> = Vec::new();
    let mut settlements: Vec<(usize, &Settlement)> = Vec::new();
    for (at, waiting) in group.iter().enumerate() {
        match &waiting.order {
            Order::Accept(entry) => entries.push((at, entry)),
            Order::Start(start) => starts.push((at, start)),
            Order::PutBack(order) => put_back.push((at, order)),
            Order::Settle(settlement) => settlements.push((at, settlement)),
        }
    }
    let mut note = |places: Vec<usize>, done: Vec<Fate>| {
        for (place, fate) in places.into_iter().zip(done) {
            if let Some(slot) = fates.get_mut(place) {
                *slot = Some(fate);
            }
        }
    };
    let done = |done: Vec<bool>| done.into_iter().map(Fate::Done).collect();
    let puts_back_last = settlements.is_empty();
    let starts_last = puts_back_last && put_back.is_empty();
    let accepts_last = starts_last && starts.is_empty();
    let (places, entries): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
    note(places, accept(connection, &entries, accepts_last).await?);
    let (places, starts): (Vec<_>, Vec<_>) = starts.into_iter().unzip();
    note(places, done(change(connection, &starts, starts_last).await?));
    let (places, put_back): (Vec<_>, Vec<_>) = put_back.into_iter().unzip();
    note(places, done(change(connection, &put_back, puts_back_last).await?));
    let (places, settlements): (Vec<_>, Vec<_>) = settlements.into_iter().unzip();
    note(places, done(change(connection, &settlements, true).await?));
    // Every order has had its turn above.
    Ok(fates.into_iter().map(|fate| fate.unwrap_or(Fate::Vanished)).collect())
}
