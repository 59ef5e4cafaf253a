//! `/v1/organizations/{organization_id}/knowledge/connectors/notifications`: the settings page as rules, as
//! notification-rules-api.txt describes it.

mod read;
mod rule;
mod test;

use axum::extract::{FromRequestParts, Path, Request, State};
use http::request::Parts;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{Caller, Gate, Includes, MayEdit, MayRead, Permit, authorize};
use crate::actions::App;
use crate::actions::notifications::{self, MOST_TRIES, Saved};
use crate::domain::role::Permission;
use crate::error::{Error, Result};

use super::http::body;
use super::http::caller::ApiCaller;
use super::http::envelope::{ApiError, ApiResult};
use super::http::parameters::{self, string};
use super::http::query;
use super::http::refusals::{AccountRefusals, BodyRefusals, RevisionRefusals, RulesRefusals};
use super::http::revision::{IfMatch, Revised};
use super::http::tenant::digits;
use rule::{NotificationRules, NotificationRulesInput};

/// The largest config: 200 addresses for every event, and room to spare.
const MAX_BODY: usize = 256 * 1_024;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(show, put, patch)).routes(routes!(test::test))
}

/// A caller, and the organization of the path.
pub(super) struct Organization {
    caller: Caller,
    account_id: i64,
}

impl FromRequestParts<App> for Organization {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let ApiCaller(caller) = ApiCaller::from_request_parts(parts, app).await?;
        query::refuse_any(&parts.uri)?;
        let path = Path::<String>::from_request_parts(parts, app).await.ok();
        let number = path.and_then(|Path(id)| digits(id.strip_prefix("org_")?));
        let account_id = number.ok_or_else(|| Error::not_found("account"))?;
        Ok(Self { caller, account_id })
    }
}

impl Organization {
    async fn may<G: Gate>(&self, app: &App) -> Result<Permit<G>> {
        authorize(&app.db, &self.caller, self.account_id).await
    }
}

impl utoipa::IntoParams for Organization {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let id = string().pattern(Some("^org_[1-9][0-9]{0,17}$")).examples(["org_100"]);
        vec![parameters::path("organization_id", "The account, as `org_100`.", id)]
    }
}

/// Read the notification rules
///
/// Needs the role viewer, editor or admin. Viewers see host and fingerprint of the URL.
#[utoipa::path(
    get,
    path = "/v1/organizations/{organization_id}/knowledge/connectors/notifications",
    operation_id = "getRules",
    tag = "Notification rules",
    params(Organization),
    responses(
        (status = 200, description = "The rules as they are now.", headers(("ETag" = String, description = "The revision, for `If-Match`.")), body = NotificationRules, example = json!({
            "notifications": [{
                "type": "webhook",
                "url": "https://example.com/hooks/sync-events",
                "events": ["sync_succeeded", "sync_failed"]
            }]
        })),
        AccountRefusals,
    ),
)]
async fn show(State(app): State<App>, organization: Organization) -> ApiResult<Revised<NotificationRules>> {
    let permit = organization.may::<MayRead>(&app).await?;
    Ok(rules(&app, &permit).await?)
}

/// Replace the notification rules
///
/// Needs the role editor or admin. One webhook rule for the account's single URL, one email rule for each address.
/// An empty list clears everything. What GET gave can be put back and changes nothing. With `If-Match` and the `ETag`
/// of a GET, nothing is replaced that somebody else has saved since; without it the last to write wins.
#[utoipa::path(
    put,
    path = "/v1/organizations/{organization_id}/knowledge/connectors/notifications",
    operation_id = "putRules",
    tag = "Notification rules",
    params(Organization, IfMatch),
    request_body(content = NotificationRulesInput, example = json!({
        "notifications": [
            {
                "type": "webhook",
                "url": "https://example.com/hooks/sync-events",
                "events": ["sync_succeeded", "sync_failed"]
            },
            { "type": "email", "email": "ops@example.com", "events": ["sync_failed"] }
        ]
    })),
    responses(
        (status = 200, description = "The rules as they are now.", headers(("ETag" = String, description = "The revision, for `If-Match`.")), body = NotificationRules),
        AccountRefusals, BodyRefusals, RulesRefusals, RevisionRefusals,
    ),
)]
async fn put(
    State(app): State<App>,
    organization: Organization,
    request: Request,
) -> ApiResult<Revised<NotificationRules>> {
    replace(&app, &organization, request).await
}

/// Replace the notification rules
///
/// The same as PUT, under another name.
#[utoipa::path(
    patch,
    path = "/v1/organizations/{organization_id}/knowledge/connectors/notifications",
    operation_id = "patchRules",
    tag = "Notification rules",
    params(Organization, IfMatch),
    request_body = NotificationRulesInput,
    responses(
        (status = 200, description = "The rules as they are now.", headers(("ETag" = String, description = "The revision, for `If-Match`.")), body = NotificationRules),
        AccountRefusals, BodyRefusals, RulesRefusals, RevisionRefusals,
    ),
)]
async fn patch(
    State(app): State<App>,
    organization: Organization,
    request: Request,
) -> ApiResult<Revised<NotificationRules>> {
    replace(&app, &organization, request).await
}

/// Replaces the whole config, if nobody else has since the revision that the caller names; answers what came of it.
async fn replace(
    app: &App,
    organization: &Organization,
    request: Request,
) -> ApiResult<Revised<NotificationRules>> {
    let permit = organization.may::<MayEdit>(app).await?;
    let expected = IfMatch::of(request.headers())?;
    let body = body::json(request, MAX_BODY).await?;
    for _ in 0..MOST_TRIES {
        let stored = notifications::load(app, &permit).await?;
        expected.admits(stored.revision)?;
        let input = read::config(body.clone(), &app.catalog, &stored)?;
        if let Saved::Done(warning) = notifications::save(app, &permit, &stored, input).await? {
            let mut rules = rules(app, &permit).await?;
            rules.body.warnings.extend(warning.map(|warning| warning.to_string()));
            return Ok(rules);
        }
    }
    Err(notifications::always_changed("these rules").into())
}

async fn rules(app: &App, permit: &Permit<impl Includes<MayRead>>) -> Result<Revised<NotificationRules>> {
    let stored = notifications::load(app, permit).await?;
    let in_full = permit.role.may(Permission::EditNotifications);
    let body = NotificationRules::of(&app.catalog, &stored, in_full);
    Ok(Revised { revision: stored.revision, body })
}
