//! A delivery with what left and what came back, for programs.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::http::delivery_record::DeliveryRecord;
use crate::db::deliveries::TranscriptRecord;
use crate::domain::delivery::{Delivery, Stages};
use crate::domain::text::rfc3339_millis;

/// A delivery with what left and what came back.
#[derive(Serialize, ToSchema)]
pub(super) struct DeliveryDetail {
    #[serde(flatten)]
    delivery: DeliveryRecord,
    request: WireText,
    response: WireText,
    stages: StageTimes,
    /// Every send of this event to this target, oldest first; this one is among them.
    sends: Vec<DeliveryRecord>,
}

/// One direction of an exchange. Secrets are redacted.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WireText {
    /// First line and headers; `null` where nothing went this way. Of a mail's answer, the server's last reply.
    head: Option<String>,
    /// A body, or the whole mail; of an answer at most 16 KiB.
    body: Option<String>,
}

/// When each stage of the last try was over, in milliseconds from its begin; `null` for one that was not reached or
/// not needed.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StageTimes {
    resolve: Option<f64>,
    policy: Option<f64>,
    connect: Option<f64>,
    tls: Option<f64>,
    sent: Option<f64>,
    first_byte: Option<f64>,
    done: Option<f64>,
    /// When the receiver's certificate ends.
    #[schema(format = "date-time")]
    certificate_until: Option<String>,
}

impl From<Stages> for StageTimes {
    fn from(stages: Stages) -> Self {
        let ms = |end: Option<Duration>| end.map(|end| end.as_secs_f64() * 1_000.0);
        Self {
            resolve: ms(stages.resolved),
            policy: ms(stages.allowed),
            connect: ms(stages.connected),
            tls: ms(stages.secured),
            sent: ms(stages.sent),
            first_byte: ms(stages.first_byte),
            done: ms(stages.done),
            certificate_until: stages.certificate_until.map(rfc3339_millis),
        }
    }
}

impl DeliveryDetail {
    pub fn of(delivery: &Delivery, transcript: TranscriptRecord, chain: &[Delivery]) -> Self {
        let stages = transcript.stages().into();
        let TranscriptRecord { request_head, request_body, response_head, response_body, payload, .. } =
            transcript;
        // A payload that was sent as it is stands in its event's row only.
        let request_body = request_body.or_else(|| request_head.is_some().then_some(payload));
        Self {
            delivery: delivery.into(),
            request: WireText { head: request_head, body: request_body },
            response: WireText { head: response_head, body: response_body },
            stages,
            sends: chain.iter().map(DeliveryRecord::from).collect(),
        }
    }

    /// A webhook that its receiver has refused.
    pub fn example() -> Self {
        let wire =
            |head: &str, body: &str| WireText { head: Some(head.to_owned()), body: Some(body.to_owned()) };
        Self {
            delivery: DeliveryRecord::example(),
            request: wire("POST /… HTTP/1.1\nHost: hooks.acme.example", "{\"event_type\":\"run_failed\"}"),
            response: wire("HTTP/1.1 503 Service Unavailable", "upstream is restarting"),
            stages: StageTimes {
                resolve: Some(6.1),
                policy: Some(6.2),
                connect: Some(24.0),
                tls: Some(59.5),
                sent: Some(60.2),
                first_byte: Some(182.0),
                done: Some(184.1),
                certificate_until: Some("2026-07-04T12:00:00.000Z".to_owned()),
            },
            sends: vec![DeliveryRecord::example()],
        }
    }
}
