//! Opening a SQLite file.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use crate::db::migrations::migrator;
use crate::db::writer::Writer;
use crate::db::{DbError, DbResult, Engine, error};
use crate::domain::trouble::trouble;
use crate::vault::atomic_file::give_to_owner_of;

use super::{ACQUIRE_TIMEOUT, checkpoint, private, unusable, unusable_schema};

/// The file is for nobody but this user; SQLite gives its other files the same permissions.
pub(super) const PRIVATE_FILE: u32 = 0o600;
/// Marks a SQLite file as ours, "Ring" in ASCII; <https://www.sqlite.org/pragma.html#pragma_application_id>.
const APPLICATION_ID: i64 = 0x5269_6e67;
/// Before it, resetting the WAL could corrupt the file.
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];
const HOT_READERS: u32 = 4;
const PAGE_READERS: u32 = 4;
/// Others wait so long for whoever brings the tables up to date; a long log gets its indexes in minutes.
const MIGRATES_WITHIN: Duration = Duration::from_mins(10);
/// So many rows are read ahead of a page that wants them, so that SQLite's thread does not sleep between rows.
const PAGE_ROWS: usize = 4_096;
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
}

/// Opens the file as it is: nothing in it can be changed, nor who may read it.
pub(super) async fn open_to_look(path: PathBuf) -> DbResult<Engine> {
    let refuse = |error: sqlx::Error| refused(&path, &error);
    let options = options(&path).pragma("query_only", "on");
    let connection = options.connect().await.map_err(refuse)?;
    let hot = pool(1, options.clone()).await.map_err(refuse)?;
    let pages = pool(1, options).await.map_err(refuse)?;
    Ok(Engine::Sqlite { hot, pages, writer: Writer::on_sqlite(connection), path })
}

/// Opens the file at a canonical path: the WAL lies beside the file itself, not beside a link to it.
pub(super) async fn open(path: PathBuf) -> DbResult<Engine> {
    let options = options(&path).create_if_missing(true);
    let refuse = |error: sqlx::Error| refused(&path, &error);
    check_owner(&path).await?;
    make(&path)?;
    private::database(&path);
    let for_writing = options
        .clone()
        // Each number of rows is a statement of its own, with and without the ends of its transaction.
        .statement_cache_capacity(256)
        // Most of what is written is written again soon: the outcome into the row of its delivery.
        .pragma("cache_size", "-16384")
        // It is seen to beside the writer; this is for when that does not keep up.
        .pragma("wal_autocheckpoint", "16000");
    let mut connection = for_writing.connect().await.map_err(refuse)?;
    check_version(&mut connection).await?;
    sqlx::query(sqlx::AssertSqlSafe(format!("pragma application_id = {APPLICATION_ID}")))
        .execute(&mut connection)
        .await
        .map_err(refuse)?;
    migrate(&mut connection, &path).await?;
    if forget_statistics(&mut connection).await.map_err(refuse)? {
        // A connection keeps what it read when it was opened.
        connection.close().await.map_err(refuse)?;
        connection = for_writing.connect().await.map_err(refuse)?;
    }
    let options = options.pragma("query_only", "on");
    let hot = pool(HOT_READERS, options.clone()).await.map_err(refuse)?;
    let pages = pool(PAGE_READERS, options.row_buffer_size(PAGE_ROWS)).await.map_err(refuse)?;
    checkpoint::run(hot.clone());
    Ok(Engine::Sqlite { hot, pages, writer: Writer::on_sqlite(connection), path })
}

