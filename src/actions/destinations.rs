//! Destinations as they are kept: the one model behind the tab and the three dialects of the APIs.
//!
//! Whoever makes or changes one ends here: the draft is parsed, what is secret is sealed, what may be seen
//! is stored beside it, and an address that deliveries will not reach is warned about.

mod create;
mod record;
mod security;
mod seen;
mod stored;

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::access::{Includes, MayAdminister, MayRead, Permit};
use crate::config::Config;
use crate::db::Db;
use crate::db::history::HistoryRecord;
use crate::domain::audit::AuditAction;
use crate::domain::catalog::Catalog;
use crate::domain::clock::Clock;
use crate::domain::delivery::Delivery;
use crate::domain::destination::{
    DestinationConfig, DestinationDraft, StoredConfig, ValidDestination, merge,
};
use crate::domain::field_errors::FieldErrors;
use crate::domain::history::SettingChange;
use crate::domain::values::{EmailAddress, MailDomain};
use crate::error::{Error, Result, split_fields};
use crate::send::Sender;
use crate::vault::Vault;

use super::history::Author;
use super::notifications::{MOST_TRIES, always_changed};

pub(crate) use create::TOO_MANY;
pub use stored::StoredDestination;

/// A handle on all destinations; clones share it.
#[derive(Clone)]
pub struct Destinations {
    db: Db,
    sender: Sender,
    vault: Arc<Vault>,
    catalog: Arc<Catalog>,
    clock: Clock,
    signature_header: String,
    mail_from_domains: Vec<MailDomain>,
}

/// A partial update: what is `None` stays as it is.
#[derive(Clone, Default)]
pub(crate) struct DestinationPatch {
    /// Another name.
    pub name: Option<String>,
    /// Pause or resume.
    pub enabled: Option<bool>,
    /// Other events.
    pub events: Option<Vec<String>>,
    /// Other scopes.
    pub scopes: Option<Map<String, Value>>,
    /// Laid over the stored configuration; see [`merge`].
    pub config: Option<Map<String, Value>>,
}

/// What came of a save.
pub(crate) struct SaveReport {
    /// The destination as it is stored now.
    pub destination: StoredDestination,
    /// Sentences about addresses that deliveries will not reach.
    pub warnings: Vec<String>,
    /// Whether it had been made before: nothing was stored now.
    pub is_repeat: bool,
}

impl Destinations {
    /// A handle over the same database and vault as the sender's.
    #[must_use]
    pub fn new(
        db: Db,
        sender: Sender,
        vault: Arc<Vault>,
        catalog: Arc<Catalog>,
        clock: Clock,
        config: &Config,
    ) -> Self {
        let signature_header = config.signature_header.to_string();
        let mail_from_domains = config.mail_from_domain.clone();
        Self { db, sender, vault, catalog, clock, signature_header, mail_from_domains }
    }

    /// The account's destinations, the oldest first.
    pub(crate) async fn list(
        &self,
        permit: &Permit<impl Includes<MayRead>>,
    ) -> Result<Vec<StoredDestination>> {
        self.db.destinations(permit.account.id).await?.into_iter().map(|row| self.stored(row)).collect()
    }

    /// One by its integer id; 404 if it is not this account's.
    pub(crate) async fn by_id(
        &self,
        permit: &Permit<impl Includes<MayRead>>,
        id: i64,
    ) -> Result<StoredDestination> {
        self.read(permit.account.id, id).await
    }

    /// One by its UUID; 404 if it is not this account's.
    pub(crate) async fn by_uuid(
        &self,
        permit: &Permit<impl Includes<MayRead>>,
        uuid: &str,
    ) -> Result<StoredDestination> {
        let found = self.list(permit).await?.into_iter().find(|stored| stored.row.uuid == uuid);
        found.ok_or_else(|| Error::not_found("destination"))
    }

    /// The last delivery to each of the account's destinations that has had one.
    pub(crate) async fn last_deliveries(
        &self,
        permit: &Permit<impl Includes<MayRead>>,
    ) -> Result<Vec<Delivery>> {
        Ok(self.db.last_deliveries(permit.account.id).await?)
    }

    /// How many deliveries the log holds of one of the account's destinations.
    pub(crate) async fn count_deliveries(
        &self,
        permit: &Permit<impl Includes<MayRead>>,
        id: i64,
    ) -> Result<i64> {
        Ok(self.db.count_deliveries_to(permit.account.id, id).await?)
    }

    /// Checks a draft without storing it, for a test of values on screen. 422 names the fields.
    pub(crate) fn check(&self, draft: DestinationDraft) -> Result<ValidDestination> {
        let valid = draft.parse(&self.catalog, &self.signature_header)?;
        let of_none =
            |address: &EmailAddress| !self.mail_from_domains.iter().any(|domain| domain.covers(address));
        match valid.config.sender().filter(|(_, sender)| of_none(sender)) {
            Some((field, _)) if !self.mail_from_domains.is_empty() => {
                let domains: Vec<String> = self.mail_from_domains.iter().map(MailDomain::to_string).collect();
                let problem = format!("must be an address of {}", domains.join(" or "));
                Err(Error::invalid(format!("config.{}", field.name), problem))
            }
            Some(_) | None => Ok(valid),
        }
    }

