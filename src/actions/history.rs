//! The history of an account's settings: who has changed what, and bringing it back.

mod revert;

use crate::access::{Caller, Includes, MayRead, Permit};
use crate::db::history::HistoryRecord;
use crate::domain::clock::Clock;
use crate::domain::history::SettingChange;
use crate::error::{Error, Result};
use crate::logs;
use crate::vault::{Cell, Vault};

use super::App;

pub(crate) use revert::{preview, revert};

/// Who makes a change, and by which door.
pub(in crate::actions) struct Author {
    actor: String,
    via: &'static str,
}

impl Author {
    /// Somebody with a permit.
    pub fn of(caller: &Caller) -> Self {
        let via = match caller {
            Caller::Person { .. } => "Session",
            Caller::Token { .. } => "API token",
            Caller::CommandLine => "Command",
        };
        Self { actor: caller.signature().to_owned(), via }
    }

    /// Whoever follows the link of a mail.
    pub fn by_link(address: &str) -> Self {
        Self { actor: address.to_owned(), via: "Link in a mail" }
    }

    /// The changes as rows, for the transaction that makes them. Only those without a secret need no vault.
    pub fn records(
        &self,
        clock: &Clock,
        vault: Option<&Vault>,
        account_id: i64,
        changes: Vec<SettingChange>,
    ) -> Result<Vec<HistoryRecord>> {
        let address = logs::request().address.map(|address| address.to_string()).unwrap_or_default();
        let record = |change: SettingChange| {
            let id = clock.new_id().to_string();
            let seal = |secret: String| {
                let vault = vault.ok_or_else(|| Error::internal("no vault to seal what a setting was"))?;
                vault.seal(Cell::History(&id), &secret.into()).map_err(Error::internal)
            };
            Ok(HistoryRecord {
                sealed_before: change.secret_before.map(seal).transpose()?,
                account_id,
                at: clock.now_ms(),
                actor: self.actor.clone(),
                via: self.via.to_owned(),
                address: address.clone(),
                setting: change.setting,
                object: change.object,
                title: change.title,
                before_shown: change.before,
                after_shown: change.after,
                revertible: change.revertible,
                id,
            })
        };
        changes.into_iter().map(record).collect()
    }
}

/// Up to `limit` changes of the account, newest first, older than `before`.
pub(crate) async fn list(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<HistoryRecord>> {
    Ok(app.db.history(permit.account.id, before, limit).await?)
}
