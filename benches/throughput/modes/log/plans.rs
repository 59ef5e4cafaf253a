//! The plans of the statements that the server runs for a page, as it runs them: SQLite's from its own planner for the
//! texts that the server's log has, PostgreSQL's from `auto_explain`, which tells the server how each was run.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::looks::{Look, Viewer};
use crate::Result;
use crate::client::Connection;
use crate::database::Database;
use crate::modes::Part;
use crate::storage::Storage;

/// What the server is started with, so that its log has every statement and whatever PostgreSQL says of it.
pub const LOGGED: [&str; 4] =
    ["--log", "error,sqlx::query=debug,sqlx::postgres::notice=info", "--log-format", "json"];

/// The tables that no statement may read from end to end.
const TABLES: [&str; 2] = ["deliveries", "events"];
/// A page is looked at so often: PostgreSQL may keep a plan for good after the fifth time.
const LOOKS: usize = 7;
/// A statement is logged when it has ended, which may be a little after the answer.
const LOGGED_WITHIN: Duration = Duration::from_millis(20);
/// So many rows of a table may be read without a condition on an index: the first ones, up to a limit.
const FEW: f64 = 1_000.0;

/// A statement with the steps by which it is run.
struct Plan {
    statement: String,
    steps: Vec<String>,
    /// The steps that read a table from end to end.
    scans: Vec<String>,
}

/// Looks at everything again, and answers which statements that has run, by page.
pub async fn listen(viewer: &Viewer<'_>, looks: &[Look]) -> Result<Heard> {
    let log = viewer.testbed.storage.folder().join("server.log");
    let mut line = Connection::open(viewer.testbed.server.address).await?;
    let mut heard = Heard::default();
    for look in looks {
        let before = std::fs::read(&log)?.len();
        for _ in 0..LOOKS {
            viewer.look(&mut line, look).await?;
        }
        tokio::time::sleep(LOGGED_WITHIN).await;
        let written = std::fs::read(&log)?;
        let written = String::from_utf8_lossy(written.get(before..).unwrap_or_default()).into_owned();
        for entry in written.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            heard.note(&look.path, &entry);
        }
    }
    Ok(heard)
}

/// What the log has said.
#[derive(Default)]
pub struct Heard {
    /// Statements by their shape, each with the first page that ran it.
    statements: BTreeMap<String, (String, String)>,
    /// Plans that PostgreSQL has told, by statement and text, each with the first page.
    told: BTreeMap<(String, String), (String, String, Value)>,
}

impl Heard {
    fn note(&mut self, path: &str, entry: &Value) {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
        match text("target") {
            "sqlx::query" => {
                // A short statement is its own summary.
                let statement =
                    [text("db.statement"), text("summary")].into_iter().find(|text| !text.is_empty());
                let statement = statement.unwrap_or_default().trim().to_owned();
                let shape = without_texts(&statement);
                self.statements.entry(shape).or_insert_with(|| (path.to_owned(), statement));
            }
            "sqlx::postgres::notice" => {
                let plan = text("message").split_once("plan:").map(|(_, plan)| plan);
                let Some(plan) = plan.and_then(|plan| serde_json::from_str::<Value>(plan).ok()) else {
                    return;
                };
                let statement = plan.get("Query Text").and_then(Value::as_str).unwrap_or_default().to_owned();
                let steps: String = steps_of(&plan).iter().map(|step| step.what.clone()).collect();
                let shape = (without_texts(&statement), without_texts(&steps));
                self.told.entry(shape).or_insert_with(|| (path.to_owned(), statement, plan));
            }
            _ => {}
        }
    }

    /// Prints every plan, once; how many read a table from end to end, and how many statements there were.
    pub async fn print(self, part: &mut Part<'_>, storage: &Storage) -> Result<usize> {
        let mut plans: Vec<(String, Plan)> = Vec::new();
        match storage.database().await? {
            Database::Sqlite(mut connection) => {
                for (path, statement) in self.statements.into_values() {
                    plans.push((path, of_sqlite(&mut connection, statement).await?));
                }
            }
            Database::Postgres(_) if self.told.is_empty() => {
                return Err(
                    "PostgreSQL has told no plan: its user has to be one who may load auto_explain".into()
                );
            }
            Database::Postgres(_) => {
                plans.extend(
                    self.told
                        .into_values()
                        .map(|(path, statement, plan)| (path, of_postgres(statement, &plan))),
                );
            }
        }
        plans.retain(|(_, plan)| reads_log(&plan.statement));
        let mut scans = 0;
        for (path, Plan { statement, steps, scans: found }) in plans {
            let statement = statement.split_whitespace().collect::<Vec<_>>().join(" ");
            println!("  {path}\n    {statement}");
            for step in &steps {
                println!("      {step}");
            }
            for step in &found {
                println!("      READS ALL: {step}");
            }
            scans += found.len();
            part.figures.plans.push(json!({
                "program": part.program.name, "path": path, "statement": statement, "steps": steps, "scans": found,
            }));
        }
        Ok(scans)
    }
}

