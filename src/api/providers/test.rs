//! `POST …/providers/{id}/test`: a sample to one destination, paused or not.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::MayAdminister;
use crate::actions::App;
use crate::actions::test_sends::{self, TestCaller};
use crate::api::http::caller::RequestedWith;
use crate::api::http::envelope::ApiResult;
use crate::api::http::refusals::{RateRefusals, TenantRefusals};
use crate::api::http::schemas::{always_false, always_true};
use crate::api::http::tenant::Tenant;

use super::outcome::SendOutcome;
use super::providers_caller::ProvidersCaller;
use super::{ProviderPath, find};

/// What came of a test.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum ProviderTest {
    Success(ProviderTestSuccess),
    Failure(ProviderTestFailure),
}

/// The receiver took it.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderTestSuccess {
    #[schema(schema_with = always_true)]
    success: bool,
    detail: String,
}

/// It did not.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderTestFailure {
    #[schema(schema_with = always_false)]
    success: bool,
    error: String,
}

/// Send a test to a destination
///
/// Needs the role admin. A paused destination can be tested.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/providers/{id}/test",
    operation_id = "testProvider",
    tag = "Providers",
    params(ProviderPath, Tenant, RequestedWith),
    responses(
        (status = 200, description = "The receiver took it.", body = ProviderTestSuccess, example = json!({
            "success": true, "detail": "Test message sent to Slack."
        })),
        (status = 502, description = "It did not.", body = ProviderTestFailure, example = json!({
            "success": false, "error": "Slack returned 500: invalid_payload"
        })),
        TenantRefusals, RateRefusals,
    ),
)]
pub(super) async fn test(
    State(app): State<App>,
    ProvidersCaller(tenant): ProvidersCaller,
    Path(id): Path<String>,
) -> ApiResult<(StatusCode, Json<ProviderTest>)> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    let stored = find(&app, &permit, &id).await?;
    let kind = stored.kind;
    let rows = test_sends::destination(&app, &permit, stored, TestCaller::Program).await?.deliveries;
    Ok(match SendOutcome::of(&app, permit.account.id, kind, &rows).await? {
        SendOutcome::Arrived(_) => {
            let test = ProviderTestSuccess { success: true, detail: kind.spec().success.to_owned() };
            (StatusCode::OK, Json(ProviderTest::Success(test)))
        }
        SendOutcome::Failed(error) => {
            let test = ProviderTestFailure { success: false, error };
            (StatusCode::BAD_GATEWAY, Json(ProviderTest::Failure(test)))
        }
    })
}