/// Brings the tables up to date. What a migration takes away is wiped from the file and its WAL, not only
/// forgotten: it may be there because it should not have stood in clear.
async fn migrate(connection: &mut SqliteConnection, path: &Path) -> DbResult<()> {
    let refuse = |error: sqlx::Error| refused(path, &error);
    let before = migrations(connection).await.map_err(refuse)?;
    sqlx::query("pragma secure_delete = on").execute(&mut *connection).await.map_err(refuse)?;
    let migrator = migrator();
    if before < migrator.iter().count() {
        // Several may begin at once: all but the first wait, and find nothing left to do.
        let patient = format!("pragma busy_timeout = {}", MIGRATES_WITHIN.as_millis());
        sqlx::query(sqlx::AssertSqlSafe(patient)).execute(&mut *connection).await.map_err(refuse)?;
        let mut alone = connection.begin_with("begin immediate").await.map_err(refuse)?;
        migrator.run(&mut *alone).await.map_err(unusable_schema)?;
        alone.commit().await.map_err(refuse)?;
        let usual = format!("pragma busy_timeout = {}", BUSY_TIMEOUT.as_millis());
        sqlx::query(sqlx::AssertSqlSafe(usual)).execute(&mut *connection).await.map_err(refuse)?;
    } else {
        migrator.run(&mut *connection).await.map_err(unusable_schema)?;
    }
    sqlx::query("pragma secure_delete = off").execute(&mut *connection).await.map_err(refuse)?;
    if before > 0 && migrations(connection).await.map_err(refuse)? > before {
        sqlx::query("pragma wal_checkpoint(truncate)").execute(connection).await.map_err(refuse)?;
    }
    Ok(())
}

/// How many migrations the file has seen; none, if it is new.
async fn migrations(connection: &mut SqliteConnection) -> sqlx::Result<usize> {
    let known: i64 = sqlx::query_scalar("select count(*) from sqlite_master where name = '_sqlx_migrations'")
        .fetch_one(&mut *connection)
        .await?;
    if known == 0 {
        return Ok(0);
    }
    let count: i64 =
        sqlx::query_scalar("select count(*) from _sqlx_migrations").fetch_one(connection).await?;
    Ok(usize::try_from(count).unwrap_or(0))
}

async fn pool(connections: u32, options: SqliteConnectOptions) -> sqlx::Result<SqlitePool> {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .connect_with(options)
        .await
}

/// Plans must not depend on what the tables held when somebody counted them: with the counts of a nearly empty
/// database SQLite reads a full one from end to end. Says whether there were any.
async fn forget_statistics(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    let mut forgot = false;
    for (table, drop) in
        [("sqlite_stat1", "drop table sqlite_stat1"), ("sqlite_stat4", "drop table sqlite_stat4")]
    {
        let count: i64 = sqlx::query_scalar("select count(*) from sqlite_master where name = $1")
            .bind(table)
            .fetch_one(&mut *connection)
            .await?;
        if count > 0 {
            sqlx::query(drop).execute(&mut *connection).await?;
            forgot = true;
        }
    }
    Ok(forgot)
}

/// Makes an empty file, which SQLite takes for an empty database.
fn make(path: &Path) -> DbResult<()> {
    if path.exists() {
        return Ok(());
    }
    let made = File::options().write(true).create(true).truncate(false).mode(PRIVATE_FILE).open(path);
    let file = made.map_err(|error| unusable(path, &trouble(&error)))?;
    give_to_owner_of(path.parent().unwrap_or(path), &file);
    Ok(())
}

/// Looks at an existing file without changing a byte of it: another program's database stays as it is.
async fn check_owner(path: &Path) -> DbResult<()> {
    if !path.exists() {
        return Ok(());
    }
    let refuse = |error: sqlx::Error| refused(path, &error);
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

pub(super) fn refused(path: &Path, error: &sqlx::Error) -> DbError {
    let code = match error {
        sqlx::Error::Database(inner) => error::sqlite_code(inner.as_ref()),
        _ => None,
    };
    // SQLite's primary result codes; https://www.sqlite.org/rescode.html.
    let why = match code {
        Some(5 | 6) => {
            "another program holds it locked: stop that program, or choose another file".to_owned()
        }
        Some(8) => "it is read-only: make the file and its folder writable for this user".to_owned(),
        Some(10) => "the disk fails: look at the system’s own log".to_owned(),
        Some(11) => "it is corrupt: restore it from a backup".to_owned(),
        Some(13) => "the disk is full: make room".to_owned(),
        Some(14) => {
            "it cannot be opened: check that the folder exists and that this user may write there".to_owned()
        }
        Some(26) => "it is not a SQLite database, or it is damaged: choose another file, or restore a backup"
            .to_owned(),
        _ => error.to_string(),
    };
    unusable(path, &why)
}
