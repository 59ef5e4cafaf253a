//! What was measured, repetition by repetition.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::drain::Faults;

/// The bare loops' name in the table, beside the names of the programs.
pub const BARE: &str = "bare loops";

/// Every figure of a run, by who was measured and by the figure's key in [`crate::goals::LINES`].
#[derive(Default)]
pub struct Figures {
    values: BTreeMap<(String, &'static str), Vec<f64>>,
    pub faults: Faults,
    /// Every page that was looked at, with its times.
    pub pages: Vec<Value>,
    /// How its statements were run.
    pub plans: Vec<Value>,
}

/// The spread of the repetitions.
#[derive(Clone, Copy)]
pub struct Spread {
    pub min: f64,
    pub median: f64,
    pub max: f64,
}

impl Figures {
    /// Adds the figure of one more repetition.
    pub fn add(&mut self, subject: &str, key: &'static str, value: f64) {
        self.values.entry((subject.to_owned(), key)).or_default().push(value);
    }

    /// Adds a quantile of the times, if there were any.
    pub fn add_some(&mut self, subject: &str, key: &'static str, value: Option<f64>) {
        if let Some(value) = value {
            self.add(subject, key, value);
        }
    }

    /// The newest value of a figure: of this repetition, where there is one.
    pub fn newest(&self, subject: &str, key: &str) -> Option<f64> {
        self.of(subject, key)?.last().copied()
    }

    pub fn spread(&self, subject: &str, key: &str) -> Option<Spread> {
        let mut sorted = self.of(subject, key)?.clone();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let upper = *sorted.get(sorted.len() / 2)?;
        let lower = *sorted.get((sorted.len() - 1) / 2)?;
        Some(Spread { min, median: f64::midpoint(lower, upper), max })
    }

    /// The repetitions, in their order.
    pub fn of(&self, subject: &str, key: &str) -> Option<&Vec<f64>> {
        self.values.iter().find(|((who, what), _)| who == subject && *what == key).map(|(_, values)| values)
    }
}

/// A count as a number to calculate with: exact up to four thousand million.
pub fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
