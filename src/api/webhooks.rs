//! `/api/v3/notification/webhooks`: webhook destinations as webhooks-api.txt describes them, in JSON:API.

mod attribute;
mod changes;
mod document;
mod event_list;
mod input_schema;
mod links;
mod list;
mod media_type;
mod resource;
mod scopes;
mod sparse_fields;
mod test;
mod webhook_input;

use axum::extract::{Path, State};
use axum::{Json, middleware};
use http::Uri;
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::Type;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{Includes, MayRead, Permit};
use crate::actions::App;
use crate::actions::destinations::StoredDestination;
use crate::domain::kinds::Kind;
use crate::error::{Error, Result};

use super::http::envelope::ApiResult;
use super::http::parameters;
use super::http::refusals::{JsonApiRefusals, TenantRefusals};
use super::http::schemas::format;
use super::http::tenant::{Tenant, digits};
use document::{WebhookDocument, WebhookListDocument};
use event_list::WebhookEventList;
use links::SelfLink;
use list::ListOptions;
use resource::WebhookAttributes;
use sparse_fields::{EventFields, SparseFields};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, changes::create))
        .routes(routes!(events))
        .routes(routes!(show, changes::update, changes::remove))
        .routes(routes!(test::test))
        .layer(middleware::from_fn(media_type::negotiate))
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
                    "relationships": { "account": { "data": { "type": "accounts", "id": "100" } } },
                    "links": { "self": "https://ringpost.example.com/api/v3/notification/webhooks/7" }
                }],
                "links": {
                    "self": "https://ringpost.example.com/api/v3/notification/webhooks?count=true",
                    "first": "https://ringpost.example.com/api/v3/notification/webhooks?count=true&page%5Bnumber%5D=1&page%5Bsize%5D=1000",
                    "last": "https://ringpost.example.com/api/v3/notification/webhooks?count=true&page%5Bnumber%5D=1&page%5Bsize%5D=1000"
                },
                "meta": { "count": 1 }
            })),
        )),
        TenantRefusals, JsonApiRefusals,
    ),
)]
async fn list(State(app): State<App>, tenant: Tenant, uri: Uri) -> ApiResult<Json<WebhookListDocument>> {
    let permit = tenant.may::<MayRead>(&app).await?;
    let options = ListOptions::parse(&uri, &app.catalog)?;
    let all = app.destinations.list(&permit).await?;
    let rows = all
        .iter()
        .filter(|stored| stored.kind == Kind::WEBHOOK)
        .map(|stored| WebhookAttributes::of(&app, &permit, stored))
        .collect::<Result<Vec<_>>>()?;
    let page = options.apply(rows);
    Ok(Json(WebhookListDocument::of(&app.config, &permit.account, &uri, page, &options.fields)))
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
                    "relationships": { "account": { "data": { "type": "accounts", "id": "100" } } },
                    "links": { "self": "https://ringpost.example.com/api/v3/notification/webhooks/7" }
                },
                "links": { "self": "https://ringpost.example.com/api/v3/notification/webhooks/7" }
            })),
        )),
        TenantRefusals, JsonApiRefusals,
    ),
)]
async fn show(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult<Json<WebhookDocument>> {
    let permit = tenant.may::<MayRead>(&app).await?;
    let fields = SparseFields::parse(&uri)?;
    let stored = find(&app, &permit, &id).await?;
    let attributes = WebhookAttributes::of(&app, &permit, &stored)?;
    Ok(Json(WebhookDocument::of(&app.config, &permit.account, attributes, Vec::new(), &fields)))
}

/// List the events that a webhook can subscribe to
///
/// Needs the role viewer, editor or admin.
#[utoipa::path(
    get,
    path = "/api/v3/notification/webhooks/events",
    operation_id = "listWebhookEvents",
    tag = "Webhooks",
    params(EventFields, Tenant),
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
                        "name": "Run Failed",
                        "description": "Fired when an integration run fails."
                    }
                }],
                "links": { "self": "https://ringpost.example.com/api/v3/notification/webhooks/events" }
            })),
        )),
        TenantRefusals, JsonApiRefusals,
    ),
)]
async fn events(State(app): State<App>, tenant: Tenant, uri: Uri) -> ApiResult<Json<WebhookEventList>> {
    tenant.may::<MayRead>(&app).await?;
    let fields = SparseFields::parse_of_events(&uri)?;
    Ok(Json(WebhookEventList::of(&app.catalog, SelfLink::of_call(&app.config, &uri), &fields)))
}

/// Destinations of other kinds are not there for this API.
async fn find<G: Includes<MayRead>>(app: &App, permit: &Permit<G>, id: &str) -> Result<StoredDestination> {
    let missing = || Error::not_found("webhook");
    let id = digits(id).ok_or_else(missing)?;
    let stored = app.destinations.by_id(permit, id).await?;
    if stored.kind == Kind::WEBHOOK { Ok(stored) } else { Err(missing()) }
}
