//! Everything that can be asked of Ringpost, once: who may, what happens, what is answered.
//!
//! Pages, APIs and commands are three doors to the same actions. An action asks for the proof that its caller
//! may (a permit of [`crate::access`]) and for an input that has been parsed, and answers a result or an error
//! that every door can show.

pub(crate) mod accounts;
pub mod app;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod confirmations;
pub(crate) mod deliveries;
pub mod destinations;
pub(crate) mod doctor;
pub(crate) mod event_log;
pub(crate) mod events;
pub(crate) mod explain;
mod exports;
pub(crate) mod first_steps;
pub mod health;
pub(crate) mod history;
pub(crate) mod idempotency;
pub(crate) mod keys;
pub(crate) mod metrics;
pub mod notifications;
pub(crate) mod people;
pub(crate) mod readiness;
pub(crate) mod recoveries;
pub(crate) mod resend_several;
pub(crate) mod settings_file;
pub(crate) mod subscribers;
pub(crate) mod subscriptions;
pub(crate) mod test_sends;
pub mod tokens;
pub(crate) mod upkeep;

pub use app::{App, Patience, Records};
