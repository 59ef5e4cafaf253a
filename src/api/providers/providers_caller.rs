//! What every call of the providers API has to bring.

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::actions::App;
use crate::api::http::caller::{ApiCaller, changes_something, demand_requested_with};
use crate::api::http::envelope::ApiError;
use crate::api::http::query;
use crate::api::http::tenant::Tenant;

/// A caller with an account, `X-Requested-With` on a mutating call (tokens too), and no query.
pub(super) struct ProvidersCaller(pub Tenant);

impl FromRequestParts<App> for ProvidersCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let ApiCaller(caller) = ApiCaller::from_request_parts(parts, app).await?;
        if changes_something(&parts.method) {
            demand_requested_with(&parts.headers)?;
        }
        let tenant = Tenant::of(caller, &parts.headers, app).await?;
        query::refuse_any(&parts.uri)?;
        Ok(Self(tenant))
    }
}
