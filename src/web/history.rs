//! The History tab: every change of settings, and bringing one back.

use askama::Template;
use askama_web::WebTemplate;

use axum::Router;
use axum::extract::Path;
use axum::response::Redirect;
use axum::routing::get;
use axum_extra::extract::Query;
use serde::Deserialize;

use super::PageResult;
use super::auth::{MayAdminister, MayRead, Visit};
use super::icon::Icon;
use super::page::{Notice, Pager, Shell, When};
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
    /// The way to older ones.
    pub pager: Pager,
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
    /// As it is now, if that is another value again.
    pub now: Option<String>,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/accounts/{account_id}/history", get(list))
        .route("/accounts/{account_id}/history/{id}/revert", get(ask).post(revert))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct HistoryQuery {
    before: String,
}

async fn list(visit: Visit<MayRead>, Query(query): Query<HistoryQuery>) -> PageResult<HistoryPage> {
    let before = Some(query.before.as_str()).filter(|id| !id.is_empty());
    // One more than is shown tells whether there is another page.
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX) + 1;
    let mut found = history::list(&visit.app, &visit.permit, before, limit).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let path = format!("/accounts/{}/history", visit.account.id);
    let older = found.last().filter(|_| more).map(|last| format!("{path}?before={}", last.id));
    let pager = Pager { newer: before.map(|_| path.clone()), older };
    let rows = found.into_iter().map(|record| row(&visit.app, record)).collect();
    Ok(HistoryPage { shell: visit.shell("History", "history").await?, rows, pager })
}

async fn ask(visit: Visit<MayAdminister>, Path((_, id)): Path<(i64, String)>) -> PageResult<RevertPage> {
    let asked = history::preview(&visit.app, &visit.permit, &id).await?;
    let now = asked.now.clone().filter(|_| asked.has_changed_since());
    let row = row(&visit.app, asked.record);
    let shell = visit.shell(&format!("Revert “{}”?", row.what), "history").await?;
    Ok(RevertPage { shell, row, now })
}

async fn revert(visit: Visit<MayAdminister>, Path((_, id)): Path<(i64, String)>) -> PageResult<Redirect> {
    let asked = history::preview(&visit.app, &visit.permit, &id).await?;
    history::revert(&visit.app, &visit.permit, &id).await?;
    let what = row(&visit.app, asked.record).what;
    visit.redirect("history", vec![Notice::done(format!("{what} is as it was before."))]).await
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
