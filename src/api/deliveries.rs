//! `/api/v1/deliveries`: the log, for programs.

mod list;
mod record;
mod recover;
mod resend;
mod resend_several;

use axum::Json;
use axum::extract::{Path, State};
use http::Uri;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::MayRead;
use crate::actions::{App, deliveries};

use super::http::envelope::ApiResult;
use super::http::parameters;
use super::http::query;
use super::http::refusals::TenantRefusals;
use super::http::tenant::Tenant;
use record::DeliveryDetail;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list::list))
        .routes(routes!(show))
        .routes(routes!(resend::resend))
        .routes(routes!(resend_several::resend_several))
        .routes(routes!(recover::recover))
        .routes(routes!(recover::show))
        .routes(routes!(recover::stop))
}

/// The `{id}` of a path.
enum DeliveryPath {}

impl utoipa::IntoParams for DeliveryPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameters::id("The delivery’s id, as in `X-Ringpost-Delivery`.")]
    }
}

/// Read one delivery
///
/// Needs the role viewer, editor or admin. What left and what came back is told with it, secrets and the path of an
/// address left out; so is how far the attempt came, and every send of this event to this target.
#[utoipa::path(
    get,
    path = "/api/v1/deliveries/{id}",
    operation_id = "getDelivery",
    tag = "Deliveries",
    params(DeliveryPath, Tenant),
    responses(
        (status = 200, description = "The delivery.", body = DeliveryDetail,
            example = json!(DeliveryDetail::example())),
        TenantRefusals,
    ),
)]
async fn show(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult<Json<DeliveryDetail>> {
    query::refuse_any(&uri)?;
    let permit = tenant.may::<MayRead>(&app).await?;
    let delivery = deliveries::find(&app, &permit, &id).await?;
    let transcript = deliveries::transcript(&app, &permit, &id).await?;
    let chain = deliveries::chain(&app, &permit, &delivery).await?;
    Ok(Json(DeliveryDetail::of(&delivery, transcript, &chain)))
}
