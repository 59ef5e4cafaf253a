//! What programs see.

mod events;
mod idempotency;
mod limits;
mod refusals;
