//! The test buttons: on the form they send what is on screen and save nothing, in the list what is stored.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use http::StatusCode;

use crate::dispatch::{Endpoint, Immediate};
use crate::domain::delivery::{Target, Trigger};
use crate::domain::destination::Destination;
use crate::domain::event::Event;
use crate::domain::route::Planned;
use crate::error::Error;
use crate::web::PageResult;
use crate::web::auth::{MayAdminister, Visit};
use crate::web::page::{Link, Notice, TestResult};

use super::edit::{Subject, page, refused};
use super::find;
use super::view::{DestinationForm, DestinationFormPage};

pub(super) async fn of_new(
    visit: Visit<MayAdminister>,
    Form(fields): Form<Vec<(String, String)>>,
) -> PageResult<Response> {
    unsaved(visit, Subject::posted(&fields)?, &fields).await
}

pub(super) async fn of_changed(
    visit: Visit<MayAdminister>,
    Path((_, id)): Path<(i64, String)>,
    Form(fields): Form<Vec<(String, String)>>,
) -> PageResult<Response> {
    let stored = find(&visit, &id).await?;
    unsaved(visit, Subject::Stored(Box::new(stored)), &fields).await
}

/// Tests what is stored, paused or not, and says in the list what came of it.
pub(super) async fn of_saved(
    visit: Visit<MayAdminister>,
    Path((_, id)): Path<(i64, String)>,
    Form(fields): Form<Vec<(String, String)>>,
) -> PageResult<Redirect> {
    let stored = find(&visit, &id).await?;
    if let Err(seconds) = visit.app.limits.tests.take(&visit.account.id) {
        return visit.redirect("destinations", vec![too_many(seconds)]).await;
    }
    let channel = stored.kind.channel();
    let destination = Destination::try_from(stored.row)?;
    let targets = destination.targets();
    let input = Immediate {
        event: sample(&visit, &destination.events)?,
        targets: targets.into_iter().map(Planned::from).collect(),
        trigger: Trigger::Test,
        endpoint: None,
        nonce: nonce(&fields),
    };
    let rows = visit.app.dispatch.send_now(input).await?;
    let result = TestResult::of(visit.account.id, channel, &rows, None);
    visit.redirect("destinations", vec![notice(&visit, &destination.name, result)]).await
}

async fn unsaved(
    visit: Visit<MayAdminister>,
    subject: Subject,
    fields: &[(String, String)],
) -> PageResult<Response> {
    let form = DestinationForm::read(subject.kind(), fields);
    let (input, errors) = form.only_what_a_test_needs().check(subject.kind(), &visit.app.catalog);
    let config = match subject.preview(&visit.app, input, errors)? {
        Ok(destination) => destination.config,
        Err(errors) => return refused(&visit, &subject, form, errors).await,
    };
    if let Err(seconds) = visit.app.limits.tests.take(&visit.account.id) {
        let mut page = tested(&visit, &subject, form).await?;
        page.shell.notices.push(too_many(seconds));
        return Ok((StatusCode::TOO_MANY_REQUESTS, page).into_response());
    }
    let channel = config.kind().channel();
    let targets = Target::of_destination(None, channel, &config.summary(), config.recipients());
    let input = Immediate {
        event: sample(&visit, &form.events)?,
        targets: targets.into_iter().map(Planned::from).collect(),
        trigger: Trigger::Test,
        endpoint: Some(Endpoint::Destination(config)),
        nonce: nonce(fields),
    };
    let rows = visit.app.dispatch.send_now(input).await?;
    let mut page = tested(&visit, &subject, form).await?;
    let note = if page.form.generate_secret {
        Some("The new secret is made when you save: this test did not use it.")
    } else {
        page.unsaved.then_some("What you tested is not saved yet.")
    };
    page.result = Some(TestResult::of(visit.account.id, channel, &rows, note.map(ToOwned::to_owned)));
    Ok(page.into_response())
}

impl DestinationForm {
    /// A test goes where the fields of the kind say; a name or a filter that is not good yet does not block it.
    fn only_what_a_test_needs(&self) -> Self {
        Self {
            name: "Test".to_owned(),
            events: Vec::new(),
            scopes: String::new(),
            generate_secret: false,
            ..self.clone()
        }
    }
}

/// The page as it was on screen: a test saves nothing, so what differs from the store is still unsaved.
async fn tested(
    visit: &Visit<MayAdminister>,
    subject: &Subject,
    form: DestinationForm,
) -> PageResult<DestinationFormPage> {
    let unsaved = match subject {
        Subject::New(_) => true,
        Subject::Stored(stored) => form != DestinationForm::of(stored),
    };
    Ok(DestinationFormPage { unsaved, ..page(visit, subject, form).await? })
}

/// The sample of the first event that it subscribes to, or of the catalogue.
fn sample(visit: &Visit<MayAdminister>, events: &[String]) -> Result<Event, Error> {
    let (app, account) = (&visit.app, &visit.account);
    let subscribed = events.iter().find_map(|key| app.catalog.get(key));
    let event_type = subscribed.or_else(|| app.catalog.events().next());
    let event_type = event_type.ok_or_else(|| Error::not_found("event"))?;
    let now = app.clock.now();
    Ok(Event {
        id: app.clock.new_id(),
        account_id: account.id,
        key: event_type.key.clone(),
        payload: event_type.sample(account, app.config.platform_domain.as_deref(), now),
        accepted_at: now,
    })
}

fn nonce(fields: &[(String, String)]) -> Option<String> {
    let nonce = fields.iter().find(|(name, value)| name == "nonce" && !value.is_empty());
    nonce.map(|(_, value)| value.clone())
}

fn too_many(seconds: u64) -> Notice {
    Notice::warn("Too many tests at once.", format!("Wait {seconds} s, then press the button again."))
}

/// The panel of a test in the room of a notice: one delivery is told, several are linked to.
fn notice(visit: &Visit<MayAdminister>, name: &str, result: TestResult) -> Notice {
    let title = format!("{name}: {}", result.title);
    let (text, link) = match <[_; 1]>::try_from(result.lines) {
        Ok([line]) => (line.text, line.link),
        Err(_) => {
            let href = format!("/accounts/{}/deliveries?trigger=test", visit.account.id);
            (String::new(), Some(Link { href, text: "View deliveries".to_owned() }))
        }
    };
    Notice { tone: result.tone, title, text, link }
}
