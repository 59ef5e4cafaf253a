//! What the log shows.

use askama::Template;
use askama_web::WebTemplate;

use crate::domain::delivery::{Channel, State, Trigger};
use crate::domain::role::Permission;
use crate::web::icon::Icon;
use crate::web::page::{Badge, Choice, Pager, Shell, When, place_in_list};
use axum::extract::OriginalUri;
use axum_extra::extract::Query;
use serde::Deserialize;

use crate::actions::deliveries;
use crate::db::deliveries::LogFilter;
use crate::domain::catalog::Catalog;
use crate::domain::delivery::{Delivery, millis};
use crate::domain::field_errors::FieldErrors;
use crate::domain::text;
use crate::error::Error;
use crate::web::PageResult;
use crate::web::auth::{MayRead, Visit};

/// One page of the log, newest first.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "deliveries/list.html")]
pub struct DeliveriesPage {
    /// Title `Deliveries`, or `Deliveries before 4 May 2026, 12:00:03 UTC` on later pages; tab `deliveries`.
    pub shell: Shell,
    /// The form above the list.
    pub filters: Filters,
    /// This page's deliveries.
    pub rows: Vec<DeliveryRow>,
    /// Paths with the filters in them.
    pub pager: Pager,
    /// How long deliveries are kept.
    pub retention_days: u32,
}

/// The filters, plain GET parameters. The first choice of each select is the empty one.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// `status`
    pub statuses: Vec<Choice>,
    /// `event`
    pub events: Vec<Choice>,
    /// `channel`
    pub channels: Vec<Choice>,
    /// `trigger`
    pub triggers: Vec<Choice>,
    /// `q`: a recipient, or an id.
    pub q: String,
}

/// One line of the log.
#[derive(Clone, Debug)]
pub struct DeliveryRow {
    /// What the path ends in: `deliveries/{id}`.
    pub id: String,
    /// Where it is, in a word.
    pub badge: Badge,
    /// The event's key; `notification` for one sent by hand.
    pub event: String,
    /// Why it exists, where it is not simply an event.
    pub trigger: Option<Badge>,
    /// When it was accepted.
    pub when: When,
    /// `Webhook`, `Email`, `Slack`, `Teams`.
    pub channel: &'static str,
    /// A host, or an address.
    pub recipient: String,
    /// The status or reply code; `–` without one.
    pub answer: String,
    /// `184 ms`; `–` while nothing was sent.
    pub took: String,
}

impl Filters {
    /// The selects, with what is chosen: an empty string is "any". `events` are keys and titles of the catalogue.
    #[must_use]
    pub fn new(
        status: &str,
        event: &str,
        channel: &str,
        trigger: &str,
        q: &str,
        events: &[(String, String)],
    ) -> Self {
        let words = State::ALL.iter().map(|s| (s.as_str(), s.label(Channel::Webhook)));
        let channels = Channel::ALL.iter().map(|c| (c.as_str(), c.label()));
        let triggers = Trigger::ALL.iter().map(|&t| (t.as_str(), t.label()));
        let events = events.iter().map(|(key, title)| (key.as_str(), title.as_str()));
        Self {
            statuses: choices("Any status", words, status),
            events: choices("Any event", events, event),
            channels: choices("Any channel", channels, channel),
            triggers: choices("Any trigger", triggers, trigger),
            q: q.to_owned(),
        }
    }

    fn any_set(&self) -> bool {
        let selects = [&self.statuses, &self.events, &self.channels, &self.triggers];
        !self.q.is_empty()
            || selects.iter().any(|choices| choices.iter().any(|c| c.selected && !c.value.is_empty()))
    }
}

fn choices<'a>(
    any: &'a str,
    values: impl Iterator<Item = (&'a str, &'a str)>,
    selected: &str,
) -> Vec<Choice> {
    std::iter::once(("", any))
        .chain(values)
        .map(|(value, label)| Choice {
            value: value.to_owned(),
            label: label.to_owned(),
            hint: String::new(),
            selected: value == selected,
        })
        .collect()
}

