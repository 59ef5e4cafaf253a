//! Copies of a SQLite database: made while it is in use, looked through, and put back.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tempfile::NamedTempFile;

use super::open::{Lock, lock, sqlite_file};
use super::outbox::NOT_AGAIN;
use super::{Db, DbError, DbResult, Engine, read, write};

/// Mails that are held are due then; nobody waits for it.
const HELD_UNTIL_MS: i64 = 253_370_764_800_000;

/// How many rows are changed in one transaction.
const AT_ONCE: i64 = 1_000;

/// What a copy holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CopyContent {
    /// Events.
    pub events: i64,
    /// Their deliveries.
    pub deliveries: i64,
}

/// What became of the deliveries that were not at their end when the copy was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RestoredDeliveries {
    /// Webhooks: nobody knows whether they were sent since.
    pub unknown: u64,
    /// Mails, which wait until somebody lets them go.
    pub held: u64,
}

/// A database that is being put back: a copy of the backup beside the place where it will be.
pub(crate) struct Restoring {
    copy: NamedTempFile,
    to: PathBuf,
    _lock: Lock,
}

impl Db {
    /// Copies everything that is committed now into a new file, while others read and write, and looks through the
    /// copy before it gets its name.
    pub(crate) async fn back_up(&self, to: &Path) -> DbResult<CopyContent> {
        let Engine::Sqlite { path, .. } = &*self.engine else {
            return Err(DbError::Unusable(
                "PostgreSQL has its own tools for this: pg_dump --format=custom --file PATH with the same URL, or \
                 continuous archiving; after pg_restore, run ringpost restore without a path"
                    .to_owned(),
            ));
        };
        let failed = |error: io::Error| unusable(to, &format!("it cannot be written: {error}"));
        if to.exists() {
            return Err(unusable(to, "it exists: name a file that does not"));
        }
        let folder = folder_of(to);
        // 0600, as everything that we write.
        let copy = NamedTempFile::new_in(folder).map_err(failed)?;
        let mut connection = SqliteConnectOptions::new().filename(path).connect().await?;
        sqlx::query("vacuum into $1").bind(text(copy.path())?).execute(&mut connection).await?;
        connection.close().await?;
        let content = look_through(copy.path()).await?;
        // SQLite leaves it to us to bring the copy to the disk.
        copy.as_file().sync_all().map_err(failed)?;
        copy.persist_noclobber(to).map_err(|error| failed(error.error))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(content)
    }

    /// Sets to rest what was not at its end when the backup was made: a webhook may have been sent since, so it is
    /// unknown; a mail is held. Everybody is signed out: a session that was ended since must not live again, nor a
    /// link that was used since, nor a form that was sent since.
    pub(crate) async fn mark_restored(&self, now: i64) -> DbResult<RestoredDeliveries> {
        let unknown = format!(
            "update deliveries set state = 'unknown', reason = 'restored', finished_at = $1, instance = null
             where id in (select id from deliveries where state in ('pending', 'sending') and {NOT_AGAIN} limit $2)"
        );
        let held =
            "update deliveries set state = 'pending', reason = 'restored', due_at = $1, instance = null
             where id in (select id from deliveries where state in ('pending', 'sending')
               and (reason is null or reason <> 'restored') limit $2)";
        let unknown = self.in_batches(&unknown, now).await?;
        let held = self.in_batches(held, HELD_UNTIL_MS).await?;
        write!(self, tx => {
            sqlx::query("delete from sessions").execute(&mut *tx).await?;
            sqlx::query("delete from sign_in_links").execute(&mut *tx).await?;
            sqlx::query("delete from kept_forms").execute(&mut *tx).await?;
            // It may have gone on after the copy: somebody looks, and begins another one.
            sqlx::query(
                "update recoveries set stop_reason = 'restored', finished_at = $1 where finished_at is null",
            )
            .bind(now)
            .execute(&mut *tx)
            .await?;
            sqlx::query("delete from instances").execute(tx).await?;
            Ok(())
        })?;
        Ok(RestoredDeliveries { unknown, held })
    }

    /// Changes rows until there are none left to change; one that was cut short goes on where it was.
    async fn in_batches(&self, change: &str, at: i64) -> DbResult<u64> {
        let mut count = 0;
        loop {
            let change = sqlx::AssertSqlSafe(change.to_owned());
            let changed = write!(self, tx => {
                Ok(sqlx::query(change).bind(at).bind(AT_ONCE).execute(tx).await?.rows_affected())
            })?;
            if changed == 0 {
                return Ok(count);
            }
            count += changed;
        }
    }

