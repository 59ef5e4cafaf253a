//! Where the program keeps its data: a folder of its own, and on PostgreSQL a database of its own.

use std::path::{Path, PathBuf};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use uuid::Uuid;

/// The address of a PostgreSQL server on which databases may be created; without it, everything runs on SQLite.
const POSTGRES: &str = "RINGPOST_TEST_POSTGRES";

/// It has to be ended with [`Place::forget`].
pub struct Place {
    pub folder: PathBuf,
    pub url: String,
    /// The database's name on PostgreSQL.
    database: Option<String>,
}

pub fn on_postgres() -> bool {
    std::env::var(POSTGRES).is_ok()
}

impl Place {
    pub async fn fresh() -> Self {
        let name = format!("faults_{}", Uuid::new_v4().simple());
        let folder = std::env::temp_dir().join(format!("ringpost-{name}"));
        std::fs::create_dir(&folder).unwrap();
        let Ok(server) = std::env::var(POSTGRES) else {
            let url = format!("sqlite://{}", folder.join("ringpost.db").display());
            return Self { folder, url, database: None };
        };
        admin(&format!("create database {name}")).await;
        // The tests' own cluster keeps nothing through a power failure, and need not.
        admin(&format!("alter database {name} set ringpost.accept_loss = 'on'")).await;
        let mut url = url::Url::parse(&server).unwrap();
        url.set_path(&name);
        Self { folder, url: url.into(), database: Some(name) }
    }

    /// The flags that lead here.
    pub fn flags(&self) -> Vec<String> {
        let folder = self.folder.display().to_string();
        vec!["--data-dir".into(), folder, "--database-url".into(), self.url.clone()]
    }

    pub fn file(&self, name: &str) -> PathBuf {
        Path::new(&self.folder).join(name)
    }

    pub async fn forget(self) {
        if let Some(name) = self.database {
            admin(&format!("drop database {name} with (force)")).await;
        }
        std::fs::remove_dir_all(self.folder).unwrap();
    }
}

async fn admin(statement: &str) {
    let mut connection = PgConnection::connect(&std::env::var(POSTGRES).unwrap()).await.unwrap();
    sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
