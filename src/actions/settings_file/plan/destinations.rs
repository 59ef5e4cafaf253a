//! The destinations of a file: which stored one each block stands for, and what it is to be.

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::actions::App;
use crate::actions::destinations::StoredDestination;
use crate::domain::destination::{DestinationDraft, REDACTED};
use crate::domain::field_errors::FieldErrors;
use crate::domain::kinds::Kind;
use crate::domain::settings_file::{DestinationBlock, SettingsFile, map_secrets};
use crate::error::{Error, Result};

use super::super::current::CurrentSettings;
use super::super::destination_field;
use super::{PlannedDestination, SettingsPlan, revealed};

/// Adds what the file says of destinations to a plan.
pub(super) fn read_destinations<'a>(
    app: &App,
    current: &'a CurrentSettings,
    file: &SettingsFile,
    plan: &mut SettingsPlan<'a>,
    errors: &mut FieldErrors,
) -> Result<()> {
    for (index, block) in file.destinations.iter().enumerate() {
        let path = format!("destination[{index}]");
        let found = kind_of(block).and_then(|kind| Ok((kind, stored_as(current, block, kind)?)));
        let (kind, stored) = match found {
            Ok(found) => found,
            Err((field, why)) => {
                errors.push(format!("{path}.{field}"), why);
                continue;
            }
        };
        let id = stored.map(|stored| stored.row.uuid.clone()).or_else(|| block.id.clone());
        let id = id.unwrap_or_else(|| app.clock.new_id().to_string());
        if plan.after.destinations.iter().any(|known| known.id.as_ref() == Some(&id)) {
            errors.push(path, "stands for a destination that another block names already");
            continue;
        }
        let old = current.file.destinations.iter().find(|old| old.id.as_ref() == Some(&id));
        let config = config(app, current, (kind, &id), block, old.map(|old| &old.config));
        let draft = DestinationDraft {
            kind,
            name: block.name.clone(),
            enabled: block.enabled,
            events: block.events.clone(),
            scopes: block.scopes.clone(),
            config: Map::new(),
        };
        let checked = match config {
            Ok(config) => app.destinations.check(DestinationDraft { config, ..draft }),
            Err(wrong) => Err(wrong.into()),
        };
        let new = match checked {
            Ok(new) => new,
            Err(Error::Invalid { fields, .. }) => {
                errors.extend(fields.below(&path));
                continue;
            }
            Err(other) => return Err(other),
        };
        let block = DestinationBlock {
            id: Some(id.clone()),
            kind: kind.as_str().to_owned(),
            name: new.name.clone(),
            enabled: new.enabled,
            events: new.events.clone(),
            scopes: new.scopes.clone(),
            config: new.config.expose(),
        };
        plan.destinations.extend(match (stored, old) {
            (Some(_), Some(old)) if *old == block => None,
            (Some(stored), _) => Some(PlannedDestination::Replace(stored, new)),
            (None, _) => Some(PlannedDestination::Create(id, new)),
        });
        plan.after.destinations.push(block);
    }
    Ok(())
}

/// The field that is wrong, and why.
type WrongField = (&'static str, String);

fn kind_of(block: &DestinationBlock) -> Result<Kind, WrongField> {
    block.kind.parse().map_err(|why| ("kind", format!("{why}")))
}

/// The destination that a block stands for; `None` for a new one.
fn stored_as<'a>(
    current: &'a CurrentSettings,
    block: &DestinationBlock,
    kind: Kind,
) -> Result<Option<&'a StoredDestination>, WrongField> {
    let stored = &current.destinations;
    let Some(id) = &block.id else {
        let named = |stored: &&StoredDestination| stored.kind == kind && stored.row.name == block.name.trim();
        let mut found = stored.iter().filter(named);
        let first = found.next();
        return match found.next() {
            None => Ok(first),
            Some(_) => Err(("name", "is that of several: say which one by its id".to_owned())),
        };
    };
    match stored.iter().find(|stored| stored.row.uuid == *id) {
        Some(stored) if stored.kind != kind => {
            Err(("kind", format!("must stay {}: make another destination instead", stored.kind.as_str())))
        }
        Some(stored) => Ok(Some(stored)),
        None if id.parse::<Uuid>().is_ok_and(|parsed| parsed.to_string() == *id) => Ok(None),
        None => {
            Err(("id", "must be the one that an export has written: leave it out for a new one".to_owned()))
        }
    }
}

/// The configuration with its secrets in clear: a placeholder stands for what is stored at its place.
fn config(
    app: &App,
    current: &CurrentSettings,
    (kind, id): (Kind, &str),
    block: &DestinationBlock,
    old: Option<&Map<String, Value>>,
) -> Result<Map<String, Value>, FieldErrors> {
    let account = current.stored.settings.account.id;
    let mut errors = FieldErrors::default();
    let reveal = |path: &str, text: &str| match old.and_then(|old| secret_at(old, path)) {
        Some(stored) if text == REDACTED => Ok(stored.to_owned()),
        Some(_) | None => revealed(app, account, &destination_field(id, path), text)
            .map_err(|why| FieldErrors::one(format!("config.{path}"), why)),
    };
    let config = map_secrets(kind, block.config.clone(), reveal, &mut errors);
    errors.or(config)
}

fn secret_at<'a>(config: &'a Map<String, Value>, path: &str) -> Option<&'a str> {
    match path.split_once('.') {
        Some((name, key)) => config.get(name)?.get(key)?.as_str(),
        None => config.get(path)?.as_str(),
    }
}

/// Destinations that the file does not name stay, or go.
pub(super) fn leave_out<'a>(current: &'a CurrentSettings, prune: bool, plan: &mut SettingsPlan<'a>) {
    for (stored, block) in current.destinations.iter().zip(&current.file.destinations) {
        if plan.after.destinations.iter().any(|named| named.id == block.id) {
            continue;
        }
        if prune {
            plan.destinations.push(PlannedDestination::Delete(stored));
        } else {
            plan.not_named.push(format!("“{}” ({})", stored.row.name, stored.kind.as_str()));
            plan.after.destinations.push(block.clone());
        }
    }
}
