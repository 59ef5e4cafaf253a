//! `/v1/organizations/{organization_id}/knowledge/connectors/notifications`: the settings page as rules, as
//! notification-rules-api.txt describes it.

mod read;
mod shown;
mod test;

use axum::extract::{FromRequestParts, Path, Request, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::request::Parts;
use serde_json::{Value, json};

use crate::access::{Caller, Gate, Includes, MayEdit, MayRead, Permit, authorize};
use crate::actions::App;
use crate::actions::notifications;
use crate::domain::role::Permission;
use crate::error::{Error, Result};

use super::http::body;
use super::http::caller::ApiCaller;
use super::http::envelope::{ApiError, ApiResult};
use super::http::query;
use super::http::tenant::digits;

/// The largest config: 200 addresses for every event, and room to spare.
const MAX_BODY: usize = 256 * 1_024;

pub(super) fn routes() -> Router<App> {
    const BASE: &str = "/v1/organizations/{organization_id}/knowledge/connectors/notifications";
    Router::new()
        .route(BASE, get(show).put(replace).patch(replace))
        .route(&format!("{BASE}/test"), post(test::run))
}

/// A caller, and the organization of the path.
pub(super) struct Organization {
    caller: Caller,
    account_id: i64,
}

impl FromRequestParts<App> for Organization {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let ApiCaller(caller) = ApiCaller::from_request_parts(parts, app).await?;
        query::refuse_any(&parts.uri)?;
        let path = Path::<String>::from_request_parts(parts, app).await.ok();
        let number = path.and_then(|Path(id)| digits(id.strip_prefix("org_")?));
        let account_id = number.ok_or_else(|| Error::not_found("account"))?;
        Ok(Self { caller, account_id })
    }
}

impl Organization {
    async fn may<G: Gate>(&self, app: &App) -> Result<Permit<G>> {
        authorize(&app.db, &self.caller, self.account_id).await
    }
}

async fn show(State(app): State<App>, organization: Organization) -> ApiResult<Json<Value>> {
    let permit = organization.may::<MayRead>(&app).await?;
    Ok(Json(config(&app, &permit).await?))
}

/// Replaces the whole config; answers what came of it.
async fn replace(
    State(app): State<App>,
    organization: Organization,
    request: Request,
) -> ApiResult<Json<Value>> {
    let permit = organization.may::<MayEdit>(&app).await?;
    let body = body::json(request, MAX_BODY).await?;
    let stored = notifications::load(&app, &permit).await?;
    let input = read::config(body, &app.catalog, &stored)?;
    let warning = notifications::save(&app, &permit, &stored.settings, input).await?;
    let mut answer = config(&app, &permit).await?;
    if let (Some(warning), Value::Object(answer)) = (warning, &mut answer) {
        answer.insert("warnings".to_owned(), json!([warning.to_string()]));
    }
    Ok(Json(answer))
}

async fn config(app: &App, permit: &Permit<impl Includes<MayRead>>) -> Result<Value> {
    let stored = notifications::load(app, permit).await?;
    let in_full = permit.role.may(Permission::EditNotifications);
    Ok(json!({ "notifications": shown::rules(&app.catalog, &stored, in_full) }))
}
