//! A delivery as commands print it.

use serde::Serialize;

use crate::cli::say;
use crate::domain::delivery::{Delivery, Reason};
use crate::domain::text::rfc3339_millis;
use crate::error::{Error, Result};

#[derive(Serialize)]
pub(super) struct DeliveryLine {
    id: String,
    account_id: i64,
    event_id: String,
    pub event_type: String,
    pub channel: &'static str,
    pub recipient: String,
    pub status: &'static str,
    reason: Option<&'static str>,
    pub message: String,
    attempts: u32,
    created_at: String,
    sent_at: Option<String>,
    finished_at: Option<String>,
    resend_of: Option<String>,
    resent_by: Option<String>,
}

/// One of them with every send of its event to its target.
#[derive(Serialize)]
struct DeliveryWithSends<'a> {
    #[serde(flatten)]
    delivery: DeliveryLine,
    sends: &'a [DeliveryLine],
}

impl From<&Delivery> for DeliveryLine {
    fn from(row: &Delivery) -> Self {
        Self {
            id: row.id.to_string(),
            account_id: row.account_id,
            event_id: row.event_id.to_string(),
            event_type: row.event_key.clone(),
            channel: row.target.channel().as_str(),
            recipient: row.target.recipient().to_owned(),
            status: row.log_status().as_str(),
            reason: row.reason.map(Reason::as_str),
            message: row.report().describe(),
            attempts: row.attempt,
            created_at: rfc3339_millis(row.created_at),
            sent_at: row.sent_at.map(rfc3339_millis),
            finished_at: row.finished_at.map(rfc3339_millis),
            resend_of: row.resend_of.map(|id| id.to_string()),
            resent_by: row.resent_by.clone(),
        }
    }
}

impl DeliveryLine {
    /// In the order of the table's headings.
    pub fn cells(&self) -> Vec<String> {
        let account = self.account_id.to_string();
        let (id, created, event) = (self.id.clone(), self.created_at.clone(), self.event_type.clone());
        vec![
            id,
            account,
            created,
            event,
            self.channel.to_owned(),
            self.recipient.clone(),
            self.status.to_owned(),
        ]
    }
}

pub(super) fn print_detail(delivery: &Delivery, sends: &[DeliveryLine]) -> Result<()> {
    let detail = DeliveryWithSends { delivery: delivery.into(), sends };
    say!("{}", serde_json::to_string_pretty(&detail).map_err(Error::internal)?)
}
