//! Where a resend goes: to the same target as it is configured now, pure like [`crate::domain::route`].

use super::delivery::{Delivery, DestinationAddress, Reason, Target};
use super::destination::Destination;
use super::route::Planned;
use super::settings::Settings;

/// Decides anew about the target of a delivery: where it is now, and whether toggle, pause or unsubscription keep
/// a send from it. A target that is not configured any more is skipped as deleted.
#[must_use]
pub fn replan(settings: &Settings, destinations: &[Destination], delivery: &Delivery) -> Planned {
    let contact = &settings.account.contact.email;
    let row = settings.events.get(&delivery.event_key);
    let target = delivery.target.clone();
    match &delivery.target {
        Target::SharedWebhook { .. } => match &settings.webhook {
            Some(now) => Planned::unless(
                Target::SharedWebhook { authority: now.authority.clone(), label: now.label.clone() },
                (!row.is_some_and(|row| row.send_webhook)).then_some(Reason::ToggleOff),
            ),
            None => gone(target),
        },
        Target::PrimaryContact(_) => Target::PrimaryContact(contact.clone()).into(),
        Target::Subscriber(address) if address == contact => Target::PrimaryContact(contact.clone()).into(),
        Target::Subscriber(address) => {
            if row.is_some_and(|row| row.subscribers.iter().any(|listed| listed == address)) {
                Planned::subscriber(address.clone(), settings)
            } else {
                gone(target)
            }
        }
        Target::Destination { id, address } => {
            let found = destinations.iter().find(|destination| Some(destination.id) == *id);
            let now = found.and_then(|destination| {
                let now = destination.targets().into_iter().find(|now| is_same(address, now));
                now.map(|target| (target, destination.enabled))
            });
            match now {
                Some((target, enabled)) => Planned::unless(target, (!enabled).then_some(Reason::Paused)),
                None => gone(target),
            }
        }
    }
}

/// A destination has one URL, whatever it is now; of its mail addresses it is the one that was written to.
fn is_same(before: &DestinationAddress, now: &Target) -> bool {
    match (before, now) {
        (
            DestinationAddress::Post { .. },
            Target::Destination { address: DestinationAddress::Post { .. }, .. },
        ) => true,
        (
            DestinationAddress::Mail(before),
            Target::Destination { address: DestinationAddress::Mail(now), .. },
        ) => before == now,
        (DestinationAddress::Post { .. } | DestinationAddress::Mail(_), _) => false,
    }
}

fn gone(target: Target) -> Planned {
    Planned::unless(target, Some(Reason::Deleted))
}
