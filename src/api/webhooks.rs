//! `/api/v3/notification/webhooks`: webhook destinations as webhooks-api.txt describes them, in JSON:API.

mod attribute;
mod document;
mod event_list;
mod list;
mod resource;
mod scopes;
mod sparse_fields;
mod test;
mod webhook_input;

use axum::extract::{Path, Request, State};
use axum::{Json, middleware};
use http::{StatusCode, Uri};
use secrecy::ExposeSecret as _;
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::Type;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Granted;
use crate::actions::App;
use crate::actions::destinations::StoredDestination;
use crate::domain::destination::Kind;
use crate::domain::role::Permission;
use crate::error::{Error, Result};
use crate::send::post::sign;

use super::http::envelope::ApiResult;
use super::http::refusals::{BodyRefusals, TenantRefusals};
use super::http::schemas::format;
use super::http::tenant::{Tenant, digits};
use super::http::{body, parameters, query};
use document::{WebhookDocument, WebhookListDocument};
use event_list::WebhookEventList;
use list::ListOptions;
use resource::WebhookAttributes;
use sparse_fields::SparseFields;
use webhook_input::{NewWebhook, WebhookInput, WebhookPatch};

const CONTENT_TYPES: [&str; 2] = ["application/json", document::CONTENT_TYPE];
/// The largest body, in bytes.
const MAX_BODY: usize = 256 * 1_024;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(events))
        .routes(routes!(show, update, remove))
        .routes(routes!(test::test))
        .layer(middleware::from_fn(document::negotiate_content_type))
}

/// The `{resource_id}` of a path.
enum WebhookPath {}
/// The `{id}` of a test's path.
enum TestPath {}

impl utoipa::IntoParams for WebhookPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![webhook_id("resource_id")]
    }
}

impl utoipa::IntoParams for TestPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![webhook_id("id")]
    }
}

fn webhook_id(name: &str) -> Parameter {
    let number = ObjectBuilder::new().schema_type(Type::Integer).format(Some(format("int64")));
    parameters::path(name, "The webhook's number.", number.minimum(Some(1)).examples([7]))
}

/// List webhooks
///
/// Needs the role viewer, editor or admin. Unknown parameters, fields and sort keys are a 400 that names them. A
/// name of a list may end in `[]`.
#[utoipa::path(
    get,
    path = "/api/v3/notification/webhooks",
    operation_id = "listWebhooks",
    tag = "Webhooks",
    params(ListOptions, Tenant),
    responses(
        (status = 200, description = "A page of webhooks.", content(
            (WebhookListDocument = "application/json"),
            (WebhookListDocument = "application/vnd.api+json", example = json!({
                "data": [{
                    "type": "notification/webhooks",
                    "id": "7",
                    "attributes": { "name": "Incident intake", "url": "https://hooks.example.com/ringpost" },
                    "relationships": { "account": { "data": { "type": "accounts", "id": "100" } } }
                }],
                "meta": { "count": 1 }
            })),
        )),
        TenantRefusals,
    ),
)]
async fn list(State(app): State<App>, tenant: Tenant, uri: Uri) -> ApiResult<Json<WebhookListDocument>> {
    let granted = tenant.may(&app, Permission::Read).await?;
    let options = ListOptions::parse(&uri)?;
    let all = app.destinations.list(granted.account.id).await?;
    let rows = all
        .iter()
        .filter(|stored| stored.kind == Kind::Webhook)
        .map(|stored| WebhookAttributes::of(&app, &granted, stored))
        .collect::<Result<Vec<_>>>()?;
    let page = options.apply(rows);
    Ok(Json(WebhookListDocument::of(&granted.account, page.rows, page.count, &options.fields)))
}

/// Create a webhook
///
/// Needs the role admin. Without `secret`, one is made: this answer alone shows it.
#[utoipa::path(
    post,
    path = "/api/v3/notification/webhooks",
    operation_id = "createWebhook",
    tag = "Webhooks",
    params(Tenant),
    request_body(content(
        (NewWebhook = "application/json", example = json!({
            "data": {
                "type": "notification/webhooks",
                "attributes": {
                    "name": "Incident intake",
                    "url": "https://hooks.example.com/ringpost",
                    "events": ["run_failed", "sync_failed"],
                    "scopes": { "integration_id": [42, 43] }
                }
            }
        })),
        (NewWebhook = "application/vnd.api+json"),
    )),
    responses(
        (status = 201, description = "The webhook, with its secret in clear if it was made here.", content(
            (WebhookDocument = "application/json"),
            (WebhookDocument = "application/vnd.api+json"),
        )),
        TenantRefusals, BodyRefusals,
    ),
)]
async fn create(
    State(app): State<App>,
    tenant: Tenant,
    uri: Uri,
    request: Request,
) -> ApiResult<(StatusCode, Json<WebhookDocument>)> {
    let granted = tenant.may(&app, Permission::Administer).await?;
    query::refuse_any(&uri)?;
    let body = body::json_as(request, MAX_BODY, &CONTENT_TYPES).await?;
    let input = WebhookInput::parse(body, &granted.account, None)?;
    let secret = input.secret().unwrap_or_else(|| sign::generate_secret().expose_secret().to_owned());
    let draft = input.into_draft(&secret)?;
    let created = app.destinations.create(granted.account.id, draft).await;
    let created = created.map_err(webhook_input::with_json_api_paths)?;
    let mut attributes = WebhookAttributes::of(&app, &granted, &created.kept)?;
    attributes.secret = Some(secret);
    let document =
        WebhookDocument::of(&granted.account, attributes, created.warnings, &SparseFields::default());
    Ok((StatusCode::CREATED, Json(document)))
}

