//! Copies of rows, straight into the tables: no API can make a log that has grown for years, or ten thousand
//! accounts in a minute.

use crate::Result;
use crate::database::Database;
use crate::storage::Storage;

/// How many copies one statement makes.
const AT_ONCE: u32 = 50_000;

/// A column, and what its copies hold: `n.i` is the copy's number and `t` the original row. Columns that are not
/// named are copied as they are. Both engines read it.
pub type Change = (&'static str, String);

/// What is copied, where to, and which of the numbers get a copy.
pub struct Copies<'a> {
    pub table: &'a str,
    /// A condition that one row of the table fits.
    pub original: &'a str,
    pub changes: &'a [Change],
    /// The numbers: from the first one on, so many.
    pub first: u32,
    pub count: u32,
    /// A condition on `n.i`.
    pub only: &'a str,
}

/// Adds accounts that differ from an account in nothing but their number: `first`, the next, and so on.
pub async fn add_accounts(storage: &Storage, like: i64, first: i64, count: u32) -> Result<()> {
    let mut database = storage.database().await?;
    let (original, changes) = (format!("id = {like}"), [("id", format!("{} + n.i", first - 1))]);
    let copies =
        Copies { table: "accounts", original: &original, changes: &changes, first: 1, count, only: "1 = 1" };
    copies.write(&mut database).await?;
    database.close().await
}

impl Copies<'_> {
    pub async fn write(&self, database: &mut Database) -> Result<()> {
        let Self { table, original, changes, first, count, only } = *self;
        let columns = database.columns(table).await?;
        let value = |column: &String| match changes.iter().find(|(changed, _)| changed == column) {
            Some((_, value)) => value.clone(),
            None => format!("t.{column}"),
        };
        let values: Vec<String> = columns.iter().map(value).collect();
        let (names, values) = (columns.join(", "), values.join(", "));
        let mut done = 0;
        while done < count {
            let (from, upto) = (first + done, first + (done + AT_ONCE).min(count) - 1);
            let statement = format!(
                "insert into {table} ({names})
                 with recursive n (i) as (
                   select cast({from} as bigint) union all select i + 1 from n where i < {upto})
                 select {values} from n cross join (select * from {table} where {original}) t where {only}"
            );
            database.execute(&statement).await?;
            done = (done + AT_ONCE).min(count);
        }
        Ok(())
    }
}
