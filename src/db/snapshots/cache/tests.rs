use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use tokio::sync::Semaphore;

use super::*;

const START: Duration = Duration::from_hours(1);
const JUST_BEFORE: Duration = Duration::from_millis(1_999);

/// A cache whose reads answer their number, counted from 1, once each is let go.
struct Counted {
    cache: Arc<Cache<String, usize>>,
    reads: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
}

impl Counted {
    /// Nobody is held up at the gate.
    fn open() -> Self {
        let counted = Self::closed();
        counted.gate.add_permits(1_000_000);
        counted
    }

    /// Each read waits for a permit of the gate.
    fn closed() -> Self {
        let gate = Arc::new(Semaphore::new(0));
        Self { cache: Arc::new(Cache::new(8)), reads: Arc::default(), gate }
    }

    async fn get(&self, key: &str, now: Duration) -> DbResult<Option<usize>> {
        let read = || {
            let (reads, gate) = (Arc::clone(&self.reads), Arc::clone(&self.gate));
            let (missing, broken) = (key == "missing", key == "broken");
            async move {
                let number = reads.fetch_add(1, Ordering::Relaxed) + 1;
                gate.acquire().await.unwrap().forget();
                let broken = broken.then(|| DbError::Unavailable("gone fishing".to_owned()));
                broken.map_or(Ok((!missing).then_some(number)), Err)
            }
        };
        Ok(self.cache.get(key, now, read).await?.map(|value| *value))
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }

    fn is_kept(&self, key: &str) -> bool {
        self.cache.slots().by_key.contains_key(key)
    }
}

/// Lets a read begin and get as far as it can, as somebody does who then waits.
async fn begun<T>(get: &mut (impl Future<Output = T> + Unpin)) {
    assert!(futures_util::poll!(get).is_pending());
}

#[tokio::test]
async fn a_hundred_who_ask_at_once_make_one_read() {
    let counted = Counted::closed();
    let asking = join_all((0..100).map(|_| counted.get("a", START)));
    let (answers, ()) = tokio::join!(asking, async { counted.gate.add_permits(1) });
    assert!(answers.into_iter().all(|answer| answer.unwrap() == Some(1)));
    assert_eq!(counted.reads(), 1);
}

#[tokio::test]
async fn what_is_two_seconds_old_is_read_anew_and_counts_from_when_its_read_began() {
    let counted = Counted::open();
    assert_eq!(counted.get("a", START).await.unwrap(), Some(1));
    assert_eq!(counted.get("a", START + JUST_BEFORE).await.unwrap(), Some(1));
    assert_eq!(counted.get("a", START + OLDEST).await.unwrap(), Some(2));
    assert_eq!(counted.get("a", START + OLDEST + JUST_BEFORE).await.unwrap(), Some(2));
}

#[tokio::test]
async fn a_read_that_began_before_a_change_is_not_kept_and_nobody_who_comes_after_it_waits_for_it() {
    for drop_all in [true, false] {
        let counted = Counted::closed();
        let mut before = Box::pin(counted.get("a", START));
        begun(&mut before).await;
        match drop_all {
            true => counted.cache.drop_all(),
            false => counted.cache.drop_one(&"a".to_owned()),
        }
        let mut after = Box::pin(counted.get("a", START));
        begun(&mut after).await;
        counted.gate.add_permits(2);

        assert_eq!(after.await.unwrap(), Some(2));
        // The older read ends last, and takes nothing of the newer one away.
        assert_eq!(before.await.unwrap(), Some(1));
        assert_eq!(counted.get("a", START).await.unwrap(), Some(2));
    }
}

#[tokio::test]
async fn a_change_during_a_read_that_nobody_repeats_leaves_nothing_behind() {
    let counted = Counted::closed();
    let mut before = Box::pin(counted.get("a", START));
    begun(&mut before).await;
    counted.cache.drop_one(&"a".to_owned());
    counted.gate.add_permits(1);
    before.await.unwrap();
    assert!(!counted.is_kept("a"));
}

#[tokio::test]
async fn what_does_not_exist_is_not_kept() {
    let counted = Counted::open();
    assert_eq!(counted.get("missing", START).await.unwrap(), None);
    assert_eq!(counted.get("missing", START).await.unwrap(), None);
    assert_eq!(counted.reads(), 2);
    assert!(!counted.is_kept("missing"));
}

#[tokio::test]
async fn an_error_is_told_to_all_who_wait_and_the_next_one_reads_again() {
    let counted = Counted::closed();
    let asking = join_all((0..3).map(|_| counted.get("broken", START)));
    let (answers, ()) = tokio::join!(asking, async { counted.gate.add_permits(1) });
    for answer in answers {
        assert!(matches!(answer.unwrap_err(), DbError::Unavailable(why) if why == "gone fishing"));
    }
    assert_eq!(counted.reads(), 1);
    counted.gate.add_permits(1);
    counted.get("broken", START).await.unwrap_err();
    assert_eq!(counted.reads(), 2);
    assert!(!counted.is_kept("broken"));
}

#[tokio::test]
async fn a_read_that_nobody_waits_for_any_more_holds_nobody_up() {
    let counted = Counted::closed();
    let mut given_up = Box::pin(counted.get("a", START));
    begun(&mut given_up).await;
    drop(given_up);
    counted.gate.add_permits(1);
    assert_eq!(counted.get("a", START).await.unwrap(), Some(2));
}

#[tokio::test]
async fn whoever_began_a_read_may_leave_and_the_others_get_its_answer() {
    let counted = Counted::closed();
    let (mut first, mut second) = (Box::pin(counted.get("a", START)), Box::pin(counted.get("a", START)));
    begun(&mut first).await;
    begun(&mut second).await;
    drop(first);
    counted.gate.add_permits(1);
    assert_eq!(second.await.unwrap(), Some(1));
    assert_eq!(counted.reads(), 1);
}

#[tokio::test]
async fn what_nobody_asks_for_is_dropped_after_a_minute() {
    let counted = Counted::open();
    for key in ["idle", "busy"] {
        counted.get(key, START).await.unwrap();
    }
    counted.get("busy", START + Duration::from_secs(30)).await.unwrap();
    counted.get("other", START + IDLE).await.unwrap();
    assert!(!counted.is_kept("idle") && counted.is_kept("busy"));
}

#[tokio::test]
async fn memory_is_bounded_and_what_was_used_last_stays() {
    let counted = Counted::open();
    for number in 0..100_u32 {
        let now = START + Duration::from_millis(u64::from(number));
        counted.get(&format!("key {number}"), now).await.unwrap();
        assert!(counted.cache.slots().by_key.len() <= 8);
        assert!(counted.is_kept(&format!("key {number}")));
        assert!(number == 0 || counted.is_kept(&format!("key {}", number - 1)));
    }
    // Many that were used at one moment do not all go at once.
    let counted = Counted::open();
    for number in 0..9 {
        counted.get(&format!("key {number}"), START).await.unwrap();
    }
    assert_eq!(counted.cache.slots().by_key.len(), 6);
}
