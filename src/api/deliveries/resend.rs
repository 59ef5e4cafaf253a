//! `POST /api/v1/deliveries/{id}/resend`: once more, to the target as it is configured now.

use axum::Json;
use axum::extract::{Path, Request, State};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::access::MayAdminister;
use crate::actions::{App, deliveries};
use crate::api::http::body;
use crate::api::http::delivery_record::DeliveryRecord;
use crate::api::http::envelope::ApiResult;
use crate::api::http::fields::BodyFields;
use crate::api::http::refusals::{BodyRefusals, ConflictRefusals, TenantRefusals};
use crate::api::http::tenant::Tenant;
use crate::error::Result;

use super::DeliveryPath;

const MAX_BODY: usize = 1_024;

/// What whoever asks for it has made sure of. The body may be left out.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its fields are read one by one, so that each refusal is a sentence")]
struct ResendInput {
    /// Somebody has looked, and the receiver has not processed it. Needed where the state is `unknown`.
    #[schema(required = false)]
    checked: bool,
}

/// Send a delivery again
///
/// Needs the role admin. Only the last `failed` or `unknown` send of its chain; anything else is a 409. It goes to
/// the same target as it is configured now: the URL or address that is saved, and `skipped` where the toggle is off,
/// the target is paused or removed, or the address has unsubscribed. It is a new delivery with the same `webhook-id`,
/// so that receivers can tell a repeat. The answer does not wait for it.
#[utoipa::path(
    post,
    path = "/api/v1/deliveries/{id}/resend",
    operation_id = "resendDelivery",
    tag = "Deliveries",
    params(DeliveryPath, Tenant),
    request_body(content = Option<ResendInput>, example = json!({ "checked": true })),
    responses(
        (status = 202, description = "The new delivery.", body = DeliveryRecord,
            example = json!(DeliveryRecord::example_of_resend())),
        TenantRefusals, BodyRefusals, ConflictRefusals,
    ),
)]
pub(super) async fn resend(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> ApiResult<(StatusCode, Json<DeliveryRecord>)> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    // Of another account's not even the body is judged.
    deliveries::find(&app, &permit, &id).await?;
    let body = if has_no_body(&headers) { json!({}) } else { body::json(request, MAX_BODY).await? };
    let again = deliveries::resend(&app, &permit, &id, read_checked(body)?).await?;
    Ok((StatusCode::ACCEPTED, Json((&again).into())))
}

fn has_no_body(headers: &HeaderMap) -> bool {
    let is_empty = headers.get(CONTENT_LENGTH).is_none_or(|length| length == "0");
    is_empty && !headers.contains_key(CONTENT_TYPE) && !headers.contains_key("transfer-encoding")
}

fn read_checked(body: Value) -> Result<bool> {
    let body = if body.is_null() { json!({}) } else { body };
    let mut fields = BodyFields::of_body(body)?;
    let checked = fields.optional("checked", "true or false", |value| value.as_bool());
    Ok(fields.take_errors().or(checked.unwrap_or_default())?)
}
