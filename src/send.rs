//! How a message leaves: over HTTP through one guarded client, or as a mail.
//!
//! Whatever the network says comes back as an [`Outcome`](crate::domain::delivery::Outcome), never as an
//! error: a receiver that is down is a fact to be written into the log, not a failure of ours.

mod card;
pub mod email;
pub mod guard;
mod job;
pub mod mail;
mod private_file;
#[cfg(test)]
mod samples;
mod sealed;
mod sender;
pub mod sign;
pub mod slack;
pub mod teams;
mod to_destination;
pub mod trust;
mod unsubscribe;
pub mod vault;
pub mod webhook;
mod words;

pub use job::{Job, To};
pub use sealed::Sealed;
pub use sender::{Sender, SenderParts};
pub use unsubscribe::UnsubscribeLinks;
