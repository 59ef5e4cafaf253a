//! Recoveries: everything that has failed, sent again; counted first, watched while it goes on, stopped by whoever
//! wants to.

mod input;

use std::collections::BTreeMap;

use crate::access::{Includes, MayAdminister, MayRead, OperatorPermit, Permit};
use crate::db::recoveries::{MOST_RECOVERED, RecoveryRecord};
use crate::dispatch::{failing_receivers, has_room};
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::delivery::{LogStatus, Target};
use crate::domain::recovery::{RecoveryCounts, RecoveryEnd, RecoveryFilter, WAITS_FOR_ROOM, describe};
use crate::error::{Error, Result};

use super::event_log::{first_id, moment};
use super::{App, Records};
pub(crate) use input::RecoveryInput;

/// What a recovery would do.
#[derive(Clone, Debug)]
pub(crate) struct RecoveryPreview {
    /// What is seen to, skips included; at most [`MOST_RECOVERED`].
    pub total: i64,
    /// Whether there are more than are counted.
    pub is_capped: bool,
    /// Where it goes now, the most first.
    pub targets: Vec<(Target, i64)>,
    /// By the event's key.
    pub events: BTreeMap<String, i64>,
    /// What would be skipped, as things are now.
    pub skipped: BTreeMap<String, i64>,
    /// Nobody knows of these: they are left alone.
    pub unknown: i64,
    /// These waited too long, and are left alone unless they were asked for.
    pub expired: i64,
}

impl RecoveryPreview {
    /// What is sent.
    pub(crate) fn to_send(&self) -> i64 {
        self.targets.iter().map(|(_, count)| count).sum()
    }

    /// What is decided against.
    pub(crate) fn to_skip(&self) -> i64 {
        self.total - self.to_send()
    }
}

/// A recovery, as far as it has come.
#[derive(Clone, Debug)]
pub(crate) struct FailedRecovery {
    pub record: RecoveryRecord,
    pub counts: RecoveryCounts,
    /// Hosts and addresses that nothing more is sent to, because what was sent there failed.
    pub failing: Vec<String>,
    /// Whether it goes on only when the disk has room again.
    pub waits: bool,
}

/// Reads what somebody wants to have sent again of the account.
pub(crate) async fn read(
    app: &App,
    permit: &Permit<MayAdminister>,
    input: &RecoveryInput,
) -> Result<RecoveryFilter> {
    let snapshot = app.db.snapshot(permit.account.id).await?.ok_or_else(|| Error::not_found("account"))?;
    Ok(input.parse(&app.catalog, &snapshot)?)
}

/// Counts what a recovery would send, and where.
pub(crate) async fn preview(
    app: &App,
    permit: &Permit<MayAdminister>,
    filter: &RecoveryFilter,
) -> Result<RecoveryPreview> {
    let account = permit.account.id;
    let _search = app.limits.searches.begin(&account).await?;
    let snapshot = app.db.snapshot(account).await?.ok_or_else(|| Error::not_found("account"))?;
    let younger = app.clock.new_id().to_string();
    let groups = app.db.failure_groups(account, filter, &younger).await?;
    let total = groups.iter().map(|group| group.count).sum();
    let mut preview = RecoveryPreview {
        total,
        is_capped: total >= MOST_RECOVERED,
        targets: Vec::new(),
        events: BTreeMap::new(),
        skipped: BTreeMap::new(),
        unknown: app.db.count_in_log(account, filter, LogStatus::Unknown).await?,
        expired: 0,
    };
    if filter.status != LogStatus::Expired {
        preview.expired = app.db.count_in_log(account, filter, LogStatus::Expired).await?;
    }
    for group in groups {
        let planned = app.dispatch.planned_again(&snapshot, &group.example);
        match planned.skip {
            Some(reason) => *preview.skipped.entry(reason.label().to_owned()).or_default() += group.count,
            None => {
                *preview.events.entry(group.example.event_key).or_default() += group.count;
                match preview.targets.iter_mut().find(|(target, _)| *target == planned.target) {
                    Some((_, count)) => *count += group.count,
                    None => preview.targets.push((planned.target, group.count)),
                }
            }
        }
    }
    preview.targets.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Ok(preview)
}

