//! Reading query parameters: what is not known is a 400 that names it.

use http::Uri;

use crate::domain::field_errors::FieldErrors;
use crate::error::{Error, Result};

/// The parameters in their order, decoded.
pub(in crate::api) fn pairs(uri: &Uri) -> Vec<(String, String)> {
    url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect()
}

/// For routes that take none.
pub(in crate::api) fn refuse_any(uri: &Uri) -> Result<()> {
    match pairs(uri).first() {
        Some((name, _)) => Err(refusal(name, "is not a parameter of this route")),
        None => Ok(()),
    }
}

/// A 400 about one parameter.
pub(in crate::api) fn refusal(name: &str, why: &str) -> Error {
    let mut fields = FieldErrors::default();
    fields.push_about(name, format!("“{name}”"), why.to_owned());
    Error::BadRequest { code: "INVALID_PARAMETER", message: fields.summary(), fields }
}
