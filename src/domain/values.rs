//! Values that are checked once, at the edge, and cannot be wrong afterwards.

mod email;
mod email_list;
mod mail_domain;
mod name;
mod network;
mod webhook_url;

pub use email::EmailAddress;
pub use email_list::{EmailList, MAX_SUBSCRIBERS, ParsedList};
pub use mail_domain::MailDomain;
pub use name::Name;
pub use network::Network;
pub use webhook_url::{Schemes, WebhookUrl};
