//! The names of an account's first steps, and the line that leads to them.

use crate::actions::first_steps::{FirstSteps, STEPS};

/// In the order of the list.
pub(crate) const STEP_TITLES: [&str; STEPS] = [
    "Connect a mail server",
    "Enter the webhook URL",
    "Send a first test",
    "Make a token for your platform",
    "Receive the first event",
];

/// The way to the list, on the page where people live, while it has not left.
#[derive(Clone, Debug)]
pub struct FirstStepsLine {
    /// How many are done.
    pub count: usize,
    /// The name of the next.
    pub next: &'static str,
}

impl FirstStepsLine {
    /// How far these are; `None` where all are done.
    #[must_use]
    pub(crate) fn of(steps: &FirstSteps) -> Option<Self> {
        let (_, next) = steps.done().into_iter().zip(STEP_TITLES).find(|(is_done, _)| !is_done)?;
        Some(Self { count: steps.count(), next })
    }
}