    /// Lets the held mails go: whoever is running sends them. Answers how many there were.
    pub(crate) async fn release_held(&self, now: i64) -> DbResult<u64> {
        write!(self, tx => {
            let done = sqlx::query(
                "update deliveries set due_at = $1, reason = null where state = 'pending' and reason = 'restored'",
            )
            .bind(now)
            .execute(tx)
            .await?;
            Ok(done.rows_affected())
        })
    }

    /// Gives the held mails up: they may have been sent before. Answers how many there were.
    pub(crate) async fn discard_held(&self, now: i64) -> DbResult<u64> {
        write!(self, tx => {
            let done = sqlx::query(
                "update deliveries set state = 'unknown', finished_at = $1
                 where state = 'pending' and reason = 'restored'",
            )
            .bind(now)
            .execute(tx)
            .await?;
            Ok(done.rows_affected())
        })
    }

    /// How many mails are held.
    pub(crate) async fn count_held(&self) -> DbResult<i64> {
        Ok(read!(self, pool => sqlx::query_scalar(
            "select count(*) from deliveries where state = 'pending' and instance is null and due_at >= $1",
        )
        .bind(HELD_UNTIL_MS)
        .fetch_one(pool))?)
    }
}

impl Restoring {
    /// Copies a backup beside the place of the database, which must not be there yet; no server may start on it.
    pub async fn begin(url: &str, backup: &Path) -> DbResult<Self> {
        let Some(to) = sqlite_file(url)? else {
            return Err(DbError::Unusable(
                "PostgreSQL has its own tools for this: restore its dump with pg_restore, then run ringpost restore \
                 without a path"
                    .to_owned(),
            ));
        };
        let lock = lock(url)?;
        for suffix in ["", "-wal", "-shm"] {
            let there = PathBuf::from(format!("{}{suffix}", to.display()));
            if there.exists() {
                let why =
                    "it is there already: move it away, with its -wal and -shm, or name another --data-dir";
                return Err(unusable(&there, why));
            }
        }
        look_through(backup).await?;
        let failed = |error: io::Error| unusable(backup, &format!("it cannot be copied: {error}"));
        let mut copy = NamedTempFile::new_in(folder_of(&to)).map_err(failed)?;
        io::copy(&mut File::open(backup).map_err(failed)?, copy.as_file_mut()).map_err(failed)?;
        Ok(Self { copy, to, _lock: lock })
    }

    /// Leads to the copy.
    pub fn url(&self) -> String {
        format!("sqlite://{}", self.copy.path().display())
    }

    /// Puts the copy in its place, whole and on disk.
    pub fn finish(self) -> DbResult<PathBuf> {
        let Self { copy, to, _lock } = self;
        let failed = |error: io::Error| unusable(&to, &format!("it cannot be written: {error}"));
        copy.as_file().sync_all().map_err(failed)?;
        copy.persist_noclobber(&to).map_err(|error| failed(error.error))?;
        File::open(folder_of(&to)).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(to)
    }
}

/// Reads a copy from end to end.
async fn look_through(path: &Path) -> DbResult<CopyContent> {
    let refused = |error: sqlx::Error| unusable(path, &format!("it is no whole copy of a database: {error}"));
    if !path.exists() {
        return Err(unusable(path, "there is no such file"));
    }
    let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(true);
    let mut connection: SqliteConnection = options.connect().await.map_err(refused)?;
    let found: String =
        sqlx::query_scalar("pragma integrity_check(1)").fetch_one(&mut connection).await.map_err(refused)?;
    if found != "ok" {
        return Err(unusable(path, &format!("it is no whole copy of a database: {found}")));
    }
    let counted = sqlx::query_as("select (select count(*) from events), (select count(*) from deliveries)");
    let (events, deliveries) = counted.fetch_one(&mut connection).await.map_err(refused)?;
    connection.close().await?;
    Ok(CopyContent { events, deliveries })
}

fn unusable(path: &Path, why: &str) -> DbError {
    DbError::Unusable(format!("{}: {why}", path.display()))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn text(path: &Path) -> DbResult<&str> {
    path.to_str().ok_or_else(|| unusable(path, "its name is not UTF-8"))
}
