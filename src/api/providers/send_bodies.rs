//! What is sent to `POST …/send`, and what it answers.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::kinds::Kind;
use crate::domain::notification::Severity;

/// What is said of a provider that the account does not have.
pub(super) const UNKNOWN: &str = "unknown destination";

/// A notification, and who gets it.
#[derive(ToSchema)]
#[schema(as = Send)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its fields are read one by one, so that each refusal is a sentence")]
pub(super) struct SendInput {
    #[schema(min_items = 1, max_items = 20)]
    provider_ids: Vec<Uuid>,
    notification: NotificationInput,
}

/// What to say.
#[derive(ToSchema)]
#[schema(as = Notification)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "the domain's parser reads it, so that each refusal is a sentence")]
struct NotificationInput {
    #[schema(max_length = 200, pattern = "\\S")]
    title: String,
    #[schema(max_length = 10_000, pattern = "\\S")]
    body: String,
    severity: Severity,
    #[schema(required = false, max_items = 20)]
    fields: Vec<NotificationField>,
    /// Where to look.
    #[schema(required = false, format = "iri", pattern = "^https?://")]
    source_url: String,
}

/// A label and its value.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the domain's parser reads it, so that each refusal is a sentence")]
pub(in crate::api) struct NotificationField {
    #[schema(max_length = 1_000)]
    label: String,
    #[schema(max_length = 1_000)]
    value: String,
}

/// What came of it, in the order of the request.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendResults {
    pub results: Vec<SendResult>,
}

/// What came of the send to one provider.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SendResult {
    pub provider_id: String,
    /// `null` if the account has no such destination.
    #[schema(value_type = Option<Kind>, required = true)]
    pub kind: Option<&'static str>,
    pub success: bool,
    /// The kind and the delivery's id, if it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub provider_message_id: Option<String>,
    /// Why not, otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<String>,
}

impl SendResult {
    /// A provider took it.
    pub fn success(provider_id: String, kind: &'static str, delivery_id: &str) -> Self {
        let message_id = format!("{kind}-{delivery_id}");
        let (success, kind) = (true, Some(kind));
        Self { provider_id, kind, success, provider_message_id: Some(message_id), error: None }
    }

    /// A provider did not take it; none of a kind is none that the account has.
    pub fn failure(provider_id: String, kind: Option<&'static str>, error: String) -> Self {
        Self { provider_id, kind, success: false, provider_message_id: None, error: Some(error) }
    }
}

impl SendResults {
    /// One took it, another did not.
    pub fn example() -> Self {
        let (id, delivery) = ("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "01969b3e-5c1e-7d1a-9a44-2f5d0b7e11ab");
        let took = Kind::ALL.iter().take(1);
        let mut results: Vec<SendResult> =
            took.map(|kind| SendResult::success(id.to_owned(), kind.as_str(), delivery)).collect();
        results.extend(Self::example_of_failure().results);
        Self { results }
    }

    /// None took it.
    pub(crate) fn example_of_failure() -> Self {
        let id = "cccccccc-bbbb-cccc-dddd-eeeeeeeeeeee".to_owned();
        Self { results: vec![SendResult::failure(id, None, UNKNOWN.to_owned())] }
    }
}
