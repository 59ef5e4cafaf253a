//! An account's settings as a file: out, with secrets left out or encrypted, and in again, by the rules of the pages
//! and in one transaction.

mod current;
mod plan;

use crate::access::{MayAdminister, Permit};
use crate::db::account_changes::AccountChange;
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::destination::REDACTED;
use crate::domain::field_errors::FieldErrors;
use crate::domain::history::SettingChange;
use crate::domain::settings_file::{SEALED, SettingsFile, differences, map_secrets};
use crate::error::{Error, Result};
use crate::vault::Cell;

use super::history::Author;
use super::notifications::{self, MOST_TRIES, PlannedSettings};
use super::{App, confirmations};
use current::CurrentSettings;
use plan::{PlannedDestination, SettingsPlan};

/// What an import has done, or would do.
#[derive(Clone, Debug)]
pub(crate) struct ImportReport {
    /// A line for each value that differs.
    pub differences: Vec<String>,
    /// Destinations that the file does not name.
    pub not_named: Vec<String>,
    /// Sentences about addresses that deliveries will not reach.
    pub warnings: Vec<String>,
}

/// How a file is taken in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImportOptions {
    /// Only tell what would change.
    pub dry_run: bool,
    /// Delete the destinations that the file does not name.
    pub prune: bool,
}

/// An account's settings as TOML. Secrets are placeholders, or encrypted with this installation's key, each for its
/// place: moved to another, it does not open.
pub(crate) async fn export(
    app: &App,
    permit: &Permit<MayAdminister>,
    encrypts_secrets: bool,
) -> Result<String> {
    let mut file = current::read(app, permit).await?.file;
    let account = permit.account.id;
    let hidden = |field: &str, text: &str| -> Result<String> {
        if !encrypts_secrets {
            return Ok(REDACTED.to_owned());
        }
        let sealed =
            app.vault.seal(Cell::Exported { account, field }, &text.into()).map_err(Error::internal)?;
        Ok(format!("{SEALED}{sealed}"))
    };
    if let Some(webhook) = file.webhook.as_mut().filter(|webhook| !webhook.url.is_empty()) {
        webhook.url = hidden(WEBHOOK_URL, &webhook.url)?;
    }
    for destination in &mut file.destinations {
        let (id, mut failed) = (destination.id.clone().unwrap_or_default(), Ok(()));
        let kind = destination.kind.parse().map_err(Error::internal)?;
        let hide = |path: &str, text: &str| {
            Ok(hidden(&destination_field(&id, path), text).unwrap_or_else(|error| {
                failed = Err(error);
                REDACTED.to_owned()
            }))
        };
        let config = std::mem::take(&mut destination.config);
        destination.config = map_secrets(kind, config, hide, &mut FieldErrors::default());
        failed?;
    }
    let entry = AuditEntry::new(AuditAction::Exported, "settings").in_account(account);
    let secrets = if encrypts_secrets { "with encrypted secrets" } else { "without secrets" };
    app.audit(&permit.caller, entry.detail(secrets)).await;
    file.to_toml().map_err(Error::internal)
}

/// Where the shared webhook's URL stands in a file.
const WEBHOOK_URL: &str = "webhook.url";

/// Where a secret of a destination stands, whichever place the destination has in the file.
fn destination_field(id: &str, path: &str) -> String {
    format!("destination.{id}.config.{path}")
}

/// Makes the account as a file says, all of it or nothing. What the file does not name stays. 422 names every field
/// that is wrong.
pub(crate) async fn import(
    app: &App,
    permit: &Permit<MayAdminister>,
    file: &SettingsFile,
    options: ImportOptions,
) -> Result<ImportReport> {
    for _ in 0..MOST_TRIES {
        let current = current::read(app, permit).await?;
        let plan = plan::plan(app, &current, file, options.prune)?;
        let differences = differences(&current.file, &plan.after);
        let not_named = plan.not_named.clone();
        let warnings = if differences.is_empty() || options.dry_run {
            Some(Vec::new())
        } else {
            apply(app, permit, &current, plan).await?
        };
        if let Some(warnings) = warnings {
            return Ok(ImportReport { differences, not_named, warnings });
        }
    }
    Err(Error::Conflict {
        code: "CHANGED_MEANWHILE",
        message: "Others keep changing this account: look at it again, then import.".to_owned(),
    })
}

/// Stores a plan; answers the warnings, or `None` if somebody else has saved since it was made.
async fn apply(
    app: &App,
    permit: &Permit<MayAdminister>,
    current: &CurrentSettings,
    plan: SettingsPlan<'_>,
) -> Result<Option<Vec<String>>> {
    let account_id = permit.account.id;
    let (mut changes, mut told) = (Vec::new(), Vec::new());
    let (mut entries, mut warnings) = (Vec::new(), Vec::new());
    if let Some(after) = plan.account {
        let before = current.stored.settings.account.clone();
        entries.push(AuditEntry::new(AuditAction::AccountChanged, &after.name));
        told.extend(SettingChange::of_account(&before, &after));
        changes.push(AccountChange::Account { before: Some(before), after });
    }
    let lists_change = plan.notifications.is_some();
    if let Some(input) = plan.notifications {
        let planned = notifications::plan(app, account_id, &current.stored, input).await?;
        let PlannedSettings { change, told: of_settings, warning } = planned;
        warnings.extend(warning.map(|warning| warning.to_string()));
        entries.push(AuditEntry::new(AuditAction::SettingsChanged, "notifications"));
        told.extend(of_settings);
        changes.push(AccountChange::Settings(change));
    }
    for planned in plan.destinations {
        let (action, name) = (planned.action(), planned.name().to_owned());
        changes.push(match planned {
            PlannedDestination::Create(uuid, new) => {
                warnings.extend(app.destinations.warnings(&new.config).await);
                let (row, added) = app.destinations.new_row(account_id, uuid, &new).await?;
                told.push(added);
                AccountChange::CreateDestination(row)
            }
            PlannedDestination::Replace(stored, new) => {
                warnings.extend(app.destinations.warnings(&new.config).await);
                let (row, replaced) = app.destinations.replaced_row(stored, &new)?;
                told.extend(replaced);
                AccountChange::ReplaceDestination { row, read: stored.row.config.clone() }
            }
            PlannedDestination::Delete(stored) => {
                told.push(stored.told_deleted());
                AccountChange::DeleteDestination(stored.row.id)
            }
        });
        entries.push(AuditEntry::new(action, name));
    }
    let history = Author::of(&permit.caller).records(&app.clock, Some(&app.vault), account_id, told)?;
    let stored = app.db.change_account(account_id, changes, history, app.clock.now_ms()).await;
    if !stored.map_err(plan::taken_id)? {
        return Ok(None);
    }
    for entry in entries {
        app.audit(&permit.caller, entry.in_account(account_id).detail("imported from a file")).await;
    }
    if lists_change && app.config.confirm_subscribers {
        confirmations::ask(app, permit).await?;
    }
    Ok(Some(warnings))
}
