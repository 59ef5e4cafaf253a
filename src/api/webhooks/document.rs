//! The outer form of a JSON:API answer.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{ACCEPT, CONTENT_TYPE as CONTENT_TYPE_HEADER, HeaderValue};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::account::Account;

use super::resource::{AccountResource, WebhookAttributes, WebhookResource};
use super::sparse_fields::SparseFields;

/// <https://jsonapi.org/format/#introduction>
pub(super) const CONTENT_TYPE: &str = "application/vnd.api+json";

/// One webhook.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookDocument {
    data: WebhookResource,
    /// The account, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    included: Option<Vec<AccountResource>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    meta: Option<WebhookMeta>,
}

/// What there is to say about a change.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookMeta {
    /// Only there when something was saved that deliveries will not reach.
    #[schema(min_items = 1)]
    warnings: Vec<String>,
}

/// A page of webhooks.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookListDocument {
    data: Vec<WebhookResource>,
    /// The account, if it was asked for and has a webhook on this page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    included: Option<Vec<AccountResource>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    meta: Option<WebhookListMeta>,
}

/// What is asked for beside the page.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookListMeta {
    /// How many there are on all pages.
    count: usize,
}

impl WebhookDocument {
    /// One webhook of an account.
    pub fn of(
        account: &Account,
        attributes: WebhookAttributes,
        warnings: Vec<String>,
        fields: &SparseFields,
    ) -> Self {
        Self {
            data: WebhookResource::of(account, attributes, fields.webhook.as_deref()),
            included: fields.included.then(|| vec![AccountResource::of(account, fields.account.as_deref())]),
            meta: (!warnings.is_empty()).then_some(WebhookMeta { warnings }),
        }
    }
}

impl WebhookListDocument {
    /// Webhooks of an account; `count` if it was asked for.
    pub fn of(
        account: &Account,
        page: Vec<WebhookAttributes>,
        count: Option<usize>,
        fields: &SparseFields,
    ) -> Self {
        let owner = (!page.is_empty()).then(|| AccountResource::of(account, fields.account.as_deref()));
        let resource = |attributes| WebhookResource::of(account, attributes, fields.webhook.as_deref());
        Self {
            data: page.into_iter().map(resource).collect(),
            included: fields.included.then(|| owner.into_iter().collect()),
            meta: count.map(|count| WebhookListMeta { count }),
        }
    }
}

/// Answers in JSON:API's own content type whoever asks for it or sends it; everybody else gets plain JSON.
/// Errors are the envelope, which is no JSON:API document.
pub(super) async fn negotiate_content_type(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let names = |value: &HeaderValue| value.to_str().is_ok_and(|value| value.contains(CONTENT_TYPE));
    let is_wanted = headers.get_all(ACCEPT).iter().chain(headers.get(CONTENT_TYPE_HEADER)).any(names);
    let mut response = next.run(request).await;
    if is_wanted && response.status().is_success() && response.headers().contains_key(CONTENT_TYPE_HEADER) {
        response.headers_mut().insert(CONTENT_TYPE_HEADER, HeaderValue::from_static(CONTENT_TYPE));
    }
    response
}
