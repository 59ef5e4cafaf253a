//! Sends that somebody waits for: tests and ad-hoc notifications, through the same attempt as every
//! delivery, answered at once.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use serde_json::Value;

use crate::db::events::{AcceptOutcome, Entry};
use crate::domain::delivery::{Delivery, OutboxMessage, State, Trigger};
use crate::domain::destination::DestinationConfig;
use crate::domain::event::Event;
use crate::domain::route::Planned;
use crate::domain::values::WebhookUrl;
use crate::error::{Error, Result};

use super::Dispatcher;
use super::accept::{messages, note_accepted};
use super::load::MAIL;

/// Where a test goes whose values are not saved. It is handed over in memory and never written down.
#[derive(Clone)]
pub enum Endpoint {
    /// The shared webhook's URL, as it is on screen.
    Url(WebhookUrl),
    /// A destination's configuration, as it is on screen.
    Destination(DestinationConfig),
}

/// What is sent while somebody waits.
pub struct Immediate {
    /// The sample, or the notification.
    pub event: Event,
    /// Where to.
    pub targets: Vec<Planned>,
    /// [`Trigger::Test`] or [`Trigger::Adhoc`].
    pub trigger: Trigger,
    /// For a test of values that are not saved.
    pub endpoint: Option<Endpoint>,
    /// Makes one press of the button one send, however often the browser repeats the post.
    pub nonce: Option<String>,
}

impl Dispatcher {
    /// Sends at once and waits for every outcome; the answer has the order of the targets. A nonce that was
    /// seen before sends nothing and answers what came of it then.
    pub(crate) async fn send_now(&self, immediate: Immediate) -> Result<Vec<Delivery>> {
        self.check_capacity()?;
        let Immediate { event, targets, trigger, endpoint, nonce } = immediate;
        let account_id = event.account_id;
        let mut deliveries = self.deliveries(targets, &event, trigger);
        // This process sends them itself, now: they never wait in the outbox.
        for delivery in deliveries.iter_mut().filter(|delivery| delivery.state == State::Pending) {
            delivery.begin(event.accepted_at);
        }
        let instance = self.inner.instance.as_str().into();
        let payload: Arc<str> = Value::Object(event.payload.clone()).to_string().into();
        let shared = Arc::clone(&payload);
        let entry = Entry { event, payload: shared, trigger, nonce, idempotency: None, deliveries, instance };
        match self.inner.db.accept(entry).await? {
            AcceptOutcome::New(deliveries) => self.send_all(messages(deliveries, &payload), endpoint).await,
            AcceptOutcome::Before { event_id, .. } => {
                Ok(self.inner.db.deliveries_of(account_id, event_id).await?)
            }
            AcceptOutcome::KeyTaken => Err(Error::internal("a send without an idempotency key had one")),
        }
    }

    /// In a task of its own: a browser that goes away must not leave half of it `sending`.
    async fn send_all(
        &self,
        messages: Vec<OutboxMessage>,
        endpoint: Option<Endpoint>,
    ) -> Result<Vec<Delivery>> {
        note_accepted(&messages);
        let this = self.clone();
        let sending = self.inner.tasks.spawn(async move {
            let (this, endpoint) = (&this, endpoint.as_ref());
            let ended = async |message: OutboxMessage| {
                if message.delivery.state == State::Sending {
                    this.attempt(message, endpoint).await
                } else {
                    message.delivery
                }
            };
            stream::iter(messages).map(ended).buffered(MAIL).collect().await
        });
        sending.await.map_err(Error::internal)
    }
}
