//! What programs see.

mod accounts;
mod batch;
mod batch_limits;
mod events;
mod idempotency;
mod limits;
mod refusals;
