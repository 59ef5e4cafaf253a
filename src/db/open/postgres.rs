//! Opening a PostgreSQL database.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};

use crate::db::error::timed_out;
use crate::db::migrations::migrator;
use crate::db::writer::Writer;
use crate::db::{DbError, DbResult, Engine};

use crate::domain::clock::Clock;

use super::{ACQUIRE_TIMEOUT, promises, unusable_schema};

const HOT_CONNECTIONS: u32 = 16;
const PAGE_CONNECTIONS: u32 = 8;
/// A connection that nobody has used for so long is asked whether it is still there before it is handed out.
const IDLE: Duration = Duration::from_secs(1);
/// How long it may take to answer that.
const PING: Duration = Duration::from_secs(1);

/// Every session's own limits, so that nothing waits for ever on the server either, and a client that has vanished
/// is noticed. A migration builds indexes and takes the time that it needs.
const LIMITS: &[(&str, &str)] = &[
    ("statement_timeout", "5s"),
    ("lock_timeout", "5s"),
    ("idle_in_transaction_session_timeout", "10s"),
    ("tcp_keepalives_idle", "30"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
];
/// Every statement of the hot way has an index. A plan that was made while the tables were small and is kept for
/// as long as the connection must not read them from end to end when they are large. Nor is one worth other processes,
/// or a compiler: it is over before they have started.
const BY_INDEX: &[(&str, &str)] =
    &[("enable_seqscan", "off"), ("jit", "off"), ("max_parallel_workers_per_gather", "0")];
/// The writer's rows and a page's come by the dozen and each is looked up.
const ONE_BY_ONE: &[(&str, &str)] = &[("enable_hashjoin", "off"), ("enable_mergejoin", "off")];
/// A page's statements are long and read little: to plan one takes longer than to run it. Their index is the same
/// whatever is asked for, so each is planned once.
const PLANNED_ONCE: &[(&str, &str)] = &[("plan_cache_mode", "force_generic_plan")];

pub(super) async fn open(url: &str) -> DbResult<Engine> {
    let options = options(url)?;
    let place = format!("{}:{}", options.get_host(), options.get_port());
    let refuse = |error: sqlx::Error| promises::refusal(&place, &error);
    // Whoever brings the tables up to date need not hear that one is there already.
    let quiet = options.clone().options([("client_min_messages", "warning")]);
    let mut connection: PgConnection = quiet.connect().await.map_err(refuse)?;
    promises::check(&mut connection, &Clock::system()).await?;
    migrator().run(&mut connection).await.map_err(unusable_schema)?;
    connection.close().await.map_err(refuse)?;
    let options = options.options(LIMITS.iter().copied());
    let by_index = options.clone().options(BY_INDEX.iter().copied());
    let one_by_one = by_index.clone().options(ONE_BY_ONE.iter().copied());
    let writer = Writer::on_postgres(one_by_one.clone()).await.map_err(refuse)?;
    let hot = pool(HOT_CONNECTIONS, by_index).await.map_err(refuse)?;
    let pages =
        pool(PAGE_CONNECTIONS, one_by_one.options(PLANNED_ONCE.iter().copied())).await.map_err(refuse)?;
    Ok(Engine::Postgres { hot, pages, writer })
}

/// How every connection is made, whatever it is for.
pub(super) fn options(url: &str) -> DbResult<PgConnectOptions> {
    let options = PgConnectOptions::from_str(url).map_err(|_| {
        DbError::Unusable(
            "--database-url cannot be read: write postgres://user:password@host:5432/name".into(),
        )
    })?;
    Ok(promises::encrypted(safe(options)?, url))
}

/// Demands that a commit is on disk when it is answered, whatever the server's own setting is; refuses a URL that
/// says otherwise.
fn safe(options: PgConnectOptions) -> DbResult<PgConnectOptions> {
    const NAME: &str = "synchronous_commit";
    let said = options.get_options().unwrap_or_default();
    let Some((_, level)) = said.rsplit_once(&format!("{NAME}=")) else {
        return Ok(options.options([(NAME, "on")]));
    };
    let level = level.split_whitespace().next().unwrap_or_default();
    if ["remote_apply", "remote_write", "on"].contains(&level) {
        return Ok(options);
    }
    Err(DbError::Unusable(format!(
        "--database-url asks for {NAME}={level}, so that a crash of PostgreSQL could lose what was accepted: take that out of it"
    )))
}

async fn pool(connections: u32, options: PgConnectOptions) -> sqlx::Result<PgPool> {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // Asking each time would cost a way there and back; never asking would hand out what a restart has cut.
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move { if about.idle_for < IDLE { Ok(true) } else { ask(connection).await } })
        })
        // The pool asks once more, and would wait for ever for a connection that has fallen silent.
        .after_release(|connection, _| Box::pin(ask(connection)))
        .connect_with(options)
        .await
}

/// The error, unlike `false`, has the connection closed without a word: nobody may be there to hear it.
async fn ask(connection: &mut PgConnection) -> sqlx::Result<bool> {
    tokio::time::timeout(PING, connection.ping()).await.map_err(|_| timed_out())?.map(|()| true)
}
