//! When a mail is tried again. Webhooks never are.

use std::time::Duration;

use jiff::Timestamp;

use super::{Channel, Delivery, Outcome, Reason, Trigger, Verdict};

/// A mail that has not left after this long is failed with the server's last reply.
pub const GIVE_UP_AFTER: Duration = Duration::from_hours(24);

/// The waits after the first tries; from then on, [`HOURLY`].
const FIRST_WAITS: [Duration; 4] = [minutes(1), minutes(5), minutes(15), minutes(30)];
const HOURLY: Duration = minutes(60);

/// A mail server that did not answer the final dot may have taken the mail: it is left alone for this long.
const UNANSWERED: Duration = minutes(30);

const fn minutes(n: u64) -> Duration {
    Duration::from_mins(n)
}

/// How long to wait after the `attempt`th try (the first is 1), or `None` when the delivery, accepted
/// `age` ago, has to be given up.
#[must_use]
pub fn retry_delay(attempt: u32, age: Duration) -> Option<Duration> {
    if age >= GIVE_UP_AFTER {
        return None;
    }
    let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    Some(FIRST_WAITS.get(index).copied().unwrap_or(HOURLY))
}

/// When a delivery whose attempt ended in `outcome` at `now` is tried again; `None` if that was its end. Only
/// mails are. Whoever pressed a test button wants to know now, not tomorrow. A mail that the server did not
/// answer (RFC 5321, 4.5.3.2.6) may have been taken, so that it is sent once more and never a third time.
#[must_use]
pub fn next_try(delivery: &Delivery, outcome: &Outcome, now: Timestamp) -> Option<Timestamp> {
    if delivery.target.channel() != Channel::Email || delivery.trigger == Trigger::Test {
        return None;
    }
    let wait = match outcome.verdict {
        Verdict::Retry(_) => retry_delay(delivery.attempt, delivery.age(now))?,
        Verdict::Unknown(Reason::NoAnswer) if delivery.reason != Some(Reason::NoAnswer) => UNANSWERED,
        Verdict::Delivered
        | Verdict::WrittenToFile
        | Verdict::Failed(_)
        | Verdict::Unknown(_)
        | Verdict::Skipped(_) => return None,
    };
    Some(now + wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_an_hour_and_end_after_a_day() {
        let mut age = Duration::ZERO;
        let mut waits = Vec::new();
        for attempt in 1.. {
            let Some(wait) = retry_delay(attempt, age) else { break };
            waits.push(wait.as_secs() / 60);
            age += wait;
        }
        assert_eq!(waits[..6], [1, 5, 15, 30, 60, 60]);
        assert!(age >= GIVE_UP_AFTER && age < GIVE_UP_AFTER + HOURLY);
    }
}
