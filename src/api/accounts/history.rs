//! `GET /api/v1/accounts/{account_id}/history`: who has changed what.

use axum::Json;
use axum::extract::{Path, State};
use http::Uri;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{Schema, Type};
use utoipa::openapi::{ObjectBuilder, RefOr};

use crate::access::{MayRead, authorize};
use crate::actions::App;
use crate::actions::history::{self, HistoryQuery};
use crate::api::http::caller::ApiCaller;
use crate::api::http::envelope::ApiResult;
use crate::api::http::parameters::{self, string};
use crate::api::http::query;
use crate::api::http::refusals::AccountRefusals;
use crate::api::http::schemas::{format, words};
use crate::db::history::HistoryRecord;
use crate::domain::clock::from_ms;
use crate::domain::history::Setting;
use crate::domain::text::rfc3339_millis;
use crate::error::{Error, Result};

use super::AccountPath;

/// Changes of one answer, unless it is said.
const LIMIT: usize = 50;
const MOST: usize = 1_000;

/// A part of the history, newest first.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HistoryPart {
    data: Vec<HistoryEntry>,
    /// What `before` has to be for the next part; null at the end.
    #[schema(format = "uuid")]
    next: Option<String>,
}

/// One field that was changed. Nothing secret is in it.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HistoryEntry {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "date-time")]
    at: String,
    /// Who: an address, a token's name, the command line.
    actor: String,
    /// By which door.
    via: String,
    /// From which network address; empty for a command.
    address: String,
    #[schema(value_type = Setting)]
    setting: &'static str,
    /// Of what: an event's key, a destination's number with a field of its configuration behind it, an address; empty
    /// where the account has one of it.
    object: String,
    /// What a destination was called then.
    title: String,
    before: String,
    after: String,
}

impl utoipa::PartialSchema for Setting {
    fn schema() -> RefOr<Schema> {
        words(Self::ALL.iter().map(|setting| setting.as_str())).into()
    }
}
impl ToSchema for Setting {}

/// The filters.
pub(super) enum HistoryParameters {}

impl utoipa::IntoParams for HistoryParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let day = || string().format(Some(format("date"))).examples(["2026-05-04"]);
        let limit = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(MOST));
        let before = string().format(Some(format("uuid"))).examples(["01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa"]);
        let setting = words(Setting::ALL.iter().map(|setting| setting.as_str()));
        let who = string().examples(["dana@acme.example"]);
        vec![
            parameters::query("who", "A part of whoever changed it, or of their network address.", who),
            parameters::query("setting", "What was changed.", setting),
            parameters::query("from", "The first day, in UTC.", day()),
            parameters::query("to", "The last day, in UTC.", day()),
            parameters::query("before", "What came before this change: `next` of an answer.", before),
            parameters::query("limit", "How many at most, 50 unless it is said.", limit),
        ]
    }
}

/// Read who has changed what
///
/// Needs the role viewer, editor or admin. Every change of company, notifications and destinations, by whatever door,
/// one entry for each field, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{account_id}/history",
    operation_id = "listHistory",
    tag = "Accounts",
    params(AccountPath, HistoryParameters),
    responses(
        (status = 200, description = "The newest changes that fit.", body = HistoryPart, example = json!({
            "data": [{
                "id": "01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa", "at": "2026-05-04T12:00:00.000Z",
                "actor": "dana@acme.example", "via": "Session", "address": "198.51.100.7",
                "setting": "subscribers", "object": "run_failed", "title": "",
                "before": "ops@acme.example", "after": "ops@acme.example, lee@acme.example"
            }],
            "next": null
        })),
        AccountRefusals,
    ),
)]
pub(super) async fn list(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult<Json<HistoryPart>> {
    let permit = authorize::<MayRead>(&app.db, &caller, super::number(&id)?).await?;
    let (query, limit) = read(&uri)?;
    let filter = query.parse().map_err(|fields| Error::BadRequest {
        code: "INVALID_PARAMETER",
        message: fields.summary(),
        fields,
    })?;
    let (rows, more) = history::list(&app, &permit, &filter, limit).await?;
    let next = rows.last().filter(|_| more).map(|last| last.id.clone());
    Ok(Json(HistoryPart { data: rows.into_iter().map(HistoryEntry::from).collect(), next }))
}

fn read(uri: &Uri) -> Result<(HistoryQuery, usize)> {
    let (mut query, mut limit) = (HistoryQuery::default(), LIMIT);
    for (name, value) in query::pairs(uri) {
        match name.as_str() {
            "who" => query.who = value,
            "setting" | "from" | "to" | "before" if value.trim().is_empty() => {
                return Err(query::refusal(&name, "is empty: leave it out"));
            }
            "setting" => query.setting = value,
            "from" => query.from = value,
            "to" => query.to = value,
            "before" => query.before = value,
            "limit" => {
                limit = value
                    .parse()
                    .ok()
                    .filter(|limit| (1..=MOST).contains(limit))
                    .ok_or_else(|| query::refusal("limit", "must be a whole number from 1 to 1000"))?;
            }
            other => return Err(query::refusal(other, "is not a parameter of this route")),
        }
    }
    Ok((query, limit))
}

impl From<HistoryRecord> for HistoryEntry {
    fn from(row: HistoryRecord) -> Self {
        Self {
            id: row.id,
            at: rfc3339_millis(from_ms(row.at)),
            actor: row.actor,
            via: row.via,
            address: row.address,
            setting: row.setting.as_str(),
            object: row.object,
            title: row.title,
            before: row.before_shown,
            after: row.after_shown,
        }
    }
}
