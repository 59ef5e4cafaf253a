//! The log, delivery by delivery.

use std::fmt::Write as _;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::db::columns::DELIVERY;
use crate::db::{Db, DbResult, browse};
use crate::domain::delivery::Delivery;

use super::event_filter::{EventFilter, HIGHEST, Question};
use super::lead::Lead;

/// A place in the log: what comes behind this delivery is asked for next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPlace {
    /// The delivery's event.
    pub event: Uuid,
    /// The delivery.
    pub delivery: Uuid,
}

impl Db {
    /// Up to `limit` deliveries that fit, those of the newest event first, from behind a place on.
    pub async fn log(
        &self,
        account_id: i64,
        filter: &EventFilter,
        place: Option<LogPlace>,
        limit: i64,
    ) -> DbResult<Vec<Delivery>> {
        let lead = self.lead(account_id, filter).await?;
        let Question { sql, texts } = question(filter, lead, place);
        let sql = AssertSqlSafe(sql);
        Ok(browse!(self, pool => {
            let mut query = sqlx::query_as(sql).bind(account_id);
            for text in texts {
                query = query.bind(text);
            }
            query.bind(limit).fetch_all(pool)
        })?)
    }
}

/// Where deliveries lead, one of their indexes ends in the event; elsewhere the events are in order themselves.
fn question(filter: &EventFilter, lead: Lead, place: Option<LogPlace>) -> Question {
    let mut filter = filter.clone();
    if let Some(LogPlace { event, .. }) = place {
        // The end of the index's range itself: SQLite would take the first of two ends, and read from there to the
        // place. This is just above the place's own event.
        filter.below = filter.below.into_iter().chain([format!("{event}{HIGHEST}")]).min();
    }
    let mut texts = filter.bounds();
    let (event, from, mut fits) = if lead.is_of_deliveries() {
        let fits = filter.of_deliveries(lead, &mut texts);
        ("d.event_id", "deliveries d where d.account_id = $1", fits)
    } else {
        let mut fits = filter.of_events(lead, &mut texts);
        fits.push_str(&EventFilter { event: None, ..filter.clone() }.of_deliveries(lead, &mut texts));
        // SQLite takes the tables of a cross join in this order.
        ("e.id", "events e cross join deliveries d where e.account_id = $1 and d.event_id = e.id", fits)
    };
    if let Some(LogPlace { event: last_event, delivery: last_delivery }) = place {
        texts.extend([last_event.to_string(), last_delivery.to_string()]);
        let at = texts.len();
        // Writing to a string cannot fail.
        let _ = write!(fits, " and ({event} < ${at} or d.id < ${})", at + 1);
    }
    let sql = format!(
        "select {DELIVERY} from {from} and {event} > $2 and {event} < $3{fits}
         order by {event} desc, d.id desc limit ${}",
        texts.len() + 2
    );
    Question { sql, texts }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::plan::{databases, uses};
    use crate::domain::delivery::{Channel, LogStatus, Trigger};

    #[test]
    fn what_comes_behind_a_place_is_read_from_there_and_not_from_the_newest_on() {
        let place = LogPlace { event: Uuid::from_u128(7), delivery: Uuid::from_u128(8) };
        let below =
            |below: Option<&str>| EventFilter { below: below.map(Into::into), ..EventFilter::default() };
        let end = |filter: &EventFilter| question(filter, Lead::Events, Some(place)).texts[1].clone();
        let own = place.event.to_string();
        assert!(end(&below(None)) > own && end(&below(None)).starts_with(&own));
        assert_eq!(end(&below(Some("00000000-0000"))), "00000000-0000");
    }

    #[tokio::test]
    async fn every_filter_of_the_list_is_led_by_its_index() {
        let place = LogPlace { event: Uuid::nil(), delivery: Uuid::nil() };
        let none = EventFilter::default;
        let asked = [
            (none(), "events_account"),
            (EventFilter { event: Some("run_failed".into()), ..none() }, "events_by_key"),
            (EventFilter { trigger: Some(Trigger::Test), ..none() }, "events_not_posted"),
            (EventFilter { trigger: Some(Trigger::Resend), ..none() }, "deliveries_resends"),
            (EventFilter { channel: Some(Channel::Email), ..none() }, "events_account"),
            (EventFilter { channel: Some(Channel::Slack), ..none() }, "deliveries_by_channel"),
            (EventFilter { destination: Some(7), ..none() }, "deliveries_by_destination"),
            (EventFilter { status: Some(LogStatus::Failed), ..none() }, "deliveries_by_state"),
            (EventFilter { status: Some(LogStatus::WrittenToFile), ..none() }, "deliveries_in_files"),
        ];
        for (_folder, mut connection) in databases().await {
            for (filter, index) in &asked {
                let [lead] = Lead::candidates(filter)[..] else { continue };
                for place in [None, Some(place)] {
                    uses(&mut connection, &question(filter, lead, place).sql, &[index]).await;
                }
            }
        }
    }
}
