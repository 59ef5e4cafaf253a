//! The server's process behind a connection. It may go on after the connection is gone, so it has to be known.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};

use crate::db::error::timed_out;

use super::connection::{LIMIT, WriterConnection};

/// How often it is looked whether a backend is gone.
const LOOK: Duration = Duration::from_millis(10);

/// A backend, told apart from a later one with the same number.
pub(super) struct Backend {
    pid: i32,
    started: String,
}

impl Backend {
    /// Connects, and makes sure that the doomed are gone: what they wrote stands still then.
    pub async fn connect(
        options: &PgConnectOptions,
        doomed: &mut Vec<Self>,
    ) -> sqlx::Result<(WriterConnection, Self)> {
        let connecting = async {
            let mut connection = options.connect().await?;
            let (pid, started, durability): (i32, String, String) = sqlx::query_as(
                "select pid, backend_start::text, current_setting('synchronous_commit')
                 from pg_stat_activity where pid = pg_backend_pid()",
            )
            .fetch_one(&mut connection)
            .await?;
            if matches!(&*durability, "off" | "local") {
                let why = format!("its synchronous_commit is {durability}: what is accepted could be lost");
                return Err(sqlx::Error::Configuration(why.into()));
            }
            while let Some(backend) = doomed.last() {
                backend.end(&mut connection).await?;
                doomed.pop();
            }
            Ok((WriterConnection::Postgres(connection), Self { pid, started }))
        };
        tokio::time::timeout(LIMIT, connecting).await.unwrap_or_else(|_| Err(timed_out()))
    }

    /// Ends it, and waits until it is no more.
    async fn end(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        loop {
            let asked: Option<bool> = sqlx::query_scalar(
                "select pg_terminate_backend(pid) from pg_stat_activity
                 where pid = $1 and backend_start::text = $2",
            )
            .bind(self.pid)
            .bind(&self.started)
            .fetch_optional(&mut *connection)
            .await?;
            if asked.is_none() {
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}
