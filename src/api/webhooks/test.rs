//! `POST …/test/{id}`: a sample to one webhook.

use axum::Json;
use axum::extract::{Path, State};
use http::Uri;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::MayAdminister;
use crate::actions::App;
use crate::actions::test_sends::{self, TestCaller};
use crate::api::http::envelope::ApiResult;
use crate::api::http::query;
use crate::api::http::refusals::{JsonApiRefusals, RateRefusals, TenantRefusals};
use crate::api::http::tenant::Tenant;
use crate::api::http::test_message::message;
use crate::domain::delivery::{Delivery, State as Ended};

use super::{TestPath, find};

/// What came of a test.
#[derive(Serialize, ToSchema)]
#[schema(as = TestResult)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookTestResult {
    success: bool,
    message: String,
}

/// Send a test to a webhook
///
/// Needs the role admin. The status is 200 whether or not the receiver took it: read `success`.
#[utoipa::path(
    post,
    path = "/api/v3/notification/webhooks/test/{id}",
    operation_id = "testWebhook",
    tag = "Webhooks",
    params(TestPath, Tenant),
    responses(
        (status = 200, description = "What came of it.", content(
            (WebhookTestResult = "application/json"),
            (WebhookTestResult = "application/vnd.api+json", example = json!({
                "success": false, "message": "Failed: hooks.example.com answered 500 in 184 ms."
            })),
        )),
        TenantRefusals, RateRefusals, JsonApiRefusals,
    ),
)]
pub(super) async fn test(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult<Json<WebhookTestResult>> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    query::refuse_any(&uri)?;
    let stored = find(&app, &permit, &id).await?;
    let rows = test_sends::destination(&app, &permit, stored, TestCaller::Program).await?.deliveries;
    let arrived = |delivery: &Delivery| delivery.state == Ended::Delivered;
    let success = !rows.is_empty() && rows.iter().all(arrived);
    let message = rows.first().map_or_else(String::new, |row| message(&app, row));
    Ok(Json(WebhookTestResult { success, message }))
}
