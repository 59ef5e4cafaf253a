//! What is kept: the tables, the key, every secret, the clock, and how old the oldest event is.

use std::time::Duration;

use tokio::time::timeout;

use crate::actions::app::check_vault;
use crate::config::Config;
use crate::db::sealed::SealedColumn;
use crate::db::{self, Db, DbResult, Inspection, Schema};
use crate::domain::clock::Clock;
use crate::vault::Vault;

use super::Finding;

const AT_ONCE: i64 = 500;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// How long a database may take to say what is in it.
const ANSWERS_WITHIN: Duration = Duration::from_secs(15);
/// Clocks may differ by so much, in milliseconds.
const CLOCKS_DIFFER_MS: i64 = 2_000;

/// The second value is whether a server runs.
pub(super) async fn examine(config: &Config, clock: &Clock) -> (Vec<Finding>, bool) {
    let looked = match config.database_url() {
        Ok(url) => {
            if let Some(path) = db::missing_file(&url) {
                let text = format!("{} is not there yet: the first start makes it", path.display());
                return (vec![Finding::warning("schema", text)], false);
            }
            let inspected = match timeout(ANSWERS_WITHIN, db::inspect(&url)).await {
                Ok(inspected) => inspected.map_err(|error| error.to_string()),
                Err(_) => Err(format!(
                    "the database has not answered within {} seconds: look at its log, and at what holds it",
                    ANSWERS_WITHIN.as_secs()
                )),
            };
            inspected.map(|found| (url, found))
        }
        Err(error) => Err(error.to_string()),
    };
    let (url, Inspection { schema, is_served, .. }) = match looked {
        Ok(looked) => looked,
        Err(why) => return (vec![Finding::failed("schema", why)], false),
    };
    let mut findings = vec![tables(schema, is_served)];
    if matches!(schema, Schema::Current(_)) {
        match Db::open_to_look(&url).await {
            Ok(db) => {
                findings.extend(answered("file", file(&db).await));
                findings.extend(secrets(config, &db).await);
                findings.extend(answered("clock", time(&db, clock).await));
                findings.extend(answered("retention", age(config, &db, clock).await));
                findings.extend(answered("mail", held(&db).await));
                db.close().await;
            }
            Err(error) => findings.push(Finding::failed("schema", error)),
        }
    }
    (findings, is_served)
}

/// Reads a SQLite file from end to end.
async fn file(db: &Db) -> DbResult<Option<Finding>> {
    Ok(db.look_through().await?.map(|found| match found.as_str() {
        "ok" => Finding::good("file", "no page of the database is damaged"),
        damage => Finding::failed("file", format!("the database is damaged ({damage}): go on from a backup")),
    }))
}

fn answered(check: &'static str, found: DbResult<Option<Finding>>) -> Option<Finding> {
    found.unwrap_or_else(|error| Some(Finding::failed(check, error)))
}

fn tables(schema: Schema, is_served: bool) -> Finding {
    match schema {
        Schema::Missing => Finding::warning("schema", "there are no tables yet: the first start makes them"),
        Schema::Current(at) => {
            Finding::good("schema", format!("the tables are at migration {at}, as this program wants them"))
        }
        Schema::Newer(at) => Finding::failed(
            "schema",
            format!("a newer Ringpost has written this database (migration {at}): start that version"),
        ),
        Schema::Older(at) if is_served => Finding::failed(
            "schema",
            format!(
                "the running server’s tables are at migration {at}, older than this program’s: use its own program"
            ),
        ),
        Schema::Older(at) => Finding::warning(
            "schema",
            format!(
                "the tables are at migration {at}: the next start brings them up to date, so back up before it"
            ),
        ),
    }
}

async fn secrets(config: &Config, db: &Db) -> Vec<Finding> {
    let vault = match check_vault(config, db).await {
        Ok(vault) => vault,
        Err(error) => return vec![Finding::failed("key", error)],
    };
    let key =
        format!("{} fits this database (keys: {})", config.secret_key_file().display(), vault.key_ids());
    vec![
        Finding::good("key", key),
        opened(db, &vault).await.unwrap_or_else(|error| Finding::failed("secrets", error)),
    ]
}

/// Opens everything that is sealed.
async fn opened(db: &Db, vault: &Vault) -> DbResult<Finding> {
    let (mut good, mut bad) = (0_u32, Vec::new());
    for &column in SealedColumn::ALL {
        let (mut last, mut unreadable) = (None, 0_u32);
        loop {
            let values = db.sealed_values(column, last.as_ref(), AT_ONCE).await?;
            for value in &values {
                match value.cell().is_some_and(|cell| vault.open(cell, &value.sealed).is_ok()) {
                    true => good += 1,
                    false => unreadable += 1,
                }
            }
            let Some(end) = values.into_iter().next_back() else { break };
            last = Some(end);
        }
        if unreadable > 0 {
            bad.push(format!("{unreadable} × {column}"));
        }
    }
    if bad.is_empty() {
        return Ok(Finding::good("secrets", format!("all {good} can be decrypted")));
    }
    let bad = bad.join(", ");
    let what_to_do = "put the key that sealed them back into the key file, or enter them again";
    Ok(Finding::failed("secrets", format!("{good} can be decrypted, these cannot: {bad}; {what_to_do}")))
}

async fn time(db: &Db, clock: &Clock) -> DbResult<Option<Finding>> {
    let offset = db.clock_offset_ms().await?;
    if offset.abs() >= CLOCKS_DIFFER_MS {
        let text = format!("this machine’s clock and the database’s differ by {offset} ms: set it right");
        return Ok(Some(Finding::failed("clock", text)));
    }
    let ahead = db.newest_event_at().await?.map_or(0, |at| at - clock.now_ms());
    if ahead >= CLOCKS_DIFFER_MS {
        let text = format!(
            "the newest event is {} s in the future: this machine’s clock was set back",
            ahead / 1_000
        );
        return Ok(Some(Finding::failed("clock", text)));
    }
    Ok(Some(Finding::good("clock", "it agrees with the database")))
}

async fn age(config: &Config, db: &Db, clock: &Clock) -> DbResult<Option<Finding>> {
    let kept =
        i64::try_from((Duration::from_hours(24) * config.retention_days).as_millis()).unwrap_or(i64::MAX);
    let lag = db.oldest_event_at().await?.map_or(0, |at| clock.now_ms() - kept - at);
    Ok(Some(if lag > DAY_MS {
        let days = lag / DAY_MS;
        let text =
            format!("the oldest event is {days} days older than --retention-days: look at the log for why");
        Finding::warning("retention", text)
    } else {
        Finding::good("retention", format!("nothing is older than {} days", config.retention_days))
    }))
}

/// Mails that wait since a restore.
async fn held(db: &Db) -> DbResult<Option<Finding>> {
    let count = db.count_held().await?;
    let text = || {
        format!(
            "{count} are held since a restore: ringpost restore --release-mail sends them, --discard-mail does not"
        )
    };
    Ok((count > 0).then(|| Finding::warning("mail", text())))
}