/// Begins a recovery: it is on disk, and goes on whoever leaves. 409 while another one of the account goes on, and
/// where there is nothing to send.
pub(crate) async fn start(
    app: &App,
    permit: &Permit<MayAdminister>,
    filter: RecoveryFilter,
) -> Result<FailedRecovery> {
    let account = permit.account.id;
    let preview = preview(app, permit, &filter).await?;
    if preview.to_send() == 0 {
        return Err(conflict("NOTHING_TO_RECOVER", "Nothing has failed that could be sent again."));
    }
    let (id, now) = (app.clock.new_id(), app.clock.now_ms());
    let record = RecoveryRecord::new(id, account, filter, preview.total, permit.caller.signature(), now);
    app.db.add_recovery(record.clone()).await.map_err(|error| {
        if error.violates("recoveries", "account_id") {
            conflict("RECOVERY_RUNNING", "A recovery of this account goes on: wait for its end, or stop it.")
        } else {
            error.into()
        }
    })?;
    let detail = format!("{} deliveries", preview.total);
    app.audit(&permit.caller, entry(AuditAction::RecoveryStarted, &record).detail(detail)).await;
    app.dispatch.begin_recovery();
    Ok(FailedRecovery { record, counts: RecoveryCounts::default(), failing: Vec::new(), waits: false })
}

/// One of the account's recoveries; 404 for any other.
pub(crate) async fn find(
    records: &Records,
    permit: &Permit<impl Includes<MayRead>>,
    id: &str,
) -> Result<FailedRecovery> {
    let record = records.db.recovery(permit.account.id, id).await?;
    load(records, record.ok_or_else(|| Error::not_found("recovery"))?).await
}

/// One recovery, whosever it is; 404 for none.
pub(crate) async fn find_of_any_account(
    records: &Records,
    _permit: &OperatorPermit,
    id: &str,
) -> Result<FailedRecovery> {
    let record = records.db.recovery_of_any_account(id).await?;
    load(records, record.ok_or_else(|| Error::not_found("recovery"))?).await
}

async fn load(records: &Records, record: RecoveryRecord) -> Result<FailedRecovery> {
    let counts = records.db.recovery_counts(&record.id).await?;
    let failing = if counts.failed + counts.unknown > 0 {
        failing_receivers(&records.db, &record.id).await?
    } else {
        Vec::new()
    };
    let mut failing: Vec<String> = failing.iter().map(|target| target.addressee().to_owned()).collect();
    failing.dedup();
    let waits = record.end() == RecoveryEnd::Running && !has_room(&records.db);
    Ok(FailedRecovery { record, counts, failing, waits })
}

impl FailedRecovery {
    /// How it stands, in sentences.
    pub(crate) fn describe(&self) -> String {
        let told = describe(&self.record.end(), self.counts, self.record.total, &self.failing);
        if self.waits { format!("{told}. {WAITS_FOR_ROOM}") } else { told }
    }
}

/// The recovery that goes on, if one does.
pub(crate) async fn open(
    records: &Records,
    permit: &Permit<impl Includes<MayRead>>,
) -> Result<Option<RecoveryRecord>> {
    Ok(records.db.open_recovery(permit.account.id).await?)
}

/// Stops a recovery: what is being sent at this moment ends, the rest is not sent. 409 if it has ended.
pub(crate) async fn stop(
    records: &Records,
    permit: &Permit<MayAdminister>,
    id: &str,
) -> Result<FailedRecovery> {
    let before = find(records, permit, id).await?;
    let by = RecoveryEnd::StoppedBy(permit.caller.signature().to_owned());
    let (account, now) = (permit.account.id, records.clock.now_ms());
    if !records.db.end_recovery(account, before.record.id.clone(), by, now).await? {
        return Err(conflict("RECOVERY_ENDED", "This recovery has ended already."));
    }
    records.audit(&permit.caller, entry(AuditAction::RecoveryStopped, &before.record)).await;
    find(records, permit, id).await
}

fn entry(action: AuditAction, record: &RecoveryRecord) -> AuditEntry {
    AuditEntry::new(action, &record.id).in_account(record.account_id)
}

fn conflict(code: &'static str, message: &str) -> Error {
    Error::Conflict { code, message: message.to_owned() }
}
