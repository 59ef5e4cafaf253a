//! Copies of rows, straight into the tables: no API can make a log that has grown for years, or ten thousand
//! accounts in a minute.

use crate::database::Database;
use crate::storage::Storage;
use crate::{BenchError, Result};

/// Ids of the copies: 36 characters like any other, and older than every real one.
const PREFIX: &str = "01900000-0000-7000-8000-";
/// How many copies one statement makes.
const AT_ONCE: u32 = 50_000;

/// A column, and what its copies hold: `n.i` is the copy's number, from 1, and `t` the original row. Columns that
/// are not named are copied as they are. Both engines read it.
type Change = (&'static str, String);

/// Writes so many deliveries, two of each event: copies of the first event, which has a webhook and a mail.
pub async fn fill_log(storage: &Storage, rows: u32) -> Result<()> {
    let mut database = storage.database().await?;
    let original = database.text("select min(id) from events").await?;
    let event = id("e", "n.i");
    let delivery = id("d", "n.i * 2 + case when t.channel = 'email' then 1 else 0 end");
    let ended = |failed: &str, unknown: &str, column: &str| {
        format!("case when n.i % 50 = 0 then {failed} when n.i % 97 = 0 then {unknown} else t.{column} end")
    };
    let recipient =
        "case when t.channel = 'email' then 'person-' || n.i || '@acme.example' else t.recipient end";
    let changes_of_event = [("id", event.clone()), ("nonce", "null".to_owned())];
    let changes_of_delivery = [
        ("id", delivery.clone()),
        ("first_id", delivery),
        ("event_id", event),
        ("recipient", recipient.to_owned()),
        ("state", ended("'failed'", "'unknown'", "state")),
        ("reason", ended("'http_status'", "'no_answer'", "reason")),
        ("status", ended("500", "null", "status")),
    ];
    let events = format!("(select * from events where id = '{original}')");
    copy(&mut database, "events", &events, &changes_of_event, rows / 2).await?;
    let deliveries = format!("(select * from deliveries where event_id = '{original}')");
    copy(&mut database, "deliveries", &deliveries, &changes_of_delivery, rows / 2).await?;
    let copies = format!("select cast(count(*) as text) from deliveries where id like '{PREFIX}%'");
    let copies = database.text(&copies).await?;
    database.close().await?;
    // An original without its two deliveries would make a short log that looks fast.
    if copies.parse() == Ok(rows / 2 * 2) {
        return Ok(());
    }
    Err(BenchError::from(format!("the log was filled with {copies} deliveries instead of {rows}")))
}

/// Adds accounts that differ from an account in nothing but their number: `first`, the next, and so on.
pub async fn add_accounts(storage: &Storage, like: i64, first: i64, count: u32) -> Result<()> {
    let mut database = storage.database().await?;
    let original = format!("(select * from accounts where id = {like})");
    let changes = [("id", format!("{} + n.i", first - 1))];
    copy(&mut database, "accounts", &original, &changes, count).await?;
    database.close().await
}

async fn copy(
    database: &mut Database,
    table: &str,
    original: &str,
    changes: &[Change],
    count: u32,
) -> Result<()> {
    let columns = database.columns(table).await?;
    let value = |column: &String| match changes.iter().find(|(changed, _)| changed == column) {
        Some((_, value)) => value.clone(),
        None => format!("t.{column}"),
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    let (names, values) = (columns.join(", "), values.join(", "));
    let mut done = 0;
    while done < count {
        let (from, upto) = (done + 1, (done + AT_ONCE).min(count));
        let statement = format!(
            "insert into {table} ({names})
             with recursive n (i) as (select {from} union all select i + 1 from n where i < {upto})
             select {values} from n cross join {original} t"
        );
        database.execute(&statement).await?;
        done = upto;
    }
    Ok(())
}

/// The number as the last eleven digits of an id, behind a letter that tells events from deliveries.
fn id(letter: &str, number: &str) -> String {
    let digits = format!("('00000000000' || ({number}))");
    format!("'{PREFIX}{letter}' || substr({digits}, length({digits}) - 10)")
}
