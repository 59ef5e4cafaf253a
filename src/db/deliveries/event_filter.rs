//! What is asked of the log by event: each question is led by the index that answers it, and reads about as much as
//! it shows.

use crate::domain::delivery::{Channel, LogStatus, Trigger};

/// Which events to show. Empty fields do not filter; those about deliveries have to fit one of the event's.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Of a delivery.
    pub status: Option<LogStatus>,
    /// The event's key.
    pub event: Option<String>,
    /// Of a delivery.
    pub channel: Option<Channel>,
    /// Of a delivery.
    pub destination: Option<i64>,
    /// Of a delivery.
    pub trigger: Option<Trigger>,
    /// The begin of a recipient, or of an event's or delivery's id.
    pub q: Option<String>,
    /// Events with ids from this one on, this one left out.
    pub above: Option<String>,
    /// Events with ids up to this one, this one left out.
    pub below: Option<String>,
    /// The nearest ones to `above`, instead of to `below`.
    pub ascending: bool,
}

/// How many deliveries of one recipient are looked at: who has more is found by the newest of them.
const MOST_OF_A_SEARCH: i64 = 5_000;
/// No id is beyond these.
pub(in crate::db) const LOWEST: &str = "";
pub(in crate::db) const HIGHEST: &str = "g";

/// A statement with the texts that it asks for, after the account and before the limit.
pub(super) struct Question {
    pub sql: String,
    pub texts: Vec<String>,
}

impl EventFilter {
    /// The deliveries that fit, as conditions on `d`. Words are ours, so that the engines see which index holds them.
    pub(in crate::db) fn of_deliveries(&self, texts: &mut Vec<String>) -> String {
        let mut sql = Vec::new();
        if let Some(status) = self.status {
            let fits = match status {
                LogStatus::Pending => " and d.state = 'pending'",
                LogStatus::Sending => " and d.state = 'sending'",
                LogStatus::Delivered => {
                    " and d.state = 'delivered' and (d.reason is null or d.reason <> 'written_to_file')"
                }
                LogStatus::Failed => {
                    " and d.state = 'failed' and (d.reason is null or d.reason <> 'expired')"
                }
                LogStatus::Unknown => " and d.state = 'unknown'",
                LogStatus::Skipped => " and d.state = 'skipped'",
                LogStatus::WrittenToFile => " and d.reason = 'written_to_file'",
                LogStatus::Expired => " and d.reason = 'expired'",
            };
            sql.push(fits.to_owned());
        }
        match self.channel {
            Some(Channel::Email) => sql.push(" and d.channel = 'email'".to_owned()),
            Some(channel) => sql.push(format!(" and d.channel = '{channel}' and d.channel <> 'email'")),
            None => {}
        }
        if let Some(id) = self.destination {
            sql.push(format!(" and d.destination_id = {id} and d.destination_id is not null"));
        }
        match self.trigger {
            Some(Trigger::Resend) => sql.push(" and d.resend_of is not null".to_owned()),
            Some(trigger) => sql.push(format!(" and d.triggered_by = '{trigger}'")),
            None => {}
        }
        if let Some(key) = &self.event {
            texts.push(key.clone());
            sql.push(format!(" and d.event_key = ${}", texts.len() + 1));
        }
        sql.concat()
    }

    /// Whether deliveries lead to the events: one of their indexes knows the fewest.
    pub(super) fn is_led_by_deliveries(&self) -> bool {
        self.status.is_some()
            || self.destination.is_some()
            || self.trigger == Some(Trigger::Resend)
            || !matches!(self.channel, None | Some(Channel::Email))
    }

