//! What is asked of the log by event: each question is led by the index that answers it, and reads about as much as
//! it shows.

use std::fmt::Write as _;

use crate::domain::delivery::{Channel, LogStatus, Trigger};

use super::lead::Lead;

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

/// No id is beyond these.
pub(in crate::db) const LOWEST: &str = "";
pub(in crate::db) const HIGHEST: &str = "g";

/// A statement with the texts that it asks for, after the account and before the limit.
pub(super) struct Question {
    pub sql: String,
    pub texts: Vec<String>,
}

impl EventFilter {
    /// The ids around the events: the texts that come first, `$2` and `$3`.
    pub(super) fn bounds(&self) -> Vec<String> {
        let low = self.above.clone().unwrap_or_else(|| LOWEST.to_owned());
        let high = self.below.clone().unwrap_or_else(|| HIGHEST.to_owned());
        vec![low, high]
    }

    pub(super) fn order(&self) -> &'static str {
        if self.ascending { "asc" } else { "desc" }
    }

    /// What of it an index itself knows.
    pub(super) fn only(&self, lead: Lead) -> Self {
        let Self { above, below, ascending, .. } = self.clone();
        let empty = Self { above, below, ascending, ..Self::default() };
        match lead {
            Lead::InFiles | Lead::Expired | Lead::State => Self { status: self.status, ..empty },
            Lead::Resends | Lead::NotPosted => Self { trigger: self.trigger, ..empty },
            Lead::Destination => Self { destination: self.destination, ..empty },
            Lead::Channel => Self { channel: self.channel, ..empty },
            Lead::Key => Self { event: self.event.clone(), ..empty },
            Lead::Events => empty,
        }
    }

    /// The deliveries that fit, as conditions on `d`. Words are ours, so that the engines see which index holds them.
    /// What does not lead is hidden from them in a `coalesce`: no other index may.
    pub(in crate::db) fn of_deliveries(&self, lead: Lead, texts: &mut Vec<String>) -> String {
        let mut sql = Vec::new();
        let state = if lead == Lead::State { "d.state" } else { "coalesce(d.state, '')" };
        let reason = "coalesce(d.reason, '')";
        if let Some(status) = self.status {
            sql.push(match status {
                LogStatus::Pending => format!(" and {state} = 'pending'"),
                LogStatus::Sending => format!(" and {state} = 'sending'"),
                LogStatus::Delivered => {
                    format!(" and {state} = 'delivered' and {reason} <> 'written_to_file'")
                }
                LogStatus::Failed => format!(" and {state} = 'failed' and {reason} <> 'expired'"),
                LogStatus::Unknown => format!(" and {state} = 'unknown'"),
                LogStatus::Skipped => format!(" and {state} = 'skipped'"),
                LogStatus::WrittenToFile if lead == Lead::InFiles => {
                    " and d.reason = 'written_to_file'".to_owned()
                }
                LogStatus::WrittenToFile => format!(" and {reason} = 'written_to_file'"),
                LogStatus::Expired if lead == Lead::Expired => " and d.reason = 'expired'".to_owned(),
                LogStatus::Expired => format!(" and {reason} = 'expired'"),
            });
        }
        match self.channel {
            Some(channel) if lead == Lead::Channel => {
                sql.push(format!(" and d.channel = '{channel}' and d.channel <> 'email'"));
            }
            Some(channel) => sql.push(format!(" and coalesce(d.channel, '') = '{channel}'")),
            None => {}
        }
        match self.destination {
            Some(id) if lead == Lead::Destination => {
                sql.push(format!(" and d.destination_id = {id} and d.destination_id is not null"));
            }
            Some(id) => sql.push(format!(" and coalesce(d.destination_id, 0) = {id}")),
            None => {}
        }
        match self.trigger {
            Some(Trigger::Resend) if lead == Lead::Resends => {
                sql.push(" and d.resend_of is not null".to_owned());
            }
            Some(trigger) => sql.push(format!(" and coalesce(d.triggered_by, '') = '{trigger}'")),
            None => {}
        }
        if let Some(key) = &self.event {
            texts.push(key.clone());
            sql.push(format!(" and d.event_key = ${}", texts.len() + 1));
        }
        sql.concat()
    }

    /// Whether an event's own columns do not say everything: what one of its deliveries has to be.
    fn asks_deliveries(&self) -> bool {
        self.status.is_some()
            || self.destination.is_some()
            || self.channel.is_some()
            || self.trigger == Some(Trigger::Resend)
    }

    /// The events that fit, as conditions on `e`; what is asked of deliveries is not among them.
    pub(super) fn of_events(&self, lead: Lead, texts: &mut Vec<String>) -> String {
        let mut sql = Vec::new();
        if let Some(key) = &self.event {
            texts.push(key.clone());
            let column = if lead == Lead::Key { "e.event_key" } else { "coalesce(e.event_key, '')" };
            sql.push(format!(" and {column} = ${}", texts.len() + 1));
        }
        match self.trigger {
            Some(trigger @ (Trigger::Test | Trigger::Adhoc)) if lead == Lead::NotPosted => {
                sql.push(format!(" and e.triggered_by = '{trigger}' and e.triggered_by <> 'event'"));
            }
            Some(trigger @ (Trigger::Test | Trigger::Adhoc)) => {
                sql.push(format!(" and coalesce(e.triggered_by, '') = '{trigger}'"));
            }
            // Nearly all of them: PostgreSQL has to see it, or it sorts the whole log for the few that it expects.
            Some(Trigger::Event) => sql.push(" and e.triggered_by = 'event'".to_owned()),
            // The events of what is sent again were posted.
            Some(Trigger::Resend) | None => {}
        }
        sql.concat()
    }

    /// A table and conditions, led by an index.
    pub(super) fn led(&self, lead: Lead, texts: &mut Vec<String>) -> String {
        if lead.is_of_deliveries() {
            let fits = self.of_deliveries(lead, texts);
            return format!(
                "deliveries d where d.account_id = $1 and d.event_id > $2 and d.event_id < $3{fits}"
            );
        }
        let mut fits = self.of_events(lead, texts);
        if self.asks_deliveries() {
            let one = Self { event: None, ..self.clone() }.of_deliveries(lead, texts);
            // The offset keeps PostgreSQL from making a join of it, which would read all deliveries first.
            // Writing to a string cannot fail.
            let _ = write!(
                fits,
                " and exists (select 1 from deliveries d where d.event_id = e.id{one} limit 1 offset 0)"
            );
        }
        format!("events e where e.account_id = $1 and e.id > $2 and e.id < $3{fits}")
    }

    /// The ids of up to `$n` events, the newest first; ascending, the oldest first.
    pub(super) fn question(&self, lead: Lead) -> Question {
        let mut texts = self.bounds();
        let (from, order) = (self.led(lead, &mut texts), self.order());
        let at = texts.len() + 2;
        let sql = if lead.is_of_deliveries() {
            format!("select distinct d.event_id from {from} order by d.event_id {order} limit ${at}")
        } else {
            format!("select e.id from {from} order by e.id {order} limit ${at}")
        };
        Question { sql, texts }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lead::sizes;
    use super::*;
    use crate::db::plan::{databases, uses};

    #[tokio::test]
    async fn every_filter_of_the_log_is_led_by_its_index() {
        let none = EventFilter::default;
        let status = |status| EventFilter { status: Some(status), ..none() };
        let key = || Some("run_failed".to_owned());
        let questions = [
            (none(), "events_account"),
            (EventFilter { event: key(), ..none() }, "events_by_key"),
            (EventFilter { trigger: Some(Trigger::Event), ..none() }, "events_account"),
            (EventFilter { trigger: Some(Trigger::Test), ..none() }, "events_not_posted"),
            (EventFilter { trigger: Some(Trigger::Resend), ..none() }, "deliveries_resends"),
            (EventFilter { channel: Some(Channel::Email), ..none() }, "events_account"),
            (EventFilter { channel: Some(Channel::Email), event: key(), ..none() }, "events_by_key"),
            (EventFilter { channel: Some(Channel::Slack), ..none() }, "COVERING INDEX deliveries_by_channel"),
            (EventFilter { destination: Some(7), ..none() }, "COVERING INDEX deliveries_by_destination"),
            (status(LogStatus::Delivered), "COVERING INDEX deliveries_by_state"),
            (status(LogStatus::Failed), "COVERING INDEX deliveries_by_state"),
            (status(LogStatus::WrittenToFile), "deliveries_in_files"),
            (status(LogStatus::Expired), "deliveries_expired"),
        ];
        for (_folder, mut connection) in databases().await {
            for (filter, index) in &questions {
                let [lead] = Lead::candidates(filter)[..] else { continue };
                let sql = filter.question(lead).sql;
                uses(&mut connection, &sql, &[index]).await;
                assert!(sql.contains(" desc "), "{sql}");
            }
        }
    }

    #[tokio::test]
    async fn of_several_filters_any_can_lead_and_no_other_does() {
        let asked = |status, trigger| EventFilter {
            status: Some(status),
            event: Some("run_failed".to_owned()),
            channel: Some(Channel::Slack),
            destination: Some(7),
            trigger: Some(trigger),
            ..EventFilter::default()
        };
        let filters = [
            asked(LogStatus::Delivered, Trigger::Test),
            asked(LogStatus::WrittenToFile, Trigger::Resend),
            asked(LogStatus::Expired, Trigger::Event),
        ];
        for (_folder, mut connection) in databases().await {
            for filter in &filters {
                let leads = Lead::candidates(filter);
                for lead in &leads {
                    let (index, end) = match lead {
                        Lead::InFiles => ("deliveries_in_files", "event_id<?"),
                        Lead::Expired => ("deliveries_expired", "event_id<?"),
                        // It knows everything: no row is read.
                        Lead::State => ("COVERING INDEX deliveries_by_state", "event_id<?"),
                        Lead::Resends => ("deliveries_resends", "event_id<?"),
                        Lead::Destination => ("deliveries_by_destination", "event_id<?"),
                        Lead::Channel => ("deliveries_by_channel", "event_id<?"),
                        Lead::NotPosted => ("events_not_posted", "id<?"),
                        Lead::Key => ("events_by_key", "id<?"),
                        Lead::Events => ("events_account", "id<?"),
                    };
                    uses(&mut connection, &filter.question(*lead).sql, &[index, end]).await;
                }
                uses(
                    &mut connection,
                    &sizes(filter, &leads).sql,
                    &["deliveries_by_channel", "events_by_key"],
                )
                .await;
            }
        }
    }
}
