//! Where an app keeps its data: a folder of its own, and on PostgreSQL a database of its own.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection, SqliteConnection,
};
use uuid::Uuid;

/// The address of a PostgreSQL server on which databases may be created; without it, everything runs on SQLite.
const POSTGRES: &str = "RINGPOST_TEST_POSTGRES";

/// Clones share it; its folder goes with the last one.
#[derive(Clone)]
pub struct Place(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    url: String,
    /// The place that this is another way to; the folder is its.
    of: Option<Place>,
}

/// Whether the tests run on PostgreSQL.
pub fn on_postgres() -> bool {
    std::env::var(POSTGRES).is_ok()
}

impl Place {
    pub async fn fresh() -> Self {
        if !on_postgres() {
            return Self::on_sqlite();
        }
        let name = format!("t_{}", Uuid::new_v4().simple());
        admin(&format!("create database {name}")).await;
        // The tests' own cluster keeps nothing through a power failure, and need not.
        admin(&format!("alter database {name} set ringpost.accept_loss = 'on'")).await;
        let mut url = url::Url::parse(&std::env::var(POSTGRES).unwrap()).unwrap();
        url.set_path(&name);
        Self(Arc::new(Inner { folder: folder(), url: url.into(), of: None }))
    }

    /// For what only a file can be: read-only, corrupt, another program's.
    pub fn on_sqlite() -> Self {
        let folder = folder();
        let url = format!("sqlite://{}", folder.join("ringpost.db").display());
        Self(Arc::new(Inner { folder, url, of: None }))
    }

    /// The same place by another way: through a proxy, or through a link.
    pub fn by(&self, folder: &Path, url: &str) -> Self {
        Self(Arc::new(Inner { folder: folder.to_owned(), url: url.to_owned(), of: Some(self.clone()) }))
    }

    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// Runs statements that somebody has dumped.
    pub async fn restore(&self, dump: &str) {
        if on_postgres() {
            let mut connection = PgConnection::connect(self.url()).await.unwrap();
            connection.execute(AssertSqlSafe(dump)).await.unwrap();
            connection.close().await.unwrap();
        } else {
            let mut connection = self.sqlite().await;
            connection.execute(AssertSqlSafe(dump)).await.unwrap();
            connection.close().await.unwrap();
        }
    }

    /// Changes rows behind Ringpost's back.
    pub async fn change(&self, sql: &str) {
        if on_postgres() {
            let mut connection = PgConnection::connect(self.url()).await.unwrap();
            connection.execute(AssertSqlSafe(sql)).await.unwrap();
            connection.close().await.unwrap();
        } else {
            let mut connection = self.sqlite().await;
            connection.execute(AssertSqlSafe(sql)).await.unwrap();
            connection.close().await.unwrap();
        }
    }

    /// Every instance was heard of two minutes earlier than it was. Only the database's own clock tells who is
    /// silent, and that is not for a test to set.
    pub async fn age_heartbeats(&self) {
        self.change("update instances set seen_at = seen_at - 2 * 60 * 1000").await;
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        let query = AssertSqlSafe(format!("select count(*) from {table}"));
        if on_postgres() {
            let mut connection = PgConnection::connect(self.url()).await.unwrap();
            sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
        } else {
            sqlx::query_scalar(query).fetch_one(&mut self.sqlite().await).await.unwrap()
        }
    }

    /// All that is kept here: what stands in the folder's files, and in the tables of another engine.
    pub async fn everything(&self) -> Vec<(String, String)> {
        let mut texts = if on_postgres() { self.rows_as_text().await } else { Vec::new() };
        read_all(self.folder(), &mut texts);
        texts
    }

    async fn rows_as_text(&self) -> Vec<(String, String)> {
        let mut connection = PgConnection::connect(self.url()).await.unwrap();
        let tables = "select table_name::text from information_schema.tables where table_schema = 'public'";
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut connection).await.unwrap();
        let mut texts = Vec::new();
        for table in tables {
            let rows = AssertSqlSafe(format!("select row_to_json(t)::text from {table} t"));
            let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(&mut connection).await.unwrap();
            texts.push((format!("the table {table}"), rows.join("\n")));
        }
        texts
    }

    async fn sqlite(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::from_str(self.url()).unwrap();
        // A dump writes tables in alphabetical order.
        options.create_if_missing(true).foreign_keys(false).connect().await.unwrap()
    }

    /// The flags that lead here.
    pub fn flags(&self) -> Vec<String> {
        let folder = self.folder().display().to_string();
        vec!["--data-dir".into(), folder, "--database-url".into(), self.url().into()]
    }

    /// Forgets everything. SQLite's file goes with the folder.
    pub async fn clear(self) {
        if let Some((_, name)) = self.url().rsplit_once("/t_") {
            admin(&format!("drop database t_{name} with (force)")).await;
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.of.is_none() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// Every file below a folder: the database with its WAL, keys, mails.
fn read_all(folder: &Path, into: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, into);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            into.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
}

fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("ringpost-it-{}", Uuid::new_v4().simple()));
    std::fs::create_dir(&folder).unwrap();
    folder
}

async fn admin(statement: &str) {
    let options = PgConnectOptions::from_str(&std::env::var(POSTGRES).unwrap()).unwrap();
    let mut connection: PgConnection = options.connect().await.unwrap();
    sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
