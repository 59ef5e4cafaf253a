//! The Notifications & Webhooks tab, the heart of Ringpost.

mod view;

pub use view::{EventGroup, EventRow, NotificationsPage, ResultLine, TestResult};
