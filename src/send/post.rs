//! The way out over HTTP: one guarded client, the webhook's body and headers, and its signature.

pub mod guard;
pub mod sign;
pub mod webhook;
