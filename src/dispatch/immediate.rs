//! Sends that somebody waits for: tests and ad-hoc notifications, through the same attempt as every
//! delivery, answered at once.

use futures_util::stream::{self, StreamExt};

use crate::db::deliveries::LogRow;
use crate::db::events::{AcceptOutcome, Entry, NewDelivery};
use crate::db::outbox::Claimed;
use crate::domain::delivery::{State, Trigger};
use crate::domain::event::Event;
use crate::domain::route::Planned;
use crate::error::{Error, Result};

use super::Dispatcher;
use super::load::MAIL;

/// Seals the URL or configuration on screen for the delivery with the given id.
pub type Seal = Box<dyn Fn(&str) -> Result<String> + Send>;

/// What is sent while somebody waits.
pub struct Immediate {
    /// The sample, or the notification.
    pub event: Event,
    /// Where to.
    pub targets: Vec<Planned>,
    /// [`Trigger::Test`] or [`Trigger::Adhoc`].
    pub trigger: Trigger,
    /// For a test of values that are not saved.
    pub seal_target: Option<Seal>,
    /// Makes one press of the button one send, however often the browser repeats the post.
    pub nonce: Option<String>,
}

impl Dispatcher {
    /// Sends at once and waits for every outcome. A nonce that was seen before sends nothing and answers
    /// what came of it then.
    pub async fn send_now(&self, wanted: Immediate) -> Result<Vec<LogRow>> {
        self.check_capacity()?;
        let account_id = wanted.event.account_id;
        let mut deliveries: Vec<NewDelivery> =
            wanted.targets.into_iter().map(|planned| self.write_down(planned)).collect();
        // This process sends them itself, now: they never wait in the outbox.
        for delivery in deliveries.iter_mut().filter(|delivery| delivery.state == State::Pending) {
            delivery.state = State::Sending;
        }
        if let Some(seal) = wanted.seal_target {
            for delivery in &mut deliveries {
                delivery.sealed_target = Some(seal(&delivery.id)?);
            }
        }
        let now = self.inner.clock.now_ms();
        let to_send: Vec<Claimed> = deliveries
            .iter()
            .filter(|delivery| delivery.state == State::Sending)
            .map(|delivery| claimed(delivery, &wanted.event, wanted.trigger, now))
            .collect();
        let mut event_id = wanted.event.id.to_string();
        let entry = Entry {
            event: wanted.event,
            trigger: wanted.trigger,
            nonce: wanted.nonce,
            idempotency: None,
            instance: self.inner.instance.clone(),
        };
        match self.inner.db.accept(entry, deliveries).await? {
            AcceptOutcome::Before { event_id: first, .. } => event_id = first,
            AcceptOutcome::New | AcceptOutcome::KeyTaken => self.send_all(to_send).await?,
        }
        Ok(self.inner.db.deliveries_of(account_id, &event_id).await?)
    }

    /// In a task of its own: a browser that goes away must not leave half of it `sending`.
    async fn send_all(&self, deliveries: Vec<Claimed>) -> Result<()> {
        let this = self.clone();
        let sending = self.inner.tasks.spawn(async move {
            stream::iter(deliveries)
                .for_each_concurrent(MAIL, |delivery| {
                    let this = this.clone();
                    async move { this.attempt(&delivery).await }
                })
                .await;
        });
        sending.await.map_err(Error::internal)
    }
}

fn claimed(delivery: &NewDelivery, event: &Event, trigger: Trigger, now: i64) -> Claimed {
    Claimed {
        id: delivery.id.clone(),
        account_id: event.account_id,
        event_id: event.id.to_string(),
        event_key: event.key.clone(),
        channel: delivery.channel.as_str().to_owned(),
        triggered_by: trigger.as_str().to_owned(),
        target: delivery.target.to_owned(),
        destination_id: delivery.destination_id,
        recipient: delivery.recipient.clone(),
        lane: delivery.lane.clone(),
        sealed_target: delivery.sealed_target.clone(),
        first_id: delivery.first_id.clone(),
        attempt: 1,
        created_at: now,
        payload: serde_json::Value::Object(event.payload.clone()).to_string(),
    }
}
