//! `POST …/notifications/test`: a sample to a URL, or to the primary contact.

use axum::Json;
use axum::extract::{Request, State};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::access::MayEdit;
use crate::actions::test_sends::{self, TestCaller};
use crate::actions::{App, events, notifications};
use crate::api::http::body;
use crate::api::http::envelope::ApiResult;
use crate::api::http::fields::{BodyFields, text};
use crate::api::http::refusals::{AccountRefusals, BodyRefusals, DeliveryRefusals, RateRefusals};
use crate::api::http::schemas::{SharedUrl, always_true};
use crate::api::http::test_message::message;
use crate::domain::delivery::State as Ended;
use crate::domain::values::{Schemes, WebhookUrl};
use crate::error::{Error, Result};

use super::Organization;
use super::rule::RuleType;

const MAX_BODY: usize = 16 * 1_024;
/// The documented example of what this API is about.
const SAMPLE: &str = "sync_succeeded";

enum TestTarget {
    /// To this URL, or to the saved one.
    Webhook(Option<WebhookUrl>),
    Email,
}

/// What to test.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its fields are read one by one, so that each refusal is a sentence")]
struct RulesTest {
    #[schema(inline)]
    notification_type: RuleType,
    #[schema(value_type = SharedUrl, required = false)]
    url: String,
}

/// The test arrived.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RulesTestSuccess {
    #[schema(schema_with = always_true)]
    success: bool,
    message: String,
}

/// Send a test
///
/// Needs the role editor or admin. Sends the sample of `sync_succeeded`: to `url`, to the saved URL, or by mail to
/// the primary contact.
#[utoipa::path(
    post,
    path = "/v1/organizations/{organization_id}/knowledge/connectors/notifications/test",
    operation_id = "testRules",
    tag = "Notification rules",
    params(Organization),
    request_body(content = RulesTest, example = json!({
        "notification_type": "webhook", "url": "https://example.com/hooks/sync-events"
    })),
    responses(
        (status = 200, description = "It was taken.", body = RulesTestSuccess, example = json!({
            "success": true, "message": "Delivered: example.com answered 200 in 84 ms."
        })),
        AccountRefusals, BodyRefusals, RateRefusals, DeliveryRefusals,
    ),
)]
pub(super) async fn test(
    State(app): State<App>,
    organization: Organization,
    request: Request,
) -> ApiResult<Json<RulesTestSuccess>> {
    let permit = organization.may::<MayEdit>(&app).await?;
    let input = read(body::json(request, MAX_BODY).await?)?;
    let event_type = events::event_type_or_first(&app.catalog, [SAMPLE])?;
    let report = match input {
        TestTarget::Email => {
            test_sends::email_to_contact(&app, &permit, event_type, TestCaller::Program).await?
        }
        TestTarget::Webhook(given) => {
            let saved = notifications::load(&app, &permit).await?.url;
            let none = "is missing, and no webhook URL is saved: send one";
            let url = given.or(saved).ok_or_else(|| Error::invalid("url", none))?;
            test_sends::webhook(&app, &permit, event_type, url, TestCaller::Program).await?
        }
    };
    let row = report.deliveries.first().ok_or_else(|| Error::internal("a test left no delivery"))?;
    let message = message(&app, row);
    if row.state == Ended::Delivered {
        Ok(Json(RulesTestSuccess { success: true, message }))
    } else {
        Err(Error::DeliveryFailed(message).into())
    }
}

fn read(body: Value) -> Result<TestTarget> {
    let mut fields = BodyFields::of_body(body)?;
    let kind = fields.word::<RuleType>("notification_type", "webhook or email");
    let given = fields.optional("url", "a string", text);
    let url = given.map(|url| WebhookUrl::parse(&url, Schemes::HttpOrHttps)).transpose();
    if let Err(why) = &url {
        fields.fault("url", why.to_string());
    }
    let errors = fields.take_errors();
    match (kind, url) {
        (Some(RuleType::Webhook), Ok(url)) => Ok(errors.or(TestTarget::Webhook(url))?),
        (Some(RuleType::Email), Ok(_)) => Ok(errors.or(TestTarget::Email)?),
        (None, _) | (_, Err(_)) => Err(errors.into()),
    }
}
