//! A command to paste into a terminal.

use crate::access::{Gate, Permit};
use crate::actions::{App, events};

/// A command that posts a sample event with a token; `None` for an empty catalogue. JSON has no single quotes here
/// that would end its argument early.
pub(crate) fn post_curl(app: &App, permit: &Permit<impl Gate>, token: &str) -> Option<String> {
    let event_type = app.catalog.events().next()?;
    let sample = events::sample(app, &permit.account, event_type);
    let body = serde_json::Value::from(sample).to_string().replace('\'', "\\u0027");
    let url = app.config.public_url();
    Some(format!(
        "curl -sS {url}/api/v1/events \\\n  -H \"Authorization: Bearer {token}\" \\\n  \
         -H 'Content-Type: application/json' \\\n  -d '{body}'"
    ))
}
