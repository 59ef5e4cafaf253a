//! The log: deliveries as people and programs read them.

use sqlx::FromRow;

use crate::domain::delivery::{Channel, DeliveryReport, State};

use super::{Db, Result, read};

/// A line of the log.
#[derive(Clone, Debug, FromRow)]
pub struct LogRow {
    /// `UUIDv7`; also the cursor.
    pub id: String,
    /// What happened.
    pub event_id: String,
    /// The catalogue's key.
    pub event_key: String,
    /// The channel's word.
    pub channel: String,
    /// The trigger's word.
    pub triggered_by: String,
    /// See [`super::events::target`].
    pub target: String,
    /// A mail address, or the visible part of a URL.
    pub recipient: String,
    /// What it shares the limit on requests with; for HTTP, the host.
    pub lane: String,
    /// The state's word.
    pub state: String,
    /// The reason's word.
    pub reason: Option<String>,
    /// HTTP status or SMTP code.
    pub status: Option<i64>,
    /// The network's own words.
    pub detail: String,
    /// How often it was tried.
    pub attempt: i64,
    /// When it was accepted.
    pub created_at: i64,
    /// When the last try began.
    pub sent_at: Option<i64>,
    /// When it ended.
    pub finished_at: Option<i64>,
    /// How long the last try took.
    pub took_ms: Option<i64>,
    /// When it is tried next, while pending.
    pub due_at: i64,
    /// The delivery that this one repeats.
    pub resend_of: Option<String>,
}

impl<'a> From<&'a LogRow> for DeliveryReport<'a> {
    fn from(row: &'a LogRow) -> Self {
        let channel = row.channel.parse().unwrap_or(Channel::Webhook);
        Self {
            channel,
            state: row.state.parse().unwrap_or(State::Unknown),
            reason: row.reason.as_deref().and_then(|word| word.parse().ok()),
            status: row.status.and_then(|code| u16::try_from(code).ok()),
            detail: &row.detail,
            target: if channel == Channel::Email { &row.recipient } else { &row.lane },
            took_ms: row.took_ms,
        }
    }
}

/// What left and what came back.
#[derive(Clone, Debug, FromRow)]
pub struct TranscriptRow {
    /// Request line and headers.
    pub request_head: Option<String>,
    /// The body, where it is not the event's payload itself.
    pub request_body: Option<String>,
    /// Status line and headers.
    pub response_head: Option<String>,
    /// The first part of the answer's body.
    pub response_body: Option<String>,
    /// The event's payload.
    pub payload: String,
}

/// Which lines of the log to show. Empty fields do not filter.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    /// A state's word.
    pub status: Option<String>,
    /// An event key.
    pub event: Option<String>,
    /// A channel's word.
    pub channel: Option<String>,
    /// A trigger's word.
    pub trigger: Option<String>,
    /// Part of a recipient, or the id of a delivery or event.
    pub q: Option<String>,
    /// Older than this delivery.
    pub before: Option<String>,
    /// Newer than this delivery.
    pub after: Option<String>,
}

const ROW: &str =
    "select id, event_id, event_key, channel, triggered_by, target, recipient, lane, state, reason,
       status, detail, attempt, created_at, sent_at, finished_at, took_ms, due_at, resend_of
     from deliveries";

impl Db {
    /// Up to `limit` lines of an account's log, newest first.
    pub async fn log(&self, account_id: i64, filter: &LogFilter, limit: i64) -> Result<Vec<LogRow>> {
        // Going to newer pages, the nearest lines are wanted, so the order turns round and back.
        let order = if filter.after.is_some() { "asc" } else { "desc" };
        let sql = sqlx::AssertSqlSafe(format!(
            "{ROW} where account_id = $1
               and ($2 is null or state = $2)
               and ($3 is null or event_key = $3)
               and ($4 is null or channel = $4)
               and ($5 is null or triggered_by = $5)
               and ($6 is null or id = $6 or event_id = $6 or lower(recipient) like $7 escape '\\')
               and ($8 is null or id < $8)
               and ($9 is null or id > $9)
             order by id {order} limit $10"
        ));
        let like = filter.q.as_ref().map(|q| format!("%{}%", escape_like(&q.to_lowercase())));
        let mut rows: Vec<LogRow> = read!(self, pool => sqlx::query_as(sql)
            .bind(account_id)
            .bind(&filter.status)
            .bind(&filter.event)
            .bind(&filter.channel)
            .bind(&filter.trigger)
            .bind(&filter.q)
            .bind(like)
            .bind(&filter.before)
            .bind(&filter.after)
            .bind(limit)
            .fetch_all(pool))?;
        if filter.after.is_some() {
            rows.reverse();
        }
        Ok(rows)
    }

    /// One line of an account's log.
    pub async fn delivery(&self, account_id: i64, id: &str) -> Result<Option<LogRow>> {
        let sql = sqlx::AssertSqlSafe(format!("{ROW} where account_id = $1 and id = $2"));
        Ok(read!(self, pool => sqlx::query_as(sql).bind(account_id).bind(id).fetch_optional(pool))?)
    }

    /// What was sent and answered, for one line of the log.
    pub async fn transcript(&self, account_id: i64, id: &str) -> Result<Option<TranscriptRow>> {
        Ok(read!(self, pool => sqlx::query_as(
            "select d.request_head, d.request_body, d.response_head, d.response_body, e.payload
             from deliveries d join events e on e.id = d.event_id
             where d.account_id = $1 and d.id = $2",
        )
        .bind(account_id)
        .bind(id)
        .fetch_optional(pool))?)
    }

    /// The deliveries of one event, in the order in which they were planned.
    pub async fn deliveries_of(&self, account_id: i64, event_id: &str) -> Result<Vec<LogRow>> {
        let sql = sqlx::AssertSqlSafe(format!("{ROW} where account_id = $1 and event_id = $2 order by id"));
        Ok(read!(self, pool => sqlx::query_as(sql).bind(account_id).bind(event_id).fetch_all(pool))?)
    }
}

/// `%` and `_` in what somebody searches for mean themselves.
fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
