//! `/api/v1/notifications`: destinations as providers-api.txt describes them.

mod input;
mod kinds;
mod outcome;
mod providers_caller;
mod record;
mod send;
mod send_bodies;
mod test;

use axum::Json;
use axum::extract::{Path, Request, State};
use http::StatusCode;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::access::{Includes, MayAdminister, MayRead, Permit};
use crate::actions::App;
use crate::actions::destinations::StoredDestination;
use crate::error::{Error, Result};

use super::http::body;
use super::http::caller::RequestedWith;
use super::http::envelope::ApiResult;
use super::http::fields::refuse_shape;
use super::http::parameters::{self, string};
use super::http::refusals::{BodyRefusals, TenantRefusals};
use super::http::schemas::format;
use super::http::tenant::Tenant;
use input::{NewProvider, ProviderPatch};
use providers_caller::ProvidersCaller;
use record::{Provider, ProviderList, ProviderRecord};

/// The largest body, in bytes: twenty long headers, or a long notification.
const MAX_BODY: usize = 256 * 1_024;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(show, update, remove))
        .routes(routes!(test::test))
        .routes(routes!(send::send))
}

/// The `{id}` of a path.
enum ProviderPath {}

impl utoipa::IntoParams for ProviderPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let uuid = string().format(Some(format("uuid"))).examples(["aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"]);
        vec![parameters::path("id", "The destination's UUID.", uuid)]
    }
}

/// List destinations
///
/// Needs the role viewer, editor or admin. Secrets are redacted.
#[utoipa::path(
    get,
    path = "/api/v1/notifications/providers",
    operation_id = "listProviders",
    tag = "Providers",
    params(Tenant),
    responses(
        (status = 200, description = "The account's destinations, and which kinds there are.", body = ProviderList),
        TenantRefusals,
    ),
)]
async fn list(
    State(app): State<App>,
    ProvidersCaller(tenant): ProvidersCaller,
) -> ApiResult<Json<ProviderList>> {
    let permit = tenant.may::<MayRead>(&app).await?;
    Ok(Json(ProviderList::of(&app.destinations.list(&permit).await?)))
}

/// Create a destination
///
/// Needs the role admin. An address that deliveries will not reach is saved, with a warning.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/providers",
    operation_id = "createProvider",
    tag = "Providers",
    params(Tenant, RequestedWith),
    request_body = NewProvider,
    responses(
        (status = 201, description = "The record as stored, without its configuration.", body = ProviderRecord,
            example = json!(ProviderRecord::example())),
        TenantRefusals, BodyRefusals,
    ),
)]
async fn create(
    State(app): State<App>,
    ProvidersCaller(tenant): ProvidersCaller,
    request: Request,
) -> ApiResult<(StatusCode, Json<ProviderRecord>)> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    let (draft, wrong) = NewProvider::parse(body::json(request, MAX_BODY).await?)?;
    refuse_shape(wrong, || app.destinations.faults(draft.clone()))?;
    let saved = app.destinations.create(&permit, draft).await?;
    Ok((StatusCode::CREATED, Json(saved.into())))
}

/// Read one destination
///
/// Needs the role viewer, editor or admin. Secrets are redacted.
#[utoipa::path(
    get,
    path = "/api/v1/notifications/providers/{id}",
    operation_id = "getProvider",
    tag = "Providers",
    params(ProviderPath, Tenant),
    responses((status = 200, description = "The destination.", body = Provider), TenantRefusals),
)]
async fn show(
    State(app): State<App>,
    ProvidersCaller(tenant): ProvidersCaller,
    Path(id): Path<String>,
) -> ApiResult<Json<Provider>> {
    let permit = tenant.may::<MayRead>(&app).await?;
    Ok(Json(Provider::of(&find(&app, &permit, &id).await?)))
}

/// Change a destination
///
/// Needs the role admin. What is not named stays as it is. `config` is laid over the stored one: placeholders are
/// ignored, headers merge by name, `null` removes one. After a secret changes, the old one signs too for 24 hours.
#[utoipa::path(
    patch,
    path = "/api/v1/notifications/providers/{id}",
    operation_id = "updateProvider",
    tag = "Providers",
    params(ProviderPath, Tenant, RequestedWith),
    request_body(content = ProviderPatch, example = json!({
        "enabled": false,
        "config": { "secret": "another-secret", "headers": { "X-Token": null } }
    })),
    responses(
        (status = 200, description = "The record as stored, without its configuration.", body = ProviderRecord),
        TenantRefusals, BodyRefusals,
    ),
)]
async fn update(
    State(app): State<App>,
    ProvidersCaller(tenant): ProvidersCaller,
    Path(id): Path<String>,
    request: Request,
) -> ApiResult<Json<ProviderRecord>> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    let stored = find(&app, &permit, &id).await?;
    let (patch, wrong) = ProviderPatch::parse(body::json(request, MAX_BODY).await?)?;
    refuse_shape(wrong, || app.destinations.faults_of_patch(&stored, patch.clone()))?;
    Ok(Json(app.destinations.update(&permit, stored, patch).await?.into()))
}

/// Delete a destination
///
/// Needs the role admin. Sends that still name it fail.
#[utoipa::path(
    delete,
    path = "/api/v1/notifications/providers/{id}",
    operation_id = "deleteProvider",
    tag = "Providers",
    params(ProviderPath, Tenant, RequestedWith),
    responses((status = 204, description = "Deleted."), TenantRefusals),
)]
async fn remove(
    State(app): State<App>,
    ProvidersCaller(tenant): ProvidersCaller,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    let stored = find(&app, &permit, &id).await?;
    app.destinations.delete(&permit, stored.row.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is not a UUID names no destination.
async fn find(app: &App, permit: &Permit<impl Includes<MayRead>>, id: &str) -> Result<StoredDestination> {
    let uuid: Uuid = id.parse().map_err(|_| Error::not_found("destination"))?;
    app.destinations.by_uuid(permit, &uuid.to_string()).await
}