    /// The ids of up to `$n` events, the newest first; ascending, the oldest first.
    pub(super) fn question(&self) -> Question {
        let low = self.above.clone().unwrap_or_else(|| LOWEST.to_owned());
        let high = self.below.clone().unwrap_or_else(|| HIGHEST.to_owned());
        let mut texts = vec![low, high];
        let order = if self.ascending { "asc" } else { "desc" };
        if self.is_led_by_deliveries() {
            let fits = self.of_deliveries(&mut texts);
            let sql = format!(
                "select distinct d.event_id from deliveries d
                 where d.account_id = $1 and d.event_id > $2 and d.event_id < $3{fits}
                 order by d.event_id {order} limit ${}",
                texts.len() + 2
            );
            return Question { sql, texts };
        }
        let mut fits = Vec::new();
        if let Some(key) = &self.event {
            texts.push(key.clone());
            fits.push(format!(" and e.event_key = ${}", texts.len() + 1));
        }
        match self.trigger {
            Some(trigger @ Trigger::Event) => fits.push(format!(" and e.triggered_by = '{trigger}'")),
            Some(trigger) => {
                fits.push(format!(" and e.triggered_by = '{trigger}' and e.triggered_by <> 'event'"));
            }
            None => {}
        }
        if self.channel == Some(Channel::Email) {
            fits.push(
                " and exists (select 1 from deliveries d where d.event_id = e.id and d.channel = 'email')"
                    .to_owned(),
            );
        }
        let fits = fits.concat();
        let sql = format!(
            "select e.id from events e where e.account_id = $1 and e.id > $2 and e.id < $3{fits}
             order by e.id {order} limit ${}",
            texts.len() + 2
        );
        Question { sql, texts }
    }

    /// The same for a recipient, an event's or a delivery's id that begins like `q`.
    pub(super) fn search(&self, q: &str) -> Question {
        let low = self.above.clone().unwrap_or_else(|| LOWEST.to_owned());
        let high = self.below.clone().unwrap_or_else(|| HIGHEST.to_owned());
        let folded = q.to_lowercase();
        // What follows every text that begins like this.
        let end = format!("{folded}\u{10ffff}");
        let mut texts = vec![low, high, folded, end];
        let fits = self.of_deliveries(&mut texts);
        let order = if self.ascending { "asc" } else { "desc" };
        let bounds = "found.event_id > $2 and found.event_id < $3";
        let d = |lead: &str| {
            format!(
                "select * from (select d.event_id from deliveries d where d.account_id = $1 and {lead}{fits}
                 limit {MOST_OF_A_SEARCH}) as found where {bounds}"
            )
        };
        let of_recipient = d("lower(d.recipient) >= $4 and lower(d.recipient) < $5");
        let of_delivery = d("d.id >= $4 and d.id < $5");
        // SQLite takes the tables of a cross join in this order.
        let of_event = format!(
            "select * from (select d.event_id from events e cross join deliveries d
             where e.account_id = $1 and e.id >= $4 and e.id < $5 and d.event_id = e.id{fits}
             limit {MOST_OF_A_SEARCH}) as found where {bounds}"
        );
        let sql = format!(
            "select distinct event_id from ({of_recipient} union all {of_delivery} union all {of_event}) as every
             order by event_id {order} limit ${}",
            texts.len() + 2
        );
        Question { sql, texts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::plan::{databases, uses};

    #[tokio::test]
    async fn every_filter_of_the_log_is_led_by_its_index() {
        let of = |filter: EventFilter| filter.question().sql;
        let none = EventFilter::default;
        let status = |status| EventFilter { status: Some(status), ..none() };
        let questions = [
            (of(none()), "events_account"),
            (of(EventFilter { event: Some("run_failed".into()), ..none() }), "events_by_key"),
            (of(EventFilter { trigger: Some(Trigger::Event), ..none() }), "events_account"),
            (of(EventFilter { trigger: Some(Trigger::Test), ..none() }), "events_not_posted"),
            (of(EventFilter { trigger: Some(Trigger::Resend), ..none() }), "deliveries_resends"),
            (of(EventFilter { channel: Some(Channel::Email), ..none() }), "events_account"),
            (of(EventFilter { channel: Some(Channel::Slack), ..none() }), "deliveries_by_channel"),
            (of(EventFilter { destination: Some(7), ..none() }), "deliveries_by_destination"),
            (of(status(LogStatus::Delivered)), "deliveries_by_state"),
            (of(status(LogStatus::Failed)), "deliveries_by_state"),
            (of(status(LogStatus::WrittenToFile)), "deliveries_in_files"),
            (of(status(LogStatus::Expired)), "deliveries_expired"),
        ];
        for (_folder, mut connection) in databases().await {
            for (sql, index) in &questions {
                uses(&mut connection, sql, &[index]).await;
                assert!(sql.contains(" desc "), "{sql}");
            }
            let search = none().search("ops@").sql;
            let led = ["deliveries_by_recipient", "deliveries_log", "events_account", "deliveries_event"];
            uses(&mut connection, &search, &led).await;
        }
    }
}
