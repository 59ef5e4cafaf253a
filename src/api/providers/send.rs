//! `POST …/send`: an ad-hoc notification to one or more destinations.

use axum::Json;
use axum::extract::{Request, State};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use crate::access::{MayAdminister, Permit};
use crate::actions::destinations::StoredDestination;
use crate::actions::{App, test_sends};
use crate::api::http::body;
use crate::api::http::caller::RequestedWith;
use crate::api::http::envelope::ApiResult;
use crate::api::http::fields::{BodyFields, texts};
use crate::api::http::idempotency::{IdempotencyHeader, idempotency_key};
use crate::api::http::refusals::{BodyRefusals, ConflictRefusals, RateRefusals, TenantRefusals};
use crate::api::http::tenant::Tenant;
use crate::db::events::Idempotency;
use crate::domain::delivery::Delivery;
use crate::domain::notification::Notification;
use crate::domain::text::quoted;
use crate::error::Result;

use super::MAX_BODY;
use super::outcome::SendOutcome;
use super::providers_caller::ProvidersCaller;
use super::send_bodies::{SendInput, SendResult, SendResults, UNKNOWN};

const MOST_PROVIDERS: usize = 20;

/// Send a notification now
///
/// Needs the role admin. Each destination has its own result; an unknown or paused one is a failure among them. So
/// is one that was not asked within 50 seconds, and it never is then.
///
/// With an `Idempotency-Key`, repeating a send is safe for 24 hours: the same key and body send nothing and get what
/// came of the first, also while it is under way; another body is refused.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/send",
    operation_id = "sendNotification",
    tag = "Providers",
    params(Tenant, RequestedWith, IdempotencyHeader),
    request_body(content = SendInput, example = json!({
        "providerIds": ["aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"],
        "notification": {
            "title": "Alert: acceptance rate drop",
            "body": "acceptance_rate < 0.05 (observed 0.04, baseline 0.08)",
            "severity": "warning",
            "fields": [
                { "label": "Observed", "value": "0.04" },
                { "label": "Threshold", "value": "0.05" }
            ],
            "sourceUrl": "https://app.example.com/dashboards/operations"
        }
    })),
    responses(
        (status = 200, description = "At least one destination took it.", body = SendResults,
            example = json!(SendResults::example())),
        (status = 502, description = "Every destination failed.", body = SendResults,
            example = json!(SendResults::example_of_failure())),
        TenantRefusals, BodyRefusals, RateRefusals, ConflictRefusals,
    ),
)]
pub(super) async fn send(
    State(app): State<App>,
    ProvidersCaller(tenant): ProvidersCaller,
    headers: HeaderMap,
    request: Request,
) -> ApiResult<(StatusCode, Json<SendResults>)> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    let key = idempotency_key(&headers)?;
    let body = body::json(request, MAX_BODY).await?;
    let idempotency = key.map(|key| key.of_send(&body));
    let (ids, notification) = read(body)?;
    let results = send_to_each(&app, &permit, &ids, &notification, idempotency).await?;
    let arrived = results.iter().any(|result| result.success);
    let status = if arrived { StatusCode::OK } else { StatusCode::BAD_GATEWAY };
    Ok((status, Json(SendResults { results })))
}

fn read(body: Value) -> Result<(Vec<Uuid>, Notification)> {
    let mut fields = BodyFields::of_body(body)?;
    let given = fields.required("providerIds", "a list of UUIDs", texts);
    let mut ids: Vec<Uuid> = Vec::new();
    for id in given.iter().flatten() {
        match id.parse() {
            Ok(id) => ids.push(id),
            Err(_) => fields.fault("providerIds", format!("holds “{}”, which is not a UUID", quoted(id))),
        }
    }
    if given.is_some_and(|given| !(1..=MOST_PROVIDERS).contains(&given.len())) {
        fields.fault("providerIds", format!("must name 1 to {MOST_PROVIDERS} destinations"));
    }
    let notification = fields.required("notification", "an object", Some);
    let mut errors = fields.take_errors();
    match notification.map(|value| Notification::parse(&value)) {
        Some(Ok(notification)) => Ok(errors.or((ids, notification))?),
        Some(Err(wrong)) => {
            errors.extend(wrong);
            Err(errors.into())
        }
        None => Err(errors.into()),
    }
}

/// Sends once to each destination, however often it is named, and answers in the order of the request.
async fn send_to_each(
    app: &App,
    permit: &Permit<MayAdminister>,
    ids: &[Uuid],
    notification: &Notification,
    idempotency: Option<Idempotency>,
) -> Result<Vec<SendResult>> {
    let account_id = permit.account.id;
    let all = app.destinations.list(permit).await?;
    let is_named = |stored: &StoredDestination| ids.iter().any(|id| stored.row.uuid == id.to_string());
    let chosen: Vec<StoredDestination> = all.into_iter().filter(is_named).collect();
    let report = test_sends::notification(app, permit, &chosen, notification, idempotency).await?;
    let mut results = Vec::with_capacity(chosen.len());
    for stored in &chosen {
        let is_own = |delivery: &&Delivery| delivery.target.destination_id() == Some(stored.row.id);
        let own: Vec<Delivery> = report.deliveries.iter().filter(is_own).cloned().collect();
        results.push(result(stored, SendOutcome::of(app, account_id, stored.kind, &own).await?));
    }
    let result_of = |id: &Uuid| {
        let id = id.to_string();
        let found = results.iter().find(|result| result.provider_id == id).cloned();
        found.unwrap_or_else(|| {
            tracing::warn!(provider = %id, account = account_id, "delivery_failed: {UNKNOWN}");
            SendResult::failure(id, None, UNKNOWN.to_owned())
        })
    };
    Ok(ids.iter().map(result_of).collect())
}

fn result(stored: &StoredDestination, outcome: SendOutcome) -> SendResult {
    let (id, kind) = (stored.row.uuid.clone(), stored.kind.as_str());
    match outcome {
        SendOutcome::Arrived(delivery) => SendResult::success(id, kind, &delivery.to_string()),
        SendOutcome::Failed(error) => SendResult::failure(id, Some(kind), error),
    }
}
