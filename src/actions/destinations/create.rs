//! Making a destination: once for each form, and no more of them than an account may have.

use uuid::Uuid;

use crate::access::{MayAdminister, Permit};
use crate::domain::audit::AuditAction;
use crate::domain::destination::DestinationDraft;
use crate::error::{Error, Result};

use super::{Destinations, SaveReport};

/// What is said to whoever adds one more than [`MOST_DESTINATIONS`](crate::db::account_changes::MOST_DESTINATIONS).
pub(crate) const TOO_MANY: &str =
    "cannot be added: the account has 100 destinations, the most that there can be. Delete one first";

impl Destinations {
    /// Stores a new destination. 422 names the fields, or says that the account has as many as it may have.
    pub(crate) async fn create(
        &self,
        permit: &Permit<MayAdminister>,
        draft: DestinationDraft,
    ) -> Result<SaveReport> {
        self.create_as(permit, draft, self.clock.new_id()).await
    }

    /// The same under an id of the caller's own. Where it is taken, what is stored under it is the answer: then the
    /// same form was posted twice.
    pub(crate) async fn create_as(
        &self,
        permit: &Permit<MayAdminister>,
        draft: DestinationDraft,
        uuid: Uuid,
    ) -> Result<SaveReport> {
        let (new, account_id) = (self.check(draft)?, permit.account.id);
        let (row, told) = self.new_row(account_id, uuid.to_string(), &new).await?;
        let warnings = self.warnings(&new.config).await;
        let history = self.history(permit, vec![told])?;
        let is_stored = match self.db.insert_destination(row.clone(), history).await {
            Err(error) if error.violates("destinations", "uuid") => false,
            inserted => inserted?,
        };
        if !is_stored {
            let before = self.list(permit).await?.into_iter().find(|stored| stored.row.uuid == row.uuid);
            let destination = before.ok_or_else(|| Error::invalid("name", TOO_MANY))?;
            return Ok(SaveReport { destination, warnings, is_repeat: true });
        }
        self.audit(permit, AuditAction::DestinationCreated, &row).await;
        Ok(SaveReport { destination: self.stored(row)?, warnings, is_repeat: false })
    }
}
