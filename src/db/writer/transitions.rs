//! Marks, marks taken back, and outcomes, many at once. Each is guarded by the state, owner and attempt that it
//! expects.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::db::columns::UuidText;
use crate::db::outbox::{Settlement, Start};
use crate::domain::delivery::Reason;

use super::connection::WriterConnection;
use super::order::PutBack;
use super::statement::{StatementTemplate, Value, pieces};

pub(super) static START: StatementTemplate = StatementTemplate::new(
    4,
    "with v (v_id, v_attempt, v_instance, v_at) as (values @)
     update deliveries set state = 'sending', attempt = v_attempt, sent_at = v_at from v
     where id = v_id and state = 'pending' and attempt = v_attempt - 1 and instance = v_instance
     returning id",
);
pub(super) static PUT_BACK: StatementTemplate = StatementTemplate::new(
    3,
    "with v (v_id, v_attempt, v_instance) as (values @)
     update deliveries set state = 'pending', attempt = v_attempt - 1 from v
     where id = v_id and state = 'sending' and attempt = v_attempt and instance = v_instance
     returning id",
);
pub(super) static SETTLE: StatementTemplate = StatementTemplate::new(
    24,
    "with v (v_id, v_attempt, v_instance, v_state, v_reason, v_status, v_detail, v_took_ms, v_due_at,
       v_finished_at, v_recipient, v_lane, v_request_head, v_request_body, v_response_head, v_response_body,
       v_resolve_us, v_policy_us, v_connect_us, v_tls_us, v_sent_us, v_first_byte_us, v_done_us,
       v_certificate_until) as (values @)
     update deliveries set state = v_state, reason = v_reason, status = v_status, detail = v_detail,
       took_ms = v_took_ms, due_at = v_due_at, finished_at = v_finished_at, recipient = v_recipient,
       lane = v_lane, request_head = v_request_head, request_body = v_request_body,
       response_head = v_response_head, response_body = v_response_body, resolve_us = v_resolve_us,
       policy_us = v_policy_us, connect_us = v_connect_us, tls_us = v_tls_us, sent_us = v_sent_us,
       first_byte_us = v_first_byte_us, done_us = v_done_us, certificate_until = v_certificate_until,
       instance = null from v
     where id = v_id and state = 'sending' and attempt = v_attempt and instance = v_instance
     returning id",
);

/// A guarded change of one row, and its place in a statement over many.
pub(super) trait Transition {
    const TEMPLATE: &'static StatementTemplate;
    fn id(&self) -> Uuid;
    fn row(&self) -> Vec<Value>;
}

impl Transition for Start {
    const TEMPLATE: &'static StatementTemplate = &START;

    fn id(&self) -> Uuid {
        self.id
    }

    fn row(&self) -> Vec<Value> {
        let mut row = guard(self.id, self.attempt, &self.instance);
        row.push(time(Some(self.at)));
        row
    }
}

impl Transition for PutBack {
    const TEMPLATE: &'static StatementTemplate = &PUT_BACK;

    fn id(&self) -> Uuid {
        self.id
    }

    fn row(&self) -> Vec<Value> {
        guard(self.id, self.attempt, &self.instance)
    }
}

impl Transition for Settlement {
    const TEMPLATE: &'static StatementTemplate = &SETTLE;

    fn id(&self) -> Uuid {
        self.delivery.id
    }

    fn row(&self) -> Vec<Value> {
        let Self { delivery, payload, transcript, stages, instance } = self;
        // A payload that was sent as it is stands in its event's row, and is not stored twice.
        let body = kept(transcript.request_body.clone()).filter(|body| **body != **payload);
        let took = delivery.took.map(|took| i64::try_from(took.as_millis()).unwrap_or(i64::MAX));
        let mut row = guard(delivery.id, delivery.attempt, instance);
        row.extend([
            Value::Word(Some(delivery.state.as_str())),
            Value::Word(delivery.reason.map(Reason::as_str)),
            Value::Int(delivery.status.map(i64::from)),
            Value::Text(Some(delivery.detail.clone())),
            Value::Int(took),
            time(Some(delivery.due_at)),
            time(delivery.finished_at),
            Value::Text(Some(delivery.target.recipient().to_owned())),
            Value::Text(Some(delivery.target.lane().to_owned())),
            Value::Text(kept(transcript.request_head.clone())),
            Value::Text(body),
            Value::Text(kept(transcript.response_head.clone())),
            Value::Text(kept(transcript.response_body.clone())),
        ]);
        let ends = [
            stages.resolved,
            stages.allowed,
            stages.connected,
            stages.secured,
            stages.sent,
            stages.first_byte,
            stages.done,
        ];
        let micros = |end: std::time::Duration| i64::try_from(end.as_micros()).unwrap_or(i64::MAX);
        row.extend(ends.map(|end| Value::Int(end.map(micros))));
        row.push(time(stages.certificate_until));
        row
    }
}

/// Makes the changes; says for each whether the row was the expected one. Of several for one row the first comes
/// first: a statement would take any one of them. What is `last` in its transaction commits it.
pub(super) async fn change<T: Transition>(
    connection: &mut WriterConnection,
    changes: &[&T],
    last: bool,
) -> sqlx::Result<Vec<bool>> {
    let mut done = vec![false; changes.len()];
    let mut left: Vec<(&T, &mut bool)> = changes.iter().copied().zip(&mut done).collect();
    while !left.is_empty() {
        let mut seen = HashSet::with_capacity(left.len());
        let (now, later): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|(change, _)| seen.insert(change.id()));
        let mut met = HashSet::with_capacity(now.len());
        for (piece, is_last) in pieces(&now) {
            let values = piece.iter().flat_map(|(change, _)| change.row()).collect();
            if last && is_last && later.is_empty() {
                connection.commit_with_next();
            }
            let ids: Vec<(UuidText,)> = connection.fetch(T::TEMPLATE, piece.len(), values).await?;
            met.extend(ids.into_iter().map(|(UuidText(id),)| id));
        }
        for (change, done) in now {
            *done = met.contains(&change.id());
        }
        left = later;
    }
    Ok(done)
}

fn guard(id: Uuid, attempt: u32, instance: &Arc<str>) -> Vec<Value> {
    vec![
        Value::Text(Some(id.to_string())),
        Value::Int(Some(attempt.into())),
        Value::Shared(Arc::clone(instance)),
    ]
}

fn time(time: Option<Timestamp>) -> Value {
    Value::Int(time.map(Timestamp::as_millisecond))
}

/// A text, unless it is empty.
fn kept(text: impl Into<Option<String>>) -> Option<String> {
    text.into().filter(|text| !text.is_empty())
}
