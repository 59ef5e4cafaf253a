//! How a message leaves: over HTTP through one guarded client, or as a mail.
//!
//! Whatever the network says comes back as an [`Outcome`](crate::domain::delivery::Outcome), never as an
//! error: a receiver that is down is a fact to be written into the log, not a failure of ours.

pub mod email;
pub mod guard;
pub mod mail;
mod private_file;
mod sender;
pub mod trust;
mod unsubscribe;
pub mod vault;
pub mod webhook;

pub use sender::{Job, SealedUrl, Sender, SenderParts, To};
pub use unsubscribe::UnsubscribeLinks;
