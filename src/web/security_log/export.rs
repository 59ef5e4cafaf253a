//! The security log as a file, read and sent part by part, however long it is.

use std::io;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Query;
use futures_util::{Stream, StreamExt as _, stream};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Serialize;

use super::LogQuery;
use crate::access::{OperatorPermit, authorize_operator};
use crate::actions::{App, audit};
use crate::db::audit::{AuditFilter, AuditRecord};
use crate::domain::clock::from_ms;
use crate::domain::text;
use crate::error::{Error, Result};
use crate::web::PageResult;
use crate::web::auth::SignedIn;

/// What the file is.
#[derive(Clone, Copy)]
enum Format {
    Csv,
    Json,
}

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

/// Where an export stands.
struct Export {
    app: App,
    permit: OperatorPermit,
    filter: AuditFilter,
    format: Format,
    /// The last line that was sent; `None` before the first.
    last: Option<String>,
    is_over: bool,
}

pub(super) async fn download(
    State(app): State<App>,
    person: SignedIn,
    Query(query): Query<LogQuery>,
) -> PageResult<Response> {
    let permit = authorize_operator(&person.caller())?;
    let (format, kind, name) = match query.format.as_str() {
        "csv" => (Format::Csv, "text/csv; charset=utf-8; header=present", "security-log.csv"),
        "json" => (Format::Json, "application/json", "security-log.json"),
        _ => return Err(Error::invalid("format", "must be csv or json").into()),
    };
    let (filter, errors) = query.filter().map_err(Error::from)?;
    if !errors.is_empty() {
        return Err(Error::from(errors).into());
    }
    audit::begin_export(&app, &permit, &query.format).await;
    let export = Export { app, permit, filter, format, last: None, is_over: false };
    let headers =
        [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, format!("attachment; filename={name}"))];
    Ok((headers, Body::from_stream(export.parts())).into_response())
}

impl Export {
    /// An error in the middle ends the file in the middle of the transfer, so that nobody takes it for whole.
    fn parts(self) -> impl Stream<Item = io::Result<Vec<u8>>> {
        stream::unfold(self, |mut export| async move {
            if export.is_over {
                return None;
            }
            let part = export.part().await.map_err(io::Error::other);
            export.is_over |= part.is_err();
            Some((part, export))
        })
        // Compression asks once more after the end.
        .fuse()
    }

    async fn part(&mut self) -> Result<Vec<u8>> {
        let is_first = self.last.is_none();
        let rows = audit::export_part(&self.app, &self.permit, &self.filter, self.last.clone()).await?;
        self.last = rows.last().map(|row| row.id.clone());
        self.is_over = rows.is_empty();
        match self.format {
            Format::Csv => csv(rows, is_first),
            Format::Json => json(rows, is_first),
        }
    }
}

fn csv(rows: Vec<AuditRecord>, is_first: bool) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    // A file without a line has its columns, too.
    if is_first {
        writer.write_record(COLUMNS).map_err(Error::internal)?;
    }
    for row in rows {
        let line = Line::from(row);
        let (actor, object, detail) = (safe(line.actor), safe(line.object), safe(line.detail));
        writer.serialize(Line { actor, object, detail, ..line }).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(|error| Error::internal(error.to_string()))
}

/// An array, written row by row: the bracket opens with the first part and closes with the empty last one.
fn json(rows: Vec<AuditRecord>, is_first: bool) -> Result<Vec<u8>> {
    let is_last = rows.is_empty();
    let mut text = Vec::new();
    for (place, row) in rows.into_iter().enumerate() {
        text.extend(if is_first && place == 0 { b"[\n" } else { b",\n" });
        serde_json::to_writer(&mut text, &Line::from(row)).map_err(Error::internal)?;
    }
    if is_last {
        text.extend(if is_first { &b"[]\n"[..] } else { &b"\n]\n"[..] });
    }
    Ok(text)
}

/// A spreadsheet takes a cell that begins like this for a formula, and somebody else has named it.
fn safe(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        assert_eq!(
            safe("=HYPERLINK(\"https://evil.example\")".to_owned()),
            "'=HYPERLINK(\"https://evil.example\")"
        );
        assert_eq!(safe("dana@acme.example".to_owned()), "dana@acme.example");
    }
}
