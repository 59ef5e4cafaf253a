//! Where tests go whose values are not saved, by their deliveries. Whoever compares the table with memory may find
//! such a row in the moment between its commit and its place in the queue, and must not send it elsewhere.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use uuid::Uuid;

use crate::domain::delivery::Delivery;

use super::Endpoint;

/// The endpoints of tests that are on their way. Each is held by whoever has the test in hand, and gone with it.
#[derive(Default)]
pub(in crate::dispatch) struct TypedEndpoints(Mutex<HashMap<Uuid, Weak<Endpoint>>>);

impl TypedEndpoints {
    /// Notes where deliveries go that are about to be written down.
    pub(super) fn note(&self, deliveries: &[Delivery], endpoint: &Arc<Endpoint>) {
        let mut known = self.lock();
        known.retain(|_, endpoint| endpoint.strong_count() > 0);
        known.extend(deliveries.iter().map(|delivery| (delivery.id, Arc::downgrade(endpoint))));
    }

    /// Where a delivery goes, if that is not what is saved.
    pub(in crate::dispatch) fn of(&self, id: Uuid) -> Option<Arc<Endpoint>> {
        self.lock().get(&id).and_then(Weak::upgrade)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Weak<Endpoint>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::Clock;
    use crate::domain::delivery::{Target, Trigger};
    use crate::domain::event::{Event, Payload};
    use crate::domain::route::Planned;
    use crate::domain::values::{Schemes, WebhookUrl};

    #[test]
    fn a_test_is_known_by_its_delivery_for_as_long_as_somebody_has_it_in_hand() {
        let clock = Clock::system();
        let (id, payload, accepted_at) = (clock.new_id(), Payload::new(), clock.now());
        let event = Event { id, account_id: 100, key: "run_failed".into(), payload, accepted_at };
        let target = Target::PrimaryContact("dana@acme.example".parse().unwrap());
        let delivery = Planned::from(target).into_delivery(clock.new_id(), &event, Trigger::Test);
        let url = WebhookUrl::parse("https://hooks.acme.example/", Schemes::HttpOrHttps).unwrap();
        let (typed, endpoint) = (TypedEndpoints::default(), Arc::new(Endpoint::Url(url)));
        let deliveries = [delivery];
        typed.note(&deliveries, &endpoint);
        assert!(typed.of(deliveries[0].id).is_some() && typed.of(id).is_none());
        drop(endpoint);
        assert!(typed.of(deliveries[0].id).is_none());
    }
}
