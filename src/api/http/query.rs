//! Reading query parameters: what is not known is a 400 that names it.

use http::Uri;

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
    let message = format!("“{name}” {why}.");
    Error::BadRequest {
        code: "INVALID_PARAMETER",
        message: message.clone(),
        details: vec![(name.to_owned(), message)],
    }
}
