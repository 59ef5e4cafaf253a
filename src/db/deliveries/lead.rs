//! Which index leads through the log: of the filters that are set, the one that knows the fewest.

use sqlx::AssertSqlSafe;

use crate::db::{Db, DbResult, browse};
use crate::domain::delivery::{Channel, LogStatus, Trigger};

use super::event_filter::{EventFilter, Question};

/// A filter that has so few is read to its end: nothing that it knows is left out, and it takes no time.
const FEW: i64 = 1_000;

/// The index that leads; what else is asked for is looked at in what it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::db) enum Lead {
    /// Mails in files.
    InFiles,
    /// What waited too long.
    Expired,
    /// Deliveries in a state. It knows all that can be asked for of a delivery.
    State,
    /// What was sent again.
    Resends,
    /// Deliveries to a destination.
    Destination,
    /// Deliveries by a channel that is not the usual one.
    Channel,
    /// Events that nobody has posted.
    NotPosted,
    /// Events of a type.
    Key,
    /// All events.
    Events,
}

impl Lead {
    /// Whether it leads through deliveries; else through events.
    pub fn is_of_deliveries(self) -> bool {
        match self {
            Self::InFiles
            | Self::Expired
            | Self::State
            | Self::Resends
            | Self::Destination
            | Self::Channel => true,
            Self::NotPosted | Self::Key | Self::Events => false,
        }
    }

    /// The one that knows the deliveries with a status.
    pub fn of_status(status: LogStatus) -> Self {
        match status {
            LogStatus::WrittenToFile => Self::InFiles,
            LogStatus::Expired => Self::Expired,
            LogStatus::Failed
            | LogStatus::Unknown
            | LogStatus::Sending
            | LogStatus::Pending
            | LogStatus::Delivered
            | LogStatus::Skipped => Self::State,
        }
    }

    /// Those that can lead to what a filter asks for. The first is the best where all of them know many.
    pub fn candidates(filter: &EventFilter) -> Vec<Self> {
        let mut leads = Vec::new();
        // Somebody's hand is in these two, so that they are few beside what happens by itself.
        leads.extend((filter.trigger == Some(Trigger::Resend)).then_some(Self::Resends));
        let is_not_posted = matches!(filter.trigger, Some(Trigger::Test | Trigger::Adhoc));
        leads.extend(is_not_posted.then_some(Self::NotPosted));
        leads.extend(filter.status.map(Self::of_status));
        leads.extend(filter.destination.map(|_| Self::Destination));
        leads.extend(filter.channel.filter(|channel| *channel != Channel::Email).map(|_| Self::Channel));
        leads.extend(filter.event.as_ref().map(|_| Self::Key));
        if leads.is_empty() {
            leads.push(Self::Events);
        }
        leads
    }
}

/// How much each of them knows, counted up to [`FEW`].
pub(super) fn sizes(filter: &EventFilter, leads: &[Lead]) -> Question {
    let mut texts = filter.bounds();
    let counts: Vec<String> = (0..)
        .zip(leads)
        .map(|(place, lead)| {
            let led = filter.only(*lead).led(*lead, &mut texts);
            format!("select {place}, (select count(*) from (select 1 from {led} limit {FEW}) as few)")
        })
        .collect();
    Question { sql: counts.join(" union all "), texts }
}

impl Db {
    /// The index that should lead to what fits.
    pub(super) async fn lead(&self, account_id: i64, filter: &EventFilter) -> DbResult<Lead> {
        let leads = Lead::candidates(filter);
        let first = leads.first().copied().unwrap_or(Lead::Events);
        if leads.len() < 2 {
            return Ok(first);
        }
        let Question { sql, texts } = sizes(filter, &leads);
        let rows: Vec<(i32, i64)> = browse!(self, pool => {
            let mut query = sqlx::query_as(AssertSqlSafe(sql)).bind(account_id);
            for text in texts {
                query = query.bind(text);
            }
            query.fetch_all(pool)
        })?;
        let small = rows.into_iter().filter(|(_, count)| *count < FEW).min_by_key(|(_, count)| *count);
        let place = small.and_then(|(place, _)| usize::try_from(place).ok());
        Ok(place.and_then(|place| leads.get(place)).copied().unwrap_or(first))
    }
}