/// Read one webhook
///
/// Needs the role viewer, editor or admin.
#[utoipa::path(
    get,
    path = "/api/v3/notification/webhooks/{resource_id}",
    operation_id = "getWebhook",
    tag = "Webhooks",
    params(WebhookPath, SparseFields, Tenant),
    responses(
        (status = 200, description = "The webhook.", content(
            (WebhookDocument = "application/json"),
            (WebhookDocument = "application/vnd.api+json", example = json!({
                "data": {
                    "type": "notification/webhooks",
                    "id": "7",
                    "attributes": {
                        "id": 7,
                        "account_id": 100,
                        "name": "Incident intake",
                        "url": "https://hooks.example.com/ringpost",
                        "secret": "••••••••",
                        "events": ["run_failed", "sync_failed"],
                        "scopes": { "integration_id": [42, 43] },
                        "created_at": "2026-04-17T10:00:00.000Z",
                        "updated_at": "2026-04-17T10:00:00.000Z"
                    },
                    "relationships": { "account": { "data": { "type": "accounts", "id": "100" } } }
                }
            })),
        )),
        TenantRefusals,
    ),
)]
async fn show(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult<Json<WebhookDocument>> {
    let granted = tenant.may(&app, Permission::Read).await?;
    let fields = SparseFields::parse(&uri)?;
    let stored = find(&app, &granted, &id).await?;
    let attributes = WebhookAttributes::of(&app, &granted, &stored)?;
    Ok(Json(WebhookDocument::of(&granted.account, attributes, Vec::new(), &fields)))
}

/// Change a webhook
///
/// Needs the role admin. What is not named stays as it is; a redacted secret is ignored. After a secret changes,
/// the old one signs too for 24 hours.
#[utoipa::path(
    patch,
    path = "/api/v3/notification/webhooks/{resource_id}",
    operation_id = "updateWebhook",
    tag = "Webhooks",
    params(WebhookPath, Tenant),
    request_body(content(
        (WebhookPatch = "application/json", example = json!({
            "data": { "type": "notification/webhooks", "attributes": { "events": ["run_failed"] } }
        })),
        (WebhookPatch = "application/vnd.api+json"),
    )),
    responses(
        (status = 200, description = "The webhook.", content(
            (WebhookDocument = "application/json"),
            (WebhookDocument = "application/vnd.api+json"),
        )),
        TenantRefusals, BodyRefusals,
    ),
)]
async fn update(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    uri: Uri,
    request: Request,
) -> ApiResult<Json<WebhookDocument>> {
    let granted = tenant.may(&app, Permission::Administer).await?;
    query::refuse_any(&uri)?;
    let stored = find(&app, &granted, &id).await?;
    let body = body::json_as(request, MAX_BODY, &CONTENT_TYPES).await?;
    let patch = WebhookInput::parse(body, &granted.account, Some(stored.row.id))?.into_patch();
    let saved = app.destinations.update(stored, patch).await;
    let saved = saved.map_err(webhook_input::with_json_api_paths)?;
    let attributes = WebhookAttributes::of(&app, &granted, &saved.kept)?;
    Ok(Json(WebhookDocument::of(&granted.account, attributes, saved.warnings, &SparseFields::default())))
}

/// Delete a webhook
///
/// Needs the role admin.
#[utoipa::path(
    delete,
    path = "/api/v3/notification/webhooks/{resource_id}",
    operation_id = "deleteWebhook",
    tag = "Webhooks",
    params(WebhookPath, Tenant),
    responses((status = 204, description = "Deleted."), TenantRefusals),
)]
async fn remove(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult<StatusCode> {
    let granted = tenant.may(&app, Permission::Administer).await?;
    query::refuse_any(&uri)?;
    let stored = find(&app, &granted, &id).await?;
    app.destinations.delete(granted.account.id, stored.row.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the events that a webhook can subscribe to
///
/// Needs the role viewer, editor or admin.
#[utoipa::path(
    get,
    path = "/api/v3/notification/webhooks/events",
    operation_id = "listWebhookEvents",
    tag = "Webhooks",
    params(Tenant),
    responses(
        (status = 200, description = "The events.", content(
            (WebhookEventList = "application/json"),
            (WebhookEventList = "application/vnd.api+json", example = json!({
                "data": [{
                    "type": "notification/events",
                    "id": "run_failed",
                    "attributes": {
                        "key": "run_failed",
                        "wire_name": "run_failed",
                        "name": "Run failed",
                        "description": "An integration run fails."
                    }
                }]
            })),
        )),
        TenantRefusals,
    ),
)]
async fn events(State(app): State<App>, tenant: Tenant, uri: Uri) -> ApiResult<Json<WebhookEventList>> {
    tenant.may(&app, Permission::Read).await?;
    query::refuse_any(&uri)?;
    Ok(Json(WebhookEventList::of(&app.catalog)))
}

/// Destinations of other kinds are not there for this API.
async fn find(app: &App, granted: &Granted, id: &str) -> Result<StoredDestination> {
    let missing = || Error::not_found("webhook");
    let id = digits(id).ok_or_else(missing)?;
    let stored = app.destinations.by_id(granted.account.id, id).await?;
    if stored.kind == Kind::Webhook { Ok(stored) } else { Err(missing()) }
}
