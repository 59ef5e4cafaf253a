//! A fresh place for a server's data: a folder, and on PostgreSQL a database.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use crate::Result;
use crate::database::Database;
use crate::flags::scratch;

/// Where a server keeps its data. Ended with [`Storage::clear`]; a folder goes in any case.
pub struct Storage {
    folder: PathBuf,
    postgres: Option<Postgres>,
}

#[derive(Clone)]
struct Postgres {
    admin: PgConnectOptions,
    name: String,
    url: String,
}

impl Storage {
    /// On SQLite, or on a PostgreSQL server where databases may be created.
    pub async fn fresh(postgres: Option<&str>) -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("ringpost_bench_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = scratch().join(&name);
        std::fs::create_dir_all(&folder)?;
        let mut storage = Self { folder, postgres: None };
        if let Some(url) = postgres {
            let admin = PgConnectOptions::from_str(url)?;
            let mut own = url::Url::parse(url)?;
            own.set_path(&name);
            let postgres = Postgres { admin, name, url: own.into() };
            postgres.say("create database").await?;
            storage.postgres = Some(postgres);
        }
        Ok(storage)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The options of a command that lead here.
    pub fn options(&self) -> Vec<String> {
        let mut options = vec!["--data-dir".to_owned(), self.folder.display().to_string()];
        if let Some(postgres) = &self.postgres {
            options.extend(["--database-url".to_owned(), postgres.url.clone()]);
        }
        options
    }

    /// The database itself; on SQLite only while no server runs.
    pub async fn database(&self) -> Result<Database> {
        Ok(match &self.postgres {
            Some(postgres) => Database::Postgres(PgConnectOptions::from_str(&postgres.url)?.connect().await?),
            None => {
                let file = self.folder.join("ringpost.db");
                Database::Sqlite(SqliteConnectOptions::new().filename(file).connect().await?)
            }
        })
    }

    /// Transactions that PostgreSQL has committed here since it was made; `None` on SQLite.
    pub async fn commits(&self) -> Result<Option<i64>> {
        let Some(postgres) = &self.postgres else { return Ok(None) };
        let mut connection = postgres.admin.connect().await?;
        let query = "select xact_commit from pg_stat_database where datname = $1";
        let commits = sqlx::query_scalar(query).bind(&postgres.name).fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok(Some(commits))
    }

    /// The day in UTC, as the database has it.
    pub async fn today(&self) -> Result<String> {
        let mut database = self.database().await?;
        let day = database.text("select cast(current_date as text)").await?;
        database.close().await?;
        Ok(day)
    }

    /// Has PostgreSQL tell whoever runs a statement how it was run, from the next connection on. SQLite is asked.
    pub async fn tell_plans(&self, are_told: bool) -> Result<()> {
        let Some(postgres) = &self.postgres else { return Ok(()) };
        #[rustfmt::skip]
        let settings = [("session_preload_libraries", "auto_explain"), ("auto_explain.log_min_duration", "0"),
            ("auto_explain.log_level", "notice"), ("auto_explain.log_format", "json"),
            ("auto_explain.log_analyze", "on"), ("auto_explain.log_timing", "off")];
        for (name, value) in settings {
            let what = if are_told { format!("set {name} = '{value}'") } else { format!("reset {name}") };
            postgres.alter(&what).await?;
        }
        Ok(())
    }

    pub async fn clear(self) -> Result<()> {
        match &self.postgres {
            Some(postgres) => postgres.say("drop database").await,
            None => Ok(()),
        }
    }
}

impl Postgres {
    async fn alter(&self, what: &str) -> Result<()> {
        let mut connection = self.admin.connect().await?;
        let statement = format!("load 'auto_explain'; alter database {} {what}", self.name);
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
        Ok(connection.close().await?)
    }

    async fn say(&self, what: &str) -> Result<()> {
        let force = if what.starts_with("drop") { " with (force)" } else { "" };
        let mut connection = self.admin.connect().await?;
        let statement = format!("{what} {}{force}", self.name);
        sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await?;
        Ok(connection.close().await?)
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        // A folder that stays behind is below `target` and harms nobody.
        std::fs::remove_dir_all(&self.folder).ok();
    }
}
