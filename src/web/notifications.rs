//! The Notifications & Webhooks tab, the heart of Ringpost.

mod form;
mod test_send;
mod view;

pub use view::{EventGroup, EventRow, NotificationsPage};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::Form;
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderName, StatusCode};

use crate::actions::notifications::{self, NotificationsInput, StoredSettings};
use crate::actions::{App, events};
use crate::domain::catalog::EventType;
use crate::error::Error;

use super::PageResult;
use super::auth::{Gate, MayEdit, MayRead, Visit};
use super::page::{MAIL_CSP, Notice, PAGE_CSP};
use form::{NotificationsForm, SavableForm};

/// The largest form: 200 addresses for every event, and room to spare.
const MAX_FORM: usize = 256 * 1_024;
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/accounts/{account_id}/notifications", get(show).post(save))
        .route("/accounts/{account_id}/notifications/test/{key}/webhook", post(test_send::webhook))
        .route("/accounts/{account_id}/notifications/test/{key}/email", post(test_send::email))
        .route("/accounts/{account_id}/notifications/preview/{key}", get(preview))
        .layer(DefaultBodyLimit::max(MAX_FORM))
}

async fn show(visit: Visit<MayRead>) -> PageResult<Response> {
    let stored = notifications::load(&visit.app, &visit.permit).await?;
    let form = NotificationsForm::of(&stored);
    Ok(answer(StatusCode::OK, page(&visit, &stored, form).await?))
}

async fn save(visit: Visit<MayEdit>, Form(fields): Form<Vec<(String, String)>>) -> PageResult<Response> {
    let stored = notifications::load(&visit.app, &visit.permit).await?;
    let form = NotificationsForm::read(&fields, &stored);
    match form.check(&visit.app.catalog, &stored.settings) {
        Ok(input) => Ok(store(&visit, &stored, input).await?.into_response()),
        Err(errors) => {
            let mut page = page(&visit, &stored, form).await?;
            page.unsaved = true;
            page.shell.errors = errors;
            Ok(answer(StatusCode::UNPROCESSABLE_ENTITY, page))
        }
    }
}

async fn store(
    visit: &Visit<MayEdit>,
    stored: &StoredSettings,
    (input, dropped_primary): SavableForm,
) -> PageResult<Redirect> {
    let mut notices = vec![done(stored, &input)];
    for title in dropped_primary {
        let text = format!("{} is the primary contact and always included.", visit.account.contact.email);
        notices.push(Notice::warn(format!("Removed from the list of {title}."), text));
    }
    let saved = notifications::save(&visit.app, &visit.permit, &stored.settings, input).await?;
    notices.extend(saved.map(|warning| Notice::warn("Webhooks will not arrive.", warning.to_string())));
    visit.redirect("notifications", notices).await
}

fn done(stored: &StoredSettings, input: &NotificationsInput) -> Notice {
    let first_url = stored.url.is_none() && input.webhook.is_some();
    if first_url && input.events.iter().all(|(_, row)| !row.send_webhook) {
        Notice::done("Webhook URL saved. Now choose the events.")
    } else {
        Notice::done("Changes saved.")
    }
}

/// The mail of an event's sample, for the frame on the page.
async fn preview(visit: Visit<MayRead>, Path((_, key)): Path<(i64, String)>) -> PageResult<Response> {
    let event_type = visit.app.catalog.get(&key).ok_or_else(|| Error::not_found("event"))?;
    let payload = events::sample(&visit.app, &visit.account, event_type);
    let account = &visit.account;
    let mail = visit.app.sender.preview(event_type, &payload, account.id, &account.contact.email);
    let html = mail.map_err(Error::internal)?.html;
    // `same-origin` in COOP and CORP is fine in a frame of ours; the mail's own policy replaces the page's.
    Ok(([(CONTENT_SECURITY_POLICY, MAIL_CSP)], Html(html)).into_response())
}

/// The page with what is typed; after a plain GET that is what is stored.
async fn page<G: Gate>(
    visit: &Visit<G>,
    stored: &StoredSettings,
    form: NotificationsForm,
) -> PageResult<NotificationsPage> {
    let app = &visit.app;
    let groups = app.catalog.groups().iter().map(|group| EventGroup {
        title: group.title.clone(),
        rows: group.events.iter().map(|event_type| row(visit, stored, &form, event_type)).collect(),
    });
    Ok(NotificationsPage {
        shell: visit.shell("Notifications & Webhooks", "notifications").await?,
        webhook_label: stored.settings.webhook.as_ref().map(|webhook| webhook.label.clone()),
        webhooks_on: form.webhooks_on(),
        unsaved: false,
        contact: visit.account.contact.email.to_string(),
        nonce: app.clock.new_id().to_string(),
        groups: groups.collect(),
        webhook_url: form.webhook_url,
    })
}

fn row<G: Gate>(
    visit: &Visit<G>,
    stored: &StoredSettings,
    form: &NotificationsForm,
    event_type: &EventType,
) -> EventRow {
    let (send_webhook, subscribers) = form.row(&event_type.key);
    let saved = stored.settings.event(&event_type.key);
    let unsubscribed = saved.subscribers.iter().filter(|address| stored.settings.is_unsubscribed(address));
    let unconfirmed = saved.subscribers.iter().filter(|address| stored.settings.is_unconfirmed(address));
    let payload = serde_json::Value::Object(events::sample(&visit.app, &visit.account, event_type));
    EventRow {
        key: event_type.key.clone(),
        wire_name: event_type.wire_name.clone(),
        title: event_type.title.clone(),
        description: event_type.description.clone(),
        send_webhook,
        subscribers,
        unsubscribed: unsubscribed.map(ToString::to_string).collect(),
        unconfirmed: unconfirmed.map(ToString::to_string).collect(),
        payload: serde_json::to_string_pretty(&payload).unwrap_or_default(),
        result: None,
    }
}

fn answer(status: StatusCode, page: NotificationsPage) -> Response {
    let policy: (HeaderName, &str) = (CONTENT_SECURITY_POLICY, PAGE_CSP);
    (status, [policy], page).into_response()
}
