//! The security log, for operators: who did what, from where, and how it ended; to be filtered and taken along.

mod export;

use askama::Template;
use askama_web::WebTemplate;

use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_extra::extract::Query;
use http::StatusCode;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::PageResult;
use super::auth::{self, Auth, SignedIn};
use super::icon::Icon;
use super::page::{Badge, Choice, Pager, Shell, Tone, When, place_in_list};
use crate::access::authorize_operator;
use crate::actions::{App, audit};
use crate::db::audit::{AuditFilter, AuditRecord};
use crate::domain::audit::{AuditAction, AuditResult};
use crate::domain::field_errors::FieldErrors;
use crate::error::Error;

/// The log, the newest line first.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "security_log.html")]
pub struct SecurityLogPage {
    /// Title `Security log`, no account; errors of the filters.
    pub shell: Shell,
    /// The form above the list.
    pub filters: AuditFilters,
    /// This page's lines.
    pub rows: Vec<AuditRow>,
    /// Paths with the filters in them.
    pub pager: Pager,
    /// How long lines are kept.
    pub history_days: u32,
    /// What the filters let through, as a file: `/security-log/export?…&format=`.
    pub export: String,
}

/// The filters, plain GET parameters. The first choice of each select is the empty one.
#[derive(Clone, Debug, Default)]
pub struct AuditFilters {
    /// `action`
    pub actions: Vec<Choice>,
    /// `result`
    pub results: Vec<Choice>,
    /// `q`: part of who, to what, or the address.
    pub q: String,
    /// `from`: the first day.
    pub from: String,
    /// `until`: the last day.
    pub until: String,
    /// Whether any of them is set.
    pub any_set: bool,
}

/// One line of the log.
#[derive(Clone, Debug)]
pub struct AuditRow {
    /// When.
    pub when: When,
    /// Who; `Nobody known` for somebody who could not show who they are.
    pub actor: String,
    /// From where; `–` for a command.
    pub address: String,
    /// What, in words.
    pub action: String,
    /// To what.
    pub object: String,
    /// In which account; empty for none.
    pub account: String,
    /// How it ended.
    pub result: Badge,
    /// What else there is to know.
    pub detail: String,
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/security-log", get(show)).route("/security-log/export", get(export::save))
}

/// Lines on one page.
const PAGE: usize = 50;

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct LogQuery {
    action: String,
    result: String,
    q: String,
    from: String,
    until: String,
    before: String,
    after: String,
    /// Of an export: `csv` or `json`.
    format: String,
}

async fn show(
    State(app): State<App>,
    person: SignedIn,
    auth: Auth,
    uri: OriginalUri,
    Query(query): Query<LogQuery>,
) -> PageResult<Response> {
    let permit = authorize_operator(&person.caller())?;
    let mut shell = auth::shell_outside_accounts(&app, &person, &auth.session, "Security log").await?;
    let (filter, errors) = query.filter().map_err(Error::from)?;
    // One more than is shown tells whether there is another page.
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX) + 1;
    let mut found = match errors.is_empty() {
        true => audit::list(&app, &permit, &filter, limit).await?,
        false => Vec::new(),
    };
    let more = found.len() > PAGE;
    if filter.after.is_some() && more {
        found.remove(0);
    }
    found.truncate(PAGE);
    let has_newer = if filter.after.is_some() { more } else { filter.before.is_some() };
    let has_older = if filter.after.is_some() { true } else { more };
    let link = |name: &str, row: Option<&AuditRecord>| row.map(|row| with(&uri, &[(name, &row.id)]));
    let pager = Pager {
        newer: link("after", found.first()).filter(|_| has_newer),
        older: link("before", found.last()).filter(|_| has_older),
    };
    let now = app.clock.now();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    shell.errors = errors;
    let page = SecurityLogPage {
        shell,
        filters: query.filters(),
        rows: found.into_iter().map(|line| row(line, now)).collect(),
        pager,
        history_days: app.config.history_days,
        export: with(&uri, &[("format", "")]).replacen("/security-log", "/security-log/export", 1),
    };
    Ok((status, page).into_response())
}

impl LogQuery {
    /// What is asked for; a day that is none is an error of its field. The outer error is of what nobody types.
    fn filter(&self) -> Result<(AuditFilter, FieldErrors), FieldErrors> {
        let given = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let mut errors = FieldErrors::default();
        let action = given(&self.action).and_then(|word| errors.take("action", "The action", word.parse()));
        let result = given(&self.result).and_then(|word| errors.take("result", "The result", word.parse()));
        let mut day = |name: &str, typed: &String, days_on: i64| {
            let typed = given(typed)?;
            let read = typed
                .parse::<Date>()
                .ok()
                .and_then(|day| day.checked_add(days_on.days()).ok()?.to_zoned(TimeZone::UTC).ok());
            if read.is_none() {
                errors.push_sentence(name, "Write a day as year-month-day, like 2026-05-04");
            }
            read.map(|at| at.timestamp().as_millisecond())
        };
        let from = day("from", &self.from, 0);
        // The last day is one of them.
        let until = day("until", &self.until, 1);
        let before = place_in_list("before", &self.before)?;
        let after = place_in_list("after", &self.after)?;
        let filter = AuditFilter { action, result, from, until, q: given(&self.q), before, after };
        Ok((filter, errors))
    }

    fn filters(&self) -> AuditFilters {
        let Self { action, result, q, from, until, .. } = self;
        AuditFilters {
            actions: choices("Any action", AuditAction::ALL.iter().map(|a| a.as_str()), action),
            results: choices("Any result", AuditResult::ALL.iter().map(|r| r.as_str()), result),
            q: q.clone(),
            from: from.clone(),
            until: until.clone(),
            any_set: [action, result, q, from, until].iter().any(|text| !text.is_empty()),
        }
    }
}

fn choices(any: &str, words: impl Iterator<Item = &'static str>, selected: &str) -> Vec<Choice> {
    let choice = |value: &str, label: String| Choice {
        value: value.to_owned(),
        label,
        hint: String::new(),
        selected: value == selected,
    };
    std::iter::once(choice("", any.to_owned())).chain(words.map(|word| choice(word, label(word)))).collect()
}

/// `second_factor_set` as people read it: `Second factor set`.
#[must_use]
pub fn label(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters.map(|letter| if letter == '_' { ' ' } else { letter })).collect()
}

/// The same filters, from another place on or in another shape.
fn with(uri: &OriginalUri, pairs: &[(&str, &str)]) -> String {
    let query = uri.query().unwrap_or_default();
    let kept = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(name, value)| !matches!(&**name, "before" | "after" | "format") && !value.is_empty());
    let query =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).extend_pairs(pairs).finish();
    format!("{}?{query}", uri.path())
}

fn row(line: AuditRecord, now: jiff::Timestamp) -> AuditRow {
    let or = |text: String, instead: &str| if text.is_empty() { instead.to_owned() } else { text };
    let (tone, icon, text) = match line.result {
        AuditResult::Done => (Tone::Ok, Icon::Check, "Done"),
        AuditResult::Refused => (Tone::Warn, Icon::Cross, "Refused"),
    };
    AuditRow {
        when: When::at(line.at, now),
        actor: or(line.actor, "Nobody known"),
        address: or(line.address, "–"),
        action: label(line.action.as_str()),
        object: line.object,
        account: line.account_id.map(|id| id.to_string()).unwrap_or_default(),
        result: Badge { tone, icon: Some(icon), text },
        detail: line.detail,
    }
}
