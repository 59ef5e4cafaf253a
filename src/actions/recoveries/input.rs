//! What somebody wants to have sent again, read field by field.

use std::str::FromStr;

use crate::db::snapshots::AccountSnapshot;
use crate::domain::catalog::Catalog;
use crate::domain::delivery::LogStatus;
use crate::domain::field_errors::FieldErrors;
use crate::domain::notification::AD_HOC;
use crate::domain::recovery::RecoveryFilter;

use super::{first_id, moment};

/// What somebody wants to have sent again, as it was typed; empty texts do not filter.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecoveryInput {
    /// `failed`, which is what nothing means, or `expired`.
    pub status: String,
    pub event: String,
    pub channel: String,
    pub destination: String,
    /// A moment, a minute in UTC, or a day: events that were accepted from then on.
    pub since: String,
    /// The same for the end, which is left out; a day is taken whole.
    pub until: String,
}

impl RecoveryInput {
    /// Each value that is not known is refused by its name: one that was left out would send more than was meant.
    pub(crate) fn parse(
        &self,
        catalog: &Catalog,
        snapshot: &AccountSnapshot,
    ) -> Result<RecoveryFilter, FieldErrors> {
        let mut errors = FieldErrors::default();
        let status = match self.status.trim() {
            "" => Some(LogStatus::Failed),
            word => word.parse().ok().filter(|of| matches!(of, LogStatus::Failed | LogStatus::Expired)),
        };
        if status.is_none() {
            errors.push_about(
                "status",
                "The status",
                "must be failed or expired: nothing else is sent again in bulk",
            );
        }
        let event = given(&self.event);
        if event.as_ref().is_some_and(|key| catalog.get(key).is_none() && key != AD_HOC) {
            errors.push_about("event", "The event", "must be the key of an event type");
        }
        let channel = word(
            ("channel", "The channel"),
            &self.channel,
            "must be webhook, email, slack or teams",
            &mut errors,
        );
        let destination: Option<i64> = word(
            ("destination", "The destination"),
            &self.destination,
            "must be the number of a destination",
            &mut errors,
        );
        if destination.is_some_and(|id| snapshot.destination(id).is_none()) {
            errors.push_about("destination", "The destination", "is not a destination of this account");
        }
        let what = "must be a moment like 2026-05-04T14:05:00Z, or a day like 2026-05-04";
        let mut bound = |(name, subject): (&'static str, &'static str), text: &str, is_end| {
            let text = given(text)?;
            let at = moment(&text, is_end);
            if at.is_none() {
                errors.push_about(name, subject, what);
            }
            at.map(first_id)
        };
        let above = bound(("since", "Failed since"), &self.since, false);
        let below = bound(("until", "Until"), &self.until, true);
        let status = status.unwrap_or(LogStatus::Failed);
        if errors.is_empty() {
            Ok(RecoveryFilter { status, event, channel, destination, above, below })
        } else {
            Err(errors)
        }
    }
}

fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn word<T: FromStr>(
    (name, subject): (&'static str, &'static str),
    text: &str,
    what: &'static str,
    errors: &mut FieldErrors,
) -> Option<T> {
    let read = given(text)?.parse().ok();
    if read.is_none() {
        errors.push_about(name, subject, what);
    }
    read
}
