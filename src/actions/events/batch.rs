//! Many events at once: each is judged by itself, and those that are good are written down together.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use serde_json::Value;

use crate::access::{Caller, ConcurrencySlot, Crowd, MayPostEvents, authorize};
use crate::db::snapshots::AccountSnapshot;
use crate::domain::field_errors::FieldErrors;
use crate::domain::role::Permission;
use crate::error::{Error, Result};

use super::super::App;
use super::super::idempotency::IdempotencyKey;
use super::{ArrivingEvent, EventInput, EventReceipt, arrival, refused, snapshot};

/// The member of an event in a batch that makes it count once. The catalogue has no field of this name.
const KEY: &str = "idempotency_key";

/// One event of a batch, or why it cannot be read.
pub(crate) type BatchItem = Result<Value>;

/// What comes before a batch is read: 403 for a token that posts no events at all, 429 for one that posts too many
/// batches at once. The place is held as long as the batch.
pub(crate) async fn begin_batch(app: &App, caller: &Caller) -> Result<ConcurrencySlot> {
    let who = match caller {
        Caller::Token { id, role, .. } => {
            if !role.may(Permission::PostEvents) {
                return Err(Error::needs("ingest or admin"));
            }
            id
        }
        Caller::Person { user_id, .. } => user_id,
        Caller::CommandLine => "",
    };
    app.limits.batches.begin(&who.to_owned()).await
}

/// As `accept` for each of these, with a result for each in their order. 503 if nothing at all can be accepted refuses
/// all of them.
pub(crate) async fn accept_batch(
    app: &App,
    caller: &Caller,
    items: Vec<BatchItem>,
) -> Result<Vec<Result<EventReceipt>>> {
    let mut accounts = HashMap::new();
    let (mut types, mut arrivals, mut results) = (Vec::new(), Vec::new(), Vec::with_capacity(items.len()));
    for item in items {
        let judged = match item {
            Ok(body) => judge(app, caller, body, &mut accounts).await,
            Err(unreadable) => Err(unreadable),
        };
        results.push(judged.map(|(event_type, arrival)| {
            types.push(event_type);
            arrivals.push(arrival);
        }));
        // A long batch is not one long turn of this thread.
        tokio::task::consume_budget().await;
    }
    let mut accepted = types.into_iter().zip(app.dispatch.accept_all(arrivals).await);
    let mut receipt = || {
        let (event_type, receipt) =
            accepted.next().ok_or_else(|| Error::internal("a batch lost an event"))?;
        Ok(EventReceipt::of(event_type, &receipt?))
    };
    let results: Vec<_> = results.into_iter().map(|judged| judged.and_then(|()| receipt())).collect();
    match results.first() {
        // Nobody has to look into a list to see that the whole of it is to be sent again.
        Some(Err(Error::Unavailable { code, message, retry_after }))
            if results.iter().all(is_unavailable) =>
        {
            Err(Error::Unavailable { code, message: message.clone(), retry_after: *retry_after })
        }
        Some(_) | None => Ok(results),
    }
}

fn is_unavailable(result: &Result<EventReceipt>) -> bool {
    matches!(result, Err(Error::Unavailable { .. }))
}

/// Counts every event of a batch as one that was posted alone; 429 if they are more than the caller may post now, and
/// says when all of them may come. A batch without an event counts as one.
pub(crate) fn limit_batch(app: &App, caller: &Caller, events: usize) -> Result<()> {
    let Caller::Token { id, .. } = caller else { return Ok(()) };
    let many = NonZeroU32::new(u32::try_from(events).unwrap_or(u32::MAX)).unwrap_or(NonZeroU32::MIN);
    app.limits.events.take_many(id, many).map_err(|crowd| match crowd {
        Crowd::Wait(retry_after) => {
            Error::TooMany { message: "This token posts too many events: slow down.".to_owned(), retry_after }
        }
        Crowd::TooLarge(most) => {
            let mut errors = FieldErrors::default();
            let problem = format!("must hold at most {most} events here, not {events}: send several");
            errors.push_about("body", "The body", problem);
            errors.into()
        }
    })
}

/// Whether the caller may post this event, and whether it is one.
async fn judge(
    app: &App,
    caller: &Caller,
    body: Value,
    accounts: &mut HashMap<i64, Arc<AccountSnapshot>>,
) -> Result<(String, ArrivingEvent)> {
    let mut input = EventInput::parse(body)?;
    let key = read_key(&mut input);
    let known = match accounts.get(&input.account_id) {
        Some(known) => Arc::clone(known),
        None => {
            let permit = authorize::<MayPostEvents>(&app.db, caller, input.account_id).await?;
            let known = snapshot(app, permit.account.id).await?;
            accounts.insert(permit.account.id, Arc::clone(&known));
            known
        }
    };
    let wrong = match key {
        Ok(key) => return arrival(app, known, input, key),
        Err(wrong) => wrong,
    };
    // What else is wrong is told together with it.
    match arrival(app, known, input, None) {
        Ok(_) => Err(refused(wrong)),
        Err(Error::Invalid { mut fields, .. }) => {
            fields.extend(wrong);
            Err(refused(fields))
        }
        Err(other) => Err(other),
    }
}

/// Takes the key out of the event, whose payload has none.
fn read_key(input: &mut EventInput) -> Result<Option<IdempotencyKey>, FieldErrors> {
    let wrong = || FieldErrors::one(KEY, "must be a text of 1 to 255 visible ASCII characters");
    match input.fields.shift_remove(KEY) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(key)) => IdempotencyKey::parse(&key).map(Some).map_err(|_| wrong()),
        Some(_) => Err(wrong()),
    }
}
