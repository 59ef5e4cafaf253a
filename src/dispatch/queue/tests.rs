use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use super::spill::HEAD;
use super::*;
use crate::domain::delivery::{State, Target, Trigger};
use crate::domain::event::{Event, Payload};
use crate::domain::route::Planned;

fn queue(most_per_lane: usize) -> Queue {
    let day = Duration::from_hours(24);
    Queue::new(&DispatchSettings {
        retention: day,
        history: day,
        max_in_flight: 1_024,
        max_per_lane: 64,
        smtp_connections: 16,
        max_pending_per_lane: most_per_lane,
        max_pending: 1_000_000,
        expire_after: day,
    })
}

fn message(number: usize, host: &str) -> OutboxMessage {
    let event = Event {
        id: Uuid::from_u128(0),
        account_id: 100,
        key: "run_failed".to_owned(),
        payload: Payload::new(),
        accepted_at: Timestamp::UNIX_EPOCH,
    };
    let target = Target::SharedWebhook { authority: host.to_owned(), label: String::new() };
    let id = Uuid::from_u128(number as u128);
    OutboxMessage {
        delivery: Planned::from(target).into_delivery(id, &event, Trigger::Event),
        payload: "{}".into(),
    }
}

fn take(queue: &Queue, count: usize) -> Vec<u128> {
    let now = Instant::now();
    let taken = (0..count).map_while(|_| {
        let Taken { waiting, .. } = queue.next(now)?;
        Some(waiting.message.delivery.id.as_u128())
    });
    taken.collect()
}

#[test]
fn a_lane_beyond_its_head_goes_on_in_the_table_in_the_order_in_which_it_came() {
    let queue = queue(10_000);
    (0..HEAD + 300).for_each(|n| queue.push(message(n, "acme.example").into()));
    assert_eq!(queue.fill().waiting, HEAD);
    let mut left = take(&queue, HEAD - 4);
    let refill = queue.refills(false);
    assert_eq!(refill.len(), 1);
    assert_eq!(queue.refills(true), [], "it is being read");
    // Something new arrives while the read is under way: it must not overtake what is in the table.
    queue.push(message(HEAD + 300, "acme.example").into());
    let rows = (HEAD..HEAD + 300).map(|n| message(n, "acme.example")).collect();
    queue.refilled(&refill[0].lane, Some((rows, true)));
    left.extend(take(&queue, 299));
    let refill = queue.refills(true);
    queue.refilled(&refill[0].lane, Some((vec![message(HEAD + 300, "acme.example")], true)));
    left.extend(take(&queue, 100));
    assert_eq!(left, (0..=(HEAD + 300) as u128).collect::<Vec<_>>());
    queue.push(message(HEAD + 301, "acme.example").into());
    assert_eq!(queue.fill().waiting, 1, "the lane is in memory again");
}

#[test]
fn a_read_that_failed_is_made_again() {
    let queue = queue(10_000);
    (0..=HEAD).for_each(|n| queue.push(message(n, "acme.example").into()));
    take(&queue, HEAD);
    let refill = queue.refills(false);
    queue.refilled(&refill[0].lane, None);
    assert_eq!(queue.refills(true), refill);
}

#[test]
fn lanes_that_have_filled_memory_leave_room_for_the_others() {
    let queue = queue(10_000);
    for lane in 0..60 {
        (0..HEAD).for_each(|n| queue.push(message(n, &format!("dead-{lane}.example")).into()));
    }
    let full = queue.fill().waiting;
    assert!((20_000..21_000).contains(&full), "{full}");
    queue.push(message(1, "good.example").into());
    assert_eq!(queue.fill().waiting, full + 1);
}

#[test]
fn a_delivery_is_sent_at_once_or_waits_or_finds_its_lane_full() {
    let queue = queue(3);
    let delivery = message(0, "acme.example").delivery;
    assert_eq!(delivery.state, State::Pending);
    let places: Vec<Place> = std::iter::from_fn(|| match queue.admit(&delivery, &mut HashMap::new()) {
        Admission::Send(place) => Some(place),
        Admission::Wait | Admission::Full => None,
    })
    .collect();
    assert_eq!(places.len(), 4);
    (1..=3).for_each(|n| {
        assert!(matches!(queue.admit(&delivery, &mut HashMap::new()), Admission::Wait), "{n}");
        queue.push(message(n, "acme.example").into());
    });
    assert!(matches!(queue.admit(&delivery, &mut HashMap::new()), Admission::Full));
    drop(places);
    assert!(
        !matches!(queue.admit(&delivery, &mut HashMap::new()), Admission::Send(_)),
        "others wait before it"
    );
    assert_eq!(take(&queue, 10), [1, 2, 3]);
    assert!(matches!(queue.admit(&delivery, &mut HashMap::new()), Admission::Send(_)));
    queue.close();
    assert!(matches!(queue.admit(&delivery, &mut HashMap::new()), Admission::Wait));
}
