//! What no API has.

use crate::error::Error;

use super::envelope::ApiError;

/// 404 for a path that no API has.
pub(in crate::api) async fn no_such_route() -> ApiError {
    ApiError(Error::not_found("route"))
}
