//! How a message leaves: over HTTP through one guarded client, or as a mail.
//!
//! Whatever the network says comes back as an [`Outcome`](crate::domain::delivery::Outcome), never as an
//! error: a receiver that is down is a fact to be written into the log, not a failure of ours.

pub mod email;
pub mod guard;
pub mod mail;
mod private_file;
pub mod trust;
pub mod vault;
pub mod webhook;
mod words;
