//! How the last 24 hours went, counted hour by hour. What is dear to count is kept for some seconds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan as _};

use crate::access::{Includes, MayRead, Permit};
use crate::actions::App;
use crate::db::deliveries::HourCount;
use crate::domain::answer_times::AnswerTimes;
use crate::error::Result;

use super::first_id;

const HOURS: i64 = 24;
/// A day with more deliveries than this is counted once in [`KEPT_FOR`]; a smaller one for every page.
const MANY: i64 = 2_000;
/// A page of a busy account may be so old in its figures, and in nothing else.
const KEPT_FOR: Duration = Duration::from_secs(5);

/// The last 24 hours of an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastDay {
    /// The oldest first, each with when it began.
    pub hours: Vec<(Timestamp, HourCount)>,
    /// How long the newest answers took.
    pub answers: AnswerTimes,
}

/// By account, with when it was counted.
type DaysByAccount = HashMap<i64, (Instant, Arc<LastDay>)>;

/// The days of busy accounts that were counted a moment ago.
#[derive(Clone, Default)]
pub struct KeptDays(Arc<Mutex<DaysByAccount>>);

impl KeptDays {
    fn find(&self, account_id: i64) -> Option<Arc<LastDay>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (at, _)| at.elapsed() < KEPT_FOR);
        kept.get(&account_id).map(|(_, day)| Arc::clone(day))
    }

    fn keep(&self, account_id: i64, day: &Arc<LastDay>) {
        let count = |of: &HourCount| of.delivered + of.failed + of.unknown + of.open;
        if day.hours.iter().map(|(_, of)| count(of)).sum::<i64>() > MANY {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.insert(account_id, (Instant::now(), Arc::clone(day)));
        }
    }
}

/// Counts the last 24 hours of the account, or answers what was counted some seconds ago.
pub(crate) async fn last_day(app: &App, permit: &Permit<impl Includes<MayRead>>) -> Result<Arc<LastDay>> {
    let account = permit.account.id;
    if let Some(day) = app.kept_days.find(account) {
        return Ok(day);
    }
    let now = app.clock.now();
    let times = app.db.answer_times(account, &first_id(now - Duration::from_hours(24))).await?;
    let answers = AnswerTimes::of(times.into_iter().filter_map(|ms| u64::try_from(ms).ok()).collect());
    let day = Arc::new(LastDay { hours: hours(app, account, now).await?, answers });
    app.kept_days.keep(account, &day);
    Ok(day)
}

async fn hours(app: &App, account: i64, now: Timestamp) -> Result<Vec<(Timestamp, HourCount)>> {
    let this_hour = now.as_second().div_euclid(3_600) * 3_600;
    let begins: Vec<Timestamp> =
        (0..HOURS).rev().filter_map(|back| Timestamp::from_second(this_hour - back * 3_600).ok()).collect();
    let hour = |begin: &Timestamp| Some((first_id(*begin), first_id(begin.checked_add(1.hour()).ok()?)));
    let hours: Vec<(String, String)> = begins.iter().filter_map(hour).collect();
    let counts = app.db.count_by_hour(account, &hours).await?;
    Ok(begins.into_iter().zip(counts).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_day_is_kept_and_a_quiet_one_is_counted_again() {
        let kept = KeptDays::default();
        let day = |delivered| {
            let of_hour = HourCount { delivered, ..HourCount::default() };
            Arc::new(LastDay { hours: vec![(Timestamp::UNIX_EPOCH, of_hour)], ..LastDay::default() })
        };
        kept.keep(100, &day(MANY));
        assert!(kept.find(100).is_none());
        kept.keep(100, &day(MANY + 1));
        assert!(kept.find(100).is_some() && kept.find(200).is_none());
    }
}