/// Lines on one page.
const PAGE: usize = 50;
/// The event of a notification that was sent by hand, which the catalogue does not have.
const ADHOC: &str = "notification";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ListQuery {
    status: String,
    event: String,
    channel: String,
    trigger: String,
    q: String,
    before: String,
    after: String,
}

pub(super) async fn show(
    visit: Visit<MayRead>,
    uri: OriginalUri,
    Query(query): Query<ListQuery>,
) -> PageResult<DeliveriesPage> {
    let app = &visit.app;
    let filter = query.filter(&app.catalog).map_err(Error::from)?;
    // One more than is shown tells whether there is another page.
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX) + 1;
    let mut found = deliveries::list(app, &visit.permit, &filter, limit).await?;
    let more = found.len() > PAGE;
    if filter.after.is_some() && more {
        found.remove(0);
    }
    found.truncate(PAGE);
    let has_newer = if filter.after.is_some() { more } else { filter.before.is_some() };
    let has_older = if filter.after.is_some() { true } else { more };
    let link = |name: &str, row: Option<&Delivery>| row.map(|row| page_path(&uri, name, &row.id.to_string()));
    let pager = Pager {
        newer: link("after", found.first()).filter(|_| has_newer),
        older: link("before", found.last()).filter(|_| has_older),
    };
    let title = match found.first().filter(|_| filter.before.is_some() || filter.after.is_some()) {
        Some(row) => format!("Deliveries up to {}", text::moment(row.created_at)),
        None => "Deliveries".to_owned(),
    };
    let events: Vec<(String, String)> =
        app.catalog.events().map(|event_type| (event_type.key.clone(), event_type.title.clone())).collect();
    Ok(DeliveriesPage {
        shell: visit.shell(&title, "deliveries").await?,
        filters: Filters::new(&query.status, &query.event, &query.channel, &query.trigger, &query.q, &events),
        rows: found.iter().map(|row| line(&visit, row)).collect(),
        pager,
        retention_days: app.config.retention_days,
    })
}

impl ListQuery {
    /// What is asked for. All but `q` is chosen, never typed: an unknown value comes from a link that was changed.
    fn filter(&self, catalog: &Catalog) -> Result<LogFilter, FieldErrors> {
        let given = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let mut errors = FieldErrors::default();
        let status = given(&self.status).and_then(|w| errors.take("status", "status", w.parse::<State>()));
        let channel =
            given(&self.channel).and_then(|w| errors.take("channel", "channel", w.parse::<Channel>()));
        let trigger =
            given(&self.trigger).and_then(|w| errors.take("trigger", "trigger", w.parse::<Trigger>()));
        let event = given(&self.event);
        if let Some(key) = event.as_deref()
            && key != ADHOC
            && catalog.by_wire_or_key(key).is_none()
        {
            errors.push("event", format!("“{}” is not one that there is", text::quoted(key)));
        }
        let before = place_in_list("before", &self.before)?;
        let after = place_in_list("after", &self.after)?;
        errors.or(LogFilter {
            status: status.map(|status| status.as_str().to_owned()),
            event,
            channel: channel.map(|channel| channel.as_str().to_owned()),
            trigger: trigger.map(|trigger| trigger.as_str().to_owned()),
            q: given(&self.q),
            before,
            after,
        })
    }
}

/// The same filters, from another place on.
fn page_path(uri: &OriginalUri, name: &str, id: &str) -> String {
    let query = uri.query().unwrap_or_default();
    let kept = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(name, value)| name != "before" && name != "after" && !value.is_empty());
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair(name, id)
        .finish();
    format!("{}?{query}", uri.path())
}

fn line(visit: &Visit<MayRead>, row: &Delivery) -> DeliveryRow {
    let report = row.report();
    DeliveryRow {
        id: row.id.to_string(),
        badge: Badge::of_state(report.state, report.channel, report.reason),
        event: row.event_key.clone(),
        trigger: Badge::of_trigger(row.trigger),
        when: When::at(row.created_at.as_millisecond(), visit.app.clock.now()),
        channel: report.channel.label(),
        recipient: report.target.to_owned(),
        answer: row.status.map_or_else(|| "–".to_owned(), |status| status.to_string()),
        took: row.took.map_or_else(|| "–".to_owned(), millis),
    }
}
