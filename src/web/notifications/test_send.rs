//! The test buttons: send what is on screen, save nothing, say in the row what came of it.

use axum::extract::Path;
use axum::response::Response;
use axum_extra::extract::Form;
use http::StatusCode;

use crate::actions::notifications::{StoredSettings, webhook_target};
use crate::dispatch::{Endpoint, Immediate};
use crate::domain::catalog::EventType;
use crate::domain::delivery::{Channel, Reason, Target, Trigger};
use crate::domain::event::Event;
use crate::domain::field_errors::FieldErrors;
use crate::domain::route::Planned;
use crate::domain::values::EmailList;
use crate::error::Error;
use crate::web::PageResult;
use crate::web::auth::{MayEdit, Visit};
use crate::web::page::{Notice, TestResult};

use super::form::NotificationsForm;
use super::{NotificationsPage, answer, page, sample};

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
    let stored = super::stored(&visit).await?;
    let form = NotificationsForm::read(fields, &stored);
    let wanted = match wanted(&visit, &stored, &form, event_type, channel) {
        Ok(test) => test,
        Err(errors) => {
            let mut page = tested(&visit, &stored, form).await?;
            page.shell.errors = errors;
            return Ok(answer(StatusCode::UNPROCESSABLE_ENTITY, page));
        }
    };
    if let Err(seconds) = visit.app.limits.tests.take(&visit.account.id) {
        let mut page = tested(&visit, &stored, form).await?;
        let text = format!("Wait {seconds} s, then press the button again.");
        page.shell.notices.push(Notice::warn("Too many tests at once.", text));
        return Ok(answer(StatusCode::TOO_MANY_REQUESTS, page));
    }
    let rows = visit.app.dispatch.send_now(wanted).await?;
    let is_saved = channel == Channel::Email || stored.url == form.url().unwrap_or_default();
    let mut page = tested(&visit, &stored, form).await?;
    let note = (!is_saved).then(|| "The URL you tested is not saved yet.".to_owned());
    let result = TestResult::of(visit.account.id, channel, &rows, note);
    if let Some(row) = page.groups.iter_mut().flat_map(|group| &mut group.rows).find(|row| row.key == key) {
        row.result = Some(result);
    }
    Ok(answer(StatusCode::OK, page))
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
fn wanted(
    visit: &Visit<MayEdit>,
    stored: &StoredSettings,
    form: &NotificationsForm,
    event_type: &EventType,
    channel: Channel,
) -> Result<Immediate, FieldErrors> {
    let mut errors = FieldErrors::default();
    let url = form.url().unwrap_or_else(|why| {
        errors.push_about("webhook_url", "Webhook URL", why.to_string());
        None
    });
    if channel == Channel::Webhook && url.is_none() && errors.is_empty() {
        errors.push_sentence("webhook_url", "Enter a Webhook URL to send a test webhook");
    }
    let primary = &visit.account.contact.email;
    let subscribers = match EmailList::parse(&form.row(&event_type.key).1, primary) {
        Ok(parsed) => parsed.list,
        Err(why) => {
            errors.push_about(
                format!("subscribers.{}", event_type.key),
                event_type.title.clone(),
                why.to_string(),
            );
            EmailList::default()
        }
    };
    if !errors.is_empty() {
        return Err(errors);
    }
    let (targets, endpoint) = match (channel, url) {
        (Channel::Webhook, Some(url)) => (vec![webhook_target(&url).into()], Some(Endpoint::Url(url))),
        _ => {
            let mut targets = vec![Planned::from(Target::PrimaryContact(primary.clone()))];
            targets.extend(subscribers.iter().map(|address| Planned {
                skip: stored.settings.is_unsubscribed(address).then_some(Reason::Unsubscribed),
                target: Target::Subscriber(address.clone()),
            }));
            (targets, None)
        }
    };
    let event = Event {
        id: visit.app.clock.new_id(),
        account_id: visit.account.id,
        key: event_type.key.clone(),
        payload: sample(visit, event_type),
        accepted_at: visit.app.clock.now(),
    };
    Ok(Immediate { event, targets, trigger: Trigger::Test, endpoint, nonce: form.nonce.clone() })
}
