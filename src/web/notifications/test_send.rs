//! The test buttons: send what is on screen, save nothing, say in the row what came of it.

use axum::extract::Path;
use axum::response::Response;
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
use crate::web::auth::{MayEdit, Visit};
use crate::web::page::{Notice, TestResult, refreshed};

use super::form::NotificationsForm;
use super::{NotificationsPage, answer, page};

const CUT: &str = "A test goes to the first 20 addresses: the others on the list were left out.";

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
    let asked = refreshed(fields)?;
    let is_saved = channel == Channel::Email || stored.url == form.url().unwrap_or_default();
    let sent = match asked {
        Some(event_id) => test_sends::report(&visit.app, &visit.permit, event_id).await,
        None => send(&visit, &stored, &form, event_type, channel).await,
    };
    let typed = form.subscribers(event_type, &visit.account.contact.email, &mut FieldErrors::default());
    // The primary contact is one of them.
    let is_cut = typed.is_some_and(|typed| typed.list.len() >= MOST_TEST_TARGETS);
    let mut page = tested(&visit, &stored, form).await?;
    match sent {
        Ok(report) => {
            // What was typed since then was not tested.
            let note = (asked.is_none() && !is_saved).then_some("The URL you tested is not saved yet.");
            let note = note.or((channel == Channel::Email && is_cut).then_some(CUT));
            let path = page.shell.path(&format!("notifications/test/{key}/{channel}"));
            let result = TestResult::of(visit.account.id, channel, &report).note(note).refreshed_at(path);
            let status = result.status();
            let rows = page.groups.iter_mut().flat_map(|group| &mut group.rows);
            rows.filter(|row| row.key == key).for_each(|row| row.result = Some(result.clone()));
            Ok(answer(status, page))
        }
        Err(Error::Invalid { fields, .. }) => {
            page.shell.errors = fields;
            Ok(answer(StatusCode::UNPROCESSABLE_ENTITY, page))
        }
        Err(Error::TooMany { retry_after, .. }) => {
            page.shell.notices.push(Notice::too_many_tests(retry_after));
            Ok(answer(StatusCode::TOO_MANY_REQUESTS, page))
        }
        Err(other) => Err(other.into()),
    }
}

/// The page as it was on screen: a test saves nothing, so what differs from the store is still unsaved.
async fn tested(
    visit: &Visit<MayEdit>,
    stored: &StoredSettings,
    form: NotificationsForm,
) -> PageResult<NotificationsPage> {
    let unsaved = form.differs(&NotificationsForm::of(stored));
    let mut page = page(visit, stored, form).await?;
    page.unsaved = unsaved;
    Ok(page)
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
