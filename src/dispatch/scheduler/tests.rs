use super::*;

const HTTP: PlaceLimits = PlaceLimits {
    total: 1_024,
    per_account: 256,
    lone_account_may_have_all: false,
    per_authority: 256,
    unproven: 512,
    unproven_per_account: 128,
    probed_share: 8,
    lane: LaneLimits { start: 4, most: 64 },
};

fn key(account: i64, authority: &str) -> LaneKey {
    LaneKey { account, authority: authority.into() }
}

fn filled(limits: PlaceLimits, lanes: &[LaneKey], each: u32) -> Scheduler<u32> {
    let mut scheduler = Scheduler::new(limits);
    for lane in lanes {
        (0..each).for_each(|n| scheduler.push(lane.clone(), n));
    }
    scheduler
}

fn all(scheduler: &mut Scheduler<u32>, now: Instant) -> Vec<Next<u32>> {
    std::iter::from_fn(|| scheduler.next(now)).collect()
}

fn finish(scheduler: &mut Scheduler<u32>, started: &[Next<u32>], result: AttemptResult, now: Instant) {
    for next in started {
        scheduler.finished(&next.lane, next.is_test, result, now);
    }
}

#[test]
fn accounts_take_turns_then_their_lanes_and_a_lane_keeps_its_order() {
    let lanes = [key(1, "a"), key(1, "b"), key(2, "a")];
    let mut scheduler = filled(HTTP, &lanes, 2);
    let order: Vec<(i64, String, u32)> = all(&mut scheduler, Instant::now())
        .into_iter()
        .map(|next| (next.lane.account, next.lane.authority.to_string(), next.item))
        .collect();
    let expected = [(1, "a", 0), (2, "a", 0), (1, "b", 0), (2, "a", 1), (1, "a", 1), (1, "b", 1)];
    assert_eq!(order, expected.map(|(account, authority, item)| (account, authority.to_owned(), item)));
}

#[test]
fn a_lane_grows_by_one_for_each_full_round_and_halves_on_a_failure() {
    let (now, lane) = (Instant::now(), key(1, "a"));
    let mut scheduler = filled(HTTP, std::slice::from_ref(&lane), 1_000);
    for limit in [4, 5, 6, 7] {
        let started = all(&mut scheduler, now);
        assert_eq!(started.len(), limit);
        finish(&mut scheduler, &started, AttemptResult::Answered, now);
    }
    let started = all(&mut scheduler, now);
    assert_eq!(started.len(), 8);
    finish(&mut scheduler, &started[..1], AttemptResult::Failed, now);
    finish(&mut scheduler, &started[1..], AttemptResult::NotTried, now);
    assert_eq!(all(&mut scheduler, now).len(), 4);
}

#[test]
fn a_lane_never_has_more_in_flight_than_its_maximum() {
    let (now, lane) = (Instant::now(), key(1, "a"));
    let mut scheduler = filled(HTTP, std::slice::from_ref(&lane), 20_000);
    let mut most = 0;
    for _ in 0..100 {
        let started = all(&mut scheduler, now);
        most = most.max(started.len());
        finish(&mut scheduler, &started, AttemptResult::Answered, now);
    }
    assert_eq!(most, 64);
}

