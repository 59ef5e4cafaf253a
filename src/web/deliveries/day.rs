//! How the last 24 hours went: figures, a chart, and the table that says the same.

use jiff::Timestamp;

use crate::db::deliveries::{HourCount, MOST_AN_HOUR};
use crate::domain::answer_times::AnswerTimes;
use crate::domain::delivery::{LogStatus, millis};
use crate::domain::text::up_to;

/// The chart is so wide and so high, in units of its own: ten for each hour.
const HEIGHT: i64 = 100;
/// Between what failed and what is below it, so that colour is not the only sign.
const GAP: i64 = 2;

/// The last 24 hours.
#[derive(Clone, Debug, Default)]
pub struct Day {
    /// Counts, each with the filter that leads to its events.
    pub figures: Vec<LogFigure>,
    /// How long answers took, in words: `Median`, `142 ms`; none where nothing was answered.
    pub answers: Vec<(&'static str, String)>,
    /// What the chart shows, in a sentence.
    pub finding: String,
    /// Its rectangles.
    pub bars: Vec<Bar>,
    /// A few of its hours: `15:00`.
    pub axis: Vec<String>,
    /// One for each hour.
    pub rows: Vec<HourRow>,
}

/// A count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFigure {
    /// `Failed`
    pub label: &'static str,
    /// The word of the filter.
    pub status: &'static str,
    /// `1,231`, or `10,000+`.
    pub count: String,
    /// The end of its class: `bad`, `warn`, or nothing.
    pub tone: &'static str,
}

/// A rectangle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Its tint, a class.
    pub class: &'static str,
    /// Its left edge.
    pub x: i64,
    /// Its upper edge.
    pub y: i64,
    /// Down to here from there.
    pub height: i64,
}

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HourRow {
    /// `15:00`
    pub hour: String,
    /// Received.
    pub delivered: String,
    /// Certainly not received.
    pub failed: String,
}

impl Day {
    /// From each hour's counts, the oldest first.
    #[must_use]
    pub fn of(hours: &[(Timestamp, HourCount)], times: &AnswerTimes) -> Self {
        let sum = |count: fn(&HourCount) -> i64| hours.iter().map(|(_, hour)| count(hour)).sum::<i64>();
        let (delivered, failed) = (sum(|hour| hour.delivered), sum(|hour| hour.failed));
        let (unknown, open) = (sum(|hour| hour.unknown), sum(|hour| hour.open));
        let figure = |status: LogStatus, count: i64, tone: &'static str| LogFigure {
            label: status.label(),
            status: status.as_str(),
            count: up_to(count, MOST),
            tone: if count > 0 { tone } else { "" },
        };
        let highest = hours.iter().map(|(_, hour)| hour.delivered + hour.failed).max().unwrap_or(0).max(1);
        let clock = |at: &Timestamp| at.strftime("%H:%M").to_string();
        let mut axis: Vec<String> = hours.iter().step_by(6).map(|(at, _)| clock(at)).collect();
        axis.extend(hours.last().map(|(at, _)| format!("{} UTC", clock(at))));
        Self {
            figures: vec![
                figure(LogStatus::Delivered, delivered, ""),
                figure(LogStatus::Failed, failed, "bad"),
                figure(LogStatus::Unknown, unknown, "warn"),
                figure(LogStatus::Pending, open, ""),
            ],
            answers: [("Median", times.percentile(50)), ("99th percentile", times.percentile(99))]
                .into_iter()
                .filter_map(|(label, took)| Some((label, millis(took?))))
                .collect(),
            finding: finding(hours, delivered, failed),
            bars: (0_i64..).zip(hours).flat_map(|(place, (_, hour))| bars(place, *hour, highest)).collect(),
            axis,
            rows: hours
                .iter()
                .map(|(at, hour)| HourRow {
                    hour: clock(at),
                    delivered: up_to(hour.delivered, MOST_AN_HOUR),
                    failed: up_to(hour.failed, MOST_AN_HOUR),
                })
                .collect(),
        }
    }
}

/// A day is counted up to here.
const MOST: i64 = 10_000;

/// Delivered stands on the ground, failed on top of it.
fn bars(place: i64, hour: HourCount, highest: i64) -> Vec<Bar> {
    let units = |count: i64| if count > 0 { (count * (HEIGHT - GAP - 2) / highest).max(2) } else { 0 };
    let (delivered, failed) = (units(hour.delivered), units(hour.failed));
    let x = place * 10 + 1;
    let mut bars = Vec::new();
    if delivered > 0 {
        bars.push(Bar { class: "c-ok", x, y: HEIGHT - delivered, height: delivered });
    }
    if failed > 0 {
        let ground = if delivered > 0 { delivered + GAP } else { 0 };
        bars.push(Bar { class: "c-bad", x, y: HEIGHT - ground - failed, height: failed });
    }
    bars
}

fn finding(hours: &[(Timestamp, HourCount)], delivered: i64, failed: i64) -> String {
    let worst = hours.iter().filter(|(_, hour)| hour.failed > 0).max_by_key(|(_, hour)| hour.failed);
    let what = match worst {
        Some((at, hour)) => format!(
            "{} delivered and {} failed, most of these ({}) in the hour from {} UTC.",
            up_to(delivered, MOST),
            up_to(failed, MOST),
            up_to(hour.failed, MOST_AN_HOUR),
            at.strftime("%H:%M")
        ),
        None => format!("{} delivered and none failed.", up_to(delivered, MOST)),
    };
    format!("Deliveries per hour: {what} The figures are in the table below.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_stands_on_top_with_a_gap_and_everything_fits() {
        let hour = HourCount { delivered: 80, failed: 20, unknown: 1, open: 0 };
        let hours: Vec<_> = (0..24).map(|n| (Timestamp::from_second(n * 3_600).unwrap(), hour)).collect();
        let day = Day::of(&hours, &AnswerTimes::of((1..=100).collect()));
        let [below, above] = &day.bars[..2] else { panic!("two bars") };
        assert_eq!((below.class, above.class), ("c-ok", "c-bad"));
        assert_eq!(above.y + above.height + GAP, below.y);
        assert!(day.bars.iter().all(|bar| bar.y >= 0 && bar.y + bar.height <= HEIGHT && bar.x < 240));
        assert_eq!(day.answers, [("Median", "50 ms".to_owned()), ("99th percentile", "99 ms".to_owned())]);
        assert!(Day::of(&hours, &AnswerTimes::default()).answers.is_empty());
        assert_eq!(day.rows.len(), 24);
        assert_eq!((day.figures[1].count.as_str(), day.figures[1].tone), ("480", "bad"));
        assert_eq!(day.axis, ["00:00", "06:00", "12:00", "18:00", "23:00 UTC"]);
    }
}
