//! The Notifications & Webhooks tab, the heart of Ringpost.

mod fill;
mod form;
mod merge;
mod resolve;
mod row;
mod test_send;
mod view;

pub use view::{AddPerson, Conflict, EventGroup, EventRow, LastResult, LastWebhook, NotificationsPage};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::Form;
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderName, StatusCode};

use crate::actions::history::{Editor, Editors};
use crate::actions::notifications::{self, MOST_TRIES, NotificationsInput, Saved, StoredSettings};
use crate::actions::{App, events, first_steps, health};
use crate::domain::field_errors::FieldErrors;
use crate::domain::role::Permission;
use crate::domain::text;
use crate::error::Error;

use super::PageResult;
use super::auth::{Gate, MayEdit, MayRead, Visit};
use super::page::{DaySummary, FirstStepsLine, MAIL_CSP, Notice, PAGE_CSP, Shown, TestResult};
use crate::access::Includes;
use form::{NotificationsForm, SavableForm};
use merge::{URL, last_editor, title};

/// The largest form: 200 addresses for every event, and room to spare.
const MAX_FORM: usize = 256 * 1_024;
/// How many addresses one notice tells of.
const MOST_TOLD: usize = 5;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/accounts/{account_id}/notifications", get(show).post(save))
        .route("/accounts/{account_id}/notifications/toggles/{word}", get(back).post(fill::toggles))
        .route("/accounts/{account_id}/notifications/add", get(back).post(fill::add))
        .route("/accounts/{account_id}/notifications/resolve/{name}/{word}", get(back).post(resolve::resolve))
        .route(
            "/accounts/{account_id}/notifications/test/{key}/webhook",
            get(test_send::back).post(test_send::webhook),
        )
        .route(
            "/accounts/{account_id}/notifications/test/{key}/email",
            get(test_send::back).post(test_send::email),
        )
        .route("/accounts/{account_id}/notifications/preview/{key}", get(preview))
        .layer(DefaultBodyLimit::max(MAX_FORM))
}

/// What there is to say about a form that comes back.
#[derive(Default)]
struct FormNews {
    errors: FieldErrors,
    notices: Vec<Notice>,
    /// The rows that were changed twice at once, now shown both ways, with who has changed them meanwhile.
    conflicts: Vec<(String, Editor)>,
    /// What a test of an event has brought.
    result: Option<(String, TestResult)>,
}

impl FormNews {
    /// Who has changed a row that is in conflict.
    fn conflict(&self, row: &str) -> Option<&Editor> {
        self.conflicts.iter().find(|(name, _)| name == row).map(|(_, by)| by)
    }
}

async fn show(visit: Visit<MayRead>) -> PageResult<Response> {
    let stored = notifications::load(&visit.app, &visit.permit).await?;
    if visit.role.may(Permission::EditNotifications)
        && let Some(fields) = visit.kept_form("notifications").await?
    {
        let form = NotificationsForm::read(&fields, &stored);
        let said = FormNews { notices: vec![Notice::kept_form()], ..FormNews::default() };
        return Ok(answer(StatusCode::OK, came_back(&visit, &fields, form, said).await?));
    }
    let mut form = NotificationsForm::of(&stored);
    form.mark(&visit.app, &stored, &[], &Shown::default());
    Ok(answer(StatusCode::OK, page(&visit, &stored, form, FormNews::default()).await?))
}

/// The address of a form that came back is not a page of its own: whoever opens it again gets what is stored.
async fn back(visit: Visit<MayRead>) -> Redirect {
    Redirect::to(&format!("/accounts/{}/notifications", visit.account.id))
}

