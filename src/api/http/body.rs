//! Reading a JSON body, and refusing one by name.

use axum::body::Body;
use axum::extract::Request;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::Value;

use crate::domain::field_errors::FieldErrors;
use crate::domain::text::{not_a_json_line, not_json};
use crate::error::{Error, Result};

/// Reads a JSON body of at most `limit` bytes: 415 for another content type, 413 for more, 400 for
/// something that is not JSON. Fields keep the order in which they were sent.
pub(in crate::api) async fn json(request: Request, limit: usize) -> Result<Value> {
    json_as(request, limit, &["application/json"]).await
}

/// The same for other content types that hold JSON.
pub(in crate::api) async fn json_as(request: Request, limit: usize, accepted: &[&str]) -> Result<Value> {
    check_content_type(request.headers(), accepted)?;
    let bytes = read(request.into_body(), limit).await?;
    parse(&bytes)
}

/// A body that is JSON; 400 says where it is not.
pub(in crate::api) fn parse(body: &[u8]) -> Result<Value> {
    serde_json::from_slice(body).map_err(|error| malformed(not_json("The body", &error)))
}

/// A body of one JSON value per line: each line that is not blank, in order. 400 for one that is no JSON counts the
/// blank ones, too, as an editor does.
pub(in crate::api) fn parse_lines(body: &[u8]) -> impl Iterator<Item = Result<Value>> {
    lines(body).map(|(line, number)| {
        serde_json::from_slice(line).map_err(|error| malformed(not_a_json_line(number, &error)))
    })
}

/// The lines that are not blank, with their numbers.
pub(in crate::api) fn lines(body: &[u8]) -> impl Iterator<Item = (&[u8], usize)> {
    let numbered = body.split(|byte| *byte == b'\n').zip(1_usize..);
    numbered.filter(|(line, _)| !line.trim_ascii().is_empty())
}

fn malformed(message: String) -> Error {
    Error::BadRequest { code: "MALFORMED_JSON", message, fields: FieldErrors::default() }
}

/// The one of these content types that was sent; 415 for another.
pub(in crate::api) fn check_content_type<'a>(headers: &HeaderMap, accepted: &[&'a str]) -> Result<&'a str> {
    let sent = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = sent.split(';').next().unwrap_or_default().trim();
    let found = accepted.iter().find(|kind| kind.eq_ignore_ascii_case(essence));
    found
        .copied()
        .ok_or_else(|| Error::UnsupportedMedia(format!("Send Content-Type: {}.", accepted.join(" or "))))
}

pub(in crate::api) async fn read(body: Body, limit: usize) -> Result<bytes::Bytes> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        // The server's own limit says the same in another type, so what is too much is told by both.
        Err(error) if error.is::<LengthLimitError>() || error.to_string().contains("length limit") => {
            Err(Error::TooLarge(format!("The body is larger than {} KiB.", limit / 1_024)))
        }
        Err(_) => Err(Error::bad_request("The body ended before it was complete.")),
    }
}
