//! What every JSON API does alike: who calls, for which account, what the body holds, how a refusal looks.

pub(super) mod body;
pub(super) mod caller;
pub(super) mod delivery_record;
pub(super) mod envelope;
pub(super) mod fallback;
pub(super) mod fields;
pub(super) mod idempotency;
pub(super) mod log_query;
pub(super) mod parameters;
pub(super) mod query;
pub(super) mod refusals;
pub(super) mod revision;
pub(super) mod schemas;
pub(super) mod tenant;
pub(super) mod test_message;
