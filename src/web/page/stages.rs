//! Where the time of an attempt went: one bar, and the table that says the same.

mod test_steps;

pub(crate) use test_steps::test_steps;
pub use test_steps::{StepEnd, TestStep};

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::delivery::{Channel, Delivery, Reason, Stages, millis};

/// The bar is so wide, in units of its own.
const WIDTH: u32 = 1_000;
/// Between two stages.
const GAP: u32 = 3;
/// A stage that took next to nothing can be seen all the same.
const NARROWEST: u32 = 9;

/// The attempt's stages, as far as it came.
#[derive(Clone, Debug)]
pub struct StageTable {
    /// The bar in a sentence.
    pub finding: String,
    /// One for each stage that took time.
    pub bars: Vec<StageBar>,
    /// In the order in which they come.
    pub rows: Vec<StageRow>,
}

/// A rectangle of the bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageBar {
    /// Its tint, a class.
    pub class: &'static str,
    /// Where it begins.
    pub x: u32,
    /// How wide it is.
    pub width: u32,
}

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageRow {
    /// `Connect`
    pub name: &'static str,
    /// The tint of its rectangle.
    pub class: &'static str,
    /// How it went.
    pub result: StageResult,
    /// `18 ms`, `under 1 ms`; a dash for what was not needed.
    pub took: String,
    /// `The certificate is good for 61 days`
    pub found: String,
}

/// How a stage of an attempt went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageResult {
    /// It was got through.
    Passed,
    /// The attempt came to grief here.
    Failed,
    /// Nobody had to go through it.
    NotNeeded,
}

/// The stages of the delivery's last attempt; `None` if it did not begin one.
pub(crate) fn stage_table(row: &Delivery, stages: &Stages, now: Timestamp) -> Option<StageTable> {
    let is_mail = row.target.channel() == Channel::Email;
    let all = [
        ("Resolve", stages.resolved),
        ("Policy", stages.allowed),
        ("Connect", stages.connected),
        ("TLS", stages.secured),
        ("Sent", stages.sent),
        (if is_mail { "Answer" } else { "First byte" }, stages.first_byte),
        ("Done", stages.done),
    ];
    let last = all.iter().rposition(|(_, end)| end.is_some());
    let stopped = stopped_at(row, stages);
    let shown = last.max(stopped)? + 1;
    let (mut before, mut rows, mut took) = (Duration::ZERO, Vec::new(), Vec::new());
    for (place, (name, end)) in all.into_iter().enumerate().take(shown) {
        let failed = stopped == Some(place);
        let class = if failed {
            "c-bad"
        } else if place % 2 == 0 {
            "c-a"
        } else {
            "c-b"
        };
        // Whatever ended an attempt has no end of its own, but the attempt has one.
        let end = end.or_else(|| row.took.filter(|_| failed));
        let spent = end.map(|end| end.saturating_sub(before));
        before = end.unwrap_or(before);
        rows.push(StageRow {
            name,
            class,
            result: match spent {
                _ if failed => StageResult::Failed,
                Some(_) => StageResult::Passed,
                None => StageResult::NotNeeded,
            },
            took: spent.map_or_else(|| "–".to_owned(), short),
            found: found(name, row, stages, now, (spent.is_some(), failed)),
        });
        took.push((class, spent));
    }
    Some(StageTable { finding: finding(before, &rows, &took), bars: bars(&took), rows })
}

/// The stage that an attempt did not get past, by its place; a mail that was put off waits for its next one.
fn stopped_at(row: &Delivery, stages: &Stages) -> Option<usize> {
    match row.reason? {
        Reason::Dns => Some(0),
        Reason::BlockedAddress => Some(1),
        Reason::Connect => Some(2),
        Reason::Tls | Reason::SmtpNoTls => Some(3),
        // An answer that began and did not end is waited for to its end.
        Reason::NoAnswer if stages.first_byte.is_some() => Some(6),
        Reason::HttpStatus | Reason::NoAnswer | Reason::NotHttp => Some(5),
        // A mail server refuses whenever it likes: before it has the mail, or after.
        Reason::SmtpRefused | Reason::SmtpDeferred => {
            if stages.sent.or(stages.first_byte).is_some() {
                Some(5)
            } else if stages.connected.is_some() {
                Some(4)
            } else {
                stages.resolved.map(|_| 2)
            }
        }
        Reason::Interrupted
        | Reason::SecretUnreadable
        | Reason::NotComposed
        | Reason::ToggleOff
        | Reason::Paused
        | Reason::Deleted
        | Reason::Unsubscribed
        | Reason::Unconfirmed
        | Reason::QueueFull
        | Reason::Expired
        | Reason::Cancelled
        | Reason::RecoveryStopped
        | Reason::NoMailServer
        | Reason::Restored
        | Reason::WrittenToFile => None,
    }
}

