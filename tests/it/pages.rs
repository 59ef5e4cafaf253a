//! The pages, without script.

mod accounts;
mod deliveries;
mod destinations;
mod progress;
mod settings;
mod subscribers;
mod tests;
mod toggles;
mod tokens;
mod users;
mod viewers;

/// The settings page of account 100.
const SETTINGS: &str = "/accounts/100/notifications";
