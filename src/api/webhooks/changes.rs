//! Making, changing and deleting a webhook.

use axum::Json;
use axum::extract::{Path, Request, State};
use http::header::LOCATION;
use http::{HeaderName, StatusCode, Uri};
use secrecy::ExposeSecret as _;

use crate::access::MayAdminister;
use crate::actions::App;
use crate::api::http::envelope::ApiResult;
use crate::api::http::fields::refuse_shape;
use crate::api::http::refusals::{BodyRefusals, JsonApiRefusals, ResourceRefusals, TenantRefusals};
use crate::api::http::tenant::Tenant;
use crate::api::http::{body, query};
use crate::send::post::sign;

use super::document::WebhookDocument;
use super::resource::WebhookAttributes;
use super::sparse_fields::SparseFields;
use super::webhook_input::{self, NewWebhook, WebhookInput, WebhookPatch};
use super::{WebhookPath, find, media_type};

const CONTENT_TYPES: [&str; 2] = [media_type::JSON_API, media_type::JSON];
/// The largest body, in bytes.
const MAX_BODY: usize = 256 * 1_024;

/// Create a webhook
///
/// Needs the role admin. Without `secret`, one is made: this answer alone shows it.
#[utoipa::path(
    post,
    path = "/api/v3/notification/webhooks",
    operation_id = "createWebhook",
    tag = "Webhooks",
    params(SparseFields, Tenant),
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
        TenantRefusals, BodyRefusals, JsonApiRefusals, ResourceRefusals,
    ),
)]
pub(super) async fn create(
    State(app): State<App>,
    tenant: Tenant,
    uri: Uri,
    request: Request,
) -> ApiResult<(StatusCode, [(HeaderName, String); 1], Json<WebhookDocument>)> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    let fields = SparseFields::parse(&uri)?;
    let body = body::json_as(request, MAX_BODY, &CONTENT_TYPES).await?;
    let (input, mut wrong) = WebhookInput::parse(body, &permit.account, None)?;
    let secret = input.secret().unwrap_or_else(|| sign::generate_secret().expose_secret().to_owned());
    let draft = input.into_draft(&secret, &mut wrong);
    refuse_shape(wrong, || app.destinations.faults(draft.clone()).map(webhook_input::as_attributes))?;
    let created = app.destinations.create(&permit, draft).await;
    let created = created.map_err(webhook_input::with_json_api_paths)?;
    let mut attributes = WebhookAttributes::of(&app, &permit, &created.destination)?;
    attributes.secret = Some(secret);
    let document = WebhookDocument::of(&app.config, &permit.account, attributes, created.warnings, &fields);
    let location = [(LOCATION, document.location().to_owned())];
    Ok((StatusCode::CREATED, location, Json(document)))
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
    params(WebhookPath, SparseFields, Tenant),
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
        TenantRefusals, BodyRefusals, JsonApiRefusals, ResourceRefusals,
    ),
)]
pub(super) async fn update(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    uri: Uri,
    request: Request,
) -> ApiResult<Json<WebhookDocument>> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    let fields = SparseFields::parse(&uri)?;
    let stored = find(&app, &permit, &id).await?;
    let body = body::json_as(request, MAX_BODY, &CONTENT_TYPES).await?;
    let (input, wrong) = WebhookInput::parse(body, &permit.account, Some(stored.row.id))?;
    let patch = input.into_patch();
    refuse_shape(wrong, || {
        app.destinations.faults_of_patch(&stored, patch.clone()).map(webhook_input::as_attributes)
    })?;
    let saved = app.destinations.update(&permit, stored, patch).await;
    let saved = saved.map_err(webhook_input::with_json_api_paths)?;
    let attributes = WebhookAttributes::of(&app, &permit, &saved.destination)?;
    Ok(Json(WebhookDocument::of(&app.config, &permit.account, attributes, saved.warnings, &fields)))
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
    responses((status = 204, description = "Deleted."), TenantRefusals, JsonApiRefusals),
)]
pub(super) async fn remove(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult<StatusCode> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    query::refuse_any(&uri)?;
    let stored = find(&app, &permit, &id).await?;
    app.destinations.delete(&permit, stored.row.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
