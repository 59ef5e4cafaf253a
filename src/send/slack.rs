//! Slack: Block Kit with a text fallback.

use serde_json::{Value, json};

use crate::domain::notification::Notification;

/// The body of a POST to a Slack incoming webhook.
#[must_use]
pub fn body(notification: &Notification, is_test: bool) -> Value {
    let prefix = if is_test { "[Test] " } else { "" };
    json!({ "text": format!("{prefix}{}", notification.title) })
}
