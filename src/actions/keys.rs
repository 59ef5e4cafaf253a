//! The vault's keys: a new one for everything that is sealed, and the end of the old ones.

use crate::access::OperatorPermit;
use crate::config::Config;
use crate::db::sealed::{SealedColumn, SealedValue};
use crate::db::{self, Db};
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::error::{Error, Result};
use crate::vault::{Keys, Vault};

use super::Records;
use super::app::check_vault;

/// Under this name stands the id of the key that everything is being sealed with.
const ROTATING: &str = "key_rotation";
/// Values that are sealed anew in one transaction.
const AT_ONCE: i64 = 200;

/// What a rotation has done.
#[derive(Clone, Debug)]
pub(crate) struct Rotation {
    /// The key that opens everything now.
    pub key: String,
    /// Values that this run has sealed anew.
    pub resealed: usize,
    /// It went on with one that had been cut short.
    pub went_on: bool,
    /// What none of the keys opens, by column; it is left as it is.
    pub unreadable: Vec<(SealedColumn, usize)>,
}

/// Makes a new key, which encrypts from now on, and seals everything anew with it. Every step may be the last: the
/// old keys stay in the file, and the next run goes on. No server may run: it would know the old keys only.
pub(crate) async fn rotate(records: &Records, permit: &OperatorPermit, config: &Config) -> Result<Rotation> {
    let _lock = alone(config).await?;
    let (db, path) = (&records.db, config.secret_key_file());
    let vault = check_vault(config, db).await?;
    let noted = db.meta(ROTATING).await?;
    let went_on = noted.is_some_and(|key| key == vault.first_key()) || needs_older_key(db, &vault).await?;
    let vault = if went_on { vault } else { Vault::new(Keys::add_first(&path).map_err(Error::startup)?) };
    let key = vault.first_key().to_owned();
    db.set_meta(ROTATING, Some(key.clone())).await?;
    let mut rotation = Rotation { key, resealed: 0, went_on, unreadable: Vec::new() };
    for &column in SealedColumn::ALL {
        reseal(db, &vault, column, &mut rotation).await?;
    }
    db.set_meta(ROTATING, None).await?;
    let entry = AuditEntry::new(AuditAction::KeyRotated, &rotation.key);
    records.audit(&permit.caller, entry.detail(format!("{} values", rotation.resealed))).await;
    Ok(rotation)
}

/// Takes every key but the first out of the file, once nothing needs them. Answers how many went.
pub(crate) async fn forget_old(records: &Records, _: &OperatorPermit, config: &Config) -> Result<usize> {
    let _lock = alone(config).await?;
    let path = config.secret_key_file();
    let vault = check_vault(config, &records.db).await?;
    if needs_older_key(&records.db, &vault).await? {
        let why = "something is still sealed with an older key: run ringpost key rotate first";
        return Err(Error::startup(why));
    }
    Keys::keep_first(&path).map_err(Error::startup)
}

/// A server that runs would know the old keys only.
async fn alone(config: &Config) -> Result<db::Lock> {
    let url = config.database_url().map_err(Error::startup)?;
    db::without_servers(&url).await.map_err(Error::startup)
}

/// Whether anything that can be opened is not sealed with the first key.
async fn needs_older_key(db: &Db, vault: &Vault) -> Result<bool> {
    for &column in SealedColumn::ALL {
        let mut last = None;
        loop {
            let values = db.sealed_values(column, last.as_ref(), AT_ONCE).await?;
            if values.iter().any(|value| !vault.is_current(&value.sealed) && opens(vault, value)) {
                return Ok(true);
            }
            let Some(end) = values.into_iter().next_back() else { break };
            last = Some(end);
        }
    }
    Ok(false)
}

fn opens(vault: &Vault, value: &SealedValue) -> bool {
    value.cell().is_some_and(|cell| vault.open(cell, &value.sealed).is_ok())
}

async fn reseal(db: &Db, vault: &Vault, column: SealedColumn, rotation: &mut Rotation) -> Result<()> {
    let (mut last, mut unreadable) = (None, 0);
    loop {
        let values = db.sealed_values(column, last.as_ref(), AT_ONCE).await?;
        let Some(end) = values.last().cloned() else { break };
        let mut changed = Vec::new();
        for value in values.into_iter().filter(|value| !vault.is_current(&value.sealed)) {
            let resealed = value.cell().and_then(|cell| {
                let secret = vault.open(cell, &value.sealed).ok()?;
                Some(vault.seal(cell, &secret))
            });
            match resealed {
                Some(sealed) => changed.push((value, sealed.map_err(Error::startup)?)),
                None => unreadable += 1,
            }
        }
        rotation.resealed += changed.len();
        db.replace_sealed(changed).await?;
        last = Some(end);
    }
    if unreadable > 0 {
        rotation.unreadable.push((column, unreadable));
    }
    Ok(())
}
