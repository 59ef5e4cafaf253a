//! Events: what the platform says has happened.

mod batch;

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::access::{Caller, MayPostEvents, Permit};
use crate::db::snapshots::AccountSnapshot;
use crate::dispatch::{ArrivingEvent, Receipt};
use crate::domain::account::Account;
use crate::domain::catalog::{Catalog, EventType};
use crate::domain::event::{self, Event, Payload};
use crate::domain::field_errors::FieldErrors;
use crate::error::{Error, Result};

use super::App;
use super::idempotency::IdempotencyKey;

pub(crate) use batch::{BatchItem, accept_batch, begin_batch, limit_batch};

/// One event as somebody has posted it; whose it is has to be known before the rest can be judged.
pub(crate) struct EventInput {
    /// Whose it is.
    pub account_id: i64,
    pub(super) fields: Map<String, Value>,
}

/// What is answered for an accepted event. It is on disk, with a row for each of its deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventReceipt {
    /// The event's id; for a repeated post, the first one's.
    pub id: String,
    /// The catalogue's key, whichever name was posted.
    pub event_type: String,
    /// How many deliveries are to be sent; skips are not counted.
    pub deliveries: i64,
}

impl EventReceipt {
    fn of(event_type: String, receipt: &Receipt) -> Self {
        Self { id: receipt.event_id.to_string(), event_type, deliveries: receipt.deliveries }
    }
}

impl EventInput {
    /// Reads the account's number. The errors are called `body` and `account_id`.
    pub(crate) fn parse(body: Value) -> Result<Self, FieldErrors> {
        let Value::Object(fields) = body else {
            let mut errors = FieldErrors::default();
            errors.push_about("body", "The body", "must be a JSON object: one event");
            return Err(errors);
        };
        let problem = match fields.get("account_id") {
            None | Some(Value::Null) => "is missing: send the account’s number",
            Some(value) => match value.as_i64() {
                Some(account_id) => return Ok(Self { account_id, fields }),
                None => "must be an integer: the account’s number",
            },
        };
        Err(FieldErrors::one("account_id", problem))
    }
}

/// Counts a post of a token; 429 if it posts too much. It comes before the body is read, which costs more.
pub(crate) fn limit_rate(app: &App, caller: &Caller) -> Result<()> {
    let Caller::Token { id, .. } = caller else { return Ok(()) };
    app.limits.events.take(id).map_err(|retry_after| Error::TooMany {
        message: "This token posts too many events: slow down.".to_owned(),
        retry_after,
    })
}

/// Checks an event and completes it, decides who gets it and writes all of it down. 422 names the fields,
/// 409 a key that was used for another event, 503 a full outbox or disk.
pub(crate) async fn accept(
    app: &App,
    permit: Permit<MayPostEvents>,
    input: EventInput,
    key: Option<IdempotencyKey>,
) -> Result<EventReceipt> {
    let snapshot = snapshot(app, permit.account.id).await?;
    let (event_type, ArrivingEvent { event, idempotency, .. }) =
        arrival(app, Arc::clone(&snapshot), input, key)?;
    let receipt = app.dispatch.accept(&snapshot, event, idempotency).await?;
    Ok(EventReceipt::of(event_type, &receipt))
}

async fn snapshot(app: &App, account_id: i64) -> Result<Arc<AccountSnapshot>> {
    app.db.snapshot(account_id).await?.ok_or_else(|| Error::not_found("account"))
}

/// The event that was posted, checked and completed, behind the key of its type.
fn arrival(
    app: &App,
    snapshot: Arc<AccountSnapshot>,
    input: EventInput,
    key: Option<IdempotencyKey>,
) -> Result<(String, ArrivingEvent)> {
    let body = Value::Object(input.fields);
    let idempotency = key.map(|key| key.of_event(&body));
    let (account, now) = (&snapshot.settings.account, app.clock.now());
    let domain = app.config.platform_domain.as_deref();
    let valid = event::parse(&app.catalog, body, account, domain, now).map_err(refused)?;
    let event = Event {
        id: app.clock.new_id(),
        account_id: account.id,
        key: valid.key.clone(),
        payload: valid.payload,
        accepted_at: now,
    };
    Ok((valid.key, ArrivingEvent { snapshot, event, idempotency }))
}

/// An event's sample as if it had just happened to the account: what pages show and tests send.
#[must_use]
pub(crate) fn sample(app: &App, account: &Account, event_type: &EventType) -> Payload {
    event_type.sample(account, app.config.platform_domain.as_deref(), app.clock.now())
}

/// The first of these keys that the catalogue knows, else its first event: the sample that says most.
pub(crate) fn event_type_or_first<'a>(
    catalog: &'a Catalog,
    keys: impl IntoIterator<Item = &'a str>,
) -> Result<&'a EventType> {
    let known = keys.into_iter().find_map(|key| catalog.get(key));
    known.or_else(|| catalog.events().next()).ok_or_else(|| Error::internal("the catalogue is empty"))
}

/// A refusal that says what was refused.
pub(super) fn refused(fields: FieldErrors) -> Error {
    Error::Invalid { message: format!("The event was refused: {}", fields.summary()), fields }
}
