//! `POST …/send`: an ad-hoc notification to one or more destinations.

use axum::Json;
use axum::extract::{Request, State};
use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::actions::App;
use crate::actions::destinations::StoredDestination;
use crate::api::http::body;
use crate::api::http::envelope::ApiResult;
use crate::api::http::fields::{BodyFields, texts};
use crate::dispatch::Immediate;
use crate::domain::account::Account;
use crate::domain::delivery::{Delivery, Reason, Trigger};
use crate::domain::destination::{Destination, Kind};
use crate::domain::event::Event;
use crate::domain::notification::{AD_HOC, Notification};
use crate::domain::role::Permission;
use crate::domain::route::Planned;
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
    let granted = tenant.may(&app, Permission::Administer).await?;
    let (ids, notification) = read(body::json(request, MAX_BODY).await?)?;
    let results = send(&app, &granted.account, &ids, &notification).await?;
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
async fn send(app: &App, account: &Account, ids: &[Uuid], notification: &Notification) -> Result<Vec<Sent>> {
    let all = app.destinations.list(account.id).await?;
    let named = |kept: &StoredDestination| ids.iter().any(|id| kept.row.uuid == id.to_string());
    let chosen: Vec<StoredDestination> = all.into_iter().filter(named).collect();
    let mut targets = Vec::new();
    let mut counts = Vec::with_capacity(chosen.len());
    for kept in &chosen {
        let destination = Destination::try_from(kept.row.clone())?;
        let skip = (!destination.enabled).then_some(Reason::Paused);
        let planned = destination.targets().into_iter().map(|target| Planned { target, skip });
        let before = targets.len();
        targets.extend(planned);
        counts.push(targets.len() - before);
    }
    let mut rows = deliver(app, account, targets, notification).await?.into_iter();
    let mut sent = Vec::with_capacity(chosen.len());
    for (kept, count) in chosen.iter().zip(counts) {
        // The rows come in the order in which their targets were planned.
        let own: Vec<Delivery> = rows.by_ref().take(count).collect();
        sent.push(told(kept, outcome(app, account.id, kept.kind, &own).await?));
    }
    Ok(ids.iter().map(|id| in_order(&sent, account, *id)).collect())
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