/// The statement without the texts in it that are another one each time: ids.
fn without_texts(statement: &str) -> String {
    let parts = statement.split('\'').enumerate();
    let is_id = |part: &str| part.contains(|c: char| c.is_ascii_digit());
    parts
        .map(|(place, part)| if place % 2 == 1 && is_id(part) { "…" } else { part })
        .collect::<Vec<_>>()
        .join("'")
}

fn reads_log(statement: &str) -> bool {
    words(statement).any(|word| TABLES.contains(&word))
}

fn words(statement: &str) -> impl Iterator<Item = &str> {
    statement.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

async fn of_sqlite(connection: &mut sqlx::SqliteConnection, statement: String) -> Result<Plan> {
    use sqlx::{Executor as _, Row as _};
    // What begins or ends a transaction has no plan.
    if !reads_log(&statement) {
        return Ok(Plan { statement, steps: Vec::new(), scans: Vec::new() });
    }
    let explain = sqlx::AssertSqlSafe(format!("explain query plan {statement}"));
    let rows = connection.fetch_all(explain).await?;
    // An index of only some rows, such as those that wait, may be read from its begin.
    let partial = "select name from sqlite_master where type = 'index' and sql like '% where %'";
    let partial: Vec<String> = sqlx::query_scalar(partial).fetch_all(&mut *connection).await?;
    let steps: Vec<String> = rows.iter().map(|row| row.get::<String, _>("detail")).collect();
    // A step calls a table as the statement does.
    let all: Vec<&str> = words(&statement).collect();
    let alias =
        |pair: &[&str]| TABLES.contains(pair.first()?).then(|| pair.get(1).map(ToString::to_string))?;
    let aliases: Vec<String> =
        all.windows(2).filter_map(alias).chain(TABLES.map(ToOwned::to_owned)).collect();
    // What was made on the way is read once, under its own name, however it is called.
    let mut made: Vec<String> =
        steps.iter().filter_map(|step| step.strip_prefix("CO-ROUTINE ")).map(ToOwned::to_owned).collect();
    let mut scans = Vec::new();
    for step in &steps {
        let words: Vec<&str> = step.split(' ').collect();
        let [what, table, ..] = words[..] else { continue };
        if !aliases.iter().any(|alias| alias == table) {
            continue;
        }
        let own = made.iter().position(|name| name == table).filter(|_| words.len() == 2);
        if what == "SCAN"
            && let Some(own) = own
        {
            made.remove(own);
        } else if what == "SCAN" && !partial.iter().any(|name| words.contains(&name.as_str())) {
            scans.push(step.clone());
        } else if step.ends_with("(account_id=?)") {
            scans.push(format!("{step}, all of an account"));
        }
    }
    Ok(Plan { statement, steps, scans })
}

/// A step of PostgreSQL's.
struct Step {
    /// What it does, without the figures of one run.
    what: String,
    rows: f64,
    reads_all: bool,
}

fn of_postgres(statement: String, plan: &Value) -> Plan {
    let steps = steps_of(plan);
    let text = |step: &Step| format!("{} ({} rows read)", step.what, step.rows);
    let scans = steps.iter().filter(|step| step.reads_all).map(text).collect();
    Plan { statement, steps: steps.iter().map(text).collect(), scans }
}

fn steps_of(plan: &Value) -> Vec<Step> {
    let mut steps = Vec::new();
    collect(plan.get("Plan").unwrap_or(plan), 0, &mut steps);
    steps
}

fn collect(node: &Value, depth: usize, steps: &mut Vec<Step>) {
    let text = |name: &str| node.get(name).and_then(Value::as_str).unwrap_or_default();
    let count = |name: &str| node.get(name).and_then(Value::as_f64).unwrap_or_default();
    let mut what = format!("{}{}", "  ".repeat(depth), text("Node Type"));
    for (before, name) in [("using", "Index Name"), ("on", "Relation Name"), ("", "Alias")] {
        if !text(name).is_empty() {
            what.push_str(&format!(" {before} {}", text(name)).replace("  ", " "));
        }
    }
    for (before, name) in [("", "Index Cond"), ("filter ", "Filter")] {
        if !text(name).is_empty() {
            what.push_str(&format!(" {before}{}", text(name)));
        }
    }
    // PostgreSQL counts both for one turn of the step.
    let turns = count("Actual Loops").max(1.0);
    let rows =
        (count("Actual Rows") + count("Rows Removed by Filter") + count("Rows Removed by Index Recheck"))
            * turns;
    let is_of_log = TABLES.contains(&text("Relation Name"));
    let is_led = !text("Index Cond").is_empty() || text("Node Type").starts_with("Bitmap Heap");
    let is_all_of_account = rows > FEW
        && text("Index Cond").starts_with("(account_id = ")
        && !text("Index Cond").contains(" AND ");
    let is_all = text("Node Type").contains("Seq Scan") || (!is_led && rows > FEW) || is_all_of_account;
    let reads_all = is_of_log && is_all;
    steps.push(Step { what, rows, reads_all });
    for child in node.get("Plans").and_then(Value::as_array).into_iter().flatten() {
        collect(child, depth + 1, steps);
    }
}
