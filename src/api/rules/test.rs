//! `POST …/notifications/test`: a sample to a URL, or to the primary contact.

use axum::Json;
use axum::extract::{Request, State};
use serde_json::{Value, json};

use crate::access::MayEdit;
use crate::actions::{App, events, notifications, test_sends};
use crate::api::http::body;
use crate::api::http::envelope::ApiResult;
use crate::api::http::fields::{BodyFields, text};
use crate::domain::delivery::State as Ended;
use crate::domain::values::{Schemes, WebhookUrl};
use crate::error::{Error, Result};

use super::Organization;

const MAX_BODY: usize = 16 * 1_024;
/// The documented example of what this API is about.
const SAMPLE: &str = "sync_succeeded";

enum TestTarget {
    /// To this URL, or to the saved one.
    Webhook(Option<WebhookUrl>),
    Email,
}

/// 200 when it arrived, else 502 in the envelope.
pub(super) async fn run(
    State(app): State<App>,
    organization: Organization,
    request: Request,
) -> ApiResult<Json<Value>> {
    let permit = organization.may::<MayEdit>(&app).await?;
    let input = read(body::json(request, MAX_BODY).await?)?;
    let event_type = events::event_type_or_first(&app.catalog, [SAMPLE])?;
    let rows = match input {
        TestTarget::Email => test_sends::email_to_contact(&app, &permit, event_type).await?,
        TestTarget::Webhook(typed) => {
            let saved = notifications::load(&app, &permit).await?.url;
            let none = "is missing, and no webhook URL is saved: send one";
            let url = typed.or(saved).ok_or_else(|| Error::invalid("url", none))?;
            test_sends::webhook(&app, &permit, event_type, url, None).await?
        }
    };
    let row = rows.first().ok_or_else(|| Error::internal("a test left no delivery"))?;
    let message = row.report().describe();
    if row.state == Ended::Delivered {
        Ok(Json(json!({ "success": true, "message": message })))
    } else {
        Err(Error::DeliveryFailed(message).into())
    }
}

fn read(body: Value) -> Result<TestTarget> {
    let mut fields = BodyFields::of_body(body)?;
    let kind = fields.required("notification_type", "webhook or email", text);
    let typed = fields.optional("url", "a string", text);
    if !matches!(kind.as_str(), "webhook" | "email" | "") {
        fields.fault("notification_type", "must be webhook or email");
    }
    let url = typed.map(|url| WebhookUrl::parse(&url, Schemes::HttpOrHttps)).transpose();
    if let Err(why) = &url {
        fields.fault("url", why.to_string());
    }
    fields.finish()?;
    match kind.as_str() {
        "webhook" => Ok(TestTarget::Webhook(url.unwrap_or_default())),
        _ => Ok(TestTarget::Email),
    }
}
