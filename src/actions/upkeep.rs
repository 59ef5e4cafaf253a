//! What an operator does about the database file itself.

use crate::access::OperatorPermit;
use crate::config::Config;
use crate::db;
use crate::error::{Error, Result};

use super::Records;

/// Gives the room back that deleted rows have left; answers the file's size before and after. No server may run:
/// its writes would wait for as long as it takes.
pub(crate) async fn vacuum(records: &Records, _: &OperatorPermit, config: &Config) -> Result<(u64, u64)> {
    let url = config.database_url().map_err(Error::startup)?;
    let _lock = db::without_servers(&url).await.map_err(Error::startup)?;
    records.db.vacuum().await.map_err(Error::startup)
}
