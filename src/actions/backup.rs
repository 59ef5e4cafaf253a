//! Copies of the database, and going on from one.

use std::path::{Path, PathBuf};

use crate::access::OperatorPermit;
use crate::config::Config;
use crate::db::backup::{CopyContent, RestoredDeliveries, Restoring};
use crate::db::{self, Db};
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::clock::Clock;
use crate::error::{Error, Result};

use super::Records;
use super::app::check_vault;
use super::audit::write;

/// Copies everything that is committed now into a file, while the server runs.
pub(crate) async fn back_up(records: &Records, permit: &OperatorPermit, to: &Path) -> Result<CopyContent> {
    let content = records.db.back_up(to).await.map_err(Error::startup)?;
    records.audit(&permit.caller, AuditEntry::new(AuditAction::Exported, "backup")).await;
    Ok(content)
}

/// Puts a backup where the database is to be, or without one takes what is there as restored, and sets to rest what
/// was under way in it. No server may run on it.
pub(crate) async fn restore(
    config: &Config,
    clock: &Clock,
    permit: &OperatorPermit,
    from: Option<&Path>,
) -> Result<(RestoredDeliveries, Option<PathBuf>)> {
    let url = config.database_url().map_err(Error::startup)?;
    let Some(from) = from else {
        let _lock = db::without_servers(&url).await.map_err(Error::startup)?;
        return Ok((set_to_rest(config, clock, permit, &url).await?, None));
    };
    let restoring = Restoring::begin(&url, from).await.map_err(Error::startup)?;
    let deliveries = set_to_rest(config, clock, permit, &restoring.url()).await?;
    Ok((deliveries, Some(restoring.finish().map_err(Error::startup)?)))
}

async fn set_to_rest(
    config: &Config,
    clock: &Clock,
    permit: &OperatorPermit,
    url: &str,
) -> Result<RestoredDeliveries> {
    let db = Db::open(url).await.map_err(Error::startup)?;
    let marked = async {
        check_vault(config, &db).await?;
        let deliveries = db.mark_restored(clock.now_ms()).await?;
        write(&db, clock, &permit.caller.audit_name(), AuditEntry::new(AuditAction::Restored, "backup"))
            .await;
        Ok(deliveries)
    };
    let marked = marked.await;
    // Whatever came of it: closing folds everything into the one file.
    db.close().await;
    marked
}

/// Lets the mails go that a restore has held.
pub(crate) async fn release_mail(records: &Records, _: &OperatorPermit) -> Result<u64> {
    Ok(records.db.release_held(records.clock.now_ms()).await?)
}

/// Gives the mails up that a restore has held.
pub(crate) async fn discard_mail(records: &Records, _: &OperatorPermit) -> Result<u64> {
    Ok(records.db.discard_held(records.clock.now_ms()).await?)
}
