//! Which account a call is about, where the path does not say.

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::request::Parts;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::access::{Caller, Gate, Permit, authorize};
use crate::actions::App;
use crate::error::{Error, Result};

use super::caller::ApiCaller;
use super::envelope::ApiError;
use super::parameters::{header, string};

const HEADER: &str = "x-tenant-id";
const NAME: &str = "X-Tenant-Id";

/// A caller, and the account that is asked about: the one in `X-Tenant-Id`, else a token's own, else a
/// person's first.
pub(in crate::api) struct Tenant {
    caller: Caller,
    account_id: i64,
}

impl FromRequestParts<App> for Tenant {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let ApiCaller(caller) = ApiCaller::from_request_parts(parts, app).await?;
        Ok(Self::of(caller, &parts.headers, app).await?)
    }
}

impl IntoParams for Tenant {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = string().pattern(Some("^(org_)?[1-9][0-9]{0,17}$")).examples(["100"]);
        let description = "The account, as `100` or `org_100`. Tokens of all accounts must send it; for a token \
                           of one account it may be left out.";
        vec![header(NAME, description, schema)]
    }
}

impl Tenant {
    /// 422 if the account is not said or not readable.
    pub async fn of(caller: Caller, headers: &HeaderMap, app: &App) -> Result<Self> {
        let account_id =
            match headers.get(HEADER) {
                Some(value) => value.to_str().ok().and_then(account_number).ok_or_else(|| {
                    Error::invalid(NAME, "must be an account’s number, like 100 or org_100")
                })?,
                None => own_account(&caller, app).await?.ok_or_else(|| {
                    Error::invalid(NAME, "is missing: this caller has no account of its own")
                })?,
            };
        Ok(Self { caller, account_id })
    }

    /// The gate: 404 for a stranger, 403 for a member without the role.
    pub async fn may<G: Gate>(&self, app: &App) -> Result<Permit<G>> {
        authorize(&app.db, &self.caller, self.account_id).await
    }
}

async fn own_account(caller: &Caller, app: &App) -> Result<Option<i64>> {
    Ok(match caller {
        Caller::Token { account_id, .. } => *account_id,
        Caller::CommandLine => None,
        Caller::Person { user_id, .. } => {
            app.db.accounts_of(user_id).await?.first().map(|account| account.id)
        }
    })
}

/// Reads `100` or `org_100`.
fn account_number(text: &str) -> Option<i64> {
    digits(text.strip_prefix("org_").unwrap_or(text))
}

/// A number as it is written in paths and headers: digits and nothing else.
pub(in crate::api) fn digits(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
