//! Claiming: what is due is marked as `sending`, lane by lane, as far as there is room.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::db::columns::{DELIVERY, OutboxRow};
use crate::db::{Db, DbResult, write};
use crate::domain::delivery::{MAIL_LANE, OutboxMessage, Reason, State};

/// How many lanes one claim looks at; the next claim goes on behind them.
const LANES_AT_ONCE: i64 = 64;

/// What one round of claiming found.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    /// What is to be sent.
    pub messages: Vec<OutboxMessage>,
    /// The lane behind which the next round begins.
    pub next: String,
    /// Whether there are lanes that this round has not looked at.
    pub more: bool,
}

/// How much more may be in flight: overall for HTTP and for mail, and per lane.
#[derive(Clone, Debug, Default)]
pub struct Capacity {
    /// Free places for HTTP requests.
    pub http: usize,
    /// Free places for mails.
    pub mail: usize,
    /// Requests that one host may have at once.
    pub per_host: usize,
    /// What is in flight now, by lane.
    pub in_flight: HashMap<String, usize>,
}

impl Capacity {
    fn of(&self, lane: &str) -> usize {
        if lane == MAIL_LANE {
            return self.mail;
        }
        let busy = self.in_flight.get(lane).copied().unwrap_or_default();
        self.per_host.saturating_sub(busy).min(self.http)
    }

    fn take(&mut self, lane: &str, taken: usize) {
        if lane == MAIL_LANE {
            self.mail = self.mail.saturating_sub(taken);
        } else {
            self.http = self.http.saturating_sub(taken);
        }
    }
}

impl Db {
    /// Marks what is due as `sending`, as far as there is room, lane by lane behind `after`, so that a
    /// dead receiver with a long queue holds nobody else up.
    pub(crate) async fn claim(
        &self,
        instance: String,
        now: Timestamp,
        after: String,
        mut capacity: Capacity,
    ) -> DbResult<Claims> {
        let select = format!(
            "select {DELIVERY}, e.payload
             from deliveries d join events e on e.id = d.event_id
             where d.state = 'pending' and d.lane = $1 and d.due_at <= $2
             order by d.due_at, d.id limit $3{}",
            self.skip_locked()
        );
        let now_ms = now.as_millisecond();
        write!(self, tx => {
            let mut claims = Claims::default();
            let mut lanes = Vec::new();
            if capacity.http > 0 {
                // Each step seeks the next lane in the index, however many rows the lanes hold.
                lanes = sqlx::query_scalar(
                    "with recursive lanes (lane) as (
                       select min(lane) from deliveries where state = 'pending' and lane > $1
                       union all
                       select (select min(d.lane) from deliveries d
                         where d.state = 'pending' and d.lane > lanes.lane)
                       from lanes where lanes.lane is not null
                     )
                     select lane from lanes where lane is not null limit $2",
                )
                .bind(&after)
                .bind(LANES_AT_ONCE)
                .fetch_all(&mut *tx)
                .await?;
                let full_page = i64::try_from(lanes.len()) == Ok(LANES_AT_ONCE);
                claims.next = lanes.last().filter(|_| full_page).cloned().unwrap_or_default();
                // A round that began in the middle has not seen the lanes before it.
                claims.more = full_page || !after.is_empty();
                lanes.retain(|lane| lane != MAIL_LANE);
            }
            // Mail has places of its own, and must not wait behind hosts that have none.
            lanes.insert(0, MAIL_LANE.to_owned());
            let mut previous = after;
            for lane in lanes {
                if capacity.http == 0 && lane != MAIL_LANE {
                    // No place is left for this lane: the next round begins with it.
                    claims.next = previous;
                    claims.more = false;
                    break;
                }
                let found: Vec<OutboxRow> = sqlx::query_as(sqlx::AssertSqlSafe(select.clone()))
                    .bind(&lane)
                    .bind(now_ms)
                    .bind(i64::try_from(capacity.of(&lane)).unwrap_or(i64::MAX))
                    .fetch_all(&mut *tx)
                    .await?;
                capacity.take(&lane, found.len());
                for OutboxRow(found) in found {
                    match found {
                        Ok(message) => claims.messages.push(message),
                        // One row that cannot be read must not hold up all those that can.
                        Err((id, error)) => {
                            tracing::error!(delivery = %id, %error, "a waiting delivery cannot be read: it failed");
                            sqlx::query(
                                "update deliveries set state = $2, reason = $3, detail = $4, finished_at = $5
                                 where id = $1 and state = 'pending'",
                            )
                            .bind(id)
                            .bind(State::Failed)
                            .bind(Reason::NotComposed)
                            .bind(error.to_string())
                            .bind(now_ms)
                            .execute(&mut *tx)
                            .await?;
                        }
                    }
                }
                if lane != MAIL_LANE {
                    previous = lane;
                }
            }
            for OutboxMessage { delivery, .. } in &mut claims.messages {
                delivery.begin(now);
                sqlx::query(
                    "update deliveries set state = 'sending', attempt = $2, instance = $3, sent_at = $4
                     where id = $1 and state = 'pending'",
                )
                .bind(delivery.id.to_string())
                .bind(i64::from(delivery.attempt))
                .bind(&instance)
                .bind(now_ms)
                .execute(&mut *tx)
                .await?;
            }
            Ok(claims)
        })
    }
}
