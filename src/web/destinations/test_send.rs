//! The test buttons: on the form they send what is on screen and save nothing, in the list what is stored.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use http::StatusCode;

use crate::actions::test_sends;
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
    let (channel, name) = (stored.kind.channel(), stored.row.name.clone());
    let rows = match test_sends::destination(&visit.app, &visit.permit, stored, nonce(&fields)).await {
        Ok(rows) => rows,
        Err(Error::TooMany { retry_after, .. }) => {
            return visit.redirect("destinations", vec![Notice::too_many_tests(retry_after)]).await;
        }
        Err(other) => return Err(other.into()),
    };
    let result = TestResult::of(visit.account.id, channel, &rows, None);
    visit.redirect("destinations", vec![notice(&visit, &name, result)]).await
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
    let channel = config.kind().channel();
    let (app, permit) = (&visit.app, &visit.permit);
    let rows = match test_sends::unsaved_destination(app, permit, config, &form.events, nonce(fields)).await {
        Ok(rows) => rows,
        Err(Error::TooMany { retry_after, .. }) => {
            let mut page = tested(&visit, &subject, form).await?;
            page.shell.notices.push(Notice::too_many_tests(retry_after));
            return Ok((StatusCode::TOO_MANY_REQUESTS, page).into_response());
        }
        Err(other) => return Err(other.into()),
    };
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

fn nonce(fields: &[(String, String)]) -> Option<String> {
    let nonce = fields.iter().find(|(name, value)| name == "nonce" && !value.is_empty());
    nonce.map(|(_, value)| value.clone())
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
