//! Opening a database, and refusing with a sentence where that would end badly.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection};

use crate::domain::clock::Clock;

use super::migrations::migrator;
use super::snapshots::Snapshots;
use super::writer::Writer;
use super::{Db, DbError, DbResult, Engine};

/// Marks a SQLite file as ours, "Ring" in ASCII; <https://www.sqlite.org/pragma.html#pragma_application_id>.
const APPLICATION_ID: i64 = 0x5269_6e67;
/// Before it, resetting the WAL could corrupt the file.
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];
const READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Keeps a second server off the same SQLite file for as long as it lives.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held for its lock, which ends with it")] Option<File>);

/// Takes the server's lock on a SQLite database (`<file>.lock`); PostgreSQL needs none.
pub fn lock(url: &str) -> DbResult<Lock> {
    let Some(path) = sqlite_path(url) else {
        return Ok(Lock(None));
    };
    make_parent(&path)?;
    let lock_path = PathBuf::from(format!("{}.lock", path.display()));
    let unusable = |error: std::io::Error| unusable(&lock_path, &error.to_string());
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&lock_path)
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0).and_then(|()| file.rewind()).map_err(unusable)?;
            write!(file, "{}", std::process::id()).map_err(unusable)?;
            Ok(Lock(Some(file)))
        }
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let _ = file.read_to_string(&mut pid);
            Err(DbError::Unusable(format!(
                "{} is in use by another Ringpost (process {}): stop that one, or start this one with another --data-dir",
                path.display(),
                if pid.is_empty() { "unknown" } else { &pid },
            )))
        }
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

impl Db {
    /// Opens `sqlite://path` or `postgres://…`, checks it, and brings its tables up to date.
    pub async fn open(url: &str) -> DbResult<Self> {
        let engine = match sqlite_path(url) {
            Some(path) => open_sqlite(path).await?,
            None if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                open_postgres(url).await?
            }
            None => {
                return Err(DbError::Unusable(
                    "--database-url must start with sqlite:// or postgres://".to_owned(),
                ));
            }
        };
        Ok(Self { engine: Arc::new(engine), snapshots: Arc::new(Snapshots::new(Clock::system())) })
    }
}

fn sqlite_path(url: &str) -> Option<PathBuf> {
    url.strip_prefix("sqlite://").map(PathBuf::from)
}

fn make_parent(path: &Path) -> DbResult<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => {
            std::fs::create_dir_all(folder).map_err(|error| unusable(folder, &error.to_string()))
        }
        _ => Ok(()),
    }
}

async fn open_sqlite(path: PathBuf) -> DbResult<Engine> {
    make_parent(&path)?;
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .optimize_on_close(true, None);
    let refuse = |error: sqlx::Error| unusable_sqlite(&path, &error);
    check_owner(&path).await?;
    let mut connection = options.connect().await.map_err(refuse)?;
    check_version(&mut connection).await?;
    sqlx::query(sqlx::AssertSqlSafe(format!("pragma application_id = {APPLICATION_ID}")))
        .execute(&mut connection)
        .await
        .map_err(refuse)?;
    migrator().run(&mut connection).await.map_err(unusable_schema)?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options.pragma("query_only", "on"))
        .await
        .map_err(refuse)?;
    Ok(Engine::Sqlite { readers, writer: Writer::start(connection), path })
}

/// Looks at an existing file without changing a byte of it: another program's database stays as it is.
async fn check_owner(path: &Path) -> DbResult<()> {
    if !path.exists() {
        return Ok(());
    }
    let refuse = |error: sqlx::Error| unusable_sqlite(path, &error);
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .connect()
        .await
        .map_err(refuse)?;
    let owner: i64 =
        sqlx::query_scalar("pragma application_id").fetch_one(&mut connection).await.map_err(refuse)?;
    let tables: i64 = sqlx::query_scalar("select count(*) from sqlite_master")
        .fetch_one(&mut connection)
        .await
        .map_err(refuse)?;
    if owner != APPLICATION_ID && tables > 0 {
        return Err(unusable(path, "it is another program’s database: choose another file"));
    }
    Ok(())
}

async fn check_version(connection: &mut SqliteConnection) -> DbResult<()> {
    let version: String = sqlx::query_scalar("select sqlite_version()").fetch_one(connection).await?;
    let parts: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    if parts.as_slice() < OLDEST_SQLITE.as_slice() {
        return Err(DbError::Unusable(format!(
            "SQLite {version} is linked, which can corrupt a WAL: 3.51.3 or later is needed"
        )));
    }
    Ok(())
}

async fn open_postgres(url: &str) -> DbResult<Engine> {
    let options = PgConnectOptions::from_str(url).map_err(|_| {
        DbError::Unusable(
            "--database-url cannot be read: write postgres://user:password@host:5432/name".into(),
        )
    })?;
    let place = format!("{}:{}", options.get_host(), options.get_port());
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await
        .map_err(|error| DbError::Unusable(format!("PostgreSQL at {place} cannot be used: {error}")))?;
    migrator().run(&pool).await.map_err(unusable_schema)?;
    Ok(Engine::Postgres(pool))
}

fn unusable(path: &Path, why: &str) -> DbError {
    DbError::Unusable(format!("{} cannot be used: {why}", path.display()))
}

fn unusable_sqlite(path: &Path, error: &sqlx::Error) -> DbError {
    let code = match error {
        sqlx::Error::Database(inner) => super::error::sqlite_code(inner.as_ref()),
        _ => None,
    };
    // SQLite's primary result codes; https://www.sqlite.org/rescode.html.
    let why = match code {
        Some(5 | 6) => {
            "another program holds it locked: stop that program, or choose another file".to_owned()
        }
        Some(8) => "it is read-only: make the file and its folder writable for this user".to_owned(),
        Some(11) => "it is corrupt: restore it from a backup".to_owned(),
        Some(14) => {
            "it cannot be opened: check that the folder exists and that this user may write there".to_owned()
        }
        Some(26) => "it is not a SQLite database, or it is damaged: choose another file, or restore a backup"
            .to_owned(),
        _ => error.to_string(),
    };
    unusable(path, &why)
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
