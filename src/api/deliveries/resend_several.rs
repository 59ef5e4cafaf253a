//! `POST /api/v1/deliveries/resend`: several deliveries once more, each with its own result.

use axum::Json;
use axum::extract::{Request, State};
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::access::MayAdminister;
use crate::actions::App;
use crate::actions::resend_several::{self as several, MOST_RESENT, ResendResult};
use crate::api::http::body;
use crate::api::http::delivery_record::DeliveryRecord;
use crate::api::http::envelope::ApiResult;
use crate::api::http::fields::{BodyFields, texts};
use crate::api::http::refusals::{BodyRefusals, TenantRefusals};
use crate::api::http::tenant::Tenant;
use crate::domain::field_errors::FieldErrors;
use crate::error::Result;

const MAX_BODY: usize = 32 * 1_024;

/// Which deliveries.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its fields are read one by one, so that each refusal is a sentence")]
struct ResendSeveralInput {
    /// The ids of 1 to 500 deliveries; each counts once.
    #[schema(min_items = 1, max_items = 500)]
    ids: Vec<String>,
}

/// What became of each.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResendResults {
    /// In the order of the ids.
    results: Vec<ResendOutcome>,
}

/// One of them.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResendOutcome {
    /// The delivery that was to be repeated.
    id: String,
    /// The new delivery; `null` where there is none.
    delivery: Option<DeliveryRecord>,
    /// Why there is none.
    error: Option<ResendError>,
}

/// Why a delivery was not sent again.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResendError {
    #[schema(pattern = "^[A-Z_]+$")]
    code: &'static str,
    message: String,
}

impl From<ResendResult> for ResendOutcome {
    fn from(ResendResult { id, outcome }: ResendResult) -> Self {
        let (delivery, error) = match outcome {
            Ok(again) => (Some(DeliveryRecord::from(&again)), None),
            Err(why) => {
                (None, Some(ResendError { code: why.code(), message: several::why_not_resent(&why) }))
            }
        };
        Self { id, delivery, error }
    }
}

fn example() -> ResendResults {
    let again = DeliveryRecord::example_of_resend();
    let error = ResendError {
        code: "NOT_RESENDABLE",
        message: "This delivery was sent again already: look at its last send.".to_owned(),
    };
    ResendResults {
        results: vec![
            ResendOutcome {
                id: "01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa".to_owned(),
                delivery: Some(again),
                error: None,
            },
            ResendOutcome {
                id: "01969b3e-5c1e-7d1b-8c02-77e1d2a9c4f3".to_owned(),
                delivery: None,
                error: Some(error),
            },
        ],
    }
}

/// Send several deliveries again
///
/// Needs the role admin. Each is sent as if it were asked for alone: only the last `failed` send of its chain, to its
/// target as it is configured now. What cannot be sent has an `error` and keeps nothing else from being sent; an
/// `unknown` one has to be looked for first, and is sent again by itself. Not all or nothing: look at each result.
#[utoipa::path(
    post,
    path = "/api/v1/deliveries/resend",
    operation_id = "resendDeliveries",
    tag = "Deliveries",
    params(Tenant),
    request_body(content = ResendSeveralInput, example = json!({
        "ids": ["01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa", "01969b3e-5c1e-7d1b-8c02-77e1d2a9c4f3"]
    })),
    responses(
        (status = 202, description = "What became of each.", body = ResendResults, example = json!(example())),
        TenantRefusals, BodyRefusals,
    ),
)]
pub(super) async fn resend_several(
    State(app): State<App>,
    tenant: Tenant,
    request: Request,
) -> ApiResult<(StatusCode, Json<ResendResults>)> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    let ids = read_ids(body::json(request, MAX_BODY).await?)?;
    let results = several::resend_several(&app, &permit, ids).await?;
    let results = results.into_iter().map(ResendOutcome::from).collect();
    Ok((StatusCode::ACCEPTED, Json(ResendResults { results })))
}

fn read_ids(body: Value) -> Result<Vec<String>> {
    let mut fields = BodyFields::of_body(body)?;
    let ids = fields.required("ids", &format!("a list of 1 to {MOST_RESENT} delivery ids"), texts);
    let errors: FieldErrors = fields.take_errors();
    Ok(errors.or(ids.unwrap_or_default())?)
}
