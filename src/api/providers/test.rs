//! `POST …/providers/{id}/test`: a sample to one destination, paused or not.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Value, json};

use crate::actions::App;
use crate::api::http::envelope::ApiResult;
use crate::api::sample;

use crate::domain::role::Permission;

use super::find;
use super::outcome::outcome;
use super::providers_caller::ProvidersCaller;

pub(super) async fn run(
    State(app): State<App>,
    ProvidersCaller(tenant): ProvidersCaller,
    Path(id): Path<String>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let granted = tenant.may(&app, Permission::Administer).await?;
    let kept = find(&app, granted.account.id, &id).await?;
    let kind = kept.kind;
    let rows = sample::send(&app, &granted.account, kept).await?;
    Ok(match outcome(&app, granted.account.id, kind, &rows).await? {
        Ok(_) => (StatusCode::OK, Json(json!({ "success": true, "detail": kind.spec().success }))),
        Err(error) => (StatusCode::BAD_GATEWAY, Json(json!({ "success": false, "error": error }))),
    })
}
