//! `POST …/send`: an ad-hoc notification to one or more destinations.

use axum::Json;
use axum::extract::{Request, State};
use http::StatusCode;
use serde_json::Value;
use uuid::Uuid;

use crate::actions::App;
use crate::actions::destinations::StoredDestination;
use crate::api::http::body;
use crate::api::http::caller::RequestedWith;
use crate::api::http::envelope::ApiResult;
use crate::api::http::fields::{BodyFields, texts};
use crate::api::http::refusals::{BodyRefusals, RateRefusals, TenantRefusals};
use crate::api::http::tenant::Tenant;
use crate::dispatch::Immediate;
use crate::domain::account::Account;
use crate::domain::delivery::{Delivery, Reason, Trigger};
use crate::domain::destination::Destination;
use crate::domain::event::Event;
use crate::domain::notification::{AD_HOC, Notification};
use crate::domain::role::Permission;
use crate::domain::route::Planned;
use crate::error::Result;

use super::MAX_BODY;
use super::outcome::outcome;
use super::providers_caller::ProvidersCaller;
use super::send_bodies::{SendInput, SendResult, SendResults, UNKNOWN};

const MOST_PROVIDERS: usize = 20;

/// Send a notification now
///
/// Needs the role admin. Each destination has its own result; an unknown or paused one is a failure among them.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/send",
    operation_id = "sendNotification",
    tag = "Providers",
    params(Tenant, RequestedWith),
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
        TenantRefusals, BodyRefusals, RateRefusals,
    ),
)]
pub(super) async fn send(
    State(app): State<App>,
    ProvidersCaller(tenant): ProvidersCaller,
    request: Request,
) -> ApiResult<(StatusCode, Json<SendResults>)> {
    let granted = tenant.may(&app, Permission::Administer).await?;
    let (ids, notification) = read(body::json(request, MAX_BODY).await?)?;
    let results = send_to_each(&app, &granted.account, &ids, &notification).await?;
    let arrived = results.iter().any(|result| result.success);
    let status = if arrived { StatusCode::OK } else { StatusCode::BAD_GATEWAY };
    Ok((status, Json(SendResults { results })))
}

fn read(body: Value) -> Result<(Vec<Uuid>, Notification)> {
    let mut fields = BodyFields::of_body(body)?;
    let given = fields.required("providerIds", "a list of UUIDs", texts);
    let ids: Vec<Uuid> = given.iter().filter_map(|id| id.parse().ok()).collect();
    if ids.len() != given.len() {
        fields.fault("providerIds", "must be a list of UUIDs");
    } else if ids.len() > MOST_PROVIDERS {
        fields.fault("providerIds", format!("must name at most {MOST_PROVIDERS} destinations"));
    }
    let notification = fields.required("notification", "an object", |value| Some(Some(value)));
    let mut errors = fields.take_errors();
    if ids.is_empty() && errors.is_empty() {
        errors.push("providerIds", format!("must name 1 to {MOST_PROVIDERS} destinations"));
    }
    match notification.map(|value| Notification::parse(&value)) {
        Some(Ok(notification)) if errors.is_empty() => Ok((ids, notification)),
        Some(Err(wrong)) => {
            errors.extend(wrong);
            Err(errors.into())
        }
        Some(Ok(_)) | None => Err(errors.into()),
    }
}

/// Sends once to each destination, however often it is named, and answers in the order of the request.
async fn send_to_each(
    app: &App,
    account: &Account,
    ids: &[Uuid],
    notification: &Notification,
) -> Result<Vec<SendResult>> {
    let all = app.destinations.list(account.id).await?;
    let named = |stored: &StoredDestination| ids.iter().any(|id| stored.row.uuid == id.to_string());
    let chosen: Vec<StoredDestination> = all.into_iter().filter(named).collect();
    let mut targets = Vec::new();
    let mut counts = Vec::with_capacity(chosen.len());
    for stored in &chosen {
        let destination = Destination::try_from(stored.row.clone())?;
        let skip = (!destination.enabled).then_some(Reason::Paused);
        let planned = destination.targets().into_iter().map(|target| Planned { target, skip });
        let before = targets.len();
        targets.extend(planned);
        counts.push(targets.len() - before);
    }
    let mut rows = deliver(app, account, targets, notification).await?.into_iter();
    let mut results = Vec::with_capacity(chosen.len());
    for (stored, count) in chosen.iter().zip(counts) {
        // The rows come in the order in which their targets were planned.
        let own: Vec<Delivery> = rows.by_ref().take(count).collect();
        results.push(result(stored, outcome(app, account.id, stored.kind, &own).await?));
    }
    let result_of = |id: &Uuid| {
        let id = id.to_string();
        let found = results.iter().find(|result| result.provider_id == id).cloned();
        found.unwrap_or_else(|| {
            tracing::warn!(provider = %id, account = account.id, "delivery_failed: {UNKNOWN}");
            SendResult::failure(id, None, UNKNOWN.to_owned())
        })
    };
    Ok(ids.iter().map(result_of).collect())
}

async fn deliver(
    app: &App,
    account: &Account,
    targets: Vec<Planned>,
    notification: &Notification,
) -> Result<Vec<Delivery>> {
    let now = app.clock.now();
    let event = Event {
        id: app.clock.new_id(),
        account_id: account.id,
        key: AD_HOC.to_owned(),
        payload: notification.payload(account, now),
        accepted_at: now,
    };
    let wanted = Immediate { event, targets, trigger: Trigger::Adhoc, endpoint: None, nonce: None };
    app.dispatch.send_now(wanted).await
}

fn result(stored: &StoredDestination, outcome: Result<String, String>) -> SendResult {
    let (id, kind) = (stored.row.uuid.clone(), stored.kind.as_str());
    match outcome {
        Ok(delivery) => SendResult::success(id, kind, &delivery),
        Err(error) => SendResult::failure(id, Some(kind), error),
    }
}
