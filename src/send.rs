//! How a message leaves: over HTTP through one guarded client, or as a mail.
//!
//! Whatever the network says comes back as an [`Outcome`](crate::domain::delivery::Outcome), never as an
//! error: a receiver that is down is a fact to be written into the log, not a failure of ours.

mod confirmation;
pub mod mail;
pub mod post;
pub(crate) mod probe;
mod progress;
pub mod render;
mod root_cause;
mod sender;
mod to_destination;
mod to_person;
pub mod trust;
mod unsubscribe;

pub use progress::Progress;
pub use sender::{SecretError, Sender, SenderParts};
pub use unsubscribe::UnsubscribeLinks;
