//! Who would get an event, and why not, before it happens: the routing that accepts events is asked, and nothing is
//! written down or sent.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::access::{Includes, MayRead, Permit};
use crate::domain::catalog::EventType;
use crate::domain::event::{self, Event, Payload};
use crate::domain::explain::{Explanation, explain as explain_event};
use crate::domain::field_errors::FieldErrors;
use crate::error::{Error, Result};

use super::App;
use super::events::{EventInput, refused, sample};

/// What accepting an event would do.
pub(crate) struct EventForecast {
    /// The catalogue's key.
    pub key: String,
    /// What people call it.
    pub title: String,
    /// What receivers would get.
    pub payload: Payload,
    /// Every possible target.
    pub explanation: Explanation,
    /// The fields that scopes of the account's destinations look at.
    pub scoped: BTreeSet<String>,
}

/// Explains an event that somebody might post; it is checked like one. 422 names the fields.
pub(crate) async fn explain(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
    input: EventInput,
) -> Result<EventForecast> {
    let (account, now) = (&permit.account, app.clock.now());
    let domain = app.config.platform_domain.as_deref();
    let body = Value::Object(input.fields);
    let valid = event::parse(&app.catalog, body, account, domain, now).map_err(refused)?;
    forecast(app, permit, valid.key, valid.payload).await
}

/// Explains an event type by its sample, in which what was typed stands for the fields that it names. What is wrong of
/// that is told beside it, and the sample's value stays.
pub(crate) async fn explain_sample(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
    event_type: &EventType,
    typed: &[(String, String)],
) -> Result<(EventForecast, FieldErrors)> {
    let mut payload = sample(app, &permit.account, event_type);
    let mut errors = FieldErrors::default();
    for (name, text) in typed {
        let Some(now) = payload.get_mut(name) else { continue };
        match (now.is_i64(), text.trim().parse::<i64>()) {
            (true, Ok(number)) => *now = number.into(),
            (true, Err(_)) => {
                errors.push_about(format!("field.{name}"), name.clone(), "must be a whole number");
            }
            (false, _) => *now = text.trim().into(),
        }
    }
    Ok((forecast(app, permit, event_type.key.clone(), payload).await?, errors))
}

async fn forecast(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
    key: String,
    payload: Payload,
) -> Result<EventForecast> {
    let account_id = permit.account.id;
    let snapshot = app.db.snapshot(account_id).await?.ok_or_else(|| Error::not_found("account"))?;
    let title = app.catalog.get(&key).map_or_else(|| key.clone(), |known| known.title.clone());
    let asked = Event { id: app.clock.new_id(), account_id, key, payload, accepted_at: app.clock.now() };
    let routed = app.dispatch.routed(&snapshot)?;
    let explanation = explain_event(&snapshot.settings, routed, &asked, &title);
    let looked_at = routed.iter().flat_map(|destination| destination.scopes.keys());
    let scoped = looked_at.filter(|field| asked.payload.contains_key(*field)).cloned().collect();
    Ok(EventForecast { key: asked.key, title, payload: asked.payload, explanation, scoped })
}
