//! `/api/v1/accounts/{account_id}`: the platform looks after its accounts, and reads what was changed in one.

mod history;

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, Uri};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{MayAdminister, MayRead, authorize_everywhere};
use crate::actions::App;
use crate::actions::accounts::{self, AccountInput};
use crate::domain::account::Account;
use crate::domain::values::EmailAddress;
use crate::error::{Error, Result};

use super::http::body;
use super::http::caller::ApiCaller;
use super::http::envelope::ApiResult;
use super::http::fields::{BodyFields, refuse_shape, text};
use super::http::parameters::{self, string};
use super::http::query;
use super::http::refusals::{AccountRefusals, BodyRefusals, RevisionRefusals};
use super::http::revision::{IfMatch, Revised};
use super::http::schemas::DestinationName;
use super::http::tenant::digits;

const MAX_BODY: usize = 16 * 1_024;
const FIELDS: [&str; 4] = ["name", "environment", "contact_name", "contact_email"];

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(show, put)).routes(routes!(history::list))
}

/// The account of the path.
pub(super) enum AccountPath {}

impl utoipa::IntoParams for AccountPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let id = string().pattern(Some("^[1-9][0-9]{0,17}$")).examples(["100"]);
        vec![parameters::path("account_id", "The account’s number.", id)]
    }
}

/// An organization on the platform.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
#[serde(deny_unknown_fields)]
struct ApiAccount {
    /// The platform's number for it.
    #[schema(minimum = 1)]
    id: i64,
    #[schema(value_type = DestinationName)]
    name: String,
    /// The namespace that its events carry when they name none.
    environment: String,
    /// How the primary contact is called.
    contact_name: String,
    /// Who always hears everything.
    #[schema(value_type = EmailAddress)]
    contact_email: String,
    /// Whether the primary contact gets an email when a webhook or destination has failed for an hour.
    failure_mails: bool,
}

/// An account as it is to be.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its fields are read one by one, so that each refusal is a sentence")]
struct AccountBody {
    /// As in the path; it may be left out.
    #[schema(required = false, minimum = 1)]
    id: i64,
    #[schema(value_type = DestinationName)]
    name: String,
    /// The namespace that its events carry when they name none.
    #[schema(value_type = DestinationName)]
    environment: String,
    /// How the primary contact is called.
    #[schema(value_type = DestinationName)]
    contact_name: String,
    /// Who always hears everything.
    #[schema(value_type = EmailAddress)]
    contact_email: String,
    /// Whether the primary contact gets an email when a webhook or destination has failed for an hour. Left out, it
    /// stays as it is; on in a new account.
    #[schema(required = false)]
    failure_mails: bool,
}

/// Read an account
///
/// Needs a token of all accounts with the role viewer, editor or admin, or an operator.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{account_id}",
    operation_id = "getAccount",
    tag = "Accounts",
    params(AccountPath),
    responses(
        (status = 200, description = "The account as it is now.",
            headers(("ETag" = String, description = "The revision, for `If-Match`.")),
            body = ApiAccount, example = json!(ApiAccount::example())),
        AccountRefusals,
    ),
)]
async fn show(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    uri: Uri,
    Path(id): Path<String>,
) -> ApiResult<Revised<ApiAccount>> {
    let permit = authorize_everywhere::<MayRead>(&caller)?;
    query::refuse_any(&uri)?;
    Ok(accounts::find(&app, &permit, number(&id)?).await?.into())
}

/// Create or change an account
///
/// Needs a token of all accounts with the role admin, or an operator. The account is like the body from then on,
/// whether it was there or not; its settings, destinations and people stay. What GET gave can be put back and changes
/// nothing. With `If-Match` and the `ETag` of a GET, nothing is replaced that somebody else has saved since, and nothing
/// is created.
#[utoipa::path(
    put,
    path = "/api/v1/accounts/{account_id}",
    operation_id = "putAccount",
    tag = "Accounts",
    params(AccountPath, IfMatch),
    request_body(content = AccountBody, example = json!(ApiAccount::example())),
    responses(
        (status = 200, description = "The account as it is now.",
            headers(("ETag" = String, description = "The revision, for `If-Match`.")), body = ApiAccount),
        (status = 201, description = "The new account.",
            headers(("ETag" = String, description = "The revision, for `If-Match`.")), body = ApiAccount),
        AccountRefusals, BodyRefusals, RevisionRefusals,
    ),
)]
async fn put(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    Path(id): Path<String>,
    request: Request,
) -> ApiResult<Response> {
    let permit = authorize_everywhere::<MayAdminister>(&caller)?;
    let id = number(&id)?;
    let expected = IfMatch::of(request.headers())?;
    let input = read(id, body::json(request, MAX_BODY).await?)?;
    let admits = |there: Option<&Account>| match there {
        Some(account) => expected.admits(revision(account)),
        None => expected.admits_new(),
    };
    let (account, is_new) = accounts::put(&app, &permit, id, input, admits).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Revised::from(account)).into_response())
}

/// What is no number is no account's.
fn number(id: &str) -> Result<i64> {
    let number = digits(id).filter(|number| *number > 0 && !id.starts_with('0'));
    number.ok_or_else(|| Error::not_found("account"))
}

fn read(id: i64, body: Value) -> Result<AccountInput> {
    let mut fields = BodyFields::of_body(body)?;
    let named = fields.optional("id", "the account’s number", |value| value.as_i64());
    if named.is_some_and(|named| named != id) {
        fields.fault("id", format!("must be {id}, as in the path, or left out"));
    }
    let failure_mails = fields.optional("failure_mails", "true or false", |value| value.as_bool());
    let texts = FIELDS.map(|name| fields.required(name, "a text", text).unwrap_or_default());
    let [name, environment, contact_name, contact_email] = &texts;
    let input = AccountInput::parse(name, environment, contact_name, contact_email);
    let input = match (fields.take_errors(), input) {
        (wrong, Ok(input)) => {
            wrong.or(())?;
            AccountInput { failure_mails, ..input }
        }
        (wrong, Err(values)) => {
            refuse_shape(wrong, || Ok(values.clone()))?;
            return Err(values.into());
        }
    };
    Ok(input)
}

/// The same account has the same number, and another one another.
fn revision(account: &Account) -> i64 {
    let Account { id: _, name, environment, contact, failure_mails } = account;
    let mut hash = Sha256::new();
    hash.update([u8::from(*failure_mails)]);
    for text in [name, environment, &contact.name, contact.email.as_str()] {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    }
    let first = hash.finalize().into_iter().take(7);
    first.fold(0, |number, byte| number << 8 | i64::from(byte))
}

impl From<Account> for Revised<ApiAccount> {
    fn from(account: Account) -> Self {
        let revision = revision(&account);
        let Account { id, name, environment, contact, failure_mails } = account;
        let (contact_name, contact_email) = (contact.name, contact.email.to_string());
        Self {
            revision,
            body: ApiAccount { id, name, environment, contact_name, contact_email, failure_mails },
        }
    }
}

impl ApiAccount {
    fn example() -> Self {
        Self {
            id: 100,
            name: "Acme Corp".to_owned(),
            environment: "prod-acme".to_owned(),
            contact_name: "Dana Ito".to_owned(),
            contact_email: "dana@acme.example".to_owned(),
            failure_mails: true,
        }
    }
}
