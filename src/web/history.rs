//! The History tab: every change of settings, and bringing one back.

mod export;

use askama::Template;
use askama_web::WebTemplate;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_extra::extract::{Form, Query};
use http::StatusCode;
use serde::Deserialize;

use super::PageResult;
use super::auth::{MayAdminister, MayRead, Visit};
use super::icon::Icon;
use super::page::{Choice, Notice, Pager, Shell, When};
use crate::actions::history::HistoryQuery;
use crate::actions::{App, history};
use crate::db::history::HistoryRecord;
use crate::domain::history::Setting;
use crate::domain::role::Permission;

/// Changes on one page.
const PAGE: usize = 50;

/// The changes of an account's settings, the newest first.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "history/list.html")]
pub struct HistoryPage {
    /// Title `History`, tab `history`.
    pub shell: Shell,
    /// This page's changes.
    pub rows: Vec<HistoryRow>,
    /// The form above the list.
    pub filters: ChangeFilters,
    /// The way to older ones, with the filters in it.
    pub pager: Pager,
    /// What the filters let through, as a file: `/accounts/100/history/export?…&format=`.
    pub export: String,
    /// How long changes are kept.
    pub history_days: u32,
}

/// The filters, plain GET parameters.
#[derive(Clone, Debug, Default)]
pub struct ChangeFilters {
    /// `who`: part of whoever changed it, or of their network address.
    pub who: String,
    /// `setting`; the first choice is the empty one.
    pub settings: Vec<Choice>,
    /// `from`: the first day.
    pub from: String,
    /// `to`: the last day.
    pub to: String,
    /// Whether any of them is set.
    pub any_set: bool,
}

/// One change.
#[derive(Clone, Debug)]
pub struct HistoryRow {
    /// Its id.
    pub id: String,
    /// `Run Failed: subscribers`.
    pub what: String,
    /// When.
    pub when: When,
    /// Who.
    pub actor: String,
    /// By which door and from where: `Session, 198.51.100.7`.
    pub via: String,
    /// As it was.
    pub before: String,
    /// As it was from then on.
    pub after: String,
    /// Whether it can be brought back.
    pub revertible: bool,
}

