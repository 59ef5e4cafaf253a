//! `ETag` and `If-Match`: a change that is made only of what its caller has seen.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{ETAG, IF_MATCH};
use serde::Serialize;
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::error::{Error, Result};

use super::parameters::{header, string};

/// An answer with the revision of what it tells.
pub(in crate::api) struct Revised<T> {
    pub revision: i64,
    pub body: T,
}

impl<T: Serialize> IntoResponse for Revised<T> {
    fn into_response(self) -> Response {
        ([(ETAG, format!("\"{}\"", self.revision))], Json(self.body)).into_response()
    }
}

/// Whatever is there.
const ANY: &str = "*";

/// Which revisions a caller has seen; `None` lets any be replaced.
pub(in crate::api) struct IfMatch(Option<Vec<String>>);

impl IfMatch {
    /// Of a request; 400 for a header that cannot be read.
    pub fn of(headers: &HeaderMap) -> Result<Self> {
        let mut tags = Vec::new();
        for value in headers.get_all(IF_MATCH) {
            for tag in value.to_str().unwrap_or_default().split(',').map(str::trim) {
                if tag == ANY {
                    tags.push(tag.to_owned());
                    continue;
                }
                // A weak tag matches nothing here (RFC 9110, 13.1.1), but it is one.
                let text = tag.strip_prefix("W/").unwrap_or(tag);
                let is_tag = text.len() > 1 && text.starts_with('"') && text.ends_with('"');
                if !is_tag {
                    return Err(Error::bad_request(
                        "If-Match cannot be read: send the ETag of a GET as it was, with its quotes.",
                    ));
                }
                tags.push(tag.to_owned());
            }
        }
        Ok(Self(headers.contains_key(IF_MATCH).then_some(tags)))
    }

    /// 412 if something has changed since.
    pub fn admits(&self, revision: i64) -> Result<()> {
        let tag = format!("\"{revision}\"");
        match &self.0 {
            Some(tags) if !tags.iter().any(|one| *one == tag || one == ANY) => {
                Err(Error::PreconditionFailed(
                    "Somebody else has saved since: get it again, then put your change.".to_owned(),
                ))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// 412 of what is not there, if it was to be changed.
    pub fn admits_new(&self) -> Result<()> {
        match &self.0 {
            Some(_) => Err(Error::PreconditionFailed(
                "There is nothing to change: leave If-Match out to make it.".to_owned(),
            )),
            None => Ok(()),
        }
    }
}

impl utoipa::IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = "The `ETag` of a GET: nothing is replaced that somebody else has saved since.";
        vec![header("If-Match", text, string().examples(["\"41\""]))]
    }
}