fn found(
    name: &str,
    row: &Delivery,
    stages: &Stages,
    now: Timestamp,
    (was_needed, failed): (bool, bool),
) -> String {
    let report = row.report();
    match (name, stages.certificate_until) {
        _ if !was_needed && !failed => "Not needed: the connection was open, or is without".to_owned(),
        ("TLS", Some(until)) if stages.secured.is_some() => {
            let days = until.duration_since(now).as_hours() / 24;
            format!("The certificate is good for {days} days")
        }
        ("First byte" | "Answer", _) => report.answered().unwrap_or_else(|| "No answer".to_owned()),
        _ if failed => row.detail.clone(),
        _ => String::new(),
    }
}

fn finding(total: Duration, rows: &[StageRow], took: &[(&str, Option<Duration>)]) -> String {
    let longest = rows.iter().zip(took).max_by_key(|(_, (_, spent))| spent.unwrap_or_default());
    let longest = longest.map_or("", |(row, _)| row.name);
    format!("{} in all, most of it for {longest}. The figures are in the table below.", short(total))
}

fn bars(took: &[(&'static str, Option<Duration>)]) -> Vec<StageBar> {
    let total: f64 = took.iter().filter_map(|(_, spent)| *spent).map(|spent| spent.as_secs_f64()).sum();
    let count = u32::try_from(took.iter().filter(|(_, spent)| spent.is_some()).count()).unwrap_or(1);
    let free = f64::from(WIDTH.saturating_sub(count * (NARROWEST + GAP)));
    let mut x = 0;
    let mut bars = Vec::new();
    for (class, spent) in took {
        let Some(spent) = spent else { continue };
        let share = if total > 0.0 { spent.as_secs_f64() / total } else { 0.0 };
        let width = NARROWEST + whole(free * share);
        bars.push(StageBar { class, x, width });
        x += width + GAP;
    }
    bars
}

/// A share of the bar is between nothing and all of it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is between 0 and the bar's width"
)]
fn whole(units: f64) -> u32 {
    units.clamp(0.0, f64::from(WIDTH)) as u32
}

fn short(took: Duration) -> String {
    millis(took)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::Clock;
    use crate::domain::delivery::{Target, Trigger};
    use crate::domain::event::{Event, Payload};
    use crate::domain::route::Planned;

    /// What the table says of each stage of an attempt that ended with a reason.
    fn results(reason: Option<Reason>, stages: &Stages) -> Vec<StageResult> {
        let (id, now) = (Clock::system().new_id(), Clock::system().now());
        let payload = Payload::new();
        let event = Event { id, account_id: 100, key: "run_failed".into(), payload, accepted_at: now };
        let target = Target::PrimaryContact("dana@acme.example".parse().unwrap());
        let mut row = Planned::from(target).into_delivery(id, &event, Trigger::Event);
        row.reason = reason;
        stage_table(&row, stages, now)
            .map(|table| table.rows.iter().map(|row| row.result).collect())
            .unwrap_or_default()
    }

    #[test]
    fn only_a_stage_that_was_got_through_has_a_tick() {
        use StageResult::{Failed, NotNeeded, Passed};
        let ms = |ms| Some(Duration::from_millis(ms));
        let reached = Stages { resolved: ms(1), allowed: ms(2), connected: ms(3), ..Stages::default() };
        let whole = Stages { sent: ms(5), first_byte: ms(6), done: ms(7), ..reached };
        assert_eq!(results(None, &whole), [Passed, Passed, Passed, NotNeeded, Passed, Passed, Passed]);
        assert_eq!(results(Some(Reason::Tls), &reached), [Passed, Passed, Passed, Failed]);
        assert_eq!(
            results(Some(Reason::SmtpDeferred), &reached),
            [Passed, Passed, Passed, NotNeeded, Failed]
        );
        let answered = results(Some(Reason::SmtpDeferred), &whole);
        assert_eq!(answered, [Passed, Passed, Passed, NotNeeded, Passed, Failed, Passed]);
        let again = Stages { sent: ms(1), first_byte: ms(2), done: ms(3), ..Stages::default() };
        let open = [NotNeeded, NotNeeded, NotNeeded, NotNeeded, Passed, Failed, Passed];
        assert_eq!(results(Some(Reason::HttpStatus), &again), open);
        assert_eq!(results(Some(Reason::SmtpDeferred), &Stages::default()), []);
    }

    #[test]
    fn the_bar_has_a_piece_for_each_stage_and_none_is_wider_than_it() {
        let ms = |ms| Some(Duration::from_millis(ms));
        let bars = bars(&[("c-a", ms(6)), ("c-b", None), ("c-a", ms(18)), ("c-bad", ms(0))]);
        assert_eq!(bars.len(), 3);
        let ends: Vec<u32> = bars.iter().map(|bar| bar.x + bar.width).collect();
        assert!(bars.iter().skip(1).zip(&ends).all(|(next, end)| next.x == end + GAP), "{bars:?}");
        assert!(ends.last().is_some_and(|end| *end <= WIDTH), "{bars:?}");
        assert!(bars.iter().all(|bar| bar.width >= NARROWEST));
    }
}
