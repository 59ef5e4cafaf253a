//! What PostgreSQL has to promise before anything is accepted on its word. Each refusal says what to do.

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{PgConnection, Row as _};

use crate::db::{DbError, DbResult};
use crate::domain::clock::Clock;
use crate::domain::trouble::trouble;

/// A difference between the clocks that is told, in milliseconds.
const TOLD_MS: i64 = 2_000;
/// One that is a mistake and no drift. Heartbeats and what is due go by the database's clock, so less is only told.
const REFUSED_MS: i64 = 5 * 60_000;

/// Demands TLS with a certificate that is checked, unless the server is on this machine or the URL says otherwise.
pub(super) fn encrypted(options: PgConnectOptions, url: &str) -> PgConnectOptions {
    let is_chosen = url.split_once('?').is_some_and(|(_, query)| {
        url::form_urlencoded::parse(query.as_bytes())
            .any(|(name, _)| matches!(&*name, "sslmode" | "ssl-mode"))
    });
    if is_chosen || is_local(&options) { options } else { options.ssl_mode(PgSslMode::VerifyFull) }
}

/// A socket of this machine, or one of its own addresses.
fn is_local(options: &PgConnectOptions) -> bool {
    let host = options.get_host().trim_matches(['[', ']']);
    options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Why a connection did not come about, and what to do where TLS is why.
pub(super) fn refusal(place: &str, error: &sqlx::Error) -> DbError {
    let remedy = match error {
        sqlx::Error::Tls(_) => {
            ": TLS with a checked certificate is demanded of another machine. Give the server one that this machine \
             trusts (sslrootcert=/path/to/ca.pem in --database-url names a CA), or say sslmode=require, which checks \
             none, or sslmode=disable where the network is yours alone"
        }
        _ => "",
    };
    let why = match error {
        // The server's own sentence.
        sqlx::Error::Database(said) => said.message().to_owned(),
        sqlx::Error::Io(error) => trouble(error),
        sqlx::Error::PoolTimedOut => "it did not answer in time".to_owned(),
        other => other.to_string(),
    };
    DbError::Unusable(format!("PostgreSQL at {place} cannot be used: {why}{remedy}"))
}

/// What a server says of itself.
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of PostgreSQL that is on or off")]
struct Said {
    fsync: bool,
    full_page_writes: bool,
    synchronous_commit: String,
    is_standby: bool,
    accepts_loss: bool,
    now_ms: i64,
}

/// Asks the server, and refuses one that could lose what it has confirmed, or whose clock is another.
pub(super) async fn check(connection: &mut PgConnection, clock: &Clock) -> DbResult<()> {
    let row = sqlx::query(
        // A pooler in between may have dropped what the connection asked for: the setting is read back.
        "select current_setting('fsync') = 'on' as fsync,
                current_setting('full_page_writes') = 'on' as full_page_writes,
                current_setting('synchronous_commit') as synchronous_commit,
                pg_is_in_recovery() as is_standby,
                coalesce(current_setting('ringpost.accept_loss', true), '') = 'on' as accepts_loss,
                cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as now_ms",
    )
    .fetch_one(connection)
    .await?;
    let said = Said {
        fsync: row.try_get("fsync")?,
        full_page_writes: row.try_get("full_page_writes")?,
        synchronous_commit: row.try_get("synchronous_commit")?,
        is_standby: row.try_get("is_standby")?,
        accepts_loss: row.try_get("accepts_loss")?,
        now_ms: row.try_get("now_ms")?,
    };
    judge(&said, clock.now_ms())
}

fn judge(said: &Said, now_ms: i64) -> DbResult<()> {
    let refuse = |why: String| Err(DbError::Unusable(why));
    if said.is_standby {
        return refuse(
            "PostgreSQL is a standby, which cannot be written: name the primary in --database-url, or all of them \
             behind an address that leads to it"
                .to_owned(),
        );
    }
    if ["off", "local"].contains(&said.synchronous_commit.as_str()) {
        return refuse(format!(
            "PostgreSQL answers with synchronous_commit = {} although on was asked for: a pooler in between drops \
             settings. Connect to the server itself, or set synchronous_commit = on there",
            said.synchronous_commit
        ));
    }
    for (name, is_on, loses) in [
        ("fsync", said.fsync, "a power failure could lose or destroy what was accepted"),
        ("full_page_writes", said.full_page_writes, "a power failure could destroy pages of the database"),
    ] {
        if !is_on && !said.accepts_loss {
            return refuse(format!(
                "PostgreSQL runs with {name} = off, so that {loses}: set {name} = on in postgresql.conf. For data that \
                 may be lost, say so in the database: alter database … set ringpost.accept_loss = 'on'"
            ));
        }
    }
    let offset = said.now_ms - now_ms;
    if offset.abs() >= REFUSED_MS {
        return refuse(format!(
            "this machine's clock and PostgreSQL's differ by {} s: set both right, with NTP for example, then start \
             again",
            offset.abs() / 1_000
        ));
    }
    if offset.abs() >= TOLD_MS {
        tracing::warn!(offset_ms = offset, "this machine's clock differs from the database's: set it right");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use super::*;

    fn mode(url: &str) -> PgSslMode {
        encrypted(PgConnectOptions::from_str(url).unwrap(), url).get_ssl_mode()
    }

    #[test]
    fn another_machine_is_asked_for_tls_with_a_checked_certificate_unless_the_url_says_otherwise() {
        for far in
            ["postgres://u:p@db.example/n", "postgres://10.0.0.5/n", "postgres://[2001:db8::1]/n?x=sslmode"]
        {
            assert!(matches!(mode(far), PgSslMode::VerifyFull), "{far}");
        }
        assert!(matches!(mode("postgres://db.example/n?sslmode=require"), PgSslMode::Require));
        assert!(matches!(mode("postgres://db.example/n?sslmode=disable"), PgSslMode::Disable));
        for near in [
            "postgres://localhost/n",
            "postgres://127.0.0.1/n",
            "postgres://[::1]/n",
            "postgres:///n?host=/run",
        ] {
            assert!(matches!(mode(near), PgSslMode::Prefer), "{near}");
        }
    }

    fn sound() -> Said {
        Said {
            fsync: true,
            full_page_writes: true,
            synchronous_commit: "on".to_owned(),
            is_standby: false,
            accepts_loss: false,
            now_ms: 1_000_000,
        }
    }

    fn why(said: Said) -> String {
        judge(&said, 1_000_000).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_server_that_could_lose_what_it_confirmed_is_refused_with_the_setting_to_change() {
        assert_eq!(why(sound()), "");
        assert!(why(Said { fsync: false, ..sound() }).contains("set fsync = on in postgresql.conf"));
        assert!(why(Said { full_page_writes: false, ..sound() }).contains("set full_page_writes = on"));
        let local = Said { synchronous_commit: "local".to_owned(), ..sound() };
        assert!(why(local).contains("a pooler in between"));
        assert!(why(Said { is_standby: true, ..sound() }).contains("name the primary"));
        assert_eq!(why(Said { fsync: false, full_page_writes: false, accepts_loss: true, ..sound() }), "");
    }

    #[test]
    fn a_clock_that_differs_by_five_minutes_is_refused_and_one_that_differs_by_less_is_told() {
        assert_eq!(why(Said { now_ms: 1_299_000, ..sound() }), "");
        for now_ms in [1_300_000, 700_000] {
            let why = why(Said { now_ms, ..sound() });
            assert!(why.contains("differ by 300 s") && why.contains("set both right"), "{why}");
        }
    }
}
