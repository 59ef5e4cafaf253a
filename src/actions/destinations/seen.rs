//! What may be seen of a destination's configuration, and by whom.

use serde_json::{Map, Value};

use crate::access::{Gate as _, Includes, MayAdminister, MayRead, Permit};
use crate::domain::values::WebhookUrl;
use crate::error::Result;

use super::{Destinations, StoredDestination};

impl Destinations {
    /// The URL in full for admins, its label for everybody else; `None` for mails.
    pub(crate) fn url<G: Includes<MayRead>>(
        &self,
        permit: &Permit<G>,
        stored: &StoredDestination,
    ) -> Result<Option<String>> {
        let in_full = permit.role.may(MayAdminister::PERMISSION);
        let show = |url: &WebhookUrl| if in_full { url.expose().to_owned() } else { url.label() };
        Ok(self.open(&stored.row)?.config.url().map(show))
    }

    /// Scheme, host and fingerprint of the URL; `None` for mails.
    pub(crate) fn url_label(&self, stored: &StoredDestination) -> Result<Option<String>> {
        Ok(self.open(&stored.row)?.config.url().map(WebhookUrl::label))
    }

    /// The configuration with its secrets, for marks by which a form tells what has changed since it was shown.
    pub(crate) fn in_full(
        &self,
        _: &Permit<MayAdminister>,
        stored: &StoredDestination,
    ) -> Result<Map<String, Value>> {
        Ok(self.open(&stored.row)?.config.expose())
    }
}
