//! Sealed text together with the cell of the database that it was sealed for.

use crate::vault::Place;

/// A secret on its way from the database to the sender, still sealed.
#[derive(Clone, Debug)]
pub struct Sealed {
    text: String,
    table: &'static str,
    column: &'static str,
    row: String,
    account: i64,
}

impl Sealed {
    /// The settings page's webhook URL.
    #[must_use]
    pub fn settings_url(text: String, account: i64) -> Self {
        Self::at("notification_settings", "webhook_url", account.to_string(), account, text)
    }

    /// The unsaved URL or configuration of a test delivery.
    #[must_use]
    pub fn of_delivery(text: String, delivery_id: &str, account: i64) -> Self {
        Self::at("deliveries", "sealed_target", delivery_id.to_owned(), account, text)
    }

    /// A destination's configuration.
    #[must_use]
    pub fn destination_config(text: String, id: i64, account: i64) -> Self {
        Self::at("destinations", "config", id.to_string(), account, text)
    }

    fn at(table: &'static str, column: &'static str, row: String, account: i64, text: String) -> Self {
        Self { text, table, column, row, account }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn place(&self) -> Place<'_> {
        Place { table: self.table, column: self.column, row: &self.row, account: self.account }
    }
}
