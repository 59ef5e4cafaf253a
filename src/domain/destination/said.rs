//! What is said of a send to a destination; providers-api.txt, `detail` and `error`.

use crate::domain::delivery::{Reason, Told};
use crate::domain::text;

use super::Kind;

/// How much of a receiver's answer is repeated.
const LONGEST_ANSWER: usize = 200;

/// That a test arrived: "Test message sent to Slack."
#[must_use]
pub fn success_text(kind: Kind) -> &'static str {
    match kind {
        Kind::Slack => "Test message sent to Slack.",
        Kind::Teams => "Test message sent to Microsoft Teams.",
        Kind::Webhook => "Test message sent to the webhook.",
        Kind::OpsEmail => "Test message sent by email.",
    }
}

/// Why a send did not arrive: "Slack returned 500: `invalid_payload`", "Webhook returned 500" when the answer
/// is empty, else a sentence.
#[must_use]
pub fn failure_text(kind: Kind, told: &Told, response_body: &str) -> String {
    match (told.reason, told.status) {
        (Some(Reason::Paused), _) => "destination is paused".to_owned(),
        (Some(Reason::Deleted), _) => "unknown destination".to_owned(),
        (Some(Reason::HttpStatus), Some(status)) => {
            let name = match kind {
                Kind::Slack => "Slack",
                Kind::Teams => "Teams",
                Kind::Webhook | Kind::OpsEmail => "Webhook",
            };
            let answer = text::capped(&text::one_line(response_body), LONGEST_ANSWER);
            let colon = if answer.is_empty() { "" } else { ": " };
            format!("{name} returned {status}{colon}{answer}")
        }
        _ => told.sentence(),
    }
}
