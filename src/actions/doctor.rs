//! The doctor: looks at everything that a server needs, changes nothing, and says what to do about what is wrong.

mod database;
mod surroundings;

use crate::access::OperatorPermit;
use crate::config::Config;
use crate::domain::clock::Clock;
use crate::send::trust::Trust;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FindingHealth {
    /// As it should be.
    Good,
    /// It works, and somebody should look at it.
    Warning,
    /// It does not work.
    Failed,
}

impl FindingHealth {
    /// In a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

/// What was found at one place.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// Where: `schema`, `key`, `smtp`.
    pub check: &'static str,
    /// How it is.
    pub health: FindingHealth,
    /// In a sentence, with what to do.
    pub text: String,
}

impl Finding {
    fn good(check: &'static str, text: impl Into<String>) -> Self {
        Self { check, health: FindingHealth::Good, text: text.into() }
    }

    fn warning(check: &'static str, text: impl Into<String>) -> Self {
        Self { check, health: FindingHealth::Warning, text: text.into() }
    }

    fn failed(check: &'static str, text: impl std::fmt::Display) -> Self {
        Self { check, health: FindingHealth::Failed, text: text.to_string() }
    }
}

/// Everything that was found, in the order in which it is looked at.
pub(crate) async fn examine(config: &Config, clock: &Clock, _: &OperatorPermit) -> Vec<Finding> {
    let trust = Trust::system();
    let (mut findings, is_served) = database::examine(config, clock).await;
    findings.push(surroundings::smtp(config, &trust).await);
    findings.push(surroundings::disk(config));
    findings.extend(surroundings::permissions(config));
    findings.push(surroundings::public_url(config, &trust, is_served).await);
    findings
}
