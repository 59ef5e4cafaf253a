//! What one delivery shows: the sentence, where the time went, what left and came back, and its relatives.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use jiff::Timestamp;

use crate::access::Includes;
use crate::actions::deliveries;
use crate::domain::delivery::{Delivery, Reason, State, Target, millis};
use crate::domain::event_name::EventName;
use crate::domain::field_errors::FieldErrors;
use crate::domain::role::Permission;
use crate::web::PageResult;
use crate::web::auth::{Gate, MayRead, Visit};
use crate::web::icon::Icon;
use crate::web::page::{Badge, Shell, StageResult, StageTable, When, stage_table};

use super::content::{DeliveryContent, content};
use super::live;
use super::names::{Hop, TargetNames};

/// One delivery.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "deliveries/detail.html")]
pub struct DeliveryPage {
    /// Title `Failed: Webhook, Run failed`, tab `deliveries`.
    pub shell: Shell,
    /// The whole id.
    pub id: String,
    /// Where it is, in a word.
    pub badge: Badge,
    /// What happened and what to do next; [`crate::domain::delivery::DeliveryReport`].
    pub sentence: String,
    /// The event that it tells of.
    pub event: EventName,
    /// Where that event is shown.
    pub event_path: String,
    /// Whether it is under way.
    pub is_moving: bool,
    /// Why it exists, where it is not simply an event.
    pub trigger: Option<Badge>,
    /// `Webhook`, `Email`, `Slack`, `Teams`.
    pub channel: &'static str,
    /// What the target is: `Webhook URL`, `Primary contact`, a destination's name.
    pub role: String,
    /// Scheme, host and fingerprint, or an address.
    pub recipient: String,
    /// `92 ms`; none while nothing was sent.
    pub took: Option<String>,
    /// When it was accepted.
    pub accepted: When,
    /// When the last attempt began.
    pub sent: Option<When>,
    /// When a mail is tried again.
    pub next_try: Option<When>,
    /// How many attempts there were; only mails have more than one.
    pub attempts: u32,
    /// The button that sends it again, for those who may.
    pub resend: Option<ResendForm>,
    /// The other deliveries of its event, the first of them.
    pub siblings: Vec<Hop>,
    /// Whether the event has more.
    pub more_siblings: bool,
    /// Every send of its event to its target, oldest first; none where there is but this one.
    pub sends: Vec<Hop>,
    /// Where the time went; none while nothing was begun.
    pub stages: Option<StageTable>,
    /// What left and what came back.
    pub content: DeliveryContent,
}

/// Other deliveries of the event are shown up to here.
const MOST_SIBLINGS: usize = 50;

/// The button that sends a delivery again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResendForm {
    /// Nobody knows whether it arrived: somebody has to look first.
    pub needs_check: bool,
    /// Who is asked: a host, or an address.
    pub addressee: String,
    /// What receivers know it by.
    pub webhook_id: String,
}

pub(super) async fn show(visit: Visit<MayRead>, Path((_, id)): Path<(i64, String)>) -> PageResult<Response> {
    let page = page(&visit, &id, FieldErrors::default()).await?;
    Ok(answer(StatusCode::OK, page))
}

/// The page as it is answered.
pub(super) fn answer(status: StatusCode, page: DeliveryPage) -> Response {
    (status, live(page)).into_response()
}

pub(super) async fn page<G: Gate + Includes<MayRead>>(
    visit: &Visit<G>,
    id: &str,
    errors: FieldErrors,
) -> PageResult<DeliveryPage> {
    let (app, permit) = (&visit.app, &visit.permit);
    let row = deliveries::find(app, permit, id).await?;
    let transcript = deliveries::transcript(app, permit, id).await?;
    let chain = deliveries::chain(app, permit, &row).await?;
    let siblings = deliveries::first_of_event(app, permit, row.event_id, MOST_SIBLINGS + 1).await?;
    let names = TargetNames::of(app.db.snapshot(visit.account.id).await?.as_deref());
    let now = app.clock.now();
    let event = EventName::of(&row.event_key, &transcript.payload, &app.catalog);
    let report = row.report();
    let title = format!("{}: {}, {}", report.label(), report.channel.label(), event.title);
    let mut shell = visit.shell(&title, "deliveries").await?;
    shell.errors = errors;
    let when = |at: Timestamp| When::at(at.as_millisecond(), now);
    let of_chain = |other: &Delivery| other.first_id == row.first_id;
    let path = format!("/accounts/{}/deliveries", visit.account.id);
    Ok(DeliveryPage {
        badge: Badge::of_state(report.state, report.channel, report.reason),
        sentence: match row.sent_at.filter(|_| row.state == State::Sending) {
            Some(at) => {
                format!("Waiting for an answer, {} s so far.", (now.as_second() - at.as_second()).max(0))
            }
            None => report.describe(),
        },
        event_path: format!("/accounts/{}/events/{}", visit.account.id, row.event_id),
        event,
        is_moving: !row.state.is_final(),
        trigger: Badge::of_trigger(row.trigger),
        channel: report.channel.label(),
        role: names.role(&row.target),
        recipient: row.target.recipient().to_owned(),
        took: row.took.map(millis),
        accepted: when(row.created_at),
        sent: row.sent_at.map(when),
        next_try: (row.state == State::Pending && row.attempt > 0 && row.reason != Some(Reason::Restored))
            .then(|| when(row.due_at)),
        attempts: row.attempt,
        resend: resend_form(&row, &chain).filter(|_| shell.may(Permission::Administer)),
        more_siblings: siblings.len() > MOST_SIBLINGS,
        siblings: siblings
            .iter()
            .take(MOST_SIBLINGS)
            .filter(|other| !of_chain(other))
            .map(|other| Hop::of(other, names.of_target(&other.target)))
            .collect(),
        sends: sends(&row, &chain),
        stages: stage_table(&row, &transcript.stages(), now),
        content: content(scheme(&row.target), &row, &transcript, &format!("{path}/{}/mail", row.id)),
        id: row.id.to_string(),
        shell,
    })
}

/// For what may be sent again, with or without having looked.
fn resend_form(row: &Delivery, chain: &[Delivery]) -> Option<ResendForm> {
    row.check_resend(chain, true).ok()?;
    Some(ResendForm {
        needs_check: row.state == State::Unknown,
        addressee: row.target.addressee().to_owned(),
        webhook_id: row.first_id.to_string(),
    })
}

/// Nothing to tell of a chain of one.
fn sends(row: &Delivery, chain: &[Delivery]) -> Vec<Hop> {
    if chain.len() < 2 {
        return Vec::new();
    }
    let hop = |send: &Delivery| {
        let what = match &send.resent_by {
            Some(by) => format!("Resent by {by}"),
            None => "First send".to_owned(),
        };
        let mut hop = Hop::of(send, what);
        if send.id == row.id {
            hop.href = None;
            hop.text.push_str(", this page");
        }
        hop
    };
    chain.iter().map(hop).collect()
}

/// Destinations are https only; the shared webhook says what it is.
fn scheme(target: &Target) -> &'static str {
    match target {
        Target::SharedWebhook { label, .. } if label.starts_with("http://") => "http",
        Target::SharedWebhook { .. }
        | Target::PrimaryContact(_)
        | Target::Subscriber(_)
        | Target::Destination { .. } => "https",
    }
}
