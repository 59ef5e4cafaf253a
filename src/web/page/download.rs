//! A list as a file, read and sent part by part, however long it is: nothing waits for a slow reader but the list
//! itself, and it ends when the reader goes away.

use std::io;
use std::pin::Pin;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt as _, stream};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Serialize;
use serde_json::Value;

use crate::domain::field_errors::FieldErrors;
use crate::domain::text::is_unseen;
use crate::error::{Error, Result};

/// The longest part of a file's name that says one filter.
const WORD: usize = 40;

/// What the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileFormat {
    Csv,
    Json,
}

impl FileFormat {
    /// Reads `csv` or `json`; the error is called `format`.
    pub(crate) fn parse(word: &str) -> Result<Self, FieldErrors> {
        match word {
            "csv" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            _ => Err(FieldErrors::one("format", "must be csv or json")),
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Json => "application/json",
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

/// `deliveries-100-status-failed`: what is in a file, by the filters that are set.
pub(crate) fn file_name(list: &str, filters: &[(&str, &str)]) -> String {
    let plain = |text: &str| -> String {
        let safe = |letter: char| letter.is_ascii_alphanumeric() || "._@-".contains(letter);
        text.trim().chars().take(WORD).map(|letter| if safe(letter) { letter } else { '_' }).collect()
    };
    let set = filters.iter().filter(|(_, value)| !value.trim().is_empty());
    set.fold(list.to_owned(), |name, (filter, value)| format!("{name}-{filter}-{}", plain(value)))
}

/// The parts of a list, in its order.
type Parts<R> = Pin<Box<dyn Stream<Item = Result<Vec<R>>> + Send>>;

/// Sends a list as `name.csv` or `name.json`; `columns` are the names of a row's fields, in their order.
pub(crate) fn download<R: Serialize + Send + 'static>(
    name: &str,
    format: FileFormat,
    columns: &'static [&'static str],
    parts: impl Stream<Item = Result<Vec<R>>> + Send + 'static,
) -> Response {
    let file = FileInParts { format, columns, parts: Box::pin(parts), is_begun: false, is_over: false };
    let headers = [
        (CONTENT_TYPE, format.content_type().to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.{}\"", format.ending())),
    ];
    (headers, Body::from_stream(file.bytes())).into_response()
}

/// Where a download stands.
struct FileInParts<R> {
    format: FileFormat,
    columns: &'static [&'static str],
    parts: Parts<R>,
    /// A row of it has been written, or the names of its columns.
    is_begun: bool,
    is_over: bool,
}

impl<R: Serialize + Send + 'static> FileInParts<R> {
    /// An error in the middle ends the file in the middle of the transfer, so that nobody takes it for whole.
    fn bytes(self) -> impl Stream<Item = io::Result<Vec<u8>>> {
        stream::unfold(self, |mut file| async move {
            if file.is_over {
                return None;
            }
            let rows = file.parts.next().await.transpose();
            let part = rows.and_then(|rows| match file.format {
                FileFormat::Csv => file.csv(rows),
                FileFormat::Json => file.json(rows),
            });
            file.is_over |= part.is_err();
            let part = part.inspect_err(|error| tracing::error!(%error, "a download broke off"));
            Some((part.map_err(io::Error::other), file))
        })
        // Compression asks once more after the end.
        .fuse()
    }

    /// `None` are the rows behind the last.
    fn csv(&mut self, rows: Option<Vec<R>>) -> Result<Vec<u8>> {
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
        // A file without a row has its columns, too.
        if !self.is_begun {
            writer.write_record(self.columns).map_err(Error::internal)?;
        }
        (self.is_begun, self.is_over) = (true, rows.is_none());
        for row in rows.into_iter().flatten() {
            if let Value::Object(cells) = serde_json::to_value(row).map_err(Error::internal)? {
                writer
                    .write_record(cells.into_iter().map(|(_, cell)| text(cell)))
                    .map_err(Error::internal)?;
            }
        }
        writer.into_inner().map_err(|error| Error::internal(error.to_string()))
    }

    /// An array, written row by row.
    fn json(&mut self, rows: Option<Vec<R>>) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        let Some(rows) = rows else {
            self.is_over = true;
            text.extend(if self.is_begun { &b"\n]\n"[..] } else { &b"[]\n"[..] });
            return Ok(text);
        };
        for row in rows {
            text.extend(if self.is_begun { b",\n" } else { b"[\n" });
            self.is_begun = true;
            serde_json::to_writer(&mut text, &row).map_err(Error::internal)?;
        }
        Ok(text)
    }
}

fn text(cell: Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::String(text) => safe(text),
        number @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            number.to_string()
        }
    }
}

/// A spreadsheet takes a cell that begins like this for a formula, and somebody else has named it.
fn safe(text: String) -> String {
    let begin = text.trim_start_matches(is_unseen);
    let signs = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
    if text.starts_with(signs) || begin.starts_with(signs) { format!("'{text}") } else { text }
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
        assert_eq!(safe("＝1+1".to_owned()), "'＝1+1");
        assert_eq!(safe("\u{200b}=1+1".to_owned()), "'\u{200b}=1+1");
        assert_eq!(safe("dana@acme.example".to_owned()), "dana@acme.example");
        assert_eq!(text(serde_json::json!(-5)), "-5");
    }

    #[test]
    fn a_file_is_called_by_its_filters_and_by_nothing_that_a_system_could_trip_over() {
        let filters = [("status", "failed"), ("event", ""), ("q", "../a b\r\n\"c")];
        assert_eq!(file_name("deliveries-100", &filters), "deliveries-100-status-failed-q-.._a_b___c");
    }
}
