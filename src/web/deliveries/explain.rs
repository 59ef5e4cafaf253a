//! Who would get an event: the table of an event's page, for one that has not happened.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::OriginalUri;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::Value;

use crate::actions::events::event_type_or_first;
use crate::actions::explain::{EventForecast, explain_sample};
use crate::domain::delivery::State;
use crate::domain::explain::LeftOut;
use crate::domain::route::Planned;
use crate::domain::text;
use crate::web::PageResult;
use crate::web::auth::{MayRead, Visit};
use crate::web::icon::Icon;
use crate::web::page::{Badge, Choice, Notice, Shell, Tone};

use super::content::pretty;
use super::names::TargetNames;

/// Who would get an event, and why not.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "deliveries/explain.html")]
pub struct ExplainPage {
    /// Title `Who would get this`, tab `deliveries`; errors of the fields.
    pub shell: Shell,
    /// `event`
    pub events: Vec<Choice>,
    /// `field.{name}`: what scopes look at, with what the event has there.
    pub fields: Vec<(String, String)>,
    /// What the event is called.
    pub title: String,
    /// `2 of 5 possible targets would be told, 3 left out.`
    pub sentence: String,
    /// What accepting it would write down.
    pub planned: Vec<PlannedLine>,
    /// What it would not.
    pub left_out: Vec<LeftOut>,
    /// What receivers would get.
    pub payload: String,
}

/// A target that an event would cause a delivery to.
#[derive(Clone, Debug)]
pub struct PlannedLine {
    /// `Webhook to hooks.acme.example`, `#ops-alerts (Slack)`.
    pub name: String,
    /// `Primary contact`, `Subscriber`.
    pub what: String,
    /// Whether it would be sent.
    pub badge: Badge,
    /// Why not.
    pub why: String,
}

const FIELD: &str = "field.";

pub(super) async fn show(visit: Visit<MayRead>, uri: OriginalUri) -> PageResult<Response> {
    let app = &visit.app;
    let query = uri.query().unwrap_or_default();
    let given: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let keys = given.iter().filter(|(name, _)| name == "event").map(|(_, key)| key.as_str());
    let event_type = event_type_or_first(&app.catalog, keys)?;
    let typed: Vec<(String, String)> = given
        .iter()
        .filter_map(|(name, text)| Some((name.strip_prefix(FIELD)?.to_owned(), text.clone())))
        .collect();
    let (forecast, errors) = explain_sample(app, &visit.permit, event_type, &typed).await?;
    let snapshot = app.db.snapshot(visit.account.id).await?;
    let names = TargetNames::of(snapshot.as_deref());
    let EventForecast { key, title, payload, explanation, scoped } = forecast;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut shell = visit.shell("Who would get this", "deliveries").await?;
    shell.errors = errors;
    let strange = given.iter().find(|(name, key)| name == "event" && app.catalog.get(key).is_none());
    shell.notices.extend(strange.map(|(_, key)| {
        Notice::warn(format!("There is no event “{}”.", text::quoted(key)), format!("This is {title}."))
    }));
    let shown = |name: String| {
        let wrong = typed.iter().find(|(field, _)| *field == name).map(|(_, text)| text.clone());
        let value = match payload.get(&name) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        (name, wrong.unwrap_or(value))
    };
    let page = ExplainPage {
        shell,
        events: app.catalog.events().map(|known| choice(&known.key, &known.title, &key)).collect(),
        fields: scoped.into_iter().map(shown).collect(),
        sentence: sentence(&explanation.plan, explanation.left_out.len()),
        planned: explanation.plan.iter().map(|planned| line(planned, &names)).collect(),
        left_out: explanation.left_out,
        payload: pretty(&Value::Object(payload).to_string()),
        title,
    };
    Ok((status, page).into_response())
}

fn choice(key: &str, title: &str, chosen: &str) -> Choice {
    Choice { value: key.to_owned(), label: title.to_owned(), hint: String::new(), selected: key == chosen }
}

fn line(planned: &Planned, names: &TargetNames) -> PlannedLine {
    let would = Badge { tone: Tone::Ok, icon: Some(Icon::Check), text: "Would be sent" };
    PlannedLine {
        name: names.of_target(&planned.target),
        what: names.role(&planned.target),
        badge: planned
            .skip
            .map_or(would, |reason| Badge::of_state(State::Skipped, planned.target.channel(), Some(reason))),
        why: planned.why(),
    }
}

fn sentence(plan: &[Planned], unplanned: usize) -> String {
    let (told, all) = (plan.iter().filter(|planned| planned.skip.is_none()).count(), plan.len() + unplanned);
    let left = match all - told {
        0 => String::new(),
        left => format!(", {left} left out"),
    };
    format!("{told} of {all} possible targets would be told{left}.")
}
