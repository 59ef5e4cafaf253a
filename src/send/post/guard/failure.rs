//! What a request that got no answer means: the failure table of the delivery rules, as a function.

use std::error::Error;
use std::time::Duration;

use super::attempt::Stage;
use super::policy::Blocked;
use crate::domain::delivery::{Outcome, Reason, Verdict};
use crate::send::root_cause::{self, chain};

/// How an attempt ended without a status line.
pub(super) enum Ending {
    /// reqwest gave up.
    Error(reqwest::Error),
    /// The time for the whole request was up.
    TimedOut(Duration),
}

/// Turns the ending into an outcome. Only if the request `left`, at least its first byte, can the receiver
/// have got it.
pub(super) fn outcome(ending: &Ending, stage: Stage, left: bool, connect_timeout: Duration) -> Outcome {
    let detail = match ending {
        Ending::TimedOut(limit) => waited(*limit),
        Ending::Error(error) => {
            if let Some(blocked) = chain(error).find_map(|cause| cause.downcast_ref::<Blocked>()) {
                return Outcome::new(Verdict::Failed(Reason::BlockedAddress), blocked.to_string());
            }
            if chain(error).any(is_not_http) {
                return Outcome::new(Verdict::Failed(Reason::NotHttp), "");
            }
            if error.is_timeout() && !left { waited(connect_timeout) } else { root_cause::of(error) }
        }
    };
    let verdict = match stage {
        _ if left => Verdict::Unknown(Reason::NoAnswer),
        Stage::Resolving => Verdict::Failed(Reason::Dns),
        Stage::Connecting => Verdict::Failed(Reason::Connect),
        Stage::Handshaking => Verdict::Failed(Reason::Tls),
    };
    Outcome::new(verdict, detail)
}

fn waited(limit: Duration) -> String {
    format!("waited {} s", limit.as_secs_f64())
}

/// Whether bytes came that are no HTTP answer. Too many headers are not that: somebody did answer, in HTTP,
/// and what it did with the request is unknown.
fn is_not_http(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<hyper::Error>().is_some_and(|error| {
        // A server that speaks first (SSH, SMTP) is "unexpected" to hyper, which has no question for it.
        (error.is_parse() && !error.is_parse_too_large()) || error.to_string().contains("unexpected message")
    })
}
