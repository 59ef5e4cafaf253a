//! A search of the log, delivery by delivery: the page's own search, taken apart.

use crate::access::{Includes, MayRead, Permit};
use crate::actions::App;
use crate::db::deliveries::{EventFilter, LogPlace};
use crate::domain::delivery::Delivery;
use crate::error::Result;

use super::{fits, read};

/// More than `limit` deliveries of the events that a search finds, if there are, those of the newest event first, from
/// behind a place on. Of each event at least one fits, so that as many events are enough.
pub(in crate::actions) async fn found(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
    filter: &EventFilter,
    place: Option<LogPlace>,
    limit: usize,
) -> Result<Vec<Delivery>> {
    let mut filter = filter.clone();
    if let Some(LogPlace { event, .. }) = place {
        // The event itself may have deliveries left: no id but its own is below this and not below itself.
        let end = format!("{event}g");
        filter.below = Some(filter.below.take().map_or_else(|| end.clone(), |below| below.min(end.clone())));
    }
    let page = read(app, permit, &filter, limit.saturating_add(2)).await?;
    let is_left = |row: &Delivery| {
        place.is_none_or(|place| (row.event_id, row.id) < (place.event, place.delivery)) && fits(&filter, row)
    };
    let newest_first = page.events.into_iter().flat_map(|event| event.deliveries.into_iter().rev());
    Ok(newest_first.filter(is_left).collect())
}
