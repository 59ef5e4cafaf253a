//! Everything that can be asked of Ringpost, once: who may, what happens, what is answered.
//!
//! Pages, APIs and commands are three doors to the same actions. An action asks for the proof that its caller
//! may (a permit of [`crate::access`]) and for an input that has been parsed, and answers a result or an error
//! that every door can show.

pub mod accounts;
pub mod app;
pub mod deliveries;
pub mod destinations;
pub mod events;
pub mod notifications;
pub mod people;
pub mod subscriptions;
pub mod test_sends;
pub mod tokens;

pub use app::{App, Records};