    /// What is wrong with a draft, for a body that was wrong beside it: all of it is told at once.
    pub(crate) fn faults(&self, draft: DestinationDraft) -> Result<FieldErrors> {
        faults_of(self.check(draft))
    }

    /// The same for a patch.
    pub(crate) fn faults_of_patch(
        &self,
        stored: &StoredDestination,
        patch: DestinationPatch,
    ) -> Result<FieldErrors> {
        faults_of(self.preview(stored, patch))
    }

    /// Changes a destination. What the patch does not name stays, also what somebody else has changed in the
    /// meantime; placeholders are ignored. 422 names the fields, 404 if it was deleted.
    pub(crate) async fn update(
        &self,
        permit: &Permit<MayAdminister>,
        mut stored: StoredDestination,
        patch: DestinationPatch,
    ) -> Result<SaveReport> {
        for _ in 0..MOST_TRIES {
            let id = stored.row.id;
            if let Some(saved) = self.update_as_read(permit, stored, patch.clone()).await? {
                return Ok(saved);
            }
            stored = self.read(permit.account.id, id).await?;
        }
        Err(always_changed("this destination"))
    }

    /// The same, if the destination is still as it was read; `None` if somebody else has changed it since.
    pub(crate) async fn update_as_read(
        &self,
        permit: &Permit<MayAdminister>,
        stored: StoredDestination,
        patch: DestinationPatch,
    ) -> Result<Option<SaveReport>> {
        let new = self.preview(&stored, patch)?;
        let (row, told) = self.replaced_row(&stored, &new)?;
        let history = self.history(permit, told)?;
        let warnings = self.warnings(&new.config).await;
        if !self.db.replace_destination(row.clone(), stored.row.config, history).await? {
            return Ok(None);
        }
        self.audit(permit, AuditAction::DestinationChanged, &row).await;
        Ok(Some(SaveReport { destination: self.stored(row)?, warnings, is_repeat: false }))
    }

    /// A patch laid over what is stored, for a test of values on screen.
    pub(crate) fn preview(
        &self,
        stored: &StoredDestination,
        patch: DestinationPatch,
    ) -> Result<ValidDestination> {
        let before = self.open(&stored.row)?;
        self.check(Self::patched(stored, &before, patch))
    }

    /// Deletes a destination; 404 if it is not this account's.
    pub(crate) async fn delete(&self, permit: &Permit<MayAdminister>, id: i64) -> Result<()> {
        let stored = self.read(permit.account.id, id).await?;
        let history = self.history(permit, vec![stored.told_deleted()])?;
        if !self.db.delete_destination(permit.account.id, id, history, self.clock.now_ms()).await? {
            return Err(Error::not_found("destination"));
        }
        self.audit(permit, AuditAction::DestinationDeleted, &stored.row).await;
        Ok(())
    }

    fn history(
        &self,
        permit: &Permit<MayAdminister>,
        changes: Vec<SettingChange>,
    ) -> Result<Vec<HistoryRecord>> {
        Author::of(&permit.caller).records(&self.clock, Some(&self.vault), permit.account.id, changes)
    }

    async fn read(&self, account_id: i64, id: i64) -> Result<StoredDestination> {
        let row = self.db.destination(account_id, id).await?;
        self.stored(row.ok_or_else(|| Error::not_found("destination"))?)
    }

    fn patched(
        stored: &StoredDestination,
        before: &StoredConfig,
        patch: DestinationPatch,
    ) -> DestinationDraft {
        let config = before.config.expose();
        DestinationDraft {
            kind: stored.kind,
            name: patch.name.unwrap_or_else(|| stored.row.name.clone()),
            enabled: patch.enabled.unwrap_or(stored.row.enabled),
            events: patch.events.unwrap_or_else(|| stored.events.clone()),
            scopes: patch.scopes.unwrap_or_else(|| stored.scopes.clone()),
            config: match patch.config {
                Some(patch) => merge(stored.kind, config, patch),
                None => config,
            },
        }
    }

    /// What there is to say about an address that deliveries will not reach; it is saved all the same.
    pub(crate) async fn warnings(&self, config: &DestinationConfig) -> Vec<String> {
        match config.url() {
            Some(url) => self.sender.guard().inspect(url).await.err().map(|warning| warning.to_string()),
            None => None,
        }
        .into_iter()
        .collect()
    }
}

fn faults_of(checked: Result<ValidDestination>) -> Result<FieldErrors> {
    Ok(split_fields(checked)?.err().unwrap_or_default())
}