/// The question before a change is taken back.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "history/revert.html")]
pub struct RevertPage {
    /// Title `Revert “…”?`, tab `history`.
    pub shell: Shell,
    /// The change.
    pub row: HistoryRow,
    /// As it is now, if somebody has changed it again since.
    pub now: Option<String>,
    /// The newest change of the same, which the form brings back: no later one is dropped unseen.
    pub latest: String,
    /// Whether a revert was asked for on a page that did not show the newest change.
    pub was_overtaken: bool,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/accounts/{account_id}/history", get(list))
        .route("/accounts/{account_id}/history/export", get(export::save))
        .route("/accounts/{account_id}/history/{id}/revert", get(ask).post(revert))
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct ChangesQuery {
    who: String,
    setting: String,
    from: String,
    to: String,
    before: String,
    /// Of an export: `csv` or `json`.
    format: String,
}

fn query_of(query: &ChangesQuery) -> HistoryQuery {
    let ChangesQuery { who, setting, from, to, before, format: _ } = query.clone();
    HistoryQuery { who, setting, from, to, before }
}

async fn list(visit: Visit<MayRead>, Query(query): Query<ChangesQuery>) -> PageResult<Response> {
    let asked = query_of(&query);
    let mut shell = visit.shell("History", "history").await?;
    let (found, more) = match asked.parse() {
        Ok(filter) => history::list(&visit.app, &visit.permit, &filter, PAGE).await?,
        Err(errors) => {
            shell.errors = errors;
            (Vec::new(), false)
        }
    };
    let path = format!("/accounts/{}/history", visit.account.id);
    let older = found.last().filter(|_| more).map(|last| link(&path, &asked, ("before", &last.id)));
    let newer = (!asked.before.is_empty()).then(|| link(&path, &asked, ("before", "")));
    let status = if shell.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = HistoryPage {
        shell,
        rows: found.into_iter().map(|record| row(&visit.app, record)).collect(),
        pager: Pager { newer, older },
        export: link(&format!("{path}/export"), &asked, ("format", "")),
        history_days: visit.app.config.history_days,
        filters: ChangeFilters::of(asked),
    };
    Ok((status, page).into_response())
}

/// The same filters, from another place on or in another shape.
fn link(path: &str, asked: &HistoryQuery, (name, value): (&str, &str)) -> String {
    let filters =
        [("who", &asked.who), ("setting", &asked.setting), ("from", &asked.from), ("to", &asked.to)];
    let set = filters.into_iter().filter(|(_, value)| !value.is_empty());
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(set)
        .append_pair(name, value)
        .finish();
    format!("{path}?{query}")
}

impl ChangeFilters {
    fn of(asked: HistoryQuery) -> Self {
        let any_set = asked.filters();
        let HistoryQuery { who, setting, from, to, .. } = asked;
        let choice = |value: &str, label: &str| Choice {
            value: value.to_owned(),
            label: label.to_owned(),
            hint: String::new(),
            selected: value == setting.trim(),
        };
        let settings = Setting::ALL.iter().map(|setting| choice(setting.as_str(), setting.label()));
        let settings = std::iter::once(choice("", "Any setting")).chain(settings).collect();
        Self { who, settings, from, to, any_set }
    }
}

async fn ask(visit: Visit<MayAdminister>, Path((_, id)): Path<(i64, String)>) -> PageResult<RevertPage> {
    revert_page(&visit, &id, false).await
}

async fn revert_page(visit: &Visit<MayAdminister>, id: &str, was_overtaken: bool) -> PageResult<RevertPage> {
    let asked = history::preview(&visit.app, &visit.permit, id).await?;
    let now = asked.has_changed_since().then(|| asked.latest.after_shown.clone());
    let row = row(&visit.app, asked.record);
    let shell = visit.shell(&format!("Revert “{}”?", row.what), "history").await?;
    Ok(RevertPage { shell, row, now, latest: asked.latest.id, was_overtaken })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RevertForm {
    latest: String,
}

async fn revert(
    visit: Visit<MayAdminister>,
    Path((_, id)): Path<(i64, String)>,
    Form(form): Form<RevertForm>,
) -> PageResult<Response> {
    let asked = history::preview(&visit.app, &visit.permit, &id).await?;
    if !history::revert(&visit.app, &visit.permit, &id, &form.latest).await? {
        let page = revert_page(&visit, &id, true).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let what = row(&visit.app, asked.record).what;
    let done = Notice::done(format!("{what} is as it was before."));
    Ok(visit.redirect("history", vec![done]).await?.into_response())
}

fn row(app: &App, record: HistoryRecord) -> HistoryRow {
    let when = When::at(record.at, app.clock.now());
    let what = what(app, &record);
    let via = match record.address.as_str() {
        "" => record.via,
        address => format!("{}, {address}", record.via),
    };
    let or_nobody = |text: String| if text.is_empty() { "None".to_owned() } else { text };
    HistoryRow {
        id: record.id,
        what,
        when,
        actor: record.actor,
        via,
        before: or_nobody(record.before_shown),
        after: or_nobody(record.after_shown),
        revertible: record.revertible,
    }
}

/// What was changed, in words: `Run Failed: subscribers`, `Billing: URL`.
fn what(app: &App, record: &HistoryRecord) -> String {
    let event =
        || app.catalog.get(&record.object).map_or_else(|| record.object.clone(), |event| event.title.clone());
    let destination = |field: &str| format!("{}: {field}", record.title);
    match record.setting {
        Setting::WebhookUrl => "Webhook URL".to_owned(),
        Setting::SendWebhook => format!("{}: webhook", event()),
        Setting::Subscribers => format!("{}: subscribers", event()),
        Setting::Unsubscribed => format!("Emails to {}", record.object),
        Setting::Name => "Organization name".to_owned(),
        Setting::Environment => "Environment".to_owned(),
        Setting::ContactName => "Primary contact: name".to_owned(),
        Setting::ContactEmail => "Primary contact: email".to_owned(),
        Setting::FailureMails => "Emails about failing webhooks".to_owned(),
        Setting::Destination => format!("Destination {}", record.title),
        Setting::DestinationName => destination("name"),
        Setting::DestinationState => destination("state"),
        Setting::DestinationEvents => destination("events"),
        Setting::DestinationScopes => destination("filter"),
        Setting::DestinationConfig => destination(record.object.split(' ').nth(1).unwrap_or_default()),
    }
}

impl HistoryPage {
    fn can_revert(&self) -> bool {
        self.shell.may(Permission::Administer)
    }
}
