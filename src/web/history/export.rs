//! The history as a file.

use axum::response::Response;
use axum_extra::extract::Query;
use futures_util::stream;
use serde::Serialize;

use super::{ChangesQuery, query_of};
use crate::actions::history;
use crate::db::history::HistoryRecord;
use crate::domain::clock::from_ms;
use crate::domain::text;
use crate::error::Error;
use crate::web::PageResult;
use crate::web::auth::{MayRead, Visit};
use crate::web::page::{FileFormat, download, file_name};

/// The columns of the CSV: the names of a [`HistoryLine`].
const COLUMNS: [&str; 10] =
    ["id", "at", "actor", "via", "address", "setting", "object", "title", "before", "after"];

/// One change, as programs read it.
#[derive(Serialize)]
struct HistoryLine {
    id: String,
    at: String,
    actor: String,
    via: String,
    address: String,
    setting: &'static str,
    object: String,
    title: String,
    before: String,
    after: String,
}

pub(super) async fn save(visit: Visit<MayRead>, Query(query): Query<ChangesQuery>) -> PageResult<Response> {
    let format = FileFormat::parse(&query.format).map_err(Error::from)?;
    let asked = query_of(&query);
    let filter = asked.parse().map_err(Error::from)?;
    let set = [("who", &*asked.who), ("setting", &asked.setting), ("from", &asked.from), ("to", &asked.to)];
    let name = file_name(&format!("history-{}", visit.account.id), &set);
    let export = history::begin_export(&visit.app, visit.permit, filter, &query.format).await?;
    let parts = stream::unfold(export, |mut export| async {
        let part =
            export.part().await.map(|rows| rows.into_iter().map(HistoryLine::from).collect::<Vec<_>>());
        (!part.as_ref().is_ok_and(Vec::is_empty)).then_some((part, export))
    });
    Ok(download(&name, format, &COLUMNS, parts))
}

impl From<HistoryRecord> for HistoryLine {
    fn from(row: HistoryRecord) -> Self {
        Self {
            id: row.id,
            at: text::rfc3339_millis(from_ms(row.at)),
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
