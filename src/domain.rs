//! What is true: values, rules and decisions, without any input or output.

pub mod account;
pub mod audit;
pub mod catalog;
pub mod clock;
pub mod delivery;
pub mod destination;
pub mod event;
pub mod event_name;
pub mod explain;
pub mod field_errors;
pub mod kinds;
pub mod letter;
pub mod message_content;
pub mod notification;
pub mod personal_mail;
pub mod recovery;
pub mod resend;
pub mod role;
pub mod route;
pub mod settings;
pub mod text;
pub(crate) mod text_enum;
pub mod trouble;
pub(crate) mod user_agent;
pub mod values;
