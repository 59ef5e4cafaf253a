//! A look at a database that changes nothing: how its tables stand to this program, and whether a server runs on it.

use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::db::migrations;
use crate::db::{DbError, DbResult};

use super::lock::is_taken;
use super::{Lock, is_postgres, lock, place, postgres, sqlite, unknown_engine};

/// How a database's tables stand to this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// There are none.
    Missing,
    /// An older program made them; they are at this migration.
    Older(i64),
    /// As this program wants them, at this migration.
    Current(i64),
    /// A newer program made them; they are at this migration.
    Newer(i64),
}

/// What was seen.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The tables.
    pub schema: Schema,
    /// Whether a server runs on it; on PostgreSQL, whether one has been heard of within a minute.
    pub is_served: bool,
    /// The SQLite file.
    pub file: Option<PathBuf>,
}

/// Looks at a database.
pub async fn inspect(url: &str) -> DbResult<Inspection> {
    match place::of_sqlite(url)? {
        Some(path) => of_sqlite(path).await,
        None => of_postgres(url).await,
    }
}

/// Refuses a command that would change the tables under a server of another version.
pub async fn check_beside_server(url: &str) -> DbResult<()> {
    match inspect(url).await? {
        Inspection { schema: Schema::Older(at), is_served: true, .. } => Err(DbError::Unusable(format!(
            "a server of an older version runs on this database (its tables are at migration {at}, this program \
             would bring them to {}): use that server’s own program, or stop the server and start this version’s",
            migrations::newest()
        ))),
        Inspection { .. } => Ok(()),
    }
}

/// Keeps servers away for as long as the answer lives. On PostgreSQL, where they may be on other machines, none may run
/// now.
pub async fn without_servers(url: &str) -> DbResult<Lock> {
    let lock = lock(url)?;
    if is_postgres(url) && inspect(url).await?.is_served {
        let why = "a server runs on this database, or did less than a minute ago: stop it first";
        return Err(DbError::Unusable(why.to_owned()));
    }
    Ok(lock)
}

impl Schema {
    fn of(at: Option<i64>) -> Self {
        let newest = migrations::newest();
        match at {
            None => Self::Missing,
            Some(at) if at < newest => Self::Older(at),
            Some(at) if at > newest => Self::Newer(at),
            Some(at) => Self::Current(at),
        }
    }
}

const NEWEST: &str = "select max(version) from _sqlx_migrations where success";

async fn of_sqlite(path: PathBuf) -> DbResult<Inspection> {
    if !path.exists() {
        return Ok(Inspection { schema: Schema::Missing, is_served: false, file: None });
    }
    let at = sqlite_migration(&path).await.map_err(|error| sqlite::refused(&path, &error))?;
    let is_served = is_taken(&path);
    Ok(Inspection { schema: Schema::of(at), is_served, file: Some(path) })
}

async fn sqlite_migration(path: &Path) -> sqlx::Result<Option<i64>> {
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(sqlite::BUSY_TIMEOUT);
    let mut connection = options.connect().await?;
    let tables: i64 =
        sqlx::query_scalar("select count(*) from sqlite_master where name = '_sqlx_migrations'")
            .fetch_one(&mut connection)
            .await?;
    let at = if tables == 0 { None } else { sqlx::query_scalar(NEWEST).fetch_one(&mut connection).await? };
    connection.close().await?;
    Ok(at)
}

async fn of_postgres(url: &str) -> DbResult<Inspection> {
    if !is_postgres(url) {
        return Err(unknown_engine());
    }
    let options = postgres::options(url)?;
    let place = format!("{}:{}", options.get_host(), options.get_port());
    let unusable =
        |error: sqlx::Error| DbError::Unusable(format!("PostgreSQL at {place} cannot be used: {error}"));
    let looked = async {
        let mut connection = options.connect().await?;
        let tables: Option<String> =
            sqlx::query_scalar("select cast(to_regclass('_sqlx_migrations') as text)")
                .fetch_one(&mut connection)
                .await?;
        if tables.is_none() {
            return Ok((None, 0));
        }
        let at = sqlx::query_scalar(NEWEST).fetch_one(&mut connection).await?;
        // Somebody may be making the tables just now.
        let instances: Option<String> = sqlx::query_scalar("select cast(to_regclass('instances') as text)")
            .fetch_one(&mut connection)
            .await?;
        let alive: i64 = match instances {
            None => 0,
            Some(_) => {
                sqlx::query_scalar(
                    "select count(*) from instances
                     where seen_at > extract(epoch from clock_timestamp()) * 1000 - 60000",
                )
                .fetch_one(&mut connection)
                .await?
            }
        };
        connection.close().await?;
        Ok((at, alive))
    };
    let (at, alive) = looked.await.map_err(unusable)?;
    Ok(Inspection { schema: Schema::of(at), is_served: alive > 0, file: None })
}
