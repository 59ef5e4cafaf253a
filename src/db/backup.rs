//! Copies of a SQLite database: made while it is in use, looked through, and put back.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use sqlx::error::DatabaseError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tempfile::{NamedTempFile, TempDir};

use crate::domain::trouble::trouble;
use crate::vault::atomic_file::give_to_owner_of;

use super::open::{Lock, lock, sqlite_file};
use super::outbox::NOT_AGAIN;
use super::{Db, DbError, DbResult, Engine, read, write};

/// Mails that are held are due then; nobody waits for it.
const HELD_UNTIL_MS: i64 = 253_370_764_800_000;

/// How many rows are changed in one transaction.
const AT_ONCE: i64 = 1_000;

/// SQLite's code for a disk without room; <https://www.sqlite.org/rescode.html#full>.
const FULL: &str = "13";
/// How the folder is called in which a backup is made.
const BACKING_UP: &str = ".ringpost-backup-";
/// How the folder is called in which a backup waits to be put in place.
const RESTORING: &str = ".ringpost-restore-";

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
    /// Mails, which wait until somebody lets them go: these, and those of a restore before.
    pub held: i64,
}

/// A database that is being put back: a copy of the backup beside the place where it will be.
pub(crate) struct Restoring {
    copy: NamedTempFile,
    _workplace: Workplace,
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
        let failed = |error: io::Error| unusable(to, &format!("it cannot be written: {}", trouble(&error)));
        if to.exists() {
            return Err(unusable(to, "it exists: name a file that does not"));
        }
        let folder = folder_of(to);
        // SQLite keeps files of its own beside the copy, which go with this folder.
        let workplace = Workplace::begin(folder, BACKING_UP).map_err(failed)?;
        // 0600, as everything that we write.
        let copy = NamedTempFile::new_in(&workplace.folder).map_err(failed)?;
        let mut connection = SqliteConnectOptions::new().filename(path).connect().await?;
        let copied = sqlx::query("vacuum into $1").bind(text(copy.path())?).execute(&mut connection).await;
        copied.map_err(|error| match error.as_database_error().and_then(DatabaseError::code) {
            Some(code) if code == FULL => unusable(to, "there is no room for it on its disk"),
            _ => unusable(to, &format!("it cannot be written: {error}")),
        })?;
        connection.close().await?;
        let content = look_through(copy.path()).await?;
        // SQLite leaves it to us to bring the copy to the disk.
        copy.as_file().sync_all().map_err(failed)?;
        copy.persist_noclobber(to).map_err(|error| failed(error.error))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(content)
    }

    /// Reads a SQLite file from end to end: `ok`, or its first damage. PostgreSQL has tools of its own for this.
    pub(crate) async fn look_through(&self) -> DbResult<Option<String>> {
        let Engine::Sqlite { path, .. } = &*self.engine else {
            return Ok(None);
        };
        let mut connection = SqliteConnectOptions::new().filename(path).connect().await?;
        let found = sqlx::query_scalar("pragma quick_check(1)").fetch_one(&mut connection).await;
        connection.close().await?;
        Ok(Some(found.unwrap_or_else(|error: sqlx::Error| error.to_string())))
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
        self.in_batches(held, HELD_UNTIL_MS).await?;
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
        Ok(RestoredDeliveries { unknown, held: self.count_held().await? })
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
        let failed =
            |error: io::Error| unusable(backup, &format!("it cannot be copied: {}", trouble(&error)));
        let workplace = Workplace::begin(folder_of(&to), RESTORING).map_err(failed)?;
        let mut copy = NamedTempFile::new_in(&workplace.folder).map_err(failed)?;
        give_to_owner_of(folder_of(&to), copy.as_file());
        io::copy(&mut File::open(backup).map_err(failed)?, copy.as_file_mut()).map_err(failed)?;
        Ok(Self { copy, _workplace: workplace, to, _lock: lock })
    }

    /// Leads to the copy.
    pub fn url(&self) -> String {
        format!("sqlite://{}", self.copy.path().display())
    }

    /// Puts the copy in its place, whole and on disk.
    pub fn finish(self) -> DbResult<PathBuf> {
        let Self { copy, to, _workplace, _lock } = self;
        let failed = |error: io::Error| unusable(&to, &format!("it cannot be written: {}", trouble(&error)));
        copy.as_file().sync_all().map_err(failed)?;
        copy.persist_noclobber(&to).map_err(|error| failed(error.error))?;
        File::open(folder_of(&to)).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(to)
    }
}

/// A folder for its owner alone, which goes with what is in it. It is locked for as long as somebody works in it.
struct Workplace {
    folder: TempDir,
    _lock: File,
}

impl Workplace {
    fn begin(folder: &Path, prefix: &str) -> io::Result<Self> {
        remove_left(folder, prefix)?;
        let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(folder)?;
        let lock = File::open(&folder)?;
        lock.lock()?;
        Ok(Self { folder, _lock: lock })
    }
}

/// Removes what others have left who were killed.
fn remove_left(folder: &Path, prefix: &str) -> io::Result<()> {
    for entry in folder.read_dir()? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with(prefix) || !entry.file_type()?.is_dir() {
            continue;
        }
        // Whoever is just finishing may have removed it.
        let Ok(left) = File::open(entry.path()) else { continue };
        if left.try_lock().is_ok() {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
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
