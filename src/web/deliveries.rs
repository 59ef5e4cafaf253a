//! The Deliveries tab: the log, and one entry of it.

mod detail;
mod list;

pub use detail::{Content, DeliveryPage, HttpExchange, MailCopy};
pub use list::{DeliveriesPage, DeliveryRow, Filters};
