//! What an answer means, and as much of it as is worth keeping.

use std::time::Duration;

use reqwest::Response;
use tokio::time::{Instant, timeout_at};

use super::transcript::{self, Mask};
use crate::domain::delivery::{Outcome, Reason, Transcript, Verdict};

/// How much of an answer's body is read before the connection is given up.
const BODY_READ: usize = 64 * 1_024;
/// How long a body is waited for once the status line has decided.
const BODY_TIMEOUT: Duration = Duration::from_secs(2);

/// The outcome of a status line. The body is for the log only, so it may stall, break off or go on for ever.
pub(super) async fn outcome(mut response: Response, mask: &Mask, deadline: Instant) -> Outcome {
    let status = response.status();
    let response_head = transcript::response_head(&response, mask);
    let deadline = deadline.min(Instant::now() + BODY_TIMEOUT);
    let mut body = Vec::new();
    while let Ok(Ok(Some(chunk))) = timeout_at(deadline, response.chunk()).await {
        body.extend_from_slice(&chunk);
        if body.len() >= BODY_READ {
            break;
        }
    }
    let verdict = if status.is_success() { Verdict::Delivered } else { Verdict::Failed(Reason::HttpStatus) };
    Outcome {
        status: Some(status.as_u16()),
        transcript: Transcript {
            response_head,
            response_body: transcript::response_body(&body, mask),
            ..Transcript::default()
        },
        ..Outcome::new(verdict, "")
    }
}
