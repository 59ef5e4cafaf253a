//! What every call of the providers API has to bring.

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::api::caller::{Asking, changes_something, demand_requested_with};
use crate::api::envelope::ApiError;
use crate::api::query;
use crate::api::tenant::Tenant;
use crate::app::App;

/// A caller with an account, `X-Requested-With` on a mutating call (tokens too), and no query.
pub(super) struct Asked(pub Tenant);

impl FromRequestParts<App> for Asked {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Asking(caller) = Asking::from_request_parts(parts, app).await?;
        if changes_something(&parts.method) {
            demand_requested_with(&parts.headers)?;
        }
        let tenant = Tenant::of(caller, &parts.headers, app).await?;
        query::refuse_any(&parts.uri)?;
        Ok(Self(tenant))
    }
}
