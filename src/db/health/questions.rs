//! What is asked of the log about a target: each question is led by the one index that answers it.

use crate::domain::health::MOST;

/// Tests and interruptions that are passed over: more of them hide what is behind them, and cost nobody anything.
const PASSED_OVER: i64 = 500;
/// Counting for a day ends one after this.
pub(crate) const MOST_A_DAY: i64 = 10_000;
/// A target that is asked about.
#[derive(Clone, Debug)]
pub(crate) struct AskedTarget {
    /// The destination's number; none for the shared webhook.
    pub destination: Option<i64>,
    /// Deliveries up to this id are not looked at. It is ours, and no text of anybody else.
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
    fn end(&self, state: &str, after: &str, order: &str) -> String {
        let address = self.address();
        let counts = if state == "delivered" {
            String::new()
        } else {
            " and n.triggered_by <> 'test' and (n.reason is null or n.reason <> 'interrupted')".to_owned()
        };
        format!(
            "(select n.id from (select d.id, d.recipient, d.triggered_by, d.reason from deliveries d
               where {} and d.id > '{after}' order by d.id {order} limit {PASSED_OVER}) n
              where n.id is not null{address}{counts} limit 1)",
            self.ended(state)
        )
    }

    /// How many have ended in a state, as the log shows them: at the address that is saved, and no tests. Of more than
    /// are counted, the newest.
    fn count(&self, state: &str, after: &str) -> String {
        format!(
            "(select count(*) from (select d.recipient from deliveries d
               where {} and d.id > '{after}' and d.triggered_by <> 'test' order by d.id desc limit {}) n
              where true{})",
            self.ended(state),
            MOST + 1,
            self.address()
        )
    }

    /// Of the shared webhook, only what went to the address that is saved: `$2` is its label.
    fn address(&self) -> &'static str {
        if self.destination.is_none() { " and n.recipient = $2" } else { "" }
    }
}

/// The last ends of these targets. Where the shared webhook is one of them, `$2` is its label.
pub(super) fn last_ends(targets: &[AskedTarget]) -> String {
    let ends = targets.iter().map(|target| {
        let id = target.destination.map_or_else(|| "null".to_owned(), |id| id.to_string());
        let end = |state| target.end(state, &target.since, "desc");
        format!(
            "select cast({id} as bigint) as destination, {} as delivered, {} as failed, {} as unknown",
            end("delivered"),
            end("failed"),
            end("unknown")
        )
    });
    ends.collect::<Vec<_>>().join(" union all ")
}

/// How much has not arrived in an hour and in a day, and what failed first after what last arrived.
pub(super) fn not_arrived(target: &AskedTarget, hour: &str, arrived: &str) -> String {
    let count = |state, after| target.count(state, after);
    format!(
        "select {} as failed_hour, {} as unknown_hour, {} as failed_day, {} as unknown_day, {} as failed, {} as unknown",
        count("failed", hour),
        count("unknown", hour),
        count("failed", &target.since),
        count("unknown", &target.since),
        target.end("failed", arrived, "asc"),
        target.end("unknown", arrived, "asc")
    )
}

/// How many have ended in each way. Where the index knows all that is asked, no row is read.
pub(super) fn day_count(target: &AskedTarget) -> String {
    let count = |state| {
        format!(
            "(select count(*) from (select 1 from deliveries d where {} and d.id > '{}' limit {}) as counted)",
            target.ended(state),
            target.since,
            MOST_A_DAY + 1
        )
    };
    format!("select {}, {}, {}", count("delivered"), count("failed"), count("unknown"))
}

/// How many of some deliveries that have ended were to the address that is saved: more than none, if it was tried.
pub(super) fn tried(target: &AskedTarget) -> String {
    let count = |state| {
        format!(
            "(select count(*) from (select d.recipient from deliveries d
               where {} and d.id > '{}' limit {PASSED_OVER}) n where n.recipient = $2)",
            target.ended(state),
            target.since
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
            let found = steps(&mut connection, &last_ends(&targets)).await;
            assert_eq!(found.iter().filter(|step| step.contains(by_target)).count(), 6, "{found:?}");
            for target in &targets {
                uses(&mut connection, &not_arrived(target, "0198", "0198"), &[by_target]).await;
                uses(&mut connection, &tried(target), &[by_target]).await;
                let covering = format!("COVERING INDEX {by_target}");
                uses(&mut connection, &day_count(target), &[&covering]).await;
            }
        }
    }
}
