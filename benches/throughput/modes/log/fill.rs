//! Copies of one delivered event, straight into the tables: no API can make a log that has grown for years.

use crate::Result;
use crate::storage::{Database, Storage};

/// Ids of the copies: 36 characters like any other, and older than every real one.
const PREFIX: &str = "01900000-0000-7000-8000-";
/// How many events one statement copies.
const AT_ONCE: u32 = 50_000;

/// So many deliveries, two of each event. Columns that are not named here are copied as they are.
pub async fn fill(storage: &Storage, rows: u32) -> Result<()> {
    let mut database = storage.database().await?;
    let events = Copy { table: "events", from: "(select * from events order by id limit 1)", changes: EVENT };
    let deliveries = Copy {
        table: "deliveries",
        from: "(select * from deliveries where event_id = (select min(id) from events where id > '02'))",
        changes: DELIVERY,
    };
    let events = events.statement(&mut database).await?;
    let deliveries = deliveries.statement(&mut database).await?;
    let mut done = 0;
    while done < rows / 2 {
        let upto = (done + AT_ONCE).min(rows / 2);
        for statement in [&events, &deliveries] {
            let numbers = format!(
                "with recursive n (i) as (select {} union all select i + 1 from n where i < {upto})",
                done + 1
            );
            database.execute(&statement.replace("{numbers}", &numbers)).await?;
        }
        done = upto;
    }
    database.close().await
}

/// A column, and what its copies hold: `n.i` is the copy's number, `t` the original row. Both engines read it.
type Change = (&'static str, &'static str);

const EVENT: &[Change] = &[("id", "{event}"), ("nonce", "null")];

const DELIVERY: &[Change] = &[
    ("id", "{delivery}"),
    ("first_id", "{delivery}"),
    ("event_id", "{event}"),
    (
        "recipient",
        "case when t.channel = 'email' then 'person-' || n.i || '@acme.example' else t.recipient end",
    ),
    ("state", "case when n.i % 50 = 0 then 'failed' when n.i % 97 = 0 then 'unknown' else t.state end"),
    (
        "reason",
        "case when n.i % 50 = 0 then 'http_status' when n.i % 97 = 0 then 'no_answer' else t.reason end",
    ),
    ("status", "case when n.i % 50 = 0 then 500 when n.i % 97 = 0 then null else t.status end"),
];

struct Copy {
    table: &'static str,
    from: &'static str,
    changes: &'static [Change],
}

impl Copy {
    async fn statement(&self, database: &mut Database) -> Result<String> {
        let columns = database.columns(self.table).await?;
        let value = |column: &String| match self.changes.iter().find(|(changed, _)| changed == column) {
            Some((_, value)) => value
                .replace("{event}", &id("e", "n.i"))
                .replace("{delivery}", &id("d", "n.i * 2 + case when t.channel = 'email' then 1 else 0 end")),
            None => format!("t.{column}"),
        };
        let values: Vec<String> = columns.iter().map(value).collect();
        let (table, names, values) = (self.table, columns.join(", "), values.join(", "));
        Ok(format!(
            "insert into {table} ({names}) {{numbers}} select {values} from n cross join {} t",
            self.from
        ))
    }
}

/// The number as the last eleven digits of an id, behind a letter that tells events from deliveries.
fn id(letter: &str, number: &str) -> String {
    let digits = format!("('00000000000' || ({number}))");
    format!("'{PREFIX}{letter}' || substr({digits}, length({digits}) - 10)")
}
