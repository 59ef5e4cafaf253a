//! `POST …/send`: an ad-hoc notification to one or more destinations.

use axum::Json;
use axum::extract::{Request, State};
use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::{MayAdminister, Permit};
use crate::actions::destinations::StoredDestination;
use crate::actions::{App, test_sends};
use crate::api::http::body;
use crate::api::http::envelope::ApiResult;
use crate::api::http::fields::{BodyFields, texts};
use crate::domain::account::Account;
use crate::domain::kinds::Kind;
use crate::domain::notification::Notification;
use crate::error::Result;

use super::MAX_BODY;
use super::outcome::outcome;
use super::providers_caller::ProvidersCaller;

const MOST_PROVIDERS: usize = 20;

/// What is said of a provider that the account does not have.
const UNKNOWN: &str = "unknown destination";

/// What came of the send to one provider.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    provider_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// 200 when at least one provider took it, else 502.
pub(super) async fn run(
    State(app): State<App>,
    ProvidersCaller(tenant): ProvidersCaller,
    request: Request,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    let (ids, notification) = read(body::json(request, MAX_BODY).await?)?;
    let results = send(&app, &permit, &ids, &notification).await?;
    let status =
        if results.iter().any(|sent| sent.success) { StatusCode::OK } else { StatusCode::BAD_GATEWAY };
    Ok((status, Json(json!({ "results": results }))))
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
async fn send(
    app: &App,
    permit: &Permit<MayAdminister>,
    ids: &[Uuid],
    notification: &Notification,
) -> Result<Vec<Sent>> {
    let account = &permit.account;
    let all = app.destinations.list(account.id).await?;
    let named = |kept: &StoredDestination| ids.iter().any(|id| kept.row.uuid == id.to_string());
    let chosen: Vec<StoredDestination> = all.into_iter().filter(named).collect();
    let rows = test_sends::notification(app, permit, &chosen, notification).await?;
    let mut sent = Vec::with_capacity(chosen.len());
    for (kept, own) in chosen.iter().zip(rows) {
        sent.push(told(kept, outcome(app, account.id, kept.kind, &own).await?));
    }
    Ok(ids.iter().map(|id| in_order(&sent, account, *id)).collect())
}

fn told(kept: &StoredDestination, outcome: Result<String, String>) -> Sent {
    let kind: Kind = kept.kind;
    let (delivery, error) = match outcome {
        Ok(delivery) => (Some(delivery), None),
        Err(error) => (None, Some(error)),
    };
    Sent {
        provider_id: kept.row.uuid.clone(),
        kind: Some(kind.as_str()),
        success: error.is_none(),
        provider_message_id: delivery.map(|id| format!("{}-{id}", kind.as_str())),
        error,
    }
}

fn in_order(sent: &[Sent], account: &Account, id: Uuid) -> Sent {
    let id = id.to_string();
    sent.iter().find(|sent| sent.provider_id == id).cloned().unwrap_or_else(|| {
        tracing::warn!(provider = %id, account = account.id, "delivery_failed: {UNKNOWN}");
        Sent {
            provider_id: id,
            kind: None,
            success: false,
            provider_message_id: None,
            error: Some(UNKNOWN.to_owned()),
        }
    })
}
