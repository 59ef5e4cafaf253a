//! What is filtered of the log, delivery by delivery, as long as it may be: each part is a read of its own, so that
//! nothing in the database waits for whoever reads it.

use crate::access::{MayRead, Permit};
use crate::actions::App;
use crate::actions::exports::ExportPlace;
use crate::db::deliveries::EventFilter;
use crate::domain::delivery::Delivery;
use crate::domain::event_name::EventName;
use crate::error::Result;

use super::{LogPage, fits, read};

/// Events of one part: few enough that a part is small, and its reads short.
const AT_ONCE: usize = 200;

/// Where an export of the log stands.
pub(crate) struct LogExport {
    place: ExportPlace,
    permit: Permit<MayRead>,
    filter: EventFilter,
    is_over: bool,
}

/// Begins at the newest event that fits, and notes who takes it along. 429 where the account has too many exports.
pub(crate) async fn begin_export(
    app: &App,
    permit: Permit<MayRead>,
    filter: EventFilter,
    format: &str,
) -> Result<LogExport> {
    let place = ExportPlace::take(app, &permit.caller, Some(permit.account.id), "deliveries", format).await?;
    Ok(LogExport { place, permit, filter, is_over: false })
}

impl LogExport {
    /// The next deliveries with what their events are called; none at the end.
    pub(crate) async fn part(&mut self) -> Result<Vec<(EventName, Delivery)>> {
        while !self.is_over {
            let _turn = self.place.turn().await?;
            let LogPage { events, more } = read(&self.place.app, &self.permit, &self.filter, AT_ONCE).await?;
            self.is_over = !more;
            self.filter.below = events.last().map(|event| event.record.id.clone());
            let rows = events.into_iter().flat_map(|event| {
                let name = event.name;
                event.deliveries.into_iter().map(move |row| (name.clone(), row))
            });
            let rows: Vec<_> = rows.filter(|(_, row)| fits(&self.filter, row)).collect();
            if !rows.is_empty() {
                return Ok(rows);
            }
        }
        Ok(Vec::new())
    }
}
