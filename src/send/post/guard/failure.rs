//! What a request that got no answer means: the failure table of the delivery rules, as functions.

use std::error::Error;
use std::time::Duration;

use super::attempt::{Attempt, Stage};
use super::policy::Blocked;
use crate::domain::delivery::network::WAITED;
use crate::domain::delivery::{Outcome, Reason, Verdict};
use crate::send::root_cause::{self, chain};

/// The address may not be reached.
pub(super) fn blocked(blocked: &Blocked) -> Outcome {
    Outcome::new(Verdict::Failed(Reason::BlockedAddress), blocked.to_string())
}

/// There was no connection, so nothing was sent.
pub(super) fn unreached(stage: Stage, detail: String) -> Outcome {
    let reason = match stage {
        Stage::Resolving => Reason::Dns,
        Stage::Connecting => Reason::Connect,
        Stage::Handshaking => Reason::Tls,
    };
    Outcome::new(Verdict::Failed(reason), detail)
}

/// The time for the whole request was up.
pub(super) fn timed_out(attempt: &Attempt, limit: Duration) -> Outcome {
    if attempt.has_left() {
        return Outcome::new(Verdict::Unknown(Reason::NoAnswer), waited(limit));
    }
    unreached(attempt.stage, waited(limit))
}

/// The connection ended, or said what nobody understands. Only a request of which at least a byte has left can the
/// receiver have got.
pub(super) fn broken(attempt: &Attempt, error: &hyper::Error) -> Outcome {
    let is_not_http = attempt.was_spoken_to() || chain(error).any(is_not_http);
    match (attempt.has_left(), is_not_http) {
        (true, true) => Outcome::new(Verdict::Unknown(Reason::NotHttp), ""),
        (true, false) => Outcome::new(Verdict::Unknown(Reason::NoAnswer), root_cause::of(error)),
        (false, true) => Outcome::new(Verdict::Failed(Reason::NotHttp), ""),
        (false, false) => unreached(attempt.stage, root_cause::of(error)),
    }
}

pub(super) fn waited(limit: Duration) -> String {
    format!("{WAITED}{} s", limit.as_secs_f64())
}

/// Whether bytes came that are no HTTP answer. Too many headers are not that: somebody did answer, in HTTP, and
/// what it did with the request is unknown.
fn is_not_http(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<hyper::Error>().is_some_and(|error| error.is_parse() && !error.is_parse_too_large())
}
