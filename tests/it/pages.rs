//! The pages, without script.

mod accounts;
mod by_address;
mod condensed;
mod deliveries;
mod destinations;
mod edits;
mod edits_elsewhere;
mod kept;
mod presses;
mod progress;
mod settings;
mod subscribers;
mod tests;
mod toggles;
mod tokens;
mod users;
mod viewers;
mod welcome;

/// The settings page of account 100.
const SETTINGS: &str = "/accounts/100/notifications";
