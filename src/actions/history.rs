//! The history of an account's settings: who has changed what, and bringing it back.

mod editors;
mod query;
mod revert;

use crate::access::{Caller, Includes, MayRead, Permit};
use crate::db::history::{HistoryFilter, HistoryRecord};
use crate::domain::clock::Clock;
use crate::domain::history::SettingChange;
use crate::error::{Error, Result};
use crate::logs;
use crate::vault::{Cell, Vault};

use super::App;
use super::exports::ExportPlace;

pub(crate) use editors::{Editor, Editors};
pub(crate) use query::HistoryQuery;
pub(crate) use revert::{preview, revert};

/// Changes that an export reads at a time.
const EXPORT_AT_ONCE: i64 = 500;

/// The doors by which a change is made.
const IN_SESSION: &str = "Session";
const BY_TOKEN: &str = "API token";
const BY_COMMAND: &str = "Command";

/// Who makes a change, and by which door.
pub(in crate::actions) struct Author {
    actor: String,
    via: &'static str,
}

impl Author {
    /// Somebody with a permit.
    pub fn of(caller: &Caller) -> Self {
        let via = match caller {
            Caller::Person { .. } => IN_SESSION,
            Caller::Token { .. } => BY_TOKEN,
            Caller::CommandLine => BY_COMMAND,
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

/// Up to `limit` changes of the account, newest first, and whether there are more.
pub(crate) async fn list(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
    filter: &HistoryFilter,
    limit: usize,
) -> Result<(Vec<HistoryRecord>, bool)> {
    let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut found = app.db.history(permit.account.id, filter, one_more).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    Ok((found, more))
}

/// Where an export of the history stands.
pub(crate) struct HistoryExport {
    place: ExportPlace,
    permit: Permit<MayRead>,
    filter: HistoryFilter,
    is_over: bool,
}

/// Begins at the newest change, and notes who takes them along. 429 where the account has too many exports.
pub(crate) async fn begin_export(
    app: &App,
    permit: Permit<MayRead>,
    filter: HistoryFilter,
    format: &str,
) -> Result<HistoryExport> {
    let place = ExportPlace::take(app, &permit.caller, Some(permit.account.id), "history", format).await?;
    Ok(HistoryExport { place, permit, filter: HistoryFilter { before: None, ..filter }, is_over: false })
}

impl HistoryExport {
    /// The next changes, the newest first; none at the end.
    pub(crate) async fn part(&mut self) -> Result<Vec<HistoryRecord>> {
        if self.is_over {
            return Ok(Vec::new());
        }
        let _turn = self.place.turn().await?;
        let rows = self.place.app.db.history(self.permit.account.id, &self.filter, EXPORT_AT_ONCE).await?;
        self.filter.before = rows.last().map(|row| row.id.clone());
        self.is_over = rows.is_empty();
        Ok(rows)
    }
}
