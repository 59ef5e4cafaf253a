//! What an answer means, and as much of it as is worth keeping.

use std::time::Duration;

use http::Response;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use jiff::Timestamp;
use tokio::time::{Instant, timeout_at};

use super::connection::Connection;
use super::retry_after;
use super::transcript::{self, Mask};
use crate::domain::delivery::{Outcome, Reason, Transcript, Verdict};

/// How much of an answer's body is read before the connection is given up.
const BODY_READ: usize = 64 * 1_024;
/// How long a body is waited for once the status line has decided.
const BODY_TIMEOUT: Duration = Duration::from_secs(2);

/// The outcome of a status line, and whether its body was read to the end. The body is for the log only, so it may
/// stall, break off or go on for ever.
pub(super) async fn outcome(
    response: Response<Incoming>,
    connection: &mut Connection,
    mask: &Mask<'_>,
    deadline: Instant,
    now: Timestamp,
) -> (Outcome, bool) {
    let (head, mut body) = response.into_parts();
    let deadline = deadline.min(Instant::now() + BODY_TIMEOUT);
    let mut bytes = Vec::new();
    let reading = connection.drive(async {
        while bytes.len() < BODY_READ {
            match body.frame().await {
                None => return true,
                Some(Err(_)) => return false,
                Some(Ok(frame)) => bytes.extend(frame.data_ref().into_iter().flatten()),
            }
        }
        false
    });
    let is_whole = timeout_at(deadline, reading).await.unwrap_or(false);
    let verdict =
        if head.status.is_success() { Verdict::Delivered } else { Verdict::Failed(Reason::HttpStatus) };
    let outcome = Outcome {
        status: Some(head.status.as_u16()),
        retry_after: retry_after::wanted(head.status, &head.headers, now),
        transcript: Transcript {
            response_head: transcript::response_head(&head, mask),
            response_body: transcript::response_body(&bytes, mask),
            ..Transcript::default()
        },
        ..Outcome::new(verdict, "")
    };
    (outcome, is_whole)
}
