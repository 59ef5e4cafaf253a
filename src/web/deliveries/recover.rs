//! Recover: what would be sent again.

use askama::Template;
use askama_web::WebTemplate;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::{Form, Query};
use http::StatusCode;
use serde::Deserialize;

use crate::actions::recoveries::{self, RecoveryInput, RecoveryPreview};
use crate::domain::delivery::Channel;
use crate::domain::field_errors::FieldErrors;
use crate::domain::text;
use crate::error::Error;
use crate::web::PageResult;
use crate::web::auth::{MayAdminister, Visit};
use crate::web::icon::Icon;
use crate::web::page::{Choice, Notice, Shell};

use super::filters::choices;
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

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct RecoverFields {
    status: String,
    event: String,
    channel: String,
    destination: String,
    since: String,
    until: String,
    /// Of the log that somebody comes from: a recovery has no such filter.
    trigger: String,
    q: String,
}

impl RecoverFields {
    /// What the log was filtered by and a recovery is not.
    fn left_out(&self) -> Option<Notice> {
        let search = Some(self.q.trim()).filter(|q| !q.is_empty()).map(|q| format!("the search for “{q}”"));
        let trigger = Some("the trigger").filter(|_| !self.trigger.trim().is_empty());
        let parts: Vec<String> = search.into_iter().chain(trigger.map(ToOwned::to_owned)).collect();
        let title = format!("Counted without {}.", parts.join(" and "));
        let instead = "A recovery cannot choose by that. Tick single deliveries in the log instead.";
        (!parts.is_empty()).then(|| Notice::warn(title, instead))
    }
}

impl From<RecoverFields> for RecoveryInput {
    fn from(fields: RecoverFields) -> Self {
        let RecoverFields { status, event, channel, destination, since, until, .. } = fields;
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
    let left_out = fields.left_out();
    ask(&visit, fields.into(), RecoverNews { left_out, refusal: None }).await
}

/// Starts, and leads to where its progress is shown. What is refused shows the question again, and why.
pub(super) async fn start(
    visit: Visit<MayAdminister>,
    Form(fields): Form<RecoverFields>,
) -> PageResult<Response> {
    let input = RecoveryInput::from(fields);
    let filter = match recoveries::read(&visit.app, &visit.permit, &input).await {
        Ok(filter) => filter,
        Err(Error::Invalid { .. }) => return ask(&visit, input, RecoverNews::default()).await,
        Err(other) => return Err(other.into()),
    };
    match recoveries::start(&visit.app, &visit.permit, filter).await {
        Ok(begun) => Ok(visit
            .redirect(&format!("deliveries/recoveries/{}", begun.record.id), Vec::new())
            .await?
            .into_response()),
        Err(Error::Conflict { message, .. }) => {
            ask(&visit, input, RecoverNews { refusal: Some(message), left_out: None }).await
        }
        Err(other) => Err(other.into()),
    }
}

/// What there is to say beside the question.
#[derive(Default)]
struct RecoverNews {
    /// What it does not choose by.
    left_out: Option<Notice>,
    /// Why nothing was started.
    refusal: Option<String>,
}

/// The question, with what is wrong with the fields (422), or with why nothing was started (409).
async fn ask(
    visit: &Visit<MayAdminister>,
    input: RecoveryInput,
    RecoverNews { left_out, refusal }: RecoverNews,
) -> PageResult<Response> {
    let app = &visit.app;
    let snapshot = app.db.snapshot(visit.account.id).await?.ok_or_else(|| Error::not_found("account"))?;
    let mut shell = visit.shell("Recover failed deliveries", "deliveries").await?;
    shell.notices.extend(left_out);
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
