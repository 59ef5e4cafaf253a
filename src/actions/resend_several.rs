//! Several deliveries sent again at once, as somebody has picked them.

use std::collections::{BTreeMap, HashSet};

use futures_util::stream::{self, StreamExt as _};

use crate::access::{MayAdminister, Permit};
use crate::domain::delivery::{Delivery, State, Target, Trigger};
use crate::error::{Error, Result};

use super::App;
use super::deliveries::resend;

/// At most so many are sent again in one go: a recovery has no such limit.
pub(crate) const MOST_RESENT: usize = 500;
/// So many are written down side by side.
const TOGETHER: usize = 20;

/// What became of one of several deliveries that somebody wanted to have sent again.
pub(crate) struct ResendResult {
    /// The delivery that was to be repeated.
    pub id: String,
    /// The new one, or why there is none.
    pub outcome: Result<Delivery>,
}

/// Sends several deliveries again, each for itself: what cannot be sent keeps nothing else from it. Nobody has looked
/// for each, so that unknown ones are refused. The results are in the order of the ids, of which each counts once; where
/// not one is sent and a part of ours has failed, that is the error.
pub(crate) async fn resend_several(
    app: &App,
    permit: &Permit<MayAdminister>,
    ids: Vec<String>,
) -> Result<Vec<ResendResult>> {
    check_number(ids.len())?;
    let mut seen = HashSet::new();
    let once = ids.into_iter().filter(|id| seen.insert(id.clone()));
    let sent = stream::iter(once).map(|id| async move {
        let outcome = resend(app, permit, &id, false).await;
        ResendResult { id, outcome }
    });
    let mut results: Vec<ResendResult> = sent.buffered(TOGETHER).collect().await;
    // Where it is our own fault, nobody has to look into a list to see that nothing was sent.
    let is_ours =
        |result: &ResendResult| matches!(result.outcome, Err(Error::Unavailable { .. } | Error::Internal(_)));
    if results.iter().all(|result| result.outcome.is_err())
        && let Some(at) = results.iter().position(is_ours)
    {
        return results.swap_remove(at).outcome.map(|_| Vec::new());
    }
    Ok(results)
}

/// Why one of several was not sent again, where no box can be ticked.
pub(crate) fn why_not_resent(error: &Error) -> String {
    match error {
        Error::Invalid { .. } => {
            "Nobody knows whether this delivery arrived: open it and look first.".to_owned()
        }
        other => other.message().to_owned(),
    }
}

/// What sending several again would do.
#[derive(Clone, Debug, Default)]
pub(crate) struct SeveralPreview {
    /// Those that are to be sent, or skipped.
    pub ids: Vec<String>,
    /// Where they go now, the most first.
    pub targets: Vec<(Target, usize)>,
    /// What would be skipped, as things are now.
    pub skipped: BTreeMap<&'static str, usize>,
    /// What cannot be sent again: it has not failed, or was sent again already, or is not here.
    pub left_alone: usize,
}

impl SeveralPreview {
    /// What is sent.
    pub(crate) fn to_send(&self) -> usize {
        self.targets.iter().map(|(_, count)| count).sum()
    }
}

/// Looks at several deliveries before they are sent again. 422 for none and for too many.
pub(crate) async fn preview(
    app: &App,
    permit: &Permit<MayAdminister>,
    ids: &[String],
) -> Result<SeveralPreview> {
    check_number(ids.len())?;
    let account = permit.account.id;
    let snapshot = app.db.snapshot(account).await?.ok_or_else(|| Error::not_found("account"))?;
    let rows = app.db.deliveries_by_ids(account, ids).await?;
    let repeated: HashSet<String> = app.db.sent_again(ids).await?.into_iter().collect();
    let mut preview = SeveralPreview { left_alone: ids.len() - rows.len(), ..SeveralPreview::default() };
    for row in rows {
        let id = row.id.to_string();
        if row.state != State::Failed || row.trigger == Trigger::Test || repeated.contains(&id) {
            preview.left_alone += 1;
            continue;
        }
        preview.ids.push(id);
        let planned = app.dispatch.planned_again(&snapshot, &row);
        match planned.skip {
            Some(reason) => *preview.skipped.entry(reason.label()).or_default() += 1,
            None => match preview.targets.iter_mut().find(|(target, _)| *target == planned.target) {
                Some((_, count)) => *count += 1,
                None => preview.targets.push((planned.target, 1)),
            },
        }
    }
    preview.targets.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Ok(preview)
}

fn check_number(count: usize) -> Result<()> {
    if (1..=MOST_RESENT).contains(&count) {
        return Ok(());
    }
    Err(Error::invalid(
        "ids",
        format!("must be from 1 to {MOST_RESENT} deliveries: a recovery has no such limit"),
    ))
}
