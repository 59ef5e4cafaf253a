//! Ringpost: a platform's *Notifications & Webhooks* page and the dispatcher behind it.
//!
//! The guided tour follows one event through the house, from the rules to the wire.

pub mod domain;
pub mod send;
