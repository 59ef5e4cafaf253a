//! Recover: what would be sent again, and how far it has come.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::{Form, Query};
use http::StatusCode;
use serde::Deserialize;

use crate::actions::recoveries::{self, FailedRecovery, RecoveryInput, RecoveryPreview};
use crate::domain::clock::from_ms;
use crate::domain::delivery::Channel;
use crate::domain::field_errors::FieldErrors;
use crate::domain::recovery::RecoveryEnd;
use crate::domain::role::Permission;
use crate::domain::text;
use crate::error::Error;
use crate::web::PageResult;
use crate::web::auth::{MayAdminister, MayRead, Visit};
use crate::web::icon::Icon;
use crate::web::page::{Badge, Choice, Shell, Tone, When};

use super::filters::choices;
use super::live;
use super::names::TargetNames;

/// What a recovery would send, before anybody starts it.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "deliveries/recover.html")]
pub struct RecoverPage {
    /// Title `Recover failed deliveries`, tab `deliveries`; errors of the form's fields.
    pub shell: Shell,
    /// What was chosen.
    pub form: RecoverForm,
    /// What would happen; none while a field is wrong.
    pub plan: Option<RecoverPlan>,
}

/// The fields, as they were typed.
#[derive(Clone, Debug, Default)]
pub struct RecoverForm {
    /// `status`
    pub statuses: Vec<Choice>,
    /// `event`
    pub events: Vec<Choice>,
    /// `channel`
    pub channels: Vec<Choice>,
    /// `destination`
    pub destinations: Vec<Choice>,
    /// `since`
    pub since: String,
    /// `until`
    pub until: String,
    /// Every field with its value, for the button that starts.
    pub values: Vec<(&'static str, String)>,
}

/// What would happen.
#[derive(Clone, Debug, Default)]
pub struct RecoverPlan {
    /// `37`, or `100,000+`.
    pub to_send: String,
    /// Whether there is anything to send.
    pub is_empty: bool,
    /// Each target with how many it gets: `Webhook to hooks.acme.example`, `34 deliveries`.
    pub targets: Vec<(String, String)>,
    /// `29 Run Failed, 8 Sync Failed`
    pub events: String,
    /// What is left alone, and why, a sentence each.
    pub left_alone: Vec<String>,
}

/// A recovery, while it goes on and after its end.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "deliveries/recovery.html")]
pub struct RecoveryPage {
    /// Title `Recovering failed deliveries` or `Recovered failed deliveries`, tab `deliveries`.
    pub shell: Shell,
    /// Its id.
    pub id: String,
    /// Whether it goes on.
    pub is_running: bool,
    /// Whether something is under way, also after it was stopped.
    pub is_moving: bool,
    /// `Recovering`, `Done`, `Stopped`.
    pub badge: Badge,
    /// `22 of 37 sent, 5 under way`, or how it ended.
    pub sentence: String,
    /// How many have come to an end.
    pub ended: i64,
    /// How many there were when it began.
    pub total: i64,
    /// A word and a number each: `Delivered`, `Failed again`, …
    pub figures: Vec<(&'static str, i64)>,
    /// Who wanted it.
    pub started_by: String,
    /// When.
    pub started: When,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct RecoverFields {
    status: String,
    event: String,
    channel: String,
    destination: String,
    since: String,
    until: String,
}

impl From<RecoverFields> for RecoveryInput {
    fn from(fields: RecoverFields) -> Self {
        let RecoverFields { status, event, channel, destination, since, until } = fields;
        Self { status, event, channel, destination, since, until }
    }
}

pub(super) async fn show(
    visit: Visit<MayAdminister>,
    Query(fields): Query<RecoverFields>,
) -> PageResult<Response> {
    if let Some(open) = recoveries::open(&visit.app, &visit.permit).await? {
        return Ok(visit
            .redirect(&format!("deliveries/recoveries/{}", open.id), Vec::new())
            .await?
            .into_response());
    }
    ask(&visit, fields.into(), None).await
}

/// Starts, and leads to where its progress is shown. What is refused shows the question again, and why.
pub(super) async fn start(
    visit: Visit<MayAdminister>,
    Form(fields): Form<RecoverFields>,
) -> PageResult<Response> {
    let input = RecoveryInput::from(fields);
    let filter = match recoveries::read(&visit.app, &visit.permit, &input).await {
        Ok(filter) => filter,
        Err(Error::Invalid { .. }) => return ask(&visit, input, None).await,
        Err(other) => return Err(other.into()),
    };
    match recoveries::start(&visit.app, &visit.permit, filter).await {
        Ok(begun) => Ok(visit
            .redirect(&format!("deliveries/recoveries/{}", begun.record.id), Vec::new())
            .await?
            .into_response()),
        Err(Error::Conflict { message, .. }) => ask(&visit, input, Some(message)).await,
        Err(other) => Err(other.into()),
    }
}

/// The question, with what is wrong with the fields (422), or with why nothing was started (409).
async fn ask(
    visit: &Visit<MayAdminister>,
    input: RecoveryInput,
    refusal: Option<String>,
) -> PageResult<Response> {
    let app = &visit.app;
    let snapshot = app.db.snapshot(visit.account.id).await?.ok_or_else(|| Error::not_found("account"))?;
    let mut shell = visit.shell("Recover failed deliveries", "deliveries").await?;
    let mut status = StatusCode::OK;
    let names = TargetNames::of(Some(&snapshot));
    let plan = match input.parse(&app.catalog, &snapshot) {
        Ok(filter) => {
            let preview = recoveries::preview(app, &visit.permit, &filter).await?;
            let title =
                |key: &str| app.catalog.get(key).map_or("Notification", |known| &known.title).to_owned();
            Some(RecoverPlan::of(&preview, &names, title))
        }
        Err(errors) => {
            status = StatusCode::UNPROCESSABLE_ENTITY;
            shell.errors = errors;
            None
        }
    };
    if let Some(message) = refusal {
        status = StatusCode::CONFLICT;
        shell.errors = FieldErrors::one_sentence("recover", message);
    }
    let events = app.catalog.events().map(|known| (known.key.clone(), known.title.clone()));
    let words = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect()
    };
    let chosen = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let channels = Channel::ALL.iter().map(|channel| (channel.to_string(), channel.label().to_owned()));
    let known = snapshot.destinations.iter().map(|kept| (kept.id.to_string(), kept.name.clone()));
    let form = RecoverForm {
        statuses: choices("Failed", words(&[("expired", "Expired")]).into_iter(), chosen(&input.status)),
        events: choices("Any event", events, chosen(&input.event)),
        channels: choices("Any channel", channels, chosen(&input.channel)),
        destinations: choices("Any destination", known, chosen(&input.destination)),
        since: input.since.clone(),
        until: input.until.clone(),
        values: vec![
            ("status", input.status),
            ("event", input.event),
            ("channel", input.channel),
            ("destination", input.destination),
            ("since", input.since),
            ("until", input.until),
        ],
    };
    Ok((status, RecoverPage { shell, form, plan }).into_response())
}

impl RecoverPlan {
    fn of(preview: &RecoveryPreview, names: &TargetNames, title: impl Fn(&str) -> String) -> Self {
        let count = |count: i64| format!("{count} {}", if count == 1 { "delivery" } else { "deliveries" });
        let mut left_alone: Vec<String> = preview
            .skipped
            .iter()
            .map(|(reason, number)| format!("{} will be skipped: {}.", count(*number), reason.to_lowercase()))
            .collect();
        if preview.unknown > 0 {
            left_alone
                .push(format!("{} unknown: it may have been processed. Look at each.", preview.unknown));
        }
        if preview.expired > 0 {
            left_alone.push(format!("{} expired: choose Expired above to send those.", preview.expired));
        }
        let events: Vec<String> =
            preview.events.iter().map(|(key, number)| format!("{number} {}", title(key))).collect();
        let to_send = preview.to_send();
        Self {
            to_send: if preview.is_capped {
                format!("{}+", text::thousands(to_send))
            } else {
                text::thousands(to_send)
            },
            is_empty: to_send == 0,
            targets: preview
                .targets
                .iter()
                .map(|(target, number)| (names.of_target(target), count(*number)))
                .collect(),
            events: events.join(", "),
            left_alone,
        }
    }
}

pub(super) async fn progress(
    visit: Visit<MayRead>,
    Path((_, id)): Path<(i64, String)>,
) -> PageResult<Response> {
    let recovery = recoveries::find(&visit.app, &visit.permit, &id).await?;
    let sentence = recovery.describe();
    let FailedRecovery { record, counts, .. } = recovery;
    let end = record.end();
    let is_running = end == RecoveryEnd::Running;
    let title = if is_running { "Recovering failed deliveries" } else { "Recovery of failed deliveries" };
    let (tone, icon, text) = match end {
        RecoveryEnd::Running => (Tone::Info, Icon::Clock, "Recovering"),
        RecoveryEnd::Done => (Tone::Ok, Icon::Check, "Done"),
        RecoveryEnd::StoppedBy(_) | RecoveryEnd::Restored => (Tone::Quiet, Icon::Pause, "Stopped"),
        RecoveryEnd::Failing => (Tone::Bad, Icon::Cross, "Stopped"),
    };
    Ok(live(RecoveryPage {
        shell: visit.shell(title, "deliveries").await?,
        is_running,
        is_moving: is_running || counts.open > 0,
        badge: Badge { tone, icon: Some(icon), text },
        sentence,
        ended: counts.ended(),
        total: record.total,
        figures: vec![
            ("Delivered", counts.delivered),
            ("Failed again", counts.failed),
            ("Unknown", counts.unknown),
            ("Written to file", counts.written_to_file),
            ("Skipped", counts.skipped),
            ("Under way", counts.open),
        ],
        started_by: record.started_by,
        started: When::at(from_ms(record.created_at).as_millisecond(), visit.app.clock.now()),
        id: record.id,
    }))
}

pub(super) async fn stop(
    visit: Visit<MayAdminister>,
    Path((_, id)): Path<(i64, String)>,
) -> PageResult<Response> {
    let notices = match recoveries::stop(&visit.app, &visit.permit, &id).await {
        // It had ended: its page says how.
        Ok(_) | Err(Error::Conflict { .. }) => Vec::new(),
        Err(other) => return Err(other.into()),
    };
    Ok(visit.redirect(&format!("deliveries/recoveries/{id}"), notices).await?.into_response())
}