async fn save(visit: Visit<MayEdit>, Form(fields): Form<Vec<(String, String)>>) -> PageResult<Response> {
    let (app, shown) = (&visit.app, Shown::of(&fields));
    for _ in 0..MOST_TRIES {
        let stored = notifications::load(app, &visit.permit).await?;
        let mut form = NotificationsForm::read(&fields, &stored);
        let merge = form.merge(app, &stored, &shown);
        let mut errors =
            form.add_person(&app.catalog, &visit.account.contact.email).err().unwrap_or_default();
        let editors = Editors::of(app, &visit.permit).await;
        let conflicts: Vec<_> =
            merge.conflicts.iter().map(|name| (name.clone(), last_editor(&editors, name))).collect();
        for (name, by) in &conflicts {
            let (row, whom) = (title(app, name), by.whom());
            let sentence = format!("{row} was changed by {whom} while you were editing");
            errors.push_sentence(format!("conflict.{name}"), sentence);
        }
        let theirs = merge.notice(app, &editors);
        match form.check(&app.catalog, &stored.settings) {
            Ok(savable) if errors.is_empty() => {
                if let Some(saved) = store(&visit, &stored, savable, theirs).await? {
                    return Ok(saved.into_response());
                }
            }
            checked => {
                if let Err(mut wrong) = checked {
                    wrong.extend(errors);
                    errors = wrong;
                }
                // Both values of what is in conflict are on the page now: saving again replaces.
                form.mark(app, &stored, &[], &shown);
                let notices = theirs.into_iter().collect();
                let said = FormNews { errors, notices, conflicts, result: None };
                return Ok(answer(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    page(&visit, &stored, form, said).await?,
                ));
            }
        }
    }
    Err(notifications::always_changed("these settings").into())
}

/// A form that comes back from a button which saves nothing, with what others have saved meanwhile.
async fn came_back<G: Gate + Includes<MayRead>>(
    visit: &Visit<G>,
    fields: &[(String, String)],
    mut form: NotificationsForm,
    mut said: FormNews,
) -> PageResult<NotificationsPage> {
    let (app, shown) = (&visit.app, Shown::of(fields));
    let stored = notifications::load(app, &visit.permit).await?;
    let merge = form.merge(app, &stored, &shown);
    form.mark(app, &stored, &merge.conflicts, &shown);
    said.notices.extend(merge.notice(app, &Editors::of(app, &visit.permit).await));
    page(visit, &stored, form, said).await
}

/// Stores the form and leads on; `None` if somebody else has saved just before.
async fn store(
    visit: &Visit<MayEdit>,
    stored: &StoredSettings,
    form: SavableForm,
    theirs: Option<Notice>,
) -> PageResult<Option<Redirect>> {
    let SavableForm { input, dropped_primary, reduced } = form;
    let mut notices = vec![done(stored, &input)];
    notices.extend(now_off(stored, &input));
    let Saved::Done(warning) = notifications::save(&visit.app, &visit.permit, stored, input).await? else {
        return Ok(None);
    };
    notices.extend(theirs);
    for title in dropped_primary {
        let text = format!("{} is the primary contact and always included.", visit.account.contact.email);
        notices.push(Notice::warn(format!("Removed from the list of {title}."), text));
    }
    if !reduced.is_empty() {
        let told = reduced.iter().take(MOST_TOLD);
        let told = told.map(|(title, typed, kept)| format!("{title}: “{typed}” is {kept}."));
        let mut told: Vec<String> = told.collect();
        let rest = reduced.len().saturating_sub(MOST_TOLD);
        told.extend((rest > 0).then(|| format!("And {rest} more.")));
        notices.push(Notice::warn("Only the addresses were kept, without names and links.", told.join(" ")));
    }
    notices.extend(warning.map(|warning| Notice::warn("Webhooks will not arrive.", warning.to_string())));
    Ok(Some(visit.redirect("notifications", notices).await?))
}

fn done(stored: &StoredSettings, input: &NotificationsInput) -> Notice {
    let first_url = stored.url.is_none() && input.webhook.is_some();
    if first_url && input.events.iter().all(|(_, row)| !row.send_webhook) {
        Notice::done("Webhook URL saved. Now choose the events.")
    } else {
        Notice::done("Changes saved.")
    }
}

