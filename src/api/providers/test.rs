//! `POST …/providers/{id}/test`: a sample to one destination, paused or not.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Value, json};

use crate::access::MayAdminister;
use crate::actions::{App, test_sends};
use crate::api::http::envelope::ApiResult;

use super::find;
use super::outcome::outcome;
use super::providers_caller::ProvidersCaller;

pub(super) async fn run(
    State(app): State<App>,
    ProvidersCaller(tenant): ProvidersCaller,
    Path(id): Path<String>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    let kept = find(&app, permit.account.id, &id).await?;
    let kind = kept.kind;
    let rows = test_sends::destination(&app, &permit, kept, None).await?;
    Ok(match outcome(&app, permit.account.id, kind, &rows).await? {
        Ok(_) => (StatusCode::OK, Json(json!({ "success": true, "detail": kind.spec().success }))),
        Err(error) => (StatusCode::BAD_GATEWAY, Json(json!({ "success": false, "error": error }))),
    })
}
