//! `Idempotency-Key`: the header that makes a repeated call one.

use http::HeaderMap;
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::actions::idempotency::{IdempotencyKey, MAX_KEY};
use crate::error::Result;

use super::parameters::{header, string};

const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// `Idempotency-Key`, for the document.
pub(in crate::api) enum IdempotencyHeader {}

impl utoipa::IntoParams for IdempotencyHeader {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let key = string().min_length(Some(1)).max_length(Some(MAX_KEY)).pattern(Some("^[!-~]+$"));
        let text = "Any text that is this request's own. Events and notifications have their keys apart.";
        vec![header("Idempotency-Key", text, key.examples(["run-9876-failed"]))]
    }
}

/// The key of a call, if it has one; 400 for one that cannot be.
pub(in crate::api) fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>> {
    let key = headers.get(IDEMPOTENCY_KEY).map(|value| value.to_str().unwrap_or_default());
    key.map(IdempotencyKey::parse).transpose()
}