/// A word about webhooks that were just taken away.
fn now_off(stored: &StoredSettings, input: &NotificationsInput) -> Option<Notice> {
    let chosen = input.events.iter().filter(|(_, row)| row.send_webhook).count();
    let events = if chosen == 1 { "1 event".to_owned() } else { format!("{chosen} events") };
    (stored.url.is_some() && input.webhook.is_none())
        .then(|| Notice::warn("Webhooks are off: no URL is saved.", format!("{events} would send one.")))
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
async fn page<G: Gate + Includes<MayRead>>(
    visit: &Visit<G>,
    stored: &StoredSettings,
    form: NotificationsForm,
    said: FormNews,
) -> PageResult<NotificationsPage> {
    let app = &visit.app;
    let last = notifications::last_results(app, &visit.permit).await?;
    let mut shell = visit.shell("Notifications & Webhooks", "notifications").await?;
    let saved = NotificationsForm::of(stored);
    let rows = row::Rows { visit, stored, form: &form, saved: &saved, said: &said, last: &last };
    let groups: Vec<EventGroup> = app.catalog.groups().iter().map(|group| rows.group(group)).collect();
    let first_steps = first_steps_line(visit).await?;
    let (add, last_webhook) = (rows.add(), rows.last_webhook());
    let untested_since = health::untested_since(app, &visit.permit).await?;
    let url_conflict = said.conflict(URL).map(|by| Conflict {
        by: by.whom().to_owned(),
        now: if saved.webhook_url.is_empty() { "None".to_owned() } else { saved.webhook_url.clone() },
        typed: if form.webhook_url.is_empty() { "None".to_owned() } else { form.webhook_url.clone() },
    });
    shell.errors = said.errors;
    shell.notices.extend(said.notices);
    Ok(NotificationsPage {
        webhook_label: stored.settings.webhook.as_ref().map(|webhook| webhook.label.clone()),
        webhooks_on: form.webhooks_on(),
        unsaved: form.differs(&saved),
        contact: visit.account.contact.email.to_string(),
        nonce: app.clock.new_id().to_string(),
        groups,
        add,
        first_steps,
        last_webhook,
        webhook_day: webhook_day(visit, stored).await?,
        untested_since: untested_since.map(|at| text::relative(at, app.clock.now())),
        url_conflict,
        revision: stored.revision,
        url_shown: form.shown.get(URL).cloned().unwrap_or_default(),
        webhook_url: form.webhook_url,
        shell,
    })
}

/// The way to the first steps, for those who can take them.
async fn first_steps_line<G: Gate + Includes<MayRead>>(
    visit: &Visit<G>,
) -> PageResult<Option<FirstStepsLine>> {
    if !visit.role.may(Permission::EditNotifications) {
        return Ok(None);
    }
    let steps = first_steps::pending(&visit.app, &visit.permit).await?;
    Ok(steps.as_ref().and_then(FirstStepsLine::of))
}

/// How the shared webhook did in the last day.
async fn webhook_day<G: Gate + Includes<MayRead>>(
    visit: &Visit<G>,
    stored: &StoredSettings,
) -> PageResult<Option<DaySummary>> {
    let Some(webhook) = &stored.settings.webhook else { return Ok(None) };
    let days = health::of_the_day(&visit.app, &visit.permit, true).await?;
    let day = days.get(&None).copied().unwrap_or_default();
    Ok(DaySummary::of(day.count, || {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("status", "failed")
            .append_pair("q", &webhook.label)
            .finish();
        format!("/accounts/{}/deliveries?{query}", visit.account.id)
    }))
}

fn answer(status: StatusCode, page: NotificationsPage) -> Response {
    let policy: (HeaderName, &str) = (CONTENT_SECURITY_POLICY, PAGE_CSP);
    (status, [policy], page).into_response()
}
