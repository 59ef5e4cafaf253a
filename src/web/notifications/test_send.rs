//! The test buttons: send what is on screen, save nothing, say in the row what came of it.

use axum::extract::Path;
use axum::response::{Redirect, Response};
use axum_extra::extract::Form;
use http::StatusCode;

use crate::actions::notifications::{self, StoredSettings};
use crate::actions::test_sends::{self, MOST_TEST_TARGETS, TestCaller};
use crate::dispatch::SendReport;
use crate::domain::catalog::EventType;
use crate::domain::delivery::Channel;
use crate::domain::field_errors::FieldErrors;
use crate::error::{Error, Result};
use crate::web::PageResult;
use crate::web::auth::{MayEdit, MayRead, Visit};
use crate::web::page::{Notice, TestResult, refreshed};

use super::form::NotificationsForm;
use super::{FormNews, answer, came_back};

const CUT: &str = "A test goes to the first 20 addresses: the others on the list were left out.";

/// The address that a test leaves in the browser: whoever opens it again gets the row, and sends nothing.
pub(super) async fn back(visit: Visit<MayRead>, Path((_, key)): Path<(i64, String)>) -> PageResult<Redirect> {
    let event_type = visit.app.catalog.get(&key).ok_or_else(|| Error::not_found("event"))?;
    Ok(Redirect::to(&format!("/accounts/{}/notifications#event-{}", visit.account.id, event_type.key)))
}

pub(super) async fn webhook(
    visit: Visit<MayEdit>,
    Path((_, key)): Path<(i64, String)>,
    Form(fields): Form<Vec<(String, String)>>,
) -> PageResult<Response> {
    test(visit, &key, &fields, Channel::Webhook).await
}

pub(super) async fn email(
    visit: Visit<MayEdit>,
    Path((_, key)): Path<(i64, String)>,
    Form(fields): Form<Vec<(String, String)>>,
) -> PageResult<Response> {
    test(visit, &key, &fields, Channel::Email).await
}

async fn test(
    visit: Visit<MayEdit>,
    key: &str,
    fields: &[(String, String)],
    channel: Channel,
) -> PageResult<Response> {
    let event_type = visit.app.catalog.get(key).ok_or_else(|| Error::not_found("event"))?;
    let stored = notifications::load(&visit.app, &visit.permit).await?;
    let form = NotificationsForm::read(fields, &stored);
    let asked = refreshed(fields);
    let is_saved = channel == Channel::Email || stored.url == form.url().unwrap_or_default();
    let is_new = matches!(asked, Ok(None));
    let sent = match asked {
        Ok(Some(event_id)) => test_sends::report(&visit.app, &visit.permit, event_id).await,
        Ok(None) => send(&visit, &stored, &form, event_type, channel).await,
        Err(unknown) => Err(unknown),
    };
    let typed = form.subscribers(event_type, &visit.account.contact.email, &mut FieldErrors::default());
    // The primary contact is one of them.
    let is_cut = typed.is_some_and(|typed| typed.list.len() >= MOST_TEST_TARGETS);
    let mut said = FormNews::default();
    let status = match sent {
        Ok(report) => {
            // What was typed since then was not tested.
            let note = (is_new && !is_saved).then_some("The URL you tested is not saved yet.");
            let note = note.or((channel == Channel::Email && is_cut).then_some(CUT));
            let path =
                format!("/accounts/{}/notifications/test/{key}/{channel}#result-{key}", visit.account.id);
            let staged = test_sends::stages(&visit.app, &visit.permit, &report).await?;
            let result = TestResult::of(visit.account.id, channel, &report).note(note).refreshed_at(path);
            let result = result.staged(staged, visit.app.clock.now());
            let status = result.status();
            said.result = Some((key.to_owned(), result));
            status
        }
        Err(Error::Invalid { fields, .. }) => {
            said.errors = fields;
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(other) => {
            let Some((status, notice)) = Notice::of_test(&other) else { return Err(other.into()) };
            said.notices.push(notice);
            status
        }
    };
    // The page is as it was on screen: a test saves nothing, so what differs from the store is still unsaved.
    Ok(answer(status, came_back(&visit, fields, form, said).await?))
}

/// The test that the button asks for. Only the URL and the tested row have to be good.
async fn send(
    visit: &Visit<MayEdit>,
    stored: &StoredSettings,
    form: &NotificationsForm,
    event_type: &EventType,
    channel: Channel,
) -> Result<SendReport> {
    let mut errors = FieldErrors::default();
    let url = errors.take("webhook_url", "Webhook URL", form.url()).flatten();
    if channel == Channel::Webhook && url.is_none() && errors.is_empty() {
        errors.push_sentence("webhook_url", "Enter a Webhook URL to send a test webhook");
    }
    let subscribers = form.subscribers(event_type, &visit.account.contact.email, &mut errors);
    let subscribers = errors.or(subscribers.unwrap_or_default())?;
    let (app, permit) = (&visit.app, &visit.permit);
    let caller = TestCaller::Person { nonce: form.nonce.clone() };
    match (channel, url) {
        (Channel::Webhook, Some(url)) => test_sends::webhook(app, permit, event_type, url, caller).await,
        _ => test_sends::email(app, permit, event_type, (&subscribers.list, &stored.settings), caller).await,
    }
}
