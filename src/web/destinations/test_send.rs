//! The test buttons: on the form they send what is on screen and save nothing, in the list what is stored.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use http::StatusCode;

use crate::access::Includes;
use crate::actions::test_sends::{self, TestCaller};
use crate::dispatch::SendReport;
use crate::domain::delivery::Channel;
use crate::error::Error;
use crate::web::PageResult;
use crate::web::auth::{Gate, MayAdminister, MayRead, Visit};
use crate::web::page::{Notice, REFRESH, TestResult, refreshed};

use super::edit::{Subject, page, refused};
use super::view::{DestinationForm, DestinationFormPage, DestinationRow};
use super::{find, list_page};

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

/// The address of a test's result is not a page of its own: whoever opens it again chooses a kind.
pub(super) async fn back_to_new(visit: Visit<MayAdminister>) -> Redirect {
    Redirect::to(&format!("/accounts/{}/destinations/new", visit.account.id))
}

/// The same for a test of what is stored: they get the list.
pub(super) async fn back_to_list(
    visit: Visit<MayAdminister>,
    Path((_, id)): Path<(i64, String)>,
) -> PageResult<Redirect> {
    find(&visit, &id).await?;
    Ok(Redirect::to(&format!("/accounts/{}/destinations", visit.account.id)))
}

/// The same for a test of changes: they get what is stored.
pub(super) async fn back_to_form(
    visit: Visit<MayAdminister>,
    Path((_, id)): Path<(i64, String)>,
) -> PageResult<Redirect> {
    let stored = find(&visit, &id).await?;
    Ok(Redirect::to(&format!("/accounts/{}/destinations/{}", visit.account.id, stored.row.id)))
}

/// Tests what is stored, paused or not, and says in the list what came of it, or how far it is.
pub(super) async fn of_saved(
    visit: Visit<MayAdminister>,
    Path((_, id)): Path<(i64, String)>,
    Form(fields): Form<Vec<(String, String)>>,
) -> PageResult<Response> {
    let stored = find(&visit, &id).await?;
    let name = stored.row.name.clone();
    let report = match test_sends::destination(&visit.app, &visit.permit, stored, person(&fields)).await {
        Ok(report) => report,
        Err(other) => {
            let Some((_, notice)) = Notice::of_test(&other) else { return Err(other.into()) };
            return Ok(visit.redirect("destinations", vec![notice]).await?.into_response());
        }
    };
    if !report.is_over() {
        let mut page = list_page(&visit).await?;
        page.result = Some(in_list(&visit, Some(&name), &report).await?);
        return Ok((StatusCode::ACCEPTED, page).into_response());
    }
    // The list shows what it has brought, also when it is opened again.
    Ok(visit
        .redirect(&format!("destinations?{REFRESH}={}", report.event_id), Vec::new())
        .await?
        .into_response())
}

/// How far a test from the list has come.
pub(super) async fn progress(
    visit: &Visit<MayRead>,
    destinations: &[DestinationRow],
    event_id: &str,
) -> PageResult<TestResult> {
    let event_id = event_id.parse().map_err(|_| Error::not_found("test"))?;
    let report = test_sends::report(&visit.app, &visit.permit, event_id).await?;
    let tested = report.deliveries.first().and_then(|delivery| delivery.target.destination_id());
    let name = destinations.iter().find(|row| Some(row.id) == tested).map(|row| row.name.as_str());
    in_list(visit, name, &report).await
}

/// The panel of a test over the list, with the destination's name.
async fn in_list<G: Gate + Includes<MayRead>>(
    visit: &Visit<G>,
    name: Option<&str>,
    report: &SendReport,
) -> PageResult<TestResult> {
    let channel = report.deliveries.first().map_or(Channel::Webhook, |row| row.target.channel());
    let staged = test_sends::stages(&visit.app, &visit.permit, report).await?;
    let result = TestResult::of(visit.account.id, channel, report).staged(staged, visit.app.clock.now());
    let title = name.map(|name| format!("{name}: {}", result.title));
    Ok(TestResult { title: title.unwrap_or_else(|| result.title.clone()), ..result })
}

async fn unsaved(
    visit: Visit<MayAdminister>,
    subject: Subject,
    fields: &[(String, String)],
) -> PageResult<Response> {
    let form = DestinationForm::read(subject.kind(), fields);
    let asked = match refreshed(fields) {
        Ok(None) => None,
        Ok(Some(event_id)) => Some(test_sends::report(&visit.app, &visit.permit, event_id).await),
        Err(unknown) => Some(Err(unknown)),
    };
    match asked {
        Some(Ok(report)) => {
            return with_result(tested(&visit, &subject, form).await?, &visit, &report, None).await;
        }
        Some(Err(why)) => return not_tested(tested(&visit, &subject, form).await?, why),
        None => {}
    }
    let (input, errors) = form.only_what_a_test_needs().check(subject.kind(), &visit.app.catalog);
    let config = match subject.preview(&visit.app, input, errors)? {
        Ok(destination) => destination.config,
        Err(errors) => return refused(&visit, &subject, form, errors).await,
    };
    let (app, permit, caller) = (&visit.app, &visit.permit, person(fields));
    let report = match test_sends::unsaved_destination(app, permit, config, &form.events, caller).await {
        Ok(report) => report,
        Err(why) => return not_tested(tested(&visit, &subject, form).await?, why),
    };
    let page = tested(&visit, &subject, form).await?;
    let note = if page.form.generate_secret {
        Some("The new secret is made when you save: this test did not use it.")
    } else {
        page.unsaved.then_some("What you tested is not saved yet.")
    };
    with_result(page, &visit, &report, note).await
}

/// The form as it was on screen, with why there is no result.
fn not_tested(mut page: DestinationFormPage, why: Error) -> PageResult<Response> {
    let Some((status, notice)) = Notice::of_test(&why) else { return Err(why.into()) };
    page.shell.notices.push(notice);
    Ok((status, page).into_response())
}

async fn with_result(
    mut page: DestinationFormPage,
    visit: &Visit<MayAdminister>,
    report: &SendReport,
    note: Option<&str>,
) -> PageResult<Response> {
    let staged = test_sends::stages(&visit.app, &visit.permit, report).await?;
    let result = TestResult::of(visit.account.id, page.kind.spec().channel, report);
    let result = result.staged(staged, visit.app.clock.now()).note(note).refreshed_at(page.test_action());
    let status = result.status();
    page.result = Some(result);
    Ok((status, page).into_response())
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

fn person(fields: &[(String, String)]) -> TestCaller {
    let nonce = fields.iter().find(|(name, value)| name == "nonce" && !value.is_empty());
    TestCaller::Person { nonce: nonce.map(|(_, value)| value.clone()) }
}
