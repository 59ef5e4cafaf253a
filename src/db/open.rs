//! Opening a database, and refusing with a sentence where that would end badly.

mod checkpoint;
mod inspect;
mod lock;
mod place;
mod postgres;
mod private;
mod promises;
mod sqlite;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::MigrateError;

pub use inspect::{Inspection, Schema, check_beside_server, inspect, without_servers};
pub use lock::{Lock, lock};
pub use place::missing_file;
pub(super) use place::of_sqlite as sqlite_file;
pub(crate) use private::close as close_to_others;

use crate::domain::clock::Clock;

use super::snapshots::Snapshots;
use super::{Db, DbError, DbResult, Engine};

const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

impl Db {
    /// Opens `sqlite://path` or `postgres://…`, checks it, and brings its tables up to date.
    pub async fn open(url: &str) -> DbResult<Self> {
        let engine = match place::of_sqlite(url)? {
            Some(path) => sqlite::open(path).await?,
            None if is_postgres(url) => postgres::open(url).await?,
            None => return Err(unknown_engine()),
        };
        Ok(Self::on(engine))
    }

    /// Opens a database whose tables are those of this program, to look at it: a file is left as it is, and so is who
    /// may read it.
    pub(crate) async fn open_to_look(url: &str) -> DbResult<Self> {
        match place::of_sqlite(url)? {
            Some(path) => Ok(Self::on(sqlite::open_to_look(path).await?)),
            None => Self::open(url).await,
        }
    }

    fn on(engine: Engine) -> Self {
        Self { engine: Arc::new(engine), snapshots: Arc::new(Snapshots::new(Clock::system())) }
    }
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

fn unknown_engine() -> DbError {
    DbError::Unusable("--database-url must start with sqlite:// or postgres://".to_owned())
}

fn unusable(path: &Path, why: &str) -> DbError {
    DbError::Unusable(format!("{} cannot be used: {why}", path.display()))
}

fn unusable_schema(error: MigrateError) -> DbError {
    match error {
        MigrateError::VersionMissing(version) => DbError::Unusable(format!(
            "the database was written by a newer Ringpost (migration {version} is unknown here): start that version"
        )),
        MigrateError::VersionMismatch(version) => DbError::Unusable(format!(
            "migration {version} of the database differs from this program’s: it was changed by hand"
        )),
        other => DbError::Unusable(format!("the database’s tables cannot be brought up to date: {other}")),
    }
}
