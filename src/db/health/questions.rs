//! What is asked of the log about a target: each question is led by the one index that answers it.

use crate::domain::health::MOST;

/// Tests and interruptions that are passed over: more of them hide what is behind them, and cost nobody anything.
const PASSED_OVER: i64 = 500;
/// Counting for a day ends one after this: it is counted for every page of the settings.
pub(crate) const MOST_A_DAY: i64 = 1_000;
/// A target that is asked about.
#[derive(Clone, Debug)]
pub(crate) struct AskedTarget {
    /// The destination's number; none for the shared webhook.
    pub destination: Option<i64>,
    /// Deliveries up to this id are not looked at.
    pub since: String,
}

impl AskedTarget {
    /// The deliveries of a target that have ended in a state. The last two conditions are the index's own.
    fn ended(&self, state: &str) -> String {
        let target = match self.destination {
            Some(id) => format!("d.target = 'destination' and d.destination_id = {id}"),
            None => "d.target = 'shared_webhook' and d.destination_id is null".to_owned(),
        };
        format!(
            "d.account_id = $1 and {target} and d.state = '{state}'
             and d.target in ('shared_webhook', 'destination') and d.state in ('delivered', 'failed', 'unknown')"
        )
    }

    /// The newest that has ended in a state, or the first after another. What only a test has found out, or what we
    /// have broken off, does not count against a target; of a test to another address than the saved one nothing does.
    /// All are of one destination, or none: it is in the order because PostgreSQL does not take "is null" for one
    /// value, and would sort the whole day instead of following its index.
    fn end(&self, state: &str, label: &str, after: &str, order: &str) -> String {
        let address = self.address(label);
        let counts = if state == "delivered" {
            String::new()
        } else {
            " and n.triggered_by <> 'test' and (n.reason is null or n.reason <> 'interrupted')".to_owned()
        };
        format!(
            "(select n.id from (select d.id, d.recipient, d.triggered_by, d.reason from deliveries d
               where {} and d.id > {after} order by d.destination_id {order}, d.id {order} limit {PASSED_OVER}) n
              where n.id is not null{address}{counts} limit 1)",
            self.ended(state)
        )
    }

    /// The place of the shared webhook's label; nothing asks for it elsewhere.
    fn bind_label(&self, texts: &mut Vec<String>, label: &str) -> String {
        if self.destination.is_none() { bind(texts, label) } else { String::new() }
    }

    /// How many have ended in a state, as the log shows them: at the address that is saved, and no tests. Of more than
    /// are counted, the newest.
    fn count(&self, state: &str, label: &str, after: &str) -> String {
        format!(
            "(select count(*) from (select d.recipient from deliveries d
               where {} and d.id > {after} and d.triggered_by <> 'test'
               order by d.destination_id desc, d.id desc limit {}) n
              where true{})",
            self.ended(state),
            MOST + 1,
            self.address(label)
        )
    }

    /// Of the shared webhook, only what went to the address that is saved.
    fn address(&self, label: &str) -> String {
        if self.destination.is_none() { format!(" and n.recipient = {label}") } else { String::new() }
    }
}

/// A statement with the texts that it asks for, after the account. They are bound, so that the statement is the same
/// from one page to the next, and read once.
pub(super) struct Asked {
    pub sql: String,
    pub texts: Vec<String>,
}

/// Notes a text; its place in the statement.
fn bind(texts: &mut Vec<String>, text: &str) -> String {
    let known = texts.iter().position(|noted| noted == text).unwrap_or_else(|| {
        texts.push(text.to_owned());
        texts.len() - 1
    });
    format!("${}", known + 2)
}

/// The last ends of these targets.
pub(super) fn last_ends(targets: &[AskedTarget], label: &str) -> Asked {
    let mut texts = Vec::new();
    let ends = targets.iter().map(|target| {
        let id = target.destination.map_or_else(|| "null".to_owned(), |id| id.to_string());
        let label = target.bind_label(&mut texts, label);
        let since = bind(&mut texts, &target.since);
        let end = |state| target.end(state, &label, &since, "desc");
        format!(
            "select cast({id} as bigint) as destination, {} as delivered, {} as failed, {} as unknown",
            end("delivered"),
            end("failed"),
            end("unknown")
        )
    });
    let sql = ends.collect::<Vec<_>>().join(" union all ");
    Asked { sql, texts }
}

/// How much has not arrived in an hour and in a day, and what failed first after what last arrived.
pub(super) fn not_arrived(target: &AskedTarget, label: &str, hour: &str, arrived: &str) -> Asked {
    let mut texts = Vec::new();
    let label = target.bind_label(&mut texts, label);
    let [hour, since, arrived] = [hour, &target.since, arrived].map(|id| bind(&mut texts, id));
    let count = |state, after: &str| target.count(state, &label, after);
    let sql = format!(
        "select {} as failed_hour, {} as unknown_hour, {} as failed_day, {} as unknown_day, {} as failed, {} as unknown",
        count("failed", &hour),
        count("unknown", &hour),
        count("failed", &since),
        count("unknown", &since),
        target.end("failed", &label, &arrived, "asc"),
        target.end("unknown", &label, &arrived, "asc")
    );
    Asked { sql, texts }
}

/// How many have ended in each way; `$2` is the target's `since`. Where the index knows all that is asked, no row is read.
pub(super) fn day_count(target: &AskedTarget) -> String {
    let count = |state| {
        format!(
            "(select count(*) from (select 1 from deliveries d where {} and d.id > $2 limit {}) as counted)",
            target.ended(state),
            MOST_A_DAY + 1
        )
    };
    format!("select {}, {}, {}", count("delivered"), count("failed"), count("unknown"))
}

/// How many of some deliveries that have ended were to the address that is saved, `$3`: more than none, if it was tried.
/// `$2` is the target's `since`.
pub(super) fn tried(target: &AskedTarget) -> String {
    let count = |state| {
        format!(
            "(select count(*) from (select d.recipient from deliveries d
               where {} and d.id > $2 limit {PASSED_OVER}) n where n.recipient = $3)",
            target.ended(state)
        )
    };
    format!("select {} + {} + {}", count("delivered"), count("failed"), count("unknown"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::plan::{databases, steps, uses};

    #[tokio::test]
    async fn the_health_of_a_target_is_found_by_its_index() {
        let since = "0199".to_owned();
        let targets = [
            AskedTarget { destination: None, since: since.clone() },
            AskedTarget { destination: Some(7), since },
        ];
        for (_folder, mut connection) in databases().await {
            let by_target =
                "deliveries_by_target (account_id=? AND target=? AND destination_id=? AND state=? AND id>?)";
            let found = steps(&mut connection, &last_ends(&targets, "label").sql).await;
            assert_eq!(found.iter().filter(|step| step.contains(by_target)).count(), 6, "{found:?}");
            for target in &targets {
                uses(&mut connection, &not_arrived(target, "label", "0198", "0198").sql, &[by_target]).await;
                uses(&mut connection, &tried(target), &[by_target]).await;
                let covering = format!("COVERING INDEX {by_target}");
                uses(&mut connection, &day_count(target), &[&covering]).await;
            }
        }
    }
}