#[test]
fn a_dead_receiver_is_probed_one_at_a_time_with_growing_pauses_until_it_answers() {
    let (mut now, lane) = (Instant::now(), key(1, "dead"));
    let mut scheduler = filled(HTTP, std::slice::from_ref(&lane), 100);
    let started = all(&mut scheduler, now);
    finish(&mut scheduler, &started, AttemptResult::Failed, now);
    assert_eq!(scheduler.probed_lanes(), 1);
    let mut pauses = Vec::new();
    for _ in 0..11 {
        assert!(scheduler.next(now).is_none(), "it is paused");
        let wakes = scheduler.wakes_at().unwrap();
        pauses.push((wakes - now).as_secs());
        now = wakes;
        let probe = all(&mut scheduler, now);
        assert_eq!(probe.len(), 1);
        finish(&mut scheduler, &probe, AttemptResult::Failed, now);
    }
    // Four failed at once: the pause of the fourth is the second.
    assert_eq!(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    assert!(scheduler.next(now).is_none());
    now = scheduler.wakes_at().unwrap();
    let probe = all(&mut scheduler, now);
    finish(&mut scheduler, &probe, AttemptResult::Answered, now);
    assert_eq!(all(&mut scheduler, now).len(), 4, "it starts anew");
}

#[test]
fn one_account_has_at_most_a_quarter_and_one_authority_at_most_its_share() {
    let now = Instant::now();
    let lanes: Vec<LaneKey> = (0..200).map(|n| key(1, &format!("host-{n}"))).collect();
    let mut scheduler = filled(HTTP, &lanes, 10);
    let started = all(&mut scheduler, now);
    assert_eq!(started.len(), 200, "none has answered yet: one for each");
    finish(&mut scheduler, &started, AttemptResult::Answered, now);
    assert_eq!(all(&mut scheduler, now).len(), 256);
    scheduler.push(key(2, "other"), 0);
    assert_eq!(all(&mut scheduler, now).len(), 1, "another account is served at once");

    let lanes: Vec<LaneKey> = (0..200).map(|account| key(account, "shared")).collect();
    let mut scheduler = filled(HTTP, &lanes, 10);
    assert_eq!(all(&mut scheduler, now).len(), 256);
}

#[test]
fn places_are_free_again_when_what_held_them_has_finished() {
    let now = Instant::now();
    let lanes: Vec<LaneKey> = (0..200).map(|account| key(account, "shared")).collect();
    let mut scheduler = filled(HTTP, &lanes, 10);
    let mut sent = 0;
    loop {
        let started = all(&mut scheduler, now);
        if started.is_empty() {
            break;
        }
        sent += started.len();
        finish(&mut scheduler, &started, AttemptResult::Answered, now);
    }
    assert_eq!((sent, scheduler.in_flight()), (2_000, 0));
}

#[test]
fn probed_lanes_hold_at_most_an_eighth_of_an_accounts_places() {
    let now = Instant::now();
    let lanes: Vec<LaneKey> = (0..64).map(|n| key(1, &format!("dead-{n}"))).collect();
    let mut scheduler = filled(PlaceLimits { unproven_per_account: 256, ..HTTP }, &lanes, 10);
    let started = all(&mut scheduler, now);
    assert_eq!(started.len(), 256);
    finish(&mut scheduler, &started, AttemptResult::Failed, now);
    assert_eq!(scheduler.probed_lanes(), 64);
    let later = now + LONGEST_PAUSE;
    assert_eq!(all(&mut scheduler, later).len(), 32);
    scheduler.push(key(1, "good"), 0);
    assert_eq!(all(&mut scheduler, later).len(), 1, "a good lane of the same account is served at once");
}

#[test]
fn a_receiver_that_asks_to_wait_is_left_alone_for_so_long_and_at_most_five_minutes() {
    let (now, lane) = (Instant::now(), key(1, "a"));
    for (asked, waits) in [(30, 30), (86_400, 300)] {
        let mut scheduler = filled(HTTP, std::slice::from_ref(&lane), 10);
        let started = all(&mut scheduler, now);
        let asked = AttemptResult::AskedToWait(Duration::from_secs(asked));
        finish(&mut scheduler, &started[..1], asked, now);
        finish(&mut scheduler, &started[1..], AttemptResult::Answered, now);
        assert!(scheduler.next(now).is_none());
        assert_eq!(scheduler.wakes_at(), Some(now + Duration::from_secs(waits)));
        assert!(scheduler.next(now + Duration::from_secs(waits)).is_some());
    }
}

#[test]
fn a_test_waits_for_no_pause_and_each_account_has_one_place_for_them() {
    let (now, lane) = (Instant::now(), key(1, "dead"));
    let mut scheduler = filled(HTTP, std::slice::from_ref(&lane), 10);
    let started = all(&mut scheduler, now);
    finish(&mut scheduler, &started, AttemptResult::Failed, now);
    assert!(scheduler.next(now).is_none());
    scheduler.push_test(lane.clone(), 99);
    let test = scheduler.next(now).unwrap();
    assert_eq!((test.item, test.is_test), (99, true));
    scheduler.push_test(lane.clone(), 100);
    assert!(scheduler.next(now).is_none(), "the account's place for tests is taken, and the lane is paused");
    scheduler.push_test(key(1, "other"), 101);
    scheduler.push_test(key(2, "other"), 102);
    assert_eq!(scheduler.next(now).unwrap().item, 102, "another account has its own");
    finish(&mut scheduler, &[test], AttemptResult::Failed, now);
    assert_eq!(scheduler.next(now).unwrap().item, 100);
    let last = scheduler.next(now).unwrap();
    assert_eq!((last.item, last.is_test), (101, false), "a test takes any place that is free");
}

#[test]
fn mail_is_shared_by_half_while_others_wait_and_whole_when_nobody_does() {
    let now = Instant::now();
    let limits = PlaceLimits {
        total: 16,
        per_account: 8,
        lone_account_may_have_all: true,
        per_authority: 16,
        unproven: 16,
        unproven_per_account: 16,
        probed_share: 1,
        lane: LaneLimits { start: 16, most: 16 },
    };
    let mut scheduler = filled(limits, &[key(1, "mail:")], 100);
    assert_eq!(all(&mut scheduler, now).len(), 16);
    let mut scheduler = filled(limits, &[key(1, "mail:"), key(2, "mail:")], 100);
    let started = all(&mut scheduler, now);
    assert_eq!(started.iter().filter(|next| next.lane.account == 1).count(), 8);
    assert_eq!(started.len(), 16);
}

#[test]
fn nothing_is_remembered_of_lanes_that_are_done() {
    let now = Instant::now();
    let lanes: Vec<LaneKey> = (0..1_000).map(|n| key(n, &format!("host-{n}"))).collect();
    let mut scheduler = filled(HTTP, &lanes, 1);
    let started = all(&mut scheduler, now);
    assert_eq!(started.len(), 1_000);
    finish(&mut scheduler, &started, AttemptResult::Answered, now);
    assert_eq!((scheduler.accounts.len(), scheduler.authorities.len()), (0, 0));
    scheduler.forget_quiet_lanes(now + Duration::from_mins(10));
    assert_eq!(scheduler.lanes.len(), 0);
}

#[test]
fn a_place_is_reserved_only_where_nothing_waits_before() {
    let (now, lane) = (Instant::now(), key(1, "a"));
    let mut scheduler: Scheduler<u32> = Scheduler::new(HTTP);
    assert!((0..4).all(|_| scheduler.reserve(&lane, now)));
    assert!(!scheduler.reserve(&lane, now), "the lane has no fifth place at first");
    scheduler.push(lane.clone(), 1);
    scheduler.finished(&lane, false, AttemptResult::Answered, now);
    assert!(!scheduler.reserve(&lane, now), "somebody waits before");
    assert_eq!(scheduler.next(now).unwrap().item, 1);
    (0..4).for_each(|_| scheduler.finished(&lane, false, AttemptResult::Answered, now));
    assert_eq!(scheduler.in_flight(), 0);
    assert!(scheduler.reserve(&lane, now));
}

#[test]
fn receivers_that_have_not_answered_yet_leave_places_for_every_other_account() {
    let now = Instant::now();
    let lanes: Vec<LaneKey> = (0..256).map(|account| key(account, "dead")).collect();
    let limits = PlaceLimits { per_authority: 1_024, ..HTTP };
    let mut scheduler = filled(limits, &lanes, 10);
    let started = all(&mut scheduler, now);
    assert_eq!(started.len(), 512);
    let accounts: std::collections::HashSet<i64> = started.iter().map(|next| next.lane.account).collect();
    assert_eq!(accounts.len(), 256, "each has one at least");
    let good = key(1_000, "good");
    scheduler.push(good.clone(), 1);
    scheduler.push(good.clone(), 2);
    let first = scheduler.next(now).unwrap();
    assert_eq!((&first.lane, first.item), (&good, 1));
    assert!(scheduler.next(now).is_none(), "it has not answered yet either");
    finish(&mut scheduler, &[first], AttemptResult::Answered, now);
    assert_eq!(scheduler.next(now).unwrap().item, 2);
    finish(&mut scheduler, &started, AttemptResult::Answered, now);
    assert!(all(&mut scheduler, now).len() >= 512, "those that answer go on");
}

#[test]
fn dead_receivers_of_an_account_leave_places_for_its_good_one() {
    let now = Instant::now();
    let lanes: Vec<LaneKey> = (0..64).map(|n| key(1, &format!("dead-{n}"))).collect();
    let mut scheduler = filled(HTTP, &lanes, 10);
    assert_eq!(all(&mut scheduler, now).len(), 128);
    let good = key(1, "good");
    (0..100).for_each(|n| scheduler.push(good.clone(), n));
    let first = all(&mut scheduler, now);
    assert_eq!(first.len(), 1, "it has not answered yet either");
    finish(&mut scheduler, &first, AttemptResult::Answered, now);
    assert_eq!(all(&mut scheduler, now).len(), 4);
}
