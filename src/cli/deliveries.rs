//! `ringpost deliveries list|show|resend|recover`: the log, from a shell. What is sent again leaves from a running
//! server, else at the next start.

mod line;
mod recover;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::access::Caller;
use crate::access::{MayAdminister, OperatorPermit, Permit, authorize_operator};
use crate::actions::event_log::{EventLogQuery, first_id, moment};
use crate::actions::resend_several::ResendResult;
use crate::actions::{App, accounts, deliveries};
use crate::config::Config;
use crate::db::deliveries::EventFilter;
use crate::domain::clock::Clock;
use crate::domain::delivery::{Channel, Delivery, LogStatus};
use crate::domain::text::rfc3339_millis;
use crate::error::{Error, Result};
use crate::send::trust::Trust;

use super::{account, or_missing, print_list, say};
use line::DeliveryLine;
use recover::RecoverDeliveries;

#[derive(Subcommand)]
pub(super) enum DeliveriesCommand {
    /// List deliveries, those of the newest event first
    List(ListDeliveries),
    /// Show one delivery, and every send of its event to its target
    Show {
        /// Its id, from `deliveries list`
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Send failed deliveries again, or an unknown one that somebody has looked for
    Resend(ResendDeliveries),
    /// Send again everything that has failed; unknown deliveries are never part of it
    Recover(RecoverDeliveries),
}

#[derive(Args)]
pub(super) struct ListDeliveries {
    /// Only this account's; without it, those of every account
    #[arg(long)]
    account: Option<i64>,
    /// How they stand
    #[arg(long, value_name = "failed|expired|unknown|written_to_file|sending|pending|delivered|skipped")]
    status: Option<LogStatus>,
    /// The key of an event type
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    event: Option<String>,
    /// How they leave
    #[arg(long, value_name = "webhook|email|slack|teams")]
    channel: Option<Channel>,
    /// Of events where an address or id begins like this, or with it as a part of their name or as a number
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    search: Option<String>,
    /// Of events accepted from then on: 2026-05-04T14:05:00Z, or a day in UTC
    #[arg(long, value_name = "MOMENT")]
    since: Option<String>,
    /// Of events accepted before then; a day is taken whole
    #[arg(long, value_name = "MOMENT")]
    until: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct ResendDeliveries {
    /// Their ids, from `deliveries list`
    #[arg(required = true, num_args = 1..=500)]
    ids: Vec<String>,
    /// You have looked, and the receiver has not processed it: an unknown delivery needs this, and comes alone
    #[arg(long)]
    checked: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What became of one of them.
#[derive(Serialize)]
struct ResendLine {
    id: String,
    /// The new delivery.
    resent_as: Option<String>,
    status: Option<&'static str>,
    error: Option<String>,
}

impl DeliveriesCommand {
    pub(super) async fn run(self, config: Config) -> Result<()> {
        super::database(&config, false).await?;
        let app = App::build(config, Clock::system(), Trust::system()).await?;
        let operator = authorize_operator(&Caller::CommandLine)?;
        match self {
            Self::List(list) => list.run(&app, &operator).await,
            Self::Show { id, json } => show(&app, &operator, &id, json).await,
            Self::Resend(resend) => resend.run(&app, &operator).await,
            Self::Recover(recover) => recover.run(&app, &operator).await,
        }
    }
}

impl ListDeliveries {
    async fn run(self, app: &App, operator: &OperatorPermit) -> Result<()> {
        let filter = self.filter(app)?;
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let ids = match self.account {
            Some(id) => vec![id],
            None => accounts::list(app, &operator.caller).await?.iter().map(|known| known.id).collect(),
        };
        let mut rows = Vec::new();
        for id in ids {
            let permit: Permit<MayAdminister> = account(app, id).await?;
            rows.extend(deliveries::list(app, &permit, &filter, None, limit).await?.rows);
        }
        rows.sort_by_key(|row| std::cmp::Reverse((row.event_id, row.id)));
        rows.truncate(limit);
        let lines: Vec<DeliveryLine> = rows.iter().map(DeliveryLine::from).collect();
        let headings = ["ID", "ACCOUNT", "CREATED", "EVENT", "CHANNEL", "TO", "STATUS"];
        print_list(&lines, self.json, &headings, DeliveryLine::cells)
    }

    fn filter(&self, app: &App) -> Result<EventFilter> {
        let event = self.event.clone().unwrap_or_default();
        let q = self.search.clone().unwrap_or_default();
        let query = EventLogQuery { event, q, ..EventLogQuery::default() };
        let (known, unknown) = query.parse(&app.catalog, None);
        if !unknown.is_empty() {
            return Err(Error::invalid("--event", "must be the key of an event type, or notification"));
        }
        let bound = |option: &str, text: &Option<String>, is_end| {
            let read = |text: &String| {
                let what = "must be a moment like 2026-05-04T14:05:00Z, or a day like 2026-05-04";
                moment(text, is_end).map(first_id).ok_or_else(|| Error::invalid(option, what))
            };
            text.as_ref().map(read).transpose()
        };
        let above = bound("--since", &self.since, false)?;
        let below = bound("--until", &self.until, true)?;
        Ok(EventFilter { status: self.status, channel: self.channel, above, below, ..known })
    }
}

async fn show(app: &App, operator: &OperatorPermit, id: &str, json: bool) -> Result<()> {
    let (permit, delivery) = find(app, operator, id).await?;
    let sends = deliveries::chain(app, &permit, &delivery).await?;
    if json {
        let lines: Vec<DeliveryLine> = sends.iter().map(DeliveryLine::from).collect();
        return line::print_detail(&delivery, &lines);
    }
    let line = DeliveryLine::from(&delivery);
    say!("{} {} to {}: {}", line.event_type, line.channel, line.recipient, line.status)?;
    say!("{}", line.message)?;
    say!("Sends of this event to this target, oldest first:")?;
    for send in sends {
        let by = send.resent_by.as_deref().map(|by| format!(", resent by {by}")).unwrap_or_default();
        say!("  {} {} {}{by}", rfc3339_millis(send.created_at), send.id, send.log_status())?;
    }
    Ok(())
}

/// A delivery of whatever account, and the permit for that one.
async fn find(app: &App, operator: &OperatorPermit, id: &str) -> Result<(Permit<MayAdminister>, Delivery)> {
    let missing = || format!("there is no delivery {id}: `ringpost deliveries list` shows the last ones");
    let found = deliveries::find_of_any_account(app, operator, id).await.map_err(or_missing(missing))?;
    Ok((account(app, found.account_id).await?, found))
}

impl ResendDeliveries {
    /// Of several, each is told; the command fails if one was not sent again.
    async fn run(self, app: &App, operator: &OperatorPermit) -> Result<()> {
        let mut results = Vec::new();
        let is_alone = self.ids.len() == 1;
        if self.checked && !is_alone {
            return Err(Error::invalid(
                "--checked",
                "is said about one delivery: resend each unknown one by itself",
            ));
        }
        for id in self.ids {
            let outcome = match find(app, operator, &id).await {
                Ok((permit, _)) => deliveries::resend(app, &permit, &id, self.checked).await,
                Err(missing) => Err(missing),
            };
            results.push(ResendResult { id, outcome: outcome.map_err(unchecked) });
        }
        let failed = results.iter().filter(|result| result.outcome.is_err()).count();
        if is_alone && failed == 1 {
            return results.pop().map_or(Ok(()), |only| only.outcome.map(drop));
        }
        let lines: Vec<ResendLine> = results.into_iter().map(ResendLine::from).collect();
        print_list(&lines, self.json, &["ID", "RESENT AS", "STATUS", "WHY NOT"], |line| {
            let or_dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
            let why = line.error.clone().unwrap_or_default();
            vec![line.id.clone(), or_dash(line.resent_as.as_deref()), or_dash(line.status), why]
        })?;
        if failed > 0 {
            return Err(Error::startup(format!("{failed} of {} were not sent again", lines.len())));
        }
        Ok(())
    }
}

/// Names the option, where the page has a box.
fn unchecked(error: Error) -> Error {
    match error {
        Error::Invalid { .. } => Error::startup(
            "nobody knows whether this delivery arrived: look at the receiver first, then say --checked",
        ),
        other => other,
    }
}

impl From<ResendResult> for ResendLine {
    fn from(ResendResult { id, outcome }: ResendResult) -> Self {
        let (again, error) = match outcome {
            Ok(again) => (Some(again), None),
            Err(why) => (None, Some(why.to_string())),
        };
        Self {
            id,
            status: again.as_ref().map(|again| again.log_status().as_str()),
            resent_as: again.map(|again| again.id.to_string()),
            error,
        }
    }
}
