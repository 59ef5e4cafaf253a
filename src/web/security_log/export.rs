//! The security log as a file.

use axum::extract::State;
use axum::response::Response;
use axum_extra::extract::Query;
use futures_util::stream;
use serde::Serialize;

use super::LogQuery;
use crate::access::authorize_operator;
use crate::actions::{App, audit};
use crate::db::audit::AuditRecord;
use crate::domain::clock::from_ms;
use crate::domain::text;
use crate::error::Error;
use crate::web::PageResult;
use crate::web::auth::SignedIn;
use crate::web::page::{FileFormat, download};

/// The columns of the CSV: the names of a [`Line`].
const COLUMNS: [&str; 9] =
    ["id", "at", "actor", "address", "action", "account_id", "object", "result", "detail"];

/// One line, as programs read it.
#[derive(Serialize)]
struct Line {
    id: String,
    at: String,
    actor: String,
    address: String,
    action: &'static str,
    account_id: Option<i64>,
    object: String,
    result: &'static str,
    detail: String,
}

pub(super) async fn save(
    State(app): State<App>,
    person: SignedIn,
    Query(query): Query<LogQuery>,
) -> PageResult<Response> {
    let permit = authorize_operator(&person.caller())?;
    let format = FileFormat::parse(&query.format).map_err(Error::from)?;
    let (filter, errors) = query.filter().map_err(Error::from)?;
    errors.or(()).map_err(Error::from)?;
    let export = audit::begin_export(&app, &permit, filter, &query.format).await?;
    let parts = stream::unfold(export, |mut export| async {
        let part = export.part().await.map(|rows| rows.into_iter().map(Line::from).collect::<Vec<_>>());
        (!part.as_ref().is_ok_and(Vec::is_empty)).then_some((part, export))
    });
    Ok(download("security-log", format, &COLUMNS, parts))
}

impl From<AuditRecord> for Line {
    fn from(row: AuditRecord) -> Self {
        Self {
            id: row.id,
            at: text::rfc3339_millis(from_ms(row.at)),
            actor: row.actor,
            address: row.address,
            action: row.action.as_str(),
            account_id: row.account_id,
            object: row.object,
            result: row.result.as_str(),
            detail: row.detail,
        }
    }
}
