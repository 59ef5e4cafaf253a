//! The outer form of a JSON:API answer.

use http::Uri;
use serde::Serialize;
use utoipa::ToSchema;

use crate::config::Config;
use crate::domain::account::Account;

use super::links::{PageLinks, SelfLink};
use super::list::ListPage;
use super::resource::{AccountResource, WebhookAttributes, WebhookResource};
use super::sparse_fields::SparseFields;

/// One webhook.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookDocument {
    data: WebhookResource,
    /// The account, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    included: Option<Vec<AccountResource>>,
    links: SelfLink,
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
    links: PageLinks,
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
    /// One webhook of an account, with the fields that were asked for.
    pub fn of(
        config: &Config,
        account: &Account,
        attributes: WebhookAttributes,
        warnings: Vec<String>,
        fields: &SparseFields,
    ) -> Self {
        let data = WebhookResource::of(config, account, attributes, fields);
        let included = fields.included.then(|| vec![AccountResource::of(account, fields.account.as_deref())]);
        let meta = (!warnings.is_empty()).then_some(WebhookMeta { warnings });
        Self { links: data.link(), data, included, meta }
    }

    /// Where the webhook is.
    pub fn location(&self) -> &str {
        self.links.as_str()
    }
}

impl WebhookListDocument {
    /// The page of an account's webhooks that this call asked for.
    pub fn of(config: &Config, account: &Account, uri: &Uri, page: ListPage, fields: &SparseFields) -> Self {
        let ListPage { rows, place, count } = page;
        let owner = (!rows.is_empty()).then(|| AccountResource::of(account, fields.account.as_deref()));
        let resource = |attributes| WebhookResource::of(config, account, attributes, fields);
        Self {
            data: rows.into_iter().map(resource).collect(),
            included: fields.included.then(|| owner.into_iter().collect()),
            links: PageLinks::of_call(config, uri, place),
            meta: count.map(|count| WebhookListMeta { count }),
        }
    }
}
