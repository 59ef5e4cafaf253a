//! `ringpost deliveries recover`: counted, started, watched and stopped.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use serde::Serialize;

use crate::access::{MayAdminister, OperatorPermit, Permit};
use crate::actions::App;
use crate::actions::recoveries::{self, FailedRecovery, RecoveryInput, RecoveryPreview};
use crate::cli::{account, or_missing, say};
use crate::error::{Error, Result};

#[derive(Args)]
pub(in crate::cli) struct RecoverDeliveries {
    /// Of this account
    #[arg(long, required_unless_present_any = ["progress", "stop"])]
    account: Option<i64>,
    /// failed, or expired for what waited too long
    #[arg(long, default_value = "failed")]
    status: String,
    /// The key of an event type
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    event: Option<String>,
    /// webhook, email, slack or teams
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    channel: Option<String>,
    /// The number of a destination
    #[arg(long, value_name = "NUMBER", value_parser = NonEmptyStringValueParser::new())]
    destination: Option<String>,
    /// Of events accepted from then on: 2026-05-04T14:05:00Z, or a day in UTC
    #[arg(long, value_name = "MOMENT", value_parser = NonEmptyStringValueParser::new())]
    since: Option<String>,
    /// Of events accepted before then; a day is taken whole
    #[arg(long, value_name = "MOMENT", value_parser = NonEmptyStringValueParser::new())]
    until: Option<String>,
    /// Count, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Say how far this recovery has come, and start none
    #[arg(long, value_name = "ID", conflicts_with_all = ["account", "dry_run", "stop"])]
    progress: Option<String>,
    /// Stop this recovery: what is being sent at this moment ends, the rest is not sent
    #[arg(long, value_name = "ID", conflicts_with_all = ["account", "dry_run"])]
    stop: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct CountLine {
    total: i64,
    to_send: i64,
    skipped: i64,
    unknown: i64,
    expired: i64,
}

#[derive(Serialize)]
struct RecoveryLine {
    id: String,
    account_id: i64,
    state: &'static str,
    message: String,
    total: i64,
    delivered: i64,
    written_to_file: i64,
    failed: i64,
    unknown: i64,
    skipped: i64,
    open: i64,
    failing: Vec<String>,
    started_by: String,
    stopped_by: Option<String>,
}

impl RecoverDeliveries {
    pub(super) async fn run(self, app: &App, operator: &OperatorPermit) -> Result<()> {
        let is_json = self.json;
        if let Some(id) = &self.progress {
            let (_, recovery) = find(app, operator, id).await?;
            return print(recovery, is_json);
        }
        if let Some(id) = &self.stop {
            let (permit, _) = find(app, operator, id).await?;
            return print(recoveries::stop(app, &permit, id).await?, is_json);
        }
        let Some(id) = self.account else { return Ok(()) };
        let permit: Permit<MayAdminister> = account(app, id).await?;
        let Self { status, event, channel, destination, since, until, dry_run, .. } = self;
        let input = RecoveryInput {
            status,
            event: event.unwrap_or_default(),
            channel: channel.unwrap_or_default(),
            destination: destination.unwrap_or_default(),
            since: since.unwrap_or_default(),
            until: until.unwrap_or_default(),
        };
        let filter = recoveries::read(app, &permit, &input).await?;
        if dry_run {
            return print_count(&recoveries::preview(app, &permit, &filter).await?, is_json);
        }
        print(recoveries::start(app, &permit, filter).await?, is_json)
    }
}

async fn find(
    app: &App,
    operator: &OperatorPermit,
    id: &str,
) -> Result<(Permit<MayAdminister>, FailedRecovery)> {
    let missing =
        || format!("there is no recovery {id}: `ringpost deliveries recover` prints its id when it starts");
    let found = recoveries::find_of_any_account(app, operator, id).await.map_err(or_missing(missing))?;
    Ok((account(app, found.record.account_id).await?, found))
}

fn print_count(preview: &RecoveryPreview, is_json: bool) -> Result<()> {
    let RecoveryPreview { total, unknown, expired, .. } = *preview;
    let (to_send, skipped) = (preview.to_send(), preview.to_skip());
    let line = CountLine { total, to_send, skipped, unknown, expired };
    if is_json {
        return print_json(&line);
    }
    say!("{to_send} would be sent again, {skipped} skipped.")?;
    if unknown > 0 {
        say!("{unknown} unknown: they may have been processed. Look at each.")?;
    }
    if expired > 0 {
        say!("{expired} expired: --status expired sends those.")?;
    }
    Ok(())
}

fn print(recovery: FailedRecovery, is_json: bool) -> Result<()> {
    let (message, end) = (recovery.describe(), recovery.record.end());
    let FailedRecovery { record, counts, failing, .. } = recovery;
    let line = RecoveryLine {
        state: end.as_str(),
        message,
        failing,
        account_id: record.account_id,
        total: record.total,
        delivered: counts.delivered,
        written_to_file: counts.written_to_file,
        failed: counts.failed,
        unknown: counts.unknown,
        skipped: counts.skipped,
        open: counts.open,
        started_by: record.started_by,
        stopped_by: record.stopped_by,
        id: record.id,
    };
    if is_json {
        return print_json(&line);
    }
    say!("Recovery {}: {}", line.id, line.message)
}

fn print_json(value: &impl Serialize) -> Result<()> {
    say!("{}", serde_json::to_string_pretty(value).map_err(Error::internal)?)
}
